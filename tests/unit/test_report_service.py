"""Taking reports in: once, whole, with the contact sealed; telling how they stand; the guarded door to contact data."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from domain.access import Role
from domain.errors import Incomplete, NotAllowed, NotFound, Unavailable
from domain.machines import ItemState, RequestState
from domain.posts import Origin
from domain.reports import Contact, ContactReason, Progress, Standing, Wish
from ingest.records import decode
from ingest.sqlite_stream import SqliteStream
from ingest.stream import Record
from report_ui.receipts import ALPHABET
from report_ui.service import ReportedPost, ReportService, Submission
from store.casework import Casework
from store.vault import Vault
from tests.factories import DESK, NOW, OTHER_DESK, later, make_actor, make_case, make_item, make_request

URL = "https://keijiban.example/thread/7"
TEXT = "○○さんの家は駅の裏だ"
CONTACT = Contact("見守 はな", "hana@mimamori.example", "090-1234-5678", "先月から続いています")
FORM = Submission(
    key="0123456789abcdef0123456789abcdef",
    standing=Standing.VICTIM,
    posts=(ReportedPost(URL, TEXT), ReportedPost(None, "別の悪口"), ReportedPost("http://sns.example/2", "")),
    wishes=(Wish.REMOVE,),
    contact=CONTACT,
)


@dataclass
class Desk:
    casework: Casework
    stream: SqliteStream
    vault: Vault
    service: ReportService
    file: Path

    def events(self) -> list[str]:
        with self.casework.read() as work:
            return [event.action for event in work.audit.events(DESK)]

    def records(self) -> list[Record]:
        return SqliteStream(self.file, lambda: NOW).poll("test", 100)


def service_on(casework: Casework, stream: object, vault: Vault, now: datetime = NOW) -> ReportService:
    return ReportService(casework, stream, vault, lambda: now, DESK)  # type: ignore[arg-type]


@pytest.fixture
def desk(casework: Casework, tmp_path: Path) -> Iterator[Desk]:
    file = tmp_path / "casework.sqlite3"
    stream = SqliteStream(file, lambda: NOW)
    vault = Vault(tmp_path / "keys" / "contact.key")
    yield Desk(casework, stream, vault, service_on(casework, stream, vault), file)
    stream.close()


def test_a_report_becomes_posts_in_the_stream_a_row_and_an_event(desk: Desk) -> None:
    receipt = desk.service.submit(FORM)
    posts = [decode(record.value) for record in desk.records()]
    assert [(post.site, post.url, post.text) for post in posts] == [
        ("keijiban.example", URL, TEXT),
        ("不明", None, "別の悪口"),
        ("sns.example", "http://sns.example/2", ""),
    ]
    assert {(post.desk, post.origin, post.report_number) for post in posts} == {(DESK, Origin.REPORTED, receipt.number)}
    assert posts[0].extra["report"] == {"standing": "victim", "wishes": ["remove"], "in_danger": False}
    with desk.casework.read() as work:
        report = work.reports.get(DESK, receipt.number)
        (event,) = work.audit.events(DESK)
    assert report.revision_ids == tuple(post.revision_id for post in posts)
    assert report.phrase_hash.startswith("$argon2id$")
    assert (event.action, event.subject, event.actor) == ("report.received", f"report:{report.id}", "system")
    assert event.details == {
        "posts": 3,
        "standing": "victim",
        "wishes": ["remove"],
        "in_danger": False,
        "contact": True,
    }


def test_contact_and_phrase_are_in_no_file_in_plain(desk: Desk, tmp_path: Path) -> None:
    receipt = desk.service.submit(FORM)
    desk.service.status(receipt.number, receipt.phrase)
    held = b"".join(path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file())
    assert URL.encode() in held  # the search would find something
    digits = receipt.phrase.replace(" ", "")
    for secret in ("はな", "hana@", "090-1234", "09012345678", "先月から", receipt.phrase, digits, FORM.key):
        assert secret.encode() not in held
        assert secret.encode("utf-16-le") not in held
    connection = sqlite3.connect(desk.file)
    assert connection.execute("SELECT COUNT(*) FROM contacts").fetchone() == (1,)
    connection.close()


def test_sending_the_same_form_again_is_one_report_with_one_receipt(desk: Desk) -> None:
    receipt = desk.service.submit(FORM)
    assert service_on(desk.casework, desk.stream, desk.vault, later(minutes=5)).submit(FORM) == receipt
    assert desk.events() == ["report.received"]
    assert desk.stream.count() == 3


def test_a_corrected_form_is_a_report_of_its_own(desk: Desk) -> None:
    first = desk.service.submit(FORM)
    second = desk.service.submit(replace(FORM, contact=replace(CONTACT, phone="")))
    assert first.number != second.number
    assert first.phrase != second.phrase
    assert desk.events() == ["report.received"] * 2


class CrashingStream:
    """The real stream of a process that dies right after its append."""

    def __init__(self, stream: SqliteStream) -> None:
        self._stream = stream

    def append(self, records: Sequence[tuple[str, bytes]]) -> int:
        self._stream.append(records)
        raise KeyboardInterrupt


def test_a_crash_between_stream_and_casework_is_healed_by_sending_again(desk: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        service_on(desk.casework, CrashingStream(desk.stream), desk.vault).submit(FORM)
    assert desk.stream.count() == 3  # no post is lost
    assert desk.events() == []  # and nobody was promised anything
    receipt = service_on(desk.casework, desk.stream, desk.vault, later(minutes=1)).submit(FORM)
    assert desk.stream.count() == 3
    assert {decode(record.value).report_number for record in desk.records()} == {receipt.number}
    status = desk.service.status(receipt.number, receipt.phrase)
    assert (status.posts, status.progress) == (3, Progress.RECEIVED)
    assert desk.events() == ["report.received"]


def test_a_key_that_cannot_be_made_leaves_no_half_report(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file is in the way")
    with pytest.raises(Unavailable):
        desk.service.submit(FORM)
    assert desk.events() == []
    (tmp_path / "keys").unlink()
    receipt = desk.service.submit(FORM)
    assert desk.service.status(receipt.number, receipt.phrase).posts == 3
    assert desk.stream.count() == 3


def test_a_number_that_is_taken_is_not_given_again(desk: Desk) -> None:
    receipt = desk.service.submit(FORM)
    with desk.casework.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table, column in (("report_posts", "report_id"), ("contacts", "report_id"), ("reports", "id")):
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = 'another'")
    again = desk.service.submit(FORM)  # the same form, but its number now belongs to somebody else
    assert again.number != receipt.number
    assert desk.service.status(again.number, again.phrase).posts == 3


@pytest.mark.parametrize(
    "posts",
    [
        (),
        tuple(ReportedPost(f"https://a.example/{n}") for n in range(21)),
        (ReportedPost("javascript:alert(1)", "x"),),
        (ReportedPost("https://a.example/" + "x" * 2_000),),
        (ReportedPost(None, " \n"),),
        (ReportedPost(None, "あ" * 5_001),),
        tuple(ReportedPost(None, "あ" * 5_000) for _ in range(5)),
    ],
)
def test_what_cannot_be_a_report_is_refused_before_anything_is_kept(
    desk: Desk, posts: tuple[ReportedPost, ...]
) -> None:
    with pytest.raises(Incomplete):
        desk.service.submit(replace(FORM, posts=posts))
    assert desk.stream.count() == 0
    assert desk.events() == []


def test_unstorable_characters_do_not_stop_a_report(desk: Desk) -> None:
    receipt = desk.service.submit(replace(FORM, posts=(ReportedPost(None, "壊れた\x00文字\ud800です"),)))
    (record,) = desk.records()
    assert decode(record.value).text == "壊れた\ufffd文字\ufffdです"
    with desk.casework.read() as work:
        assert work.reports.get(DESK, receipt.number).revision_ids == (record.key,)


def test_number_and_phrase_open_the_status_however_they_are_typed(desk: Desk) -> None:
    receipt = desk.service.submit(FORM)
    wide = receipt.phrase.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    status = desk.service.status(f" {receipt.number.lower()} ", wide)
    assert (status.number, status.received_at) == (receipt.number, NOW)


def test_a_wrong_number_and_a_wrong_phrase_look_the_same(desk: Desk) -> None:
    receipt = desk.service.submit(FORM)
    other = desk.service.submit(replace(FORM, key="f" * 32))
    wrong = "R-" + "".join(ALPHABET[(ALPHABET.index(c) + 1) % len(ALPHABET)] for c in receipt.number[2:])
    answers = set()
    for number, phrase in [
        (wrong, receipt.phrase),
        (receipt.number, other.phrase),
        (receipt.number, ""),
        ("", ""),
        ("\ud800\x00", "\ud800" * 100_000),
    ]:
        with pytest.raises(NotFound) as refused:
            desk.service.status(number, phrase)
        answers.add(str(refused.value))
    assert len(answers) == 1


def test_the_status_tells_the_outer_course_with_its_dates(desk: Desk) -> None:
    receipt = desk.service.submit(replace(FORM, posts=FORM.posts[:1]))
    (record,) = desk.records()
    item = make_item(decode(record.value), state=ItemState.REMOVAL)
    case = make_case(item)
    with desk.casework.write() as work:
        work.items.open([item])
        work.cases.add(case)
        work.cases.add_request(make_request(case))
    assert desk.service.status(receipt.number, receipt.phrase).progress is Progress.IN_REVIEW
    for state, hours in ((RequestState.APPROVED, 1), (RequestState.SENT, 2), (RequestState.ACCEPTED, 3)):
        _advance(desk, state, hours)
    status = desk.service.status(receipt.number, receipt.phrase)
    assert (status.progress, status.requested_at, status.answered_at) == (Progress.REQUESTED, later(hours=2), None)
    _advance(desk, RequestState.REMOVED, 4)
    status = desk.service.status(receipt.number, receipt.phrase)
    assert (status.progress, status.answered_at) == (Progress.REMOVED, later(hours=4))


def _advance(desk: Desk, state: RequestState, hours: int) -> None:
    at = later(hours=hours)
    with desk.casework.write() as work:
        request = replace(work.cases.request(DESK, "q1"), state=state)
        if state is RequestState.SENT:
            request = replace(request, sent_at=at)
        work.cases.save_request(request, at=at, actor="u-monitor")


def test_contact_is_read_by_a_supervisor_and_every_view_is_recorded(desk: Desk) -> None:
    receipt = desk.service.submit(FORM)
    supervisor = make_actor(Role.SUPERVISOR)
    assert desk.service.read_contact(supervisor, receipt.number, ContactReason.REPLY) == CONTACT
    desk.service.read_contact(supervisor, receipt.number.lower(), ContactReason.SAFETY)
    with desk.casework.read() as work:
        views = [event for event in work.audit.events(DESK) if event.action == "report.contact_read"]
    assert [(event.actor, event.details) for event in views] == [
        ("u-supervisor", {"reason": "reply"}),
        ("u-supervisor", {"reason": "safety"}),
    ]


@pytest.mark.parametrize("role", [Role.MONITOR, Role.ADMINISTRATOR, Role.AUDITOR])
def test_others_read_no_contact_and_leave_no_view(desk: Desk, role: Role) -> None:
    receipt = desk.service.submit(FORM)
    with pytest.raises(NotAllowed):
        desk.service.read_contact(make_actor(role), receipt.number, ContactReason.REPLY)
    assert desk.events() == ["report.received"]


def test_another_desk_sees_nothing(desk: Desk) -> None:
    receipt = desk.service.submit(FORM)
    with pytest.raises(NotFound):
        desk.service.read_contact(make_actor(Role.SUPERVISOR, desk=OTHER_DESK), receipt.number, ContactReason.REPLY)
    with desk.casework.read() as work:
        assert list(work.audit.events(OTHER_DESK)) == []


def test_a_report_without_contact_seals_nothing_and_says_so(desk: Desk, tmp_path: Path) -> None:
    receipt = desk.service.submit(replace(FORM, contact=Contact()))
    assert not (tmp_path / "keys").exists()
    with pytest.raises(NotFound, match="連絡先"):
        desk.service.read_contact(make_actor(Role.SUPERVISOR), receipt.number, ContactReason.REPLY)
    assert desk.events() == ["report.received"]

"""What a reporter told reaches the desk: beside the post in 審査 and 一覧, and the page 申告 with its guarded door."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from app.desk_services import desk_services
from app.settings import Settings
from app.wiring import Mimamori
from domain.access import Actor, Role
from domain.errors import NotAllowed
from domain.items import ReviewItem
from domain.posts import Origin
from domain.reports import Contact, ContactReason, Standing, Wish
from ingest.records import decode
from report_ui.service import ReportedPost, Submission
from review.ports import ReportReader
from review_ui.session import MEMORY
from store.casework import Casework
from tests.desk_room import Room
from tests.factories import DESK, NOW, OTHER_DESK, make_actor, make_item, make_post

SCRIPT = Path(__file__).parent / "desk_script.py"
FOLDER = "../../review_ui/pages"
HOSTILE = "[押して](http://evil.invalid) <script>x()</script> 先月から\u202e続いています"
CONTACT = Contact("見守 はな", "hana@mimamori.example", "090-1234-5678", HOSTILE)
SECRETS = ("見守 はな", "hana@", "090-1234", "先月から")
FORM = Submission(
    key="0123456789abcdef0123456789abcdef",
    standing=Standing.GUARDIAN,
    posts=(ReportedPost("https://keijiban.example/7", "この子の家は駅の裏だ"),),
    wishes=(Wish.REMOVE, Wish.POLICE),
    contact=CONTACT,
    in_danger=True,
)
DANGER = "▲ 申告者は身の危険を感じています"
EMPTY = "この窓口に届いた申告はまだありません。"


@pytest.fixture
def room(casework: Casework, tmp_path: Path) -> Room:
    return Room(casework, tmp_path)


class Tab:
    """One browser tab of a signed-in person."""

    def __init__(self, room: Room, actor: Actor, file: str = "reports.py") -> None:
        self.at = AppTest.from_file(str(SCRIPT), default_timeout=30)
        self.at.session_state[MEMORY] = {"services": room.services(), "actor_id": actor.id}
        self.at.run()
        self.go(file)

    def go(self, file: str) -> "Tab":
        self.at.switch_page(f"{FOLDER}/{file}").run()
        return self

    def press(self, key: str) -> "Tab":
        self.at.button(key=key).click().run()
        return self

    def look_for(self, number: str) -> "Tab":
        self.at.text_input(key="reports:typed").input(number)
        return self.press("reports:go")

    def read(self, number: str, reason: ContactReason | None) -> "Tab":
        if reason is not None:
            self.at.radio(key=f"reason:{number}").set_value(reason)
        return self.press(f"contact:{number}")

    @property
    def html(self) -> str:
        assert not self.at.exception, [error.value for error in self.at.exception]
        return "\n".join(cast(Any, element).proto.body for element in self.at.get("html"))

    @property
    def remembered(self) -> dict[str, Any]:
        """Everything of the session, widgets and our own memory, except the wiring."""
        state = dict(cast(Any, self.at.session_state).to_dict())
        memory = state.pop(MEMORY)
        return state | {name: value for name, value in memory.items() if name != "services"}


def nothing_kept(tab: Tab) -> bool:
    kept = tab.remembered
    return not any(isinstance(value, Contact) or any(s in str(value) for s in SECRETS) for value in kept.values())


def score(room: Room) -> ReviewItem:
    """What the worker does with the one reported post."""
    (record,) = room.stream.poll("test", 10)
    item = make_item(decode(record.value))
    room.put(item)
    return item


def views(room: Room) -> list[tuple[str, dict[str, Any]]]:
    with room.casework.read() as work:
        events = list(work.audit.events(DESK))
    return [(event.actor, dict(event.details)) for event in events if event.action == "report.contact_read"]


def test_what_was_told_stands_beside_the_post_in_review_and_list(room: Room) -> None:
    tanaka = room.person("tanaka")
    number = room.reports.submit(FORM).number
    item = score(room)
    tab = Tab(room, tanaka, "review.py")
    for expected in (number, "申告者の立場: 保護者・代理人", "希望: 消してほしい、警察への相談を考えている", DANGER):
        assert expected in tab.html, expected
    assert f'<div class="mm-grave">{DANGER}</div>' in tab.html
    assert '<b>申告あり</b> · <span class="mm-grave">▲ 身の危険</span>' in tab.go("queue.py").html
    assert DANGER in tab.press(f"look:{item.id}").html


def test_a_report_without_danger_raises_no_alarm(room: Room) -> None:
    tanaka = room.person("tanaka")
    room.reports.submit(replace(FORM, in_danger=False))
    score(room)
    tab = Tab(room, tanaka, "review.py")
    assert "申告者の立場: 保護者・代理人" in tab.html
    assert "身の危険" not in tab.html


@pytest.mark.parametrize(
    "extra",
    [{}, {"report": None}, {"report": {"standing": ["x"], "wishes": {"<b>": 1}, "in_danger": "<script>"}}],
)
def test_extra_of_an_unknown_shape_breaks_nothing_and_claims_nothing(room: Room, extra: dict[str, Any]) -> None:
    tanaka = room.person("tanaka")
    room.put(make_item(make_post("だれかの書き込み", origin=Origin.REPORTED, report_number="<i>R</i>", extra=extra)))
    tab = Tab(room, tanaka, "review.py")
    assert "申告者の立場: 記録なし" in tab.html
    assert "&lt;i&gt;R&lt;/i&gt;" in tab.html
    assert "身の危険" not in tab.html
    assert "申告あり" in tab.go("queue.py").html


def test_a_collected_post_shows_nothing_of_a_report(room: Room) -> None:
    tanaka = room.person("tanaka")
    room.put(make_item(make_post("ふつうの書き込み", extra={"report": {"in_danger": True}})))
    tab = Tab(room, tanaka, "review.py")
    assert "申告" not in tab.html
    assert "身の危険" not in tab.html


def test_a_supervisor_reads_the_contact_for_a_reason_and_the_view_is_recorded(room: Room) -> None:
    suzuki = room.person("suzuki", Role.SUPERVISOR)
    number = room.reports.submit(FORM).number
    score(room)
    tab = Tab(room, suzuki)
    for expected in (number, "2026-11-23 14:00 受付", "保護者・代理人", "確認しています", DANGER):
        assert expected in tab.html, expected
    tab.press(f"open:{number}")
    assert "希望: 消してほしい、警察への相談を考えている" in tab.html
    assert not any(secret in tab.html for secret in SECRETS)
    tab.read(number, None)
    assert "見る理由を1つ選んでください" in tab.html
    assert views(room) == []
    tab.read(number, ContactReason.SAFETY)
    for expected in ("見守 はな", "hana@mimamori.example", "090-1234-5678", "&lt;script&gt;", "␣202E"):
        assert expected in tab.html, expected
    assert "<script>" not in tab.html
    assert views(room) == [(suzuki.id, {"reason": "safety"})]
    assert room.actions()  # the chain holds


def test_the_contact_is_gone_with_the_next_click_and_never_in_the_session(room: Room) -> None:
    suzuki = room.person("suzuki", Role.SUPERVISOR)
    number = room.reports.submit(FORM).number
    tab = Tab(room, suzuki).press(f"open:{number}").read(number, ContactReason.REPLY)
    assert "見守 はな" in tab.html
    assert nothing_kept(tab)
    tab.at.run()
    assert not any(secret in tab.html for secret in SECRETS)
    tab.read(number, ContactReason.REPLY).go("queue.py")
    assert nothing_kept(tab)
    assert not any(secret in tab.go("reports.py").html for secret in SECRETS)
    assert len(views(room)) == 2
    assert EMPTY not in tab.press("reports:back").html


def test_a_report_is_found_by_its_number_however_it_is_typed(room: Room) -> None:
    suzuki = room.person("suzuki", Role.SUPERVISOR)
    number = room.reports.submit(FORM).number
    tab = Tab(room, suzuki).look_for("R-22222222")
    assert "この申告番号の記録はこの窓口にはありません" in tab.html
    tab.look_for("")
    assert "この申告番号の記録はこの窓口にはありません" in tab.html
    tab.look_for(f" {number.lower()} ")
    assert "進み具合（申告者にも見えます）: 受け付けました" in tab.html
    assert "書き込みの判定を待っています" in tab.html


def test_no_reports_no_contact_and_no_key_each_say_so(room: Room) -> None:
    suzuki = room.person("suzuki", Role.SUPERVISOR)
    assert EMPTY in Tab(room, suzuki).html
    silent = room.reports.submit(replace(FORM, contact=Contact())).number
    number = room.reports.submit(FORM).number
    tab = Tab(room, suzuki).press(f"open:{silent}")
    assert "連絡先も伝えたいことも書かれていません" in tab.html
    room.key_file.rename(room.key_file.with_suffix(".away"))
    again = Tab(Room(room.casework, room.key_file.parent), suzuki).press(f"open:{number}")
    again.read(number, ContactReason.REPLY)
    assert "連絡先を開くための鍵がないか、合いません（番号 " in again.html
    assert "見守 はな" not in again.html
    assert views(room) == []


@pytest.mark.parametrize("role", [Role.MONITOR, Role.ADMINISTRATOR, Role.AUDITOR])
def test_others_have_no_such_page_and_the_service_refuses_them(room: Room, role: Role) -> None:
    person = room.person("somebody", role)
    number = room.reports.submit(FORM).number
    home = "queue.py" if role is not Role.ADMINISTRATOR else "people.py"
    pages = cast(Any, Tab(room, person, home).at)._registered_pages.values()
    assert "申告" not in [page["page_name"] for page in pages]
    for call in (
        lambda: room.reports.newest(person, 5),
        lambda: room.reports.find(person, number),
        lambda: room.reports.read_contact(person, number, ContactReason.REPLY),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert views(room) == []


def test_a_person_whose_right_is_taken_away_sees_no_report(room: Room) -> None:
    suzuki = room.person("suzuki", Role.SUPERVISOR)
    room.reports.submit(FORM)
    at = AppTest.from_file(str(SCRIPT.parents[2] / "review_ui" / "pages" / "reports.py"), default_timeout=30)
    at.session_state[MEMORY] = {"services": room.services(), "actor": replace(suzuki, roles=frozenset({Role.MONITOR}))}
    at.run()
    assert [error.message for error in at.exception] == [
        "この操作をする権限がありません。必要な場合は管理者に役割の追加を依頼してください。"
    ]


def test_another_desk_sees_neither_list_nor_report(room: Room) -> None:
    stranger = room.person("tonari", Role.SUPERVISOR, desk=OTHER_DESK)
    room.reports.submit(FORM)
    assert EMPTY in Tab(room, stranger).html


def test_the_installation_wires_the_report_service_behind_the_port(casework: Casework, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, desk=DESK, database_url=f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    app = Mimamori(settings, lambda: NOW, lambda: "0" * 32)
    port: ReportReader = desk_services(app).reports
    first = app.reports.submit(FORM).number
    supervisor = make_actor(Role.SUPERVISOR)
    assert [entry.number for entry in port.newest(supervisor, 5)] == [first]
    assert port.read_contact(supervisor, first, ContactReason.DOCUMENT) == CONTACT
    with casework.read() as work:
        assert [event.action for event in work.audit.events(DESK)] == ["report.received", "report.contact_read"]
    app.close()

"""Reports from people outside (申告): taking one in, telling how it stands, and the guarded door to contact data.

Order of :meth:`ReportService.submit`, and why: **posts into the stream first, then one casework transaction** with
the report, its sealed contact and the audit event. Keys and ids are worked out from the form, so every step can be
done again without a second effect. A crash between the two leaves the posts in the stream (they are reviewed, none
is lost) and the sender without a receipt; sending the same form again appends nothing, writes the report and gives
the receipt. The other order could promise a receipt for posts that never arrive: the report row holds no text to
heal them from, and must not.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.access import SYSTEM, Action, Actor, require
from domain.errors import Incomplete, NotFound, Unavailable
from domain.machines import REPLY_STATES, RequestState
from domain.posts import Origin, Post
from domain.reports import Contact, ContactReason, Progress, Report, ReportEntry, Standing, Wish, told_of
from escalation.progress import progress_of
from ingest.records import encode, repaired
from ingest.stream import Stream
from report_ui.receipts import Identity, Receipt, identity, normal_number, normal_phrase
from store.casework import Casework, Work
from store.vault import Vault

MAX_POSTS = 20
MAX_URL = 2_000
MAX_TEXT = 5_000
MAX_TEXTS = 20_000
"""Characters of all texts of one report together."""
UNKNOWN_SITE = "不明"
"""Site of a post whose address is not known."""

_ANSWERS = REPLY_STATES - {RequestState.NO_REPLY}
_HASHING_AT_ONCE = 2
_NO_CONTACT = Contact()
# 66 random bits need no slow hash; argon2id with OWASP's smallest profile keeps the check cheap for a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@dataclass(frozen=True, slots=True)
class ReportedPost:
    """One post that the reporter names, by its address, its words, or both."""

    url: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A filled-in form. ``key`` is its secret: 128 or more random bits, made with the empty form and never kept."""

    key: str
    standing: Standing
    posts: tuple[ReportedPost, ...]
    wishes: tuple[Wish, ...] = ()
    contact: Contact = _NO_CONTACT
    in_danger: bool = False

    def __repr__(self) -> str:
        return f"Submission({len(self.posts)} posts)"


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """What a reporter may see: how far the matter is, and when it got there (UTC)."""

    number: str
    posts: int
    progress: Progress
    received_at: datetime
    requested_at: datetime | None = None
    answered_at: datetime | None = None


class ReportService:
    """Everything the form and the desk do with reports. ``desk`` is the code of the desk that receives them."""

    def __init__(
        self, casework: Casework, stream: Stream, vault: Vault, clock: Callable[[], datetime], desk: str
    ) -> None:
        self._casework = casework
        self._stream = stream
        self._vault = vault
        self._clock = clock
        self._desk = desk
        self._hashing = threading.BoundedSemaphore(_HASHING_AT_ONCE)
        self._decoy = _HASHER.hash("nobody's phrase")

    @property
    def desk_name(self) -> str:
        """What the desk is called."""
        with self._casework.read() as work:
            desk = work.desks.get(self._desk)
        return desk.name if desk else self._desk

    def submit(self, form: Submission) -> Receipt:
        """Take a report in. The same form sent twice is one report with one receipt.

        Raises :class:`Incomplete` where something needed is missing and :class:`Unavailable` where the disk refuses;
        sending the same form again is right in both cases.
        """
        _check(form)
        who, known = self._identity(form)
        if known:
            return who.receipt
        now = self._clock()
        posts = [repaired(_post(form, part, n, who, self._desk, now)) for n, part in enumerate(form.posts, 1)]
        self._stream.append([(post.revision_id, encode(post)) for post in posts])
        report = Report(
            id=who.report_id,
            number=who.receipt.number,
            desk=self._desk,
            standing=form.standing,
            phrase_hash=self._hash(who.receipt.phrase),
            received_at=now,
            revision_ids=tuple(post.revision_id for post in posts),
        )
        sealed = None if form.contact.empty else self._vault.seal(report.id, asdict(form.contact))
        with self._casework.write() as work:
            there = work.reports.by_number(report.number)
            if there is not None and there.id != report.id:
                raise Unavailable("the report number was taken in this very moment; sending again takes another one")
            if there is None:
                work.reports.add(report, sealed)
                work.audit.append(
                    desk=self._desk,
                    at=now,
                    actor=SYSTEM,
                    action="report.received",
                    subject=f"report:{report.id}",
                    details={
                        "posts": len(posts),
                        "standing": form.standing.value,
                        "wishes": [wish.value for wish in form.wishes],
                        "in_danger": form.in_danger,
                        "contact": sealed is not None,
                    },
                )
        return who.receipt

    def status(self, number: str, phrase: str) -> ReportStatus:
        """How the report stands; raises :class:`NotFound`, with one sentence for a wrong number and a wrong phrase.

        The same hash is worked out in both cases, so that the time taken tells nothing either.
        """
        with self._casework.read() as work:
            report = work.reports.by_number(normal_number(number))
        right = self._matches(report.phrase_hash if report else self._decoy, phrase)
        if report is None or not right:
            raise NotFound(
                "この受付番号と合言葉の組み合わせは見つかりませんでした。"
                "控えの番号（R- で始まる8文字）と合言葉（数字20けた）を、もう一度お確かめください。"
            )
        with self._casework.read() as work:
            return _status(work, report)

    def newest(self, actor: Actor, limit: int) -> list[ReportEntry]:
        """The newest reports of the actor's desk, newest first. Raises :class:`NotAllowed`."""
        require(actor, Action.READ_CONTACT, actor.desk)
        with self._casework.read() as work:
            return [_entry(work, report) for report in work.reports.newest(actor.desk, limit)]

    def find(self, actor: Actor, number: str) -> ReportEntry:
        """The report of the actor's desk with this number, however it is typed.

        Raises :class:`NotAllowed`, and :class:`NotFound` where the desk has no such report.
        """
        require(actor, Action.READ_CONTACT, actor.desk)
        with self._casework.read() as work:
            return _entry(work, work.reports.get(actor.desk, normal_number(number)))

    def read_contact(self, actor: Actor, number: str, reason: ContactReason) -> Contact:
        """The contact data of a report of the actor's desk. Every view is an audit event with its reason.

        Raises :class:`NotAllowed` without the right to see it, and :class:`NotFound` where the desk has no such
        report or the reporter left no contact.
        """
        require(actor, Action.READ_CONTACT, actor.desk)
        with self._casework.write() as work:
            report = work.reports.get(actor.desk, normal_number(number))
            sealed = work.reports.sealed_contact(actor.desk, report.id)
            if sealed is None:
                raise NotFound("この申告には連絡先が書かれていません。進み具合は、申告した方がご自分で確かめられます。")
            contact = Contact(**self._vault.open(report.id, sealed))
            work.audit.append(
                desk=actor.desk,
                at=self._clock(),
                actor=actor.id,
                action="report.contact_read",
                subject=f"report:{report.id}",
                details={"reason": reason.value},
            )
        return contact

    def _identity(self, form: Submission) -> tuple[Identity, bool]:
        """The identity of this form, and whether it was taken in before."""
        content = json.dumps(asdict(replace(form, key="")), ensure_ascii=False, sort_keys=True)
        for attempt in range(10):
            who = identity(form.key, content.encode("utf-8", "surrogatepass"), attempt)
            with self._casework.read() as work:
                there = work.reports.by_number(who.receipt.number)
            if there is None or there.id == who.report_id:
                return who, there is not None
        raise Unavailable("no free report number in ten tries")

    def _hash(self, phrase: str) -> str:
        with self._hashing:
            return _HASHER.hash(normal_phrase(phrase))

    def _matches(self, phrase_hash: str, phrase: str) -> bool:
        try:
            with self._hashing:
                return _HASHER.verify(phrase_hash, normal_phrase(phrase).encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False


def is_web_address(url: str) -> bool:
    """Whether ``url`` is an http(s) address with a host. It is kept as text and never fetched."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in url)
    except ValueError:
        return False


def _check(form: Submission) -> None:
    if not form.posts:
        raise Incomplete("書き込みのURLか、書かれている文のどちらかを教えてください。まだ何も送っていません。")
    if len(form.posts) > MAX_POSTS:
        raise Incomplete(f"一度に送れる書き込みは{MAX_POSTS}件までです。残りは、もう一度この画面から送ってください。")
    for post in form.posts:
        if post.url is not None and (len(post.url) > MAX_URL or not is_web_address(post.url)):
            raise Incomplete("http:// または https:// で始まるURLを書いてください。まだ何も送っていません。")
        if not post.url and not post.text.strip():
            raise Incomplete("書き込みのURLか、書かれている文のどちらかを教えてください。まだ何も送っていません。")
    lengths = [len(post.text) for post in form.posts]
    if max(lengths) > MAX_TEXT or sum(lengths) > MAX_TEXTS:
        raise Incomplete(
            f"書かれている文は、1件{MAX_TEXT:,}文字、全部で{MAX_TEXTS:,}文字までにしてください。まだ何も送っていません。"
        )


def _post(form: Submission, part: ReportedPost, position: int, who: Identity, desk: str, now: datetime) -> Post:
    host = urlsplit(part.url).hostname if part.url else None
    return Post(
        desk=desk,
        site=host or UNKNOWN_SITE,
        native_id=f"{who.receipt.number}/{position}",
        text=part.text,
        collected_at=now,
        origin=Origin.REPORTED,
        url=part.url,
        report_number=who.receipt.number,
        # What the reviewer needs to weigh the post; nothing that names the reporter.
        extra={
            "report": {
                "standing": form.standing.value,
                "wishes": [wish.value for wish in form.wishes],
                "in_danger": form.in_danger,
            }
        },
    )


def _entry(work: Work, report: Report) -> ReportEntry:
    items = work.items.find(report.desk, report.revision_ids)
    # Every post of a report carries the same; the first one that the worker has passed on will do.
    told = next((told for item in items if (told := told_of(item.post)) is not None), None)
    return ReportEntry(
        number=report.number,
        received_at=report.received_at,
        standing=report.standing,
        posts=len(report.revision_ids),
        progress=progress_of(work, report),
        has_contact=work.reports.sealed_contact(report.desk, report.id) is not None,
        told=told,
    )


def _status(work: Work, report: Report) -> ReportStatus:
    sent: list[datetime] = []
    answered: list[datetime] = []
    for item in work.items.find(report.desk, report.revision_ids):
        case = work.cases.of_item(report.desk, item.id)
        for request in work.cases.requests_of(report.desk, case.id) if case else ():
            if request.sent_at:
                sent.append(request.sent_at)
            steps = work.cases.steps(report.desk, request.id)
            answered += [step.at for step in steps if step.state in _ANSWERS]
    return ReportStatus(
        number=report.number,
        posts=len(report.revision_ids),
        progress=progress_of(work, report),
        received_at=report.received_at,
        requested_at=min(sent, default=None),
        answered_at=max(answered, default=None),
    )

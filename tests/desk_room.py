"""A whole review desk on real files, with a clock that tests move and people who can sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from argon2 import PasswordHasher

from domain.access import Actor, Role
from domain.items import ReviewItem
from domain.posts import Post
from escalation.cases import CaseService
from escalation.statistics import StatisticsService
from ingest.sqlite_stream import SqliteStream
from report_ui.service import ReportService
from review.accounts import Accounts
from review.audit import AuditService
from review.decisions import DecisionService
from review.ports import Flow
from review.queue import QueueService
from review.search import SearchService
from review_ui.door import Services
from store.casework import Casework
from store.search import IndexedPost
from store.sqlite_search import SqliteSearchIndex
from store.vault import Vault
from tests.factories import DESK, NOW, make_assessment, make_item, make_post

CLAIM = timedelta(minutes=15)
UNDO = timedelta(minutes=10)
PASSWORD = "natsu-no-umi-2026"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Real argon2id, too cheap to keep a secret and quick enough for tests."""


class FakeFlow:
    """The pipeline as the test says."""

    def __init__(self) -> None:
        self.state = Flow(None, 0)

    def look(self, desk: str) -> Flow:
        return self.state


class Room:
    """Services over one casework database and one index."""

    def __init__(self, casework: Casework, folder: Path) -> None:
        self.casework = casework
        self.index = SqliteSearchIndex(folder / "index.sqlite3")
        self.flow = FakeFlow()
        self.now = NOW
        self._numbers = count(1)
        self.cases = CaseService(casework, self.clock, self.new_id, folder / "outbox")
        self.accounts = Accounts(casework, clock=self.clock, new_id=self.new_id, hasher=QUICK)
        self.queue = QueueService(casework, self.index, clock=self.clock, claim_time=CLAIM, flow=self.flow)
        self.decisions = self.deciding()
        self.search = SearchService(casework, self.index, clock=self.clock)
        self.audit = AuditService(casework)
        self.stream = SqliteStream(folder / "stream.sqlite3", self.clock)
        self.key_file = folder / "contact.key"
        self.reports = ReportService(casework, self.stream, Vault(self.key_file), self.clock, DESK)

    def deciding(self, undo_time: timedelta = UNDO) -> DecisionService:
        return DecisionService(
            self.casework,
            clock=self.clock,
            new_id=self.new_id,
            cases=self.cases,
            claim_time=CLAIM,
            undo_time=undo_time,
        )

    def services(self) -> Services:
        return Services(
            accounts=self.accounts,
            queue=self.queue,
            decisions=self.decisions,
            search=self.search,
            audit=self.audit,
            cases=self.cases,
            statistics=StatisticsService(self.casework, self.clock),
            reports=self.reports,
            clock=self.clock,
            new_id=self.new_id,
        )

    def clock(self) -> datetime:
        return self.now

    def new_id(self) -> str:
        return f"{next(self._numbers):032x}"

    def wait(self, **units: float) -> None:
        self.now += timedelta(**units)

    def person(self, login: str, *roles: Role, desk: str = DESK, name: str = "") -> Actor:
        """An account with :data:`PASSWORD`; the name is the login unless given."""
        actor = Actor(self.new_id(), name or login, desk, frozenset(roles or {Role.MONITOR}))
        with self.casework.write() as work:
            work.users.add(actor, login, QUICK.hash(PASSWORD), NOW)
        return actor

    def put(self, *items: ReviewItem) -> None:
        """Items into the queue and their posts into the index."""
        self.index.put([IndexedPost(item.post, item.assessment) for item in items])
        with self.casework.write() as work:
            work.items.open(items)

    def publish(self, *posts: Post) -> None:
        """Posts that nobody has to review into the index."""
        self.index.put([IndexedPost(post, make_assessment(0.05)) for post in posts])

    def item(self, item_id: str, desk: str = DESK) -> ReviewItem:
        with self.casework.read() as work:
            return work.items.get(desk, item_id)

    def actions(self, desk: str = DESK) -> list[str]:
        """What the audit log of a desk tells, in order; the chain is proved on the way."""
        with self.casework.read() as work:
            assert work.audit.first_break(desk) is None
            return [event.action for event in work.audit.events(desk)]

    @contextmanager
    def unchanged(self, desk: str = DESK) -> Iterator[None]:
        """Nothing may happen to the log of the desk inside the block."""
        before = self.actions(desk)
        yield
        assert self.actions(desk) == before


def risky(native_id: str, risk: float = 0.8, **over: object) -> ReviewItem:
    """An item whose text names its id."""
    return make_item(make_post(f"あの店員{native_id}さんは泥棒だ。", native_id), make_assessment(risk), **over)

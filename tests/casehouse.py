"""A desk with people, a clock that can be moved, and a case service over a real database and outbox."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from domain.access import Actor, Role
from domain.cases import Request
from domain.decisions import Decision, DecisionKind
from domain.items import ReviewItem
from domain.machines import ItemState, RequestState
from domain.posts import Post
from escalation.cases import CaseService
from escalation.dossiers import CaseView
from store.casework import Casework
from tests.factories import NOW, OTHER_DESK, make_actor, make_decision, make_item, make_post

MONITOR = make_actor(Role.MONITOR, name="見守 花子")
SUPERVISOR = make_actor(Role.SUPERVISOR, name="責任 一郎")
SECOND_SUPERVISOR = make_actor(Role.SUPERVISOR, name="責任 二郎", id="u-supervisor-2")
BOTH = make_actor(Role.MONITOR, Role.SUPERVISOR, name="兼務 三郎", id="u-both")
ADMINISTRATOR = make_actor(Role.ADMINISTRATOR, name="管理 四郎")
AUDITOR = make_actor(Role.AUDITOR, name="監査 五郎")
STRANGER = make_actor(Role.MONITOR, Role.SUPERVISOR, desk=OTHER_DESK, name="隣 六郎", id="u-stranger")
PEOPLE = (MONITOR, SUPERVISOR, SECOND_SUPERVISOR, BOTH, ADMINISTRATOR, AUDITOR, STRANGER)


class CaseHouse:
    """Everything a test of cases needs."""

    def __init__(self, casework: Casework, outbox: Path, **options: Any) -> None:
        self.casework = casework
        self.outbox = outbox
        self.now = NOW
        numbers = count(1)
        self.new_id: Callable[[], str] = lambda: f"{next(numbers):08x}{'0' * 24}"
        self.service = CaseService(casework, self.clock, self.new_id, outbox, **options)

    def clock(self) -> datetime:
        return self.now

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def add_people(self) -> None:
        with self.casework.write() as work:
            for person in PEOPLE:
                work.users.add(person, person.id, "no-hash", self.now)

    def decide(self, post: Post | None = None, actor: Actor = MONITOR, **over: Any) -> tuple[ReviewItem, Decision]:
        """What the review room does: item, decision and case in one transaction."""
        item = make_item(post or found_post(), state=ItemState.REMOVAL, opened_at=self.now)
        values: dict[str, Any] = {"id": self.new_id(), "reviewer": actor.id, "decided_at": self.now} | over
        decision = make_decision(item, kind=DecisionKind.REMOVE, **values)
        with self.casework.write() as work:
            (item,) = work.items.open([item]) or work.items.find(item.desk, [item.id])
            work.decisions.add(item.desk, decision)
            self.service.open_case(work, item, decision, actor, self.now)
        return item, decision

    def undo(self, item: ReviewItem, decision: Decision, actor: Actor = MONITOR) -> None:
        with self.casework.write() as work:
            self.service.cancel_case(work, item, actor, self.now)
            work.decisions.mark_undone(item.desk, decision.id, self.now)
            current = work.items.get(item.desk, item.id)
            work.items.save(replace(current, state=ItemState.FIRST_REVIEW))

    def draft(self, **over: Any) -> Request:
        """A decided item and its drafted request."""
        item, _ = self.decide(**over)
        return self.view(item).current.request

    def sent(self) -> Request:
        """A request that went out."""
        approved = self.approved()
        return self.service.mark_sent(MONITOR, approved.id, approved.version)

    def approved(self, **over: Any) -> Request:
        draft = self.draft(**over)
        return self.service.approve(SUPERVISOR, draft.id, draft.version)

    def view(self, item: ReviewItem) -> CaseView:
        with self.casework.read() as work:
            case = work.cases.of_item(item.desk, item.id)
        assert case is not None
        return self.service.case_view(MONITOR, case.id)

    def request(self, request_id: str) -> Request:
        with self.casework.read() as work:
            return work.cases.request(MONITOR.desk, request_id)

    def record(self, request: Request, *states: RequestState) -> Request:
        for state in states:
            request = self.service.record_outcome(MONITOR, request.id, request.version, state, "")
        return request

    def actions(self) -> list[str]:
        with self.casework.read() as work:
            assert work.audit.first_break(MONITOR.desk) is None
            return [event.action for event in work.audit.events(MONITOR.desk)]


def found_post(text: str = "あいつの家は駅前の三軒目だ。", native_id: str = "p1", **over: Any) -> Post:
    """A post with everything that a sheet asks for."""
    values: dict[str, Any] = {
        "site": "みどり掲示板",
        "url": f"https://board.example/t/12/{native_id}",
        "thread": "町の雑談 12",
        "number": 34,
        "posted_at": NOW - timedelta(days=3),
    }
    return make_post(text, native_id, **(values | over))

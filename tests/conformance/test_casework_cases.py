"""Decisions, cases, requests and their steps on every engine."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from domain.decisions import DecisionKind, DismissReason
from domain.errors import NotFound, Stale
from domain.labels import Group, Label, Severity
from domain.machines import RequestState
from store.cases import RequestStep
from store.casework import Casework
from store.schema import counters
from tests.factories import (
    DESK,
    NOW,
    OTHER_DESK,
    later,
    make_case,
    make_decision,
    make_item,
    make_post,
    make_request,
)

ITEM = make_item(make_post("甲の投稿", "1"))
SECOND = make_item(make_post("乙の投稿", "2"))
THEIRS = make_item(make_post("丙の投稿", "3", desk=OTHER_DESK))


@pytest.fixture(autouse=True)
def _items(database: Casework) -> None:
    with database.write() as work:
        work.items.open([ITEM, SECOND, THEIRS])


# Decisions


def test_decisions_come_back_exactly_oldest_first(database: Casework) -> None:
    first = make_decision(
        ITEM,
        "d1",
        DecisionKind.REMOVE,
        labels=(Label.PRIVACY, Label.INSULT),
        group=Group.BURAKU,
        severity=Severity.GRAVE,
        note="住所が書かれている\n「原文」のまま",
    )
    second = make_decision(
        ITEM, "d0", DecisionKind.DISMISS, reason=DismissReason.PUBLIC_INTEREST, decided_at=later(days=1)
    )
    with database.write() as work:
        work.decisions.add(DESK, second)
        work.decisions.add(DESK, first)
    with database.read() as work:
        assert work.decisions.of_item(DESK, ITEM.id) == [first, second]
        assert work.decisions.of_item(DESK, SECOND.id) == []
        assert work.decisions.of_item(OTHER_DESK, ITEM.id) == []


def test_a_decision_taken_back_is_marked_and_never_lost(database: Casework) -> None:
    first, second = make_decision(ITEM, "d1"), make_decision(ITEM, "d2", decided_at=later(minutes=5))
    with database.write() as work:
        work.decisions.add(DESK, first)
        assert work.decisions.standing(DESK, ITEM.id) == first
        work.decisions.mark_undone(OTHER_DESK, "d1", later(minutes=1))
        assert work.decisions.standing(DESK, ITEM.id) == first, "another desk cannot take it back"
        work.decisions.mark_undone(DESK, "d1", later(minutes=1))
        assert work.decisions.standing(DESK, ITEM.id) is None
        work.decisions.add(DESK, second)
    undone = replace(first, undone_at=later(minutes=1))
    with database.read() as work:
        assert work.decisions.standing(DESK, ITEM.id) == second
        assert work.decisions.standing(OTHER_DESK, ITEM.id) is None
        assert work.decisions.of_item(DESK, ITEM.id) == [undone, second]


def test_recent_decisions_are_those_of_one_reviewer_newest_first(database: Casework) -> None:
    mine = [make_decision(ITEM, f"d{n}", decided_at=later(minutes=n)) for n in range(4)]
    with database.write() as work:
        for decision in mine:
            work.decisions.add(DESK, decision)
        work.decisions.add(DESK, make_decision(SECOND, "x", reviewer="u-else", decided_at=later(hours=1)))
        work.decisions.add(OTHER_DESK, make_decision(THEIRS, "y", decided_at=later(hours=2)))
    with database.read() as work:
        assert work.decisions.recent(DESK, "u-monitor", 3) == [mine[3], mine[2], mine[1]]


def test_a_span_holds_its_start_and_not_its_end(database: Casework) -> None:
    before, start, inside, end = (later(seconds=s) for s in (-1, 0, 5, 10))
    with database.write() as work:
        for name, at in (("d-end", end), ("d-in", inside), ("d-start", start), ("d-before", before)):
            work.decisions.add(DESK, make_decision(ITEM, name, decided_at=at))
        work.decisions.add(DESK, make_decision(ITEM, "d-undone", decided_at=inside, undone_at=end))
        work.decisions.add(OTHER_DESK, make_decision(THEIRS, "d-other", decided_at=inside))
    with database.read() as work:
        assert [d.id for d in work.decisions.between(DESK, start, end)] == ["d-start", "d-in"]


def test_a_decision_needs_its_item(database: Casework) -> None:
    with pytest.raises(IntegrityError), database.write() as work:
        work.decisions.add(DESK, make_decision(make_item(make_post("なし", "9"))))


# Case numbers


def test_numbers_run_within_desk_and_fiscal_year(database: Casework) -> None:
    last_of_2025 = datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC)
    first_of_2026 = datetime(2026, 3, 31, 15, 0, 0, tzinfo=UTC)
    with database.write() as work:
        assert [work.cases.next_number(DESK, last_of_2025) for _ in range(2)] == ["2025-0001", "2025-0002"]
        assert work.cases.next_number(DESK, first_of_2026) == "2026-0001"
        assert work.cases.next_number(OTHER_DESK, first_of_2026) == "2026-0001"
    with database.write() as work:
        assert work.cases.next_number(DESK, first_of_2026) == "2026-0002"
        assert work.cases.next_number(DESK, last_of_2025) == "2025-0003"


def test_a_number_is_not_used_up_by_a_change_that_failed(database: Casework) -> None:
    with pytest.raises(NotFound), database.write() as work:
        work.cases.get(DESK, work.cases.next_number(DESK, NOW))
    with database.write() as work:
        assert work.cases.next_number(DESK, NOW) == "2026-0001"


def test_numbers_go_on_after_9999(database: Casework) -> None:
    with database.write() as work:
        work.cases.next_number(DESK, NOW)
    with database.engine.begin() as connection:
        connection.execute(update(counters).values(value=9998))
    with database.write() as work:
        assert [work.cases.next_number(DESK, NOW) for _ in range(3)] == ["2026-9999", "2026-10000", "2026-10001"]


# Cases


def test_a_case_comes_back_exactly(database: Casework) -> None:
    case = make_case(ITEM, labels=(Label.THREAT, Label.DEFAMATION), severity=Severity.GRAVE)
    with database.write() as work:
        work.cases.add(case)
    with database.read() as work:
        assert work.cases.get(DESK, case.id) == case
        assert work.cases.of_item(DESK, ITEM.id) == case
        assert work.cases.of_item(DESK, SECOND.id) is None


def test_an_item_opens_one_case_and_a_number_names_one(database: Casework) -> None:
    with database.write() as work:
        work.cases.add(make_case(ITEM))
    with pytest.raises(IntegrityError), database.write() as work:
        work.cases.add(make_case(ITEM, "c2", "2026-0002"))
    with pytest.raises(IntegrityError), database.write() as work:
        work.cases.add(make_case(SECOND, "c2", "2026-0001"))
    with database.write() as work:
        work.cases.add(make_case(THEIRS, "c3", "2026-0001"))


def test_cases_are_listed_newest_first_and_by_the_state_of_a_request(database: Casework) -> None:
    old, new = make_case(ITEM), make_case(SECOND, "c2", "2026-0002", opened_at=later(days=1))
    with database.write() as work:
        for case in (old, new, make_case(THEIRS, "c3")):
            work.cases.add(case)
        work.cases.add_request(make_request(old, "q1"))
        work.cases.add_request(make_request(old, "q2", state=RequestState.SENT))
        work.cases.add_request(make_request(new, "q3", state=RequestState.SENT))
    with database.read() as work:
        cases = work.cases
        assert cases.newest(DESK, limit=9) == [new, old]
        assert cases.newest(DESK, limit=1, offset=1) == [old]
        assert cases.count(DESK) == 2
        assert cases.newest(DESK, limit=9, states={RequestState.SENT}) == [new, old]
        assert cases.newest(DESK, limit=9, states={RequestState.DRAFT, RequestState.CLOSED}) == [old]
        assert cases.newest(DESK, limit=9, states=()) == []
        assert [cases.count(DESK, {state}) for state in (RequestState.SENT, RequestState.DRAFT)] == [2, 1]
        assert [request.id for request in cases.requests_in(DESK, RequestState.SENT)] == ["q2", "q3"]


def test_a_desk_never_sees_cases_and_requests_of_another(database: Casework) -> None:
    case = make_case(THEIRS)
    request = make_request(case)
    with database.write() as work:
        work.cases.add(case)
        work.cases.add_request(request)
    with database.write() as work:
        with pytest.raises(NotFound, match="この窓口にはありません"):
            work.cases.get(DESK, case.id)
        with pytest.raises(NotFound, match="この窓口にはありません"):
            work.cases.request(DESK, request.id)
        assert work.cases.of_item(DESK, THEIRS.id) is None
        assert work.cases.newest(DESK, limit=9) == []
        assert work.cases.count(DESK) == 0
        assert work.cases.requests_of(DESK, case.id) == []
        assert work.cases.requests_in(DESK, RequestState.DRAFT) == []
        assert work.cases.steps(DESK, request.id) == []
        with pytest.raises(Stale):
            work.cases.save_request(replace(request, desk=DESK, body="書き換え"), at=NOW, actor="u-1")


# Requests


def test_a_request_goes_its_way_and_every_step_is_kept(database: Casework) -> None:
    case = make_case(ITEM)
    request = make_request(case, body="本文\n二行目")
    with database.write() as work:
        work.cases.add(case)
        work.cases.add_request(request)
        assert work.cases.request(DESK, request.id) == request
    with database.write() as work:
        edited = work.cases.save_request(replace(request, body="直した本文"), at=later(minutes=1), actor="u-monitor")
        approved = work.cases.save_request(
            replace(
                edited,
                state=RequestState.APPROVED,
                approved_by="u-supervisor",
                approved_at=later(minutes=2),
                bundle_sha256="f" * 64,
            ),
            at=later(minutes=2),
            actor="u-supervisor",
        )
        sent = work.cases.save_request(
            replace(approved, state=RequestState.SENT, sent_at=later(minutes=3)),
            at=later(minutes=3),
            actor="u-monitor",
            note="フォームから送った",
        )
    assert sent.version == 4
    with database.read() as work:
        assert work.cases.request(DESK, request.id) == sent
        assert work.cases.requests_of(DESK, case.id) == [sent]
        assert work.cases.steps(DESK, request.id) == [
            RequestStep(1, NOW, "u-monitor", RequestState.DRAFT, ""),
            RequestStep(2, later(minutes=2), "u-supervisor", RequestState.APPROVED, ""),
            RequestStep(3, later(minutes=3), "u-monitor", RequestState.SENT, "フォームから送った"),
        ]


def test_a_request_changed_by_somebody_else_is_not_overwritten(database: Casework) -> None:
    case = make_case(ITEM)
    read = make_request(case)
    with database.write() as work:
        work.cases.add(case)
        work.cases.add_request(read)
        theirs = work.cases.save_request(replace(read, body="先に直した"), at=NOW, actor="u-1")
    with pytest.raises(Stale, match="何も保存していません"), database.write() as work:
        work.cases.save_request(replace(read, state=RequestState.APPROVED), at=NOW, actor="u-2")
    with database.read() as work:
        assert work.cases.request(DESK, read.id) == theirs
        assert len(work.cases.steps(DESK, read.id)) == 1


def test_requests_of_a_case_come_oldest_first(database: Casework) -> None:
    case = make_case(ITEM)
    with database.write() as work:
        work.cases.add(case)
        for name, at in (("q-b", later(days=1)), ("q-a", NOW), ("q-c", later(days=2))):
            work.cases.add_request(make_request(case, name, drafted_at=at))
    with database.read() as work:
        assert [request.id for request in work.cases.requests_of(DESK, case.id)] == ["q-a", "q-b", "q-c"]

"""Dates of a case: which matter when, and that none pretends to be statutory."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.deadlines import DeadlineKind
from domain.machines import RequestState
from escalation.clocks import STATUTORY_NOTE, answered_at, clocks_of, jst, jst_date
from store.cases import RequestStep
from store.casework import Casework
from tests.casehouse import MONITOR, SUPERVISOR, CaseHouse, found_post
from tests.factories import NOW

S = RequestState


@pytest.fixture
def house(casework: Casework, tmp_path: Path) -> CaseHouse:
    return CaseHouse(casework, tmp_path / "outbox")


def test_a_draft_has_only_the_log_warnings_counted_from_the_posting(house: CaseHouse) -> None:
    item, _ = house.decide(found_post(posted_at=NOW - timedelta(days=61)))
    clocks = house.view(item).clocks
    assert [(c.kind, c.due - NOW, c.overdue) for c in clocks] == [
        (DeadlineKind.LOG_LOSS, timedelta(days=-1), True),
        (DeadlineKind.LOG_LOSS, timedelta(days=29), False),
    ]


def test_no_posting_time_means_no_log_warning(house: CaseHouse) -> None:
    item, _ = house.decide(found_post(posted_at=None))
    assert house.view(item).clocks == ()


def test_reminder_then_rechecks_then_nothing(house: CaseHouse) -> None:
    item, _ = house.decide(found_post(posted_at=None))
    draft = house.view(item).current.request
    approved = house.service.approve(SUPERVISOR, draft.id, draft.version)
    sent = house.service.mark_sent(MONITOR, approved.id, approved.version)
    sent_at = house.now
    assert [(c.kind, c.due) for c in house.view(item).clocks] == [(DeadlineKind.REPLY, sent_at + timedelta(days=30))]
    accepted = house.record(sent, S.ACCEPTED)
    assert [c.kind for c in house.view(item).clocks] == [DeadlineKind.REPLY], "an acceptance is no answer"
    house.wait(days=3)
    removed = house.record(accepted, S.REMOVED)
    answered = house.now
    dues = [(c.kind, (c.due - answered).days) for c in house.view(item).clocks]
    assert dues == [(DeadlineKind.RECHECK, days) for days in (1, 7, 14, 30, 90)]
    house.wait(days=8)
    checked = house.record(removed, S.RECHECK)
    assert [(c.due - answered).days for c in house.view(item).clocks] == [14, 30, 90], "checks made are done"
    house.record(checked, S.CLOSED)
    assert house.view(item).clocks == ()


def test_a_new_sending_waits_for_a_new_answer() -> None:
    steps = [
        RequestStep(number, NOW + timedelta(days=number), "u", state, "")
        for number, state in enumerate([S.SENT, S.ACCEPTED, S.REJECTED, S.RECHECK, S.RE_REQUESTED, S.DRAFT, S.SENT])
    ]
    assert answered_at(steps[:4]) == NOW + timedelta(days=2)
    assert answered_at(steps) is None


def test_every_date_of_a_desks_own_request_is_a_reminder_and_the_note_says_why(house: CaseHouse) -> None:
    item, _ = house.decide()
    clocks = house.view(item).clocks
    assert {clock.basis for clock in clocks} == {"目安"}
    assert "自治体からの要請には適用されません" in STATUTORY_NOTE
    assert clocks_of(NOW, [], NOW) == ()


def test_dates_are_shown_as_the_day_in_japan() -> None:
    late = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
    assert jst(late) == "2026-04-01 00:30 (JST)"
    assert jst_date(late) == "2026-04-01"

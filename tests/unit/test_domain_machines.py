"""Every legal step of both state machines is possible, every other one is refused."""

from enum import StrEnum
from itertools import product
from typing import TypeVar

import pytest

from domain import words
from domain.decisions import OUTCOME_OF, DecisionKind
from domain.errors import IllegalTransition
from domain.machines import (
    ITEM_MACHINE,
    OUTCOME_STATES,
    QUEUE_STATES,
    REPLY_STATES,
    REQUEST_MACHINE,
    ItemState,
    Machine,
    RequestState,
    step,
)

S = TypeVar("S", bound=StrEnum)

I = ItemState  # noqa: E741 - tables read better so
R = RequestState

OUTCOMES = {I.DISMISSED, I.RECORDED, I.EMERGENCY, I.GUIDED, I.REMOVAL}
LEGAL_ITEM_STEPS = {
    I.DETECTED: {I.PRESERVED},
    I.PRESERVED: {I.FIRST_REVIEW},
    I.FIRST_REVIEW: {I.SECOND_REVIEW, I.PRESERVED, *OUTCOMES},
    I.SECOND_REVIEW: {I.FIRST_REVIEW, *OUTCOMES},
    I.DISMISSED: {I.FIRST_REVIEW, I.REPOSTED},
    I.RECORDED: {I.FIRST_REVIEW, I.REPOSTED},
    I.EMERGENCY: {I.FIRST_REVIEW, I.REPOSTED},
    I.GUIDED: {I.FIRST_REVIEW, I.REPOSTED},
    I.REMOVAL: {I.FIRST_REVIEW, I.REPOSTED},
    I.REPOSTED: {I.PRESERVED},
}
ANSWERS = {R.REMOVED, R.PARTLY_REMOVED, R.REJECTED, R.NO_REPLY}
LEGAL_REQUEST_STEPS = {
    R.DRAFT: {R.APPROVED, R.WITHDRAWN},
    R.APPROVED: {R.SENT, R.DRAFT, R.WITHDRAWN},
    R.SENT: {R.ACCEPTED, R.NO_REPLY},
    R.ACCEPTED: ANSWERS,
    R.REMOVED: {R.RECHECK},
    R.PARTLY_REMOVED: {R.RECHECK},
    R.REJECTED: {R.RECHECK},
    R.NO_REPLY: {R.RECHECK},
    R.RECHECK: {R.RE_REQUESTED, R.ELEVATED, R.CLOSED},
    R.RE_REQUESTED: {R.DRAFT},
    R.ELEVATED: {R.CLOSED},
    R.CLOSED: {R.REPOSTED},
    R.REPOSTED: {R.DRAFT},
    R.WITHDRAWN: set(),
}


@pytest.mark.parametrize(("now", "to"), list(product(I, I)))
def test_items_take_exactly_the_legal_steps(now: ItemState, to: ItemState) -> None:
    if to in LEGAL_ITEM_STEPS[now]:
        assert step(ITEM_MACHINE, now, to) is to
    else:
        with pytest.raises(IllegalTransition):
            step(ITEM_MACHINE, now, to)


@pytest.mark.parametrize(("now", "to"), list(product(R, R)))
def test_requests_take_exactly_the_legal_steps(now: RequestState, to: RequestState) -> None:
    if to in LEGAL_REQUEST_STEPS[now]:
        assert step(REQUEST_MACHINE, now, to) is to
    else:
        with pytest.raises(IllegalTransition):
            step(REQUEST_MACHINE, now, to)


def reachable(machine: Machine[S], start: S, without: frozenset[S] = frozenset()) -> set[S]:
    seen: set[S] = set()
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state not in seen and state not in without:
            seen.add(state)
            waiting.extend(machine[state])
    return seen


def test_every_state_can_be_reached() -> None:
    assert reachable(ITEM_MACHINE, I.DETECTED) == set(I)
    assert reachable(REQUEST_MACHINE, R.DRAFT) == set(R)


def test_nothing_is_sent_without_approval() -> None:
    assert R.SENT not in reachable(REQUEST_MACHINE, R.DRAFT, without=frozenset({R.APPROVED}))
    # A request that comes back, is asked again or is posted again needs a fresh approval.
    for state in (R.SENT, R.RE_REQUESTED, R.REPOSTED, R.CLOSED):
        after = set().union(
            *(reachable(REQUEST_MACHINE, to, without=frozenset({R.APPROVED})) for to in REQUEST_MACHINE[state])
        )
        assert R.SENT not in after


def test_no_outcome_without_a_first_review() -> None:
    assert not reachable(ITEM_MACHINE, I.DETECTED, without=frozenset({I.FIRST_REVIEW})) & OUTCOMES


def test_only_a_withdrawn_request_is_the_end() -> None:
    assert [state for state in R if not REQUEST_MACHINE[state]] == [R.WITHDRAWN]
    assert all(ITEM_MACHINE[state] for state in I)


def test_the_named_sets_agree_with_the_machines() -> None:
    assert OUTCOME_STATES == OUTCOMES
    assert REPLY_STATES == ANSWERS
    assert sorted(QUEUE_STATES) == sorted([I.PRESERVED, I.FIRST_REVIEW, I.SECOND_REVIEW])
    assert set(OUTCOME_OF) == set(DecisionKind)
    assert set(OUTCOME_OF.values()) == OUTCOMES


def test_a_refusal_says_in_japanese_what_is_possible() -> None:
    with pytest.raises(IllegalTransition) as refusal:
        step(REQUEST_MACHINE, R.DRAFT, R.SENT, words.REQUEST_STATES)
    assert str(refusal.value) == (
        "「下書き」から「要請済」へは進められません。いま選べるのは次のとおりです: 承認、取下げ。"
    )
    with pytest.raises(IllegalTransition, match="ありません"):
        step(REQUEST_MACHINE, R.WITHDRAWN, R.DRAFT, words.REQUEST_STATES)

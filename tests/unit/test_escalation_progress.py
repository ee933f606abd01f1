"""What a reporter sees: the outer course only, and never more than is true of every post."""

from pathlib import Path

import pytest

from domain.machines import ItemState, RequestState
from domain.reports import Progress
from escalation.progress import progress_of
from store.casework import Casework
from tests.casehouse import MONITOR, SUPERVISOR, CaseHouse, found_post
from tests.factories import make_item, make_report

S, P = RequestState, Progress


@pytest.fixture
def house(casework: Casework, tmp_path: Path) -> CaseHouse:
    return CaseHouse(casework, tmp_path / "outbox")


def seen(house: CaseHouse, *revisions: str) -> Progress:
    with house.casework.read() as work:
        return progress_of(work, make_report(revision_ids=revisions))


def open_item(house: CaseHouse, state: ItemState, native_id: str) -> str:
    item = make_item(found_post(native_id=native_id), state=state)
    with house.casework.write() as work:
        work.items.open([item])
    return item.id


def test_a_report_still_in_the_stream_is_received(house: CaseHouse) -> None:
    assert seen(house, "f" * 32) is P.RECEIVED
    assert seen(house) is P.RECEIVED


@pytest.mark.parametrize(
    ("state", "progress"),
    [
        (ItemState.DETECTED, P.IN_REVIEW),
        (ItemState.PRESERVED, P.IN_REVIEW),
        (ItemState.FIRST_REVIEW, P.IN_REVIEW),
        (ItemState.SECOND_REVIEW, P.IN_REVIEW),
        (ItemState.REPOSTED, P.IN_REVIEW),
        (ItemState.DISMISSED, P.CLOSED),
        (ItemState.RECORDED, P.CLOSED),
        (ItemState.GUIDED, P.GUIDED),
        (ItemState.EMERGENCY, P.REQUESTED),
        (ItemState.REMOVAL, P.IN_REVIEW),
    ],
)
def test_every_state_of_an_item_has_an_outer_word(house: CaseHouse, state: ItemState, progress: Progress) -> None:
    assert seen(house, open_item(house, state, "x")) is progress


def test_the_course_of_a_request_as_seen_from_outside(house: CaseHouse) -> None:
    item, _ = house.decide()
    draft = house.view(item).current.request
    course = [seen(house, item.id)]
    approved = house.service.approve(SUPERVISOR, draft.id, draft.version)
    course.append(seen(house, item.id))
    returned = house.service.return_to_draft(SUPERVISOR, draft.id, approved.version, "直す")
    course.append(seen(house, item.id))
    approved = house.service.approve(SUPERVISOR, draft.id, returned.version)
    request = house.service.mark_sent(MONITOR, approved.id, approved.version)
    course.append(seen(house, item.id))
    for state in (S.ACCEPTED, S.PARTLY_REMOVED, S.RECHECK, S.RE_REQUESTED, S.DRAFT):
        request = house.record(request, state)
        course.append(seen(house, item.id))
    inner = [P.IN_REVIEW] * 3
    assert course == [*inner, P.REQUESTED, P.REQUESTED, P.ANSWERED, P.ANSWERED, P.REQUESTED, P.REQUESTED]


@pytest.mark.parametrize(
    ("path", "progress"),
    [
        ((S.ACCEPTED, S.REMOVED), P.REMOVED),
        ((S.ACCEPTED, S.REMOVED, S.RECHECK), P.REMOVED),
        ((S.ACCEPTED, S.REMOVED, S.RECHECK, S.CLOSED), P.REMOVED),
        ((S.ACCEPTED, S.REMOVED, S.RECHECK, S.CLOSED, S.REPOSTED), P.IN_REVIEW),
        ((S.ACCEPTED, S.REJECTED), P.ANSWERED),
        ((S.ACCEPTED, S.REJECTED, S.RECHECK, S.CLOSED), P.CLOSED),
        ((S.NO_REPLY,), P.REQUESTED),
        ((S.NO_REPLY, S.RECHECK, S.ELEVATED), P.REQUESTED),
    ],
)
def test_answers(house: CaseHouse, path: tuple[RequestState, ...], progress: Progress) -> None:
    request = house.record(house.sent(), *path)
    with house.casework.read() as work:
        item_id = work.cases.get(request.desk, request.case_id).item_id
    assert seen(house, item_id) is progress


def test_a_withdrawn_request_does_not_show(house: CaseHouse) -> None:
    item, _ = house.decide()
    draft = house.view(item).current.request
    house.service.withdraw(MONITOR, draft.id, draft.version, "考え直す")
    assert seen(house, item.id) is P.IN_REVIEW


def test_removed_is_said_only_when_it_is_true_of_all_posts(house: CaseHouse) -> None:
    request = house.record(house.sent(), S.ACCEPTED, S.REMOVED)
    with house.casework.read() as work:
        removed = work.cases.get(request.desk, request.case_id).item_id
    dismissed = open_item(house, ItemState.DISMISSED, "d")
    waiting = open_item(house, ItemState.PRESERVED, "w")
    guided = open_item(house, ItemState.GUIDED, "g")
    assert seen(house, removed) is P.REMOVED
    assert seen(house, removed, dismissed) is P.CLOSED
    assert seen(house, removed, dismissed, waiting) is P.IN_REVIEW
    assert seen(house, removed, "e" * 32) is P.RECEIVED
    assert seen(house, removed, waiting, guided) is P.GUIDED, "there is something to do for the reporter"

"""What a reporter sees of their report (申告の状況): the outer course of things, never the inner one.

Who works on it, that a draft was returned, why a post was dismissed: none of it shows. The state never runs backwards
because of claims, for claims are not looked at.
"""

from collections.abc import Sequence

from domain.items import ReviewItem
from domain.machines import REPLY_STATES, ItemState, RequestState
from domain.reports import Progress, Report
from store.cases import RequestStep
from store.casework import Work

_ORDER = (
    Progress.RECEIVED,
    Progress.IN_REVIEW,
    Progress.REQUESTED,
    Progress.ANSWERED,
    Progress.CLOSED,
    Progress.REMOVED,
)
"""From the least to the furthest. A report of several posts is as far as the one that is behind, so that
「削除が確認されました」 is said only when it is true of all."""

_OF_ITEM = {
    ItemState.DISMISSED: Progress.CLOSED,
    ItemState.RECORDED: Progress.CLOSED,
    ItemState.GUIDED: Progress.GUIDED,
    ItemState.EMERGENCY: Progress.REQUESTED,
}


def progress_of(work: Work, report: Report) -> Progress:
    """How far a report is. A post with guidance (ご案内) comes first: the reporter has something to do."""
    items = {item.id: item for item in work.items.find(report.desk, report.revision_ids)}
    found = [_of_post(work, items.get(revision)) for revision in report.revision_ids]
    if Progress.GUIDED in found:
        return Progress.GUIDED
    return min(found, key=_ORDER.index, default=Progress.RECEIVED)


def _of_post(work: Work, item: ReviewItem | None) -> Progress:
    if item is None:  # still in the stream
        return Progress.RECEIVED
    if item.state is not ItemState.REMOVAL:
        return _OF_ITEM.get(item.state, Progress.IN_REVIEW)
    case = work.cases.of_item(item.desk, item.id)
    requests = work.cases.requests_of(item.desk, case.id) if case else []
    stages = [
        _of_request(request.state, work.cases.steps(item.desk, request.id))
        for request in requests
        if request.state is not RequestState.WITHDRAWN
    ]
    return max(stages, key=_ORDER.index, default=Progress.IN_REVIEW)


def _of_request(state: RequestState, steps: Sequence[RequestStep]) -> Progress:
    answers = [made.state for made in steps if made.state in REPLY_STATES]
    if state is RequestState.REPOSTED:
        return Progress.IN_REVIEW
    if state is RequestState.CLOSED:
        return Progress.REMOVED if answers and answers[-1] is RequestState.REMOVED else Progress.CLOSED
    if state in REPLY_STATES or state is RequestState.RECHECK:
        return _of_answer(state if state in REPLY_STATES else answers[-1])
    if any(made.state is RequestState.SENT for made in steps):
        return Progress.REQUESTED
    return Progress.IN_REVIEW


def _of_answer(answer: RequestState) -> Progress:
    if answer is RequestState.REMOVED:
        return Progress.REMOVED
    return Progress.REQUESTED if answer is RequestState.NO_REPLY else Progress.ANSWERED

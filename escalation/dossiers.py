"""Reading a case: everything that documents, pages and rules need, put together from the stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.access import Actor
from domain.cases import Case, Request
from domain.decisions import Decision, DecisionKind
from domain.desks import Desk
from domain.errors import NotFound, Refused
from domain.items import ReviewItem
from domain.labels import Severity
from domain.machines import REQUEST_MACHINE, RequestState
from escalation.clocks import Clock, clocks_of
from escalation.desks import desk_of
from escalation.outbox import BundleState, Outbox, folder_name
from escalation.sheet import Dossier, Field, Gap, fields, gaps
from store.cases import RequestStep
from store.casework import Work

UNSENT = frozenset({RequestState.DRAFT, RequestState.APPROVED})
ENDED = frozenset({RequestState.WITHDRAWN})
OUTCOMES = frozenset(RequestState) - UNSENT - {RequestState.SENT, RequestState.WITHDRAWN}
"""States that :meth:`escalation.cases.CaseService.record_outcome` can reach, besides a new draft of an old request."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as a page shows it."""

    request: Request
    steps: tuple[RequestStep, ...]
    fields: tuple[Field, ...]
    """The sheet as it stands: inert text, to be drawn as such."""
    gaps: tuple[Gap, ...]
    next_states: tuple[RequestState, ...]
    """What :meth:`~escalation.cases.CaseService.record_outcome` accepts now."""
    folder: str
    bundle: BundleState | None
    """What lies in the outbox; None before an approval."""
    authors: frozenset[str]
    """Ids of the people who may not approve it alone; empty where no second person is asked for."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with everything around it."""

    desk: Desk
    case: Case
    item: ReviewItem
    decisions: tuple[Decision, ...]
    requests: tuple[RequestView, ...]
    clocks: tuple[Clock, ...]
    names: dict[str, str]
    """Display names of the desk's people by id: for the desk's own eyes, never for a document."""

    @property
    def current(self) -> RequestView:
        """The request that is worked on: the newest that was not withdrawn, else the newest."""
        alive = [view for view in self.requests if view.request.state not in ENDED]
        return (alive or self.requests)[-1]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list."""

    case: Case
    item: ReviewItem
    request: Request
    """The newest request that was not withdrawn, else the newest."""
    next_clock: Clock | None
    """The earliest date to watch."""


def removal_decision(work: Work, case: Case) -> Decision | None:
    """The 削除要請 decision in force; None where it was taken back or replaced."""
    decision = work.decisions.standing(case.desk, case.item_id)
    return decision if decision is not None and decision.kind is DecisionKind.REMOVE else None


def sendings(steps: Sequence[RequestStep]) -> int:
    """How often a request went out."""
    return sum(made.state is RequestState.SENT for made in steps)


def dossier_of(work: Work, request: Request, *, standing: bool) -> Dossier:
    """Everything of one request. With ``standing`` raises :class:`Refused` where its decision is not in force.

    Without it the last 削除要請 decision speaks, so that a withdrawn request can still be read.
    """
    case = work.cases.get(request.desk, request.case_id)
    decision = removal_decision(work, case)
    if decision is None and standing:
        raise Refused(
            "この案件のもとになった「削除要請」の判断は取り消されています。何も変更していません。"
            "審査のページで判断を確かめてください。"
        )
    if decision is None:
        made = [d for d in work.decisions.of_item(case.desk, case.item_id) if d.kind is DecisionKind.REMOVE]
        if not made:
            raise NotFound("この案件の判断の記録が見つかりません。管理者に知らせてください。")
        decision = made[-1]
    sent = sendings(work.cases.steps(request.desk, request.id))
    return Dossier(
        desk=desk_of(work, request.desk),
        case=case,
        item=work.items.get(case.desk, case.item_id),
        decision=decision,
        request=request,
        round=sent + 1 if request.state in UNSENT else max(sent, 1),
    )


def authors_of(dossier: Dossier, second_from: Severity | None) -> frozenset[str]:
    """Who may not approve alone: the drafter and the decider, where the severity asks for a second person."""
    severity = max(dossier.case.severity, dossier.decision.severity)
    if second_from is None or severity < second_from:
        return frozenset()
    return frozenset({dossier.request.drafted_by, dossier.decision.reviewer})


def request_view(work: Work, request: Request, outbox: Outbox, second_from: Severity | None) -> RequestView:
    """One request as a page shows it."""
    dossier = dossier_of(work, request, standing=False)
    folder = folder_name(dossier)
    allowed = REQUEST_MACHINE[request.state]
    if request.state not in {RequestState.RE_REQUESTED, RequestState.REPOSTED}:
        allowed = allowed & OUTCOMES
    return RequestView(
        request=request,
        steps=tuple(work.cases.steps(request.desk, request.id)),
        fields=fields(dossier),
        gaps=gaps(dossier),
        next_states=tuple(state for state in RequestState if state in allowed),
        folder=folder,
        bundle=outbox.state(request.desk, folder, request.bundle_sha256) if request.bundle_sha256 else None,
        authors=authors_of(dossier, second_from),
    )


def case_view(
    work: Work, actor: Actor, case_id: str, outbox: Outbox, second_from: Severity | None, now: datetime
) -> CaseView:
    """A case of the actor's desk; raises :class:`NotFound`."""
    case = work.cases.get(actor.desk, case_id)
    item = work.items.get(case.desk, case.item_id)
    requests = work.cases.requests_of(case.desk, case.id)
    views = tuple(request_view(work, request, outbox, second_from) for request in requests)
    return CaseView(
        desk=desk_of(work, case.desk),
        case=case,
        item=item,
        decisions=tuple(work.decisions.of_item(case.desk, case.item_id)),
        requests=views,
        clocks=clocks_of(item.post.posted_at, [(view.request, view.steps) for view in views], now),
        names=work.users.names(case.desk),
    )


def case_row(work: Work, case: Case, item: ReviewItem, now: datetime) -> CaseRow:
    """A case for the list."""
    requests = work.cases.requests_of(case.desk, case.id)
    pairs = [(request, work.cases.steps(case.desk, request.id)) for request in requests]
    clocks = clocks_of(item.post.posted_at, pairs, now)
    alive = [request for request in requests if request.state not in ENDED]
    return CaseRow(case, item, (alive or requests)[-1], clocks[0] if clocks else None)

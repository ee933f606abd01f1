"""From a 削除要請 decision to the outside world and back: drafting, the second person, the outbox, the answer.

Every change is one transaction together with its audit event. Details of events hold codes and numbers only.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.access import Action, Actor, require
from domain.cases import Case, Destination, Request
from domain.decisions import Decision
from domain.errors import IllegalTransition, Incomplete, MimamoriError, NotAllowed, Refused, Stale
from domain.items import ReviewItem
from domain.labels import Severity
from domain.machines import REQUEST_MACHINE, RequestState, step
from domain.words import REQUEST_STATES
from escalation import dossiers
from escalation.bundling import Bundling
from escalation.desks import desk_of
from escalation.documents import consultation_sheet
from escalation.dossiers import OUTCOMES, UNSENT, CaseRow, CaseView
from escalation.outbox import SHEET, Bundle, Outbox, build, folder_name
from escalation.sheet import draft_body, gaps
from store.casework import Casework, Work

BODY_LIMIT, NOTE_LIMIT = 20_000, 2_000
"""Characters."""
_STALE = "ほかの人が先にこの要請を更新しました。何も保存していません。最新の内容を開き直してください。"
_REDRAFTED = frozenset({RequestState.RE_REQUESTED, RequestState.REPOSTED})


@dataclass(frozen=True, slots=True)
class Document:
    """A file to download."""

    name: str
    data: bytes


class CaseService:
    """Cases of every desk; each method acts at the actor's own. Structurally the review room's ``CaseOpener``.

    ``second_person_from`` is the lowest severity whose requests neither the drafter nor the decider may approve: all
    of them unless set otherwise. None asks for no second person (a desk of one); the audit event of each approval
    says whether there was one.
    """

    def __init__(
        self,
        casework: Casework,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        outbox: Path,
        *,
        second_person_from: Severity | None = Severity.NONE,
    ) -> None:
        self._casework = casework
        self._clock = clock
        self._new_id = new_id
        self._outbox = Outbox(outbox)
        self._bundles = Bundling(self._outbox)
        self._second_from = second_person_from

    # The review room's port: both run in the transaction of the decision.

    def open_case(self, work: Work, item: ReviewItem, decision: Decision, actor: Actor, now: datetime) -> None:
        """Open the case of ``item`` and draft its request.

        A case that an earlier decision opened gets a new draft in place of what did not leave; where something was
        sent already nothing is added.
        """
        require(actor, Action.DRAFT_REQUEST, item.desk)
        case = work.cases.of_item(item.desk, item.id)
        if case is None:
            case = Case(
                id=self._new_id(),
                number=work.cases.next_number(item.desk, now),
                desk=item.desk,
                item_id=item.id,
                labels=decision.labels,
                severity=decision.severity,
                opened_at=now,
                opened_by=actor.id,
            )
            work.cases.add(case)
            details = {"number": case.number, "severity": int(case.severity), "labels": sorted(case.labels)}
            _event(work, "case.opened", f"case:{case.id}", actor, now, details)
        elif not self._void(work, case, actor, now):
            return
        self._draft(work, case, item, decision, actor, now)

    def cancel_case(self, work: Work, item: ReviewItem, actor: Actor, now: datetime) -> None:
        """Withdraw what has not left; raises :class:`Refused` where a request was sent, and changes nothing then."""
        require(actor, Action.DRAFT_REQUEST, item.desk)
        case = work.cases.of_item(item.desk, item.id)
        if case is not None and not self._void(work, case, actor, now):
            raise Refused(
                "この投稿についての要請はすでに送付されています。判断は取り消していません。"
                "経過は案件のページに記録してください。"
            )

    # Reading

    def list_cases(
        self, actor: Actor, *, limit: int = 50, offset: int = 0, states: Collection[RequestState] | None = None
    ) -> list[CaseRow]:
        """Cases of the actor's desk, newest first; with ``states`` those that have a request in one of them.

        Costs two small queries a row, and one more for each further request of its case.
        """
        require(actor, Action.READ_CASES, actor.desk)
        now = self._clock()
        with self._casework.read() as work:
            cases = work.cases.newest(actor.desk, limit=limit, offset=offset, states=states)
            items = {item.id: item for item in work.items.find(actor.desk, [case.item_id for case in cases])}
            return [dossiers.case_row(work, case, items[case.item_id], now) for case in cases]

    def count_cases(self, actor: Actor, states: Collection[RequestState] | None = None) -> int:
        """How many cases :meth:`list_cases` has in all."""
        require(actor, Action.READ_CASES, actor.desk)
        with self._casework.read() as work:
            return work.cases.count(actor.desk, states)

    def case_view(self, actor: Actor, case_id: str) -> CaseView:
        """A case with item, decisions, requests and dates; raises ``NotFound`` for another desk's."""
        require(actor, Action.READ_CASES, actor.desk)
        with self._casework.read() as work:
            return dossiers.case_view(work, actor, case_id, self._outbox, self._second_from, self._clock())

    def document(self, actor: Actor, request_id: str) -> Document:
        """The 相談票: of an approved request exactly the approved bytes, before that a preview of the draft.

        Raises :class:`Refused` where the approved bytes are neither in the outbox nor can be made again.
        """
        require(actor, Action.READ_CASES, actor.desk)
        with self._casework.read() as work:
            request = work.cases.request(actor.desk, request_id)
            dossier = dossiers.dossier_of(work, request, standing=False)
        folder = folder_name(dossier)
        if request.bundle_sha256 is None:
            return Document(f"相談票_{folder}_下書き.docx", consultation_sheet(dossier))
        name = f"相談票_{folder}.docx"
        kept = self._outbox.read(request.desk, folder, request.bundle_sha256, SHEET)
        if kept is not None:
            return Document(name, kept)
        bundle = build(dossier)
        if bundle.sha256 != request.bundle_sha256:
            raise Refused(
                "承認された書類と同じものを用意できません。送付フォルダーを確かめ、管理者に知らせてください。"
            )
        return Document(name, bundle.files[SHEET])

    # Changes

    def draft_again(self, actor: Actor, case_id: str) -> None:
        """A new draft for a case whose requests were all withdrawn, while its decision stands."""
        require(actor, Action.DRAFT_REQUEST, actor.desk)
        now = self._clock()
        with self._casework.write() as work:
            case = work.cases.get(actor.desk, case_id)
            decision = dossiers.removal_decision(work, case)
            if decision is None:
                raise Refused("この案件の「削除要請」の判断は取り消されています。文案は作っていません。")
            if self._alive(work, case):
                raise Refused("この案件には進行中の要請があります。新しい文案は作っていません。")
            self._draft(work, case, work.items.get(case.desk, case.item_id), decision, actor, now)

    def edit_body(self, actor: Actor, request_id: str, version: int, body: str) -> Request:
        """Reword a draft. Whoever words it last is its drafter, and so cannot approve it alone."""
        if not body.strip():
            raise Incomplete("理由と相談の内容が空です。保存していません。文案を書いてから保存してください。")
        if len(body) > BODY_LIMIT:
            raise Incomplete(f"文案が長すぎます。{BODY_LIMIT:,}字までにしてください。保存していません。")
        now = self._clock()
        with self._casework.write() as work:
            request = _fresh(work, actor, Action.DRAFT_REQUEST, request_id, version)
            if request.state is not RequestState.DRAFT:
                raise IllegalTransition(
                    "文案を直せるのは下書きの間だけです。保存していません。先に差し戻してください。"
                )
            changed = replace(request, body=body, drafted_by=actor.id, drafted_at=now)
            saved = work.cases.save_request(changed, at=now, actor=actor.id)
            _event(work, "request.edited", f"request:{request.id}", actor, now, {"characters": len(body)})
        return saved

    def approve(self, actor: Actor, request_id: str, version: int) -> Request:
        """Approve exactly what the sheet says now, and put the bundle into the outbox.

        Raises :class:`NotAllowed` for the drafter and the decider, :class:`Incomplete` for an essential gap,
        :class:`~escalation.outbox.OutboxUnavailable` where the disk refuses; nothing is changed then. A crash after
        the commit leaves an approval whose bundle :meth:`flush` brings into view.
        """
        now = self._clock()
        bundle: Bundle | None = None
        try:
            with self._casework.write() as work:
                request = _fresh(work, actor, Action.APPROVE_REQUEST, request_id, version)
                step(REQUEST_MACHINE, request.state, RequestState.APPROVED, REQUEST_STATES)
                dossier = dossiers.dossier_of(work, request, standing=True)
                authors = dossiers.authors_of(dossier, self._second_from)
                if actor.id in authors:
                    raise NotAllowed(
                        "判断した人や文案を書いた人は、この要請を承認できません。状態は変わっていません。"
                        "ほかの責任者に承認を依頼してください。"
                    )
                lacking = [gap.words for gap in gaps(dossier) if gap.essential]
                if lacking:
                    raise Incomplete("承認できません。" + "".join(lacking))
                approved = replace(request, state=RequestState.APPROVED, approved_by=actor.id, approved_at=now)
                bundle = build(replace(dossier, request=approved))
                saved = work.cases.save_request(replace(approved, bundle_sha256=bundle.sha256), at=now, actor=actor.id)
                alone = actor.id in {request.drafted_by, dossier.decision.reviewer}
                subject, missing = f"request:{request.id}", sorted(gap.code for gap in gaps(dossier))
                _event(work, "request.approved", subject, actor, now, {"second_person": not alone, "gaps": missing})
                _event(work, "request.bundled", subject, actor, now, {"sha256": bundle.sha256, "round": dossier.round})
                self._outbox.stage(bundle)
        except MimamoriError:
            if bundle is not None:
                self._outbox.discard(bundle)
            raise
        self._bundles.place(bundle)
        return saved

    def return_to_draft(self, actor: Actor, request_id: str, version: int, note: str) -> Request:
        """Take an approval back (差戻し); its bundle leaves the outbox first, so that nobody sends it."""
        _check_note(note, needed="差し戻す理由を書いてください。状態は変わっていません。")
        now = self._clock()
        with self._casework.write() as work:
            request = _fresh(work, actor, Action.APPROVE_REQUEST, request_id, version)
            if request.state is not RequestState.APPROVED:
                raise IllegalTransition(
                    "差し戻せるのは、承認されてまだ送付していない要請だけです。状態は変わっていません。"
                )
            self._bundles.take_away(work, request)
            saved = work.cases.save_request(_as_draft(request), at=now, actor=actor.id, note=note)
            _event(work, "request.returned", f"request:{request.id}", actor, now)
        return saved

    def withdraw(self, actor: Actor, request_id: str, version: int, note: str) -> Request:
        """Give up a request that has not left (取下げ)."""
        _check_note(note, needed="取り下げる理由を書いてください。状態は変わっていません。")
        now = self._clock()
        with self._casework.write() as work:
            request = _fresh(work, actor, Action.DRAFT_REQUEST, request_id, version)
            return self._withdraw(work, request, actor, now, note)

    def mark_sent(self, actor: Actor, request_id: str, version: int) -> Request:
        """Record that a person sent the bundle; raises :class:`Refused` where it is not what was approved."""
        now = self._clock()
        with self._casework.write() as work:
            request = _fresh(work, actor, Action.SEND_REQUEST, request_id, version)
            step(REQUEST_MACHINE, request.state, RequestState.SENT, REQUEST_STATES)
            self._bundles.verify(work, request)
            sent = replace(request, state=RequestState.SENT, sent_at=now)
            saved = work.cases.save_request(sent, at=now, actor=actor.id)
            details = {"destination": request.destination.value, "sha256": request.bundle_sha256}
            _event(work, "request.sent", f"request:{request.id}", actor, now, details)
        return saved

    def record_outcome(self, actor: Actor, request_id: str, version: int, state: RequestState, note: str) -> Request:
        """Record what came of a request, one step of the state machine at a time.

        From 再要請 and 再掲検知 the step to 下書き starts the next round: new approval, new bundle.
        """
        _check_note(note)
        now = self._clock()
        with self._casework.write() as work:
            request = _fresh(work, actor, Action.RECORD_OUTCOME, request_id, version)
            redraft = state is RequestState.DRAFT and request.state in _REDRAFTED
            if state not in OUTCOMES and not redraft:
                raise IllegalTransition("この操作では、送付後の経過だけを記録できます。状態は変わっていません。")
            step(REQUEST_MACHINE, request.state, state, REQUEST_STATES)
            ended = now if state is RequestState.CLOSED else None
            changed = replace(request, state=state, closed_at=ended)
            if redraft:
                require(actor, Action.DRAFT_REQUEST, request.desk)
                changed = replace(_as_draft(request), drafted_by=actor.id, drafted_at=now)
            saved = work.cases.save_request(changed, at=now, actor=actor.id, note=note)
            details = {"from": request.state.value, "to": state.value}
            action = "request.drafted" if redraft else "request.outcome"
            _event(work, action, f"request:{request.id}", actor, now, details)
        return saved

    # The outbox after a crash or a meddling hand

    def restore_bundle(self, actor: Actor, request_id: str) -> None:
        """Put the approved bytes of an unsent request into the outbox again, replacing whatever lies there."""
        now = self._clock()
        with self._casework.write() as work:
            request = work.cases.request(actor.desk, request_id)
            require(actor, Action.SEND_REQUEST, request.desk)
            if request.state is not RequestState.APPROVED:
                raise IllegalTransition("書類を置き直せるのは、承認されてまだ送付していない要請だけです。")
            bundle = self._bundles.restore(work, request)
            details = {"sha256": bundle.sha256, "restored": True}
            _event(work, "request.bundled", f"request:{request.id}", actor, now, details)

    def flush(self) -> int:
        """Bring every approved bundle into view that a crash kept out of it; returns how many were placed.

        Safe to run at any time and again. Bundles that were changed are left for a person to look at.
        """
        with self._casework.write() as work:
            return self._bundles.flush(work)

    # Inside

    def _draft(self, work: Work, case: Case, item: ReviewItem, decision: Decision, actor: Actor, now: datetime) -> None:
        request = Request(
            id=self._new_id(),
            case_id=case.id,
            desk=case.desk,
            destination=Destination.CONSULTATION_CENTER,
            state=RequestState.DRAFT,
            body=draft_body(desk_of(work, case.desk), item, decision),
            drafted_by=actor.id,
            drafted_at=now,
        )
        work.cases.add_request(request)
        details = {"case": case.number, "destination": request.destination.value}
        _event(work, "request.drafted", f"request:{request.id}", actor, now, details)

    def _withdraw(self, work: Work, request: Request, actor: Actor, now: datetime, note: str) -> Request:
        step(REQUEST_MACHINE, request.state, RequestState.WITHDRAWN, REQUEST_STATES)
        if request.state is RequestState.APPROVED:
            self._bundles.take_away(work, request)
        withdrawn = replace(request, state=RequestState.WITHDRAWN, bundle_sha256=None, closed_at=now)
        saved = work.cases.save_request(withdrawn, at=now, actor=actor.id, note=note)
        _event(work, "request.withdrawn", f"request:{request.id}", actor, now, {"from": request.state.value})
        return saved

    def _void(self, work: Work, case: Case, actor: Actor, now: datetime) -> bool:
        """Withdraw every request of an earlier decision; False, and nothing changed, where one was sent."""
        alive = self._alive(work, case)
        for request in alive:
            if request.state not in UNSENT or dossiers.sendings(work.cases.steps(request.desk, request.id)):
                return False
        for request in alive:
            self._withdraw(work, request, actor, now, "")
        return True

    def _alive(self, work: Work, case: Case) -> list[Request]:
        requests = work.cases.requests_of(case.desk, case.id)
        return [request for request in requests if request.state is not RequestState.WITHDRAWN]


def _fresh(work: Work, actor: Actor, action: Action, request_id: str, version: int) -> Request:
    """The request as the person saw it; raises :class:`NotAllowed`, ``NotFound`` or :class:`Stale`."""
    require(actor, action, actor.desk)
    request = work.cases.request(actor.desk, request_id)
    if request.version != version:
        raise Stale(_STALE)
    return request


def _as_draft(request: Request) -> Request:
    return replace(
        request,
        state=RequestState.DRAFT,
        approved_by=None,
        approved_at=None,
        bundle_sha256=None,
        sent_at=None,
        closed_at=None,
    )


def _check_note(note: str, needed: str = "") -> None:
    if needed and not note.strip():
        raise Incomplete(needed)
    if len(note) > NOTE_LIMIT:
        raise Incomplete(f"メモが長すぎます。{NOTE_LIMIT:,}字までにしてください。状態は変わっていません。")


def _event(
    work: Work, action: str, subject: str, actor: Actor, now: datetime, details: dict[str, Any] | None = None
) -> None:
    work.audit.append(desk=actor.desk, at=now, actor=actor.id, action=action, subject=subject, details=details)

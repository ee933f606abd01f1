"""Deciding an item and taking a decision back. Decisions are never erased."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.access import Action, Actor, require
from domain.decisions import OUTCOME_OF, Decision, DecisionKind, DismissReason
from domain.errors import AlreadyClaimed, Incomplete, NotAllowed, Stale
from domain.items import ReviewItem
from domain.labels import Group, Label, Severity
from domain.machines import ITEM_MACHINE, ItemState, step
from domain.words import DECISIONS, ITEM_STATES, clock
from review.ports import CaseOpener, Clock, NewId
from review.queue import decided_sentence, held_sentence
from store.casework import Casework, Work

LONGEST_NOTE = 2000
"""Characters."""
_NEEDS_LABEL = frozenset({DecisionKind.REMOVE, DecisionKind.EMERGENCY, DecisionKind.GUIDE})


@dataclass(frozen=True, slots=True)
class RecentDecision:
    """One of a person's newest decisions with its item."""

    decision: Decision
    item: ReviewItem
    undoable: bool


class DecisionService:
    """Decides and takes back; each is one transaction with its case and its audit event."""

    def __init__(
        self,
        casework: Casework,
        *,
        clock: Clock,
        new_id: NewId,
        cases: CaseOpener,
        claim_time: timedelta,
        undo_time: timedelta,
    ) -> None:
        self._casework = casework
        self._clock = clock
        self._new_id = new_id
        self._cases = cases
        self._claim_time = claim_time
        self._undo_time = undo_time

    def decide(
        self,
        actor: Actor,
        item_id: str,
        version: int,
        kind: DecisionKind,
        *,
        reason: DismissReason | None = None,
        labels: Iterable[Label] = (),
        group: Group | None = None,
        severity: Severity = Severity.NONE,
        note: str = "",
    ) -> tuple[ReviewItem, Decision]:
        """Decide the item that ``actor`` holds, as it was at ``version``.

        Raises :class:`Incomplete` (reason, label or a shorter note is needed), :class:`AlreadyClaimed` (the claim
        is nobody's or somebody else's) or :class:`Stale` (decided or changed in between, naming by whom).
        """
        require(actor, Action.DECIDE, actor.desk)
        chosen = tuple(label for label in Label if label in set(labels))
        if kind is DecisionKind.DISMISS:
            chosen, group, severity = (), None, Severity.NONE
        else:
            reason = None
        if Label.DISCRIMINATION not in chosen:
            group = None
        _check_answers(kind, reason, chosen, note)
        now = self._clock()
        with self._casework.write() as work:
            item = work.items.get(actor.desk, item_id)
            _check_held(work, item, actor, version, now)
            decision = Decision(
                id=self._new_id(),
                item_id=item.id,
                kind=kind,
                reason=reason,
                labels=chosen,
                group=group,
                severity=severity,
                note=note.strip(),
                reviewer=actor.id,
                decided_at=now,
            )
            state = step(ITEM_MACHINE, item.state, OUTCOME_OF[kind], ITEM_STATES)
            item = work.items.save(replace(item, state=state, claimed_by=None, claimed_until=None))
            work.decisions.add(item.desk, decision)
            if kind is DecisionKind.REMOVE:
                self._cases.open_case(work, item, decision, actor, now)
            _audit(work, actor, "item.decided", item, decision, now)
        return item, decision

    def undo(self, actor: Actor, item_id: str) -> ReviewItem:
        """Take the standing decision back; the item returns into the hands of ``actor``.

        The decider may within the undo time; who may correct decisions (責任者) at any time. Raises
        :class:`NotAllowed` otherwise, and ``Refused`` where a request has left the house already.
        """
        require(actor, Action.DECIDE, actor.desk)
        now = self._clock()
        with self._casework.write() as work:
            item = work.items.get(actor.desk, item_id)
            standing = work.decisions.standing(actor.desk, item_id)
            if standing is None or not item.decided:
                raise Stale("取り消せる判断がありません。すでに取り消されています。")
            self._check_may_undo(actor, standing, now)
            if standing.kind is DecisionKind.REMOVE:
                self._cases.cancel_case(work, item, actor, now)
            work.decisions.mark_undone(actor.desk, standing.id, now)
            state = step(ITEM_MACHINE, item.state, ItemState.FIRST_REVIEW, ITEM_STATES)
            item = work.items.save(
                replace(item, state=state, claimed_by=actor.id, claimed_until=now + self._claim_time)
            )
            _audit(work, actor, "item.decision_undone", item, standing, now)
        return item

    def recent(self, actor: Actor, limit: int = 5) -> list[RecentDecision]:
        """The person's newest standing decisions, newest first."""
        require(actor, Action.READ_QUEUE, actor.desk)
        now = self._clock()
        with self._casework.read() as work:
            made = [d for d in work.decisions.recent(actor.desk, actor.id, limit * 2) if d.undone_at is None][:limit]
            items = {item.id: item for item in work.items.find(actor.desk, {d.item_id for d in made})}
        return [RecentDecision(d, items[d.item_id], self._may_undo(actor, d, now)) for d in made if d.item_id in items]

    def may_undo(self, actor: Actor, decision: Decision) -> bool:
        """Whether ``actor`` could take this decision back now (a request on its way may still forbid it)."""
        return decision.undone_at is None and self._may_undo(actor, decision, self._clock())

    def _may_undo(self, actor: Actor, decision: Decision, now: datetime) -> bool:
        if actor.may(Action.CORRECT_DECISION):
            return True
        mine = decision.reviewer == actor.id and actor.may(Action.DECIDE)
        return mine and now <= decision.decided_at + self._undo_time

    def _check_may_undo(self, actor: Actor, decision: Decision, now: datetime) -> None:
        if self._may_undo(actor, decision, now):
            return
        if decision.reviewer != actor.id:
            raise NotAllowed(
                "ほかの人の判断は取り消せません。何も変えていません。直す必要があるときは責任者に相談してください。"
            )
        minutes = int(self._undo_time.total_seconds() // 60)
        raise NotAllowed(
            f"自分で取り消せるのは決めてから{minutes}分以内です。何も変えていません。"
            "直す必要があるときは責任者に相談してください。"
        )


def _check_answers(kind: DecisionKind, reason: DismissReason | None, labels: tuple[Label, ...], note: str) -> None:
    if kind is DecisionKind.DISMISS and reason is None:
        raise Incomplete("対象外にするには理由が必要です。理由を1つ選んでください。まだ保存していません。")
    if kind is DecisionKind.DISMISS and reason is DismissReason.OTHER and not note.strip():
        raise Incomplete("理由が「その他」のときは、メモに理由を書いてください。まだ保存していません。")
    if kind in _NEEDS_LABEL and not labels:
        raise Incomplete(f"「{DECISIONS[kind]}」には、侵害にあたる権利を1つ以上選んでください。まだ保存していません。")
    if len(note.strip()) > LONGEST_NOTE:
        raise Incomplete(
            f"メモは{LONGEST_NOTE}文字までです（今は{len(note.strip())}文字）。短くしてください。まだ保存していません。"
        )


def _check_held(work: Work, item: ReviewItem, actor: Actor, version: int, now: datetime) -> None:
    if item.decided:
        raise Stale(decided_sentence(work, item))
    holder = item.holder(now)
    if holder is not None and holder != actor.id:
        raise AlreadyClaimed(held_sentence(work, item))
    if item.version != version:
        raise Stale(_between(work, item))
    # A claim that ran out but that nobody took is as good as held: the version says that nothing happened since.
    if item.claimed_by != actor.id:
        raise AlreadyClaimed(
            "この項目は確保されていません。今の操作は保存していません。入力した内容は残っています。"
            "項目を開き直して確保してから、もう一度決めてください。"
        )


def _between(work: Work, item: ReviewItem) -> str:
    """What happened to an undecided item since it was read."""
    history = work.decisions.of_item(item.desk, item.id)
    last = history[-1] if history else None
    if last is not None and last.undone_at is not None:
        who = work.users.names(item.desk).get(last.reviewer, "ほかの人")
        what = (
            f"開いている間に、{who}さんが{clock(last.decided_at)}に「{DECISIONS[last.kind]}」と決め、"
            f"{clock(last.undone_at)}に取り消されました。"
        )
    else:
        what = "開いている間に、この項目がほかの画面で更新されました。"
    return (
        what + "今の操作は保存していません。入力した内容は残っています。最新の内容を確かめて、もう一度決めてください。"
    )


def _audit(work: Work, actor: Actor, action: str, item: ReviewItem, decision: Decision, now: datetime) -> None:
    work.audit.append(
        desk=item.desk,
        at=now,
        actor=actor.id,
        action=action,
        subject=f"item:{item.id}",
        details={
            "decision": decision.id,
            "kind": decision.kind.value,
            "reason": decision.reason.value if decision.reason else None,
            "labels": [label.value for label in decision.labels],
            "severity": int(decision.severity),
        },
    )

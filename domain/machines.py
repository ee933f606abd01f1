"""State machines as data: what may follow what."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from domain.errors import IllegalTransition


class ItemState(StrEnum):
    """Life of a review item: 検知 → 証拠保全 → 一次審査 → 二次審査 → outcome."""

    DETECTED = "detected"
    PRESERVED = "preserved"
    FIRST_REVIEW = "first_review"
    SECOND_REVIEW = "second_review"
    DISMISSED = "dismissed"
    RECORDED = "recorded"
    EMERGENCY = "emergency"
    GUIDED = "guided"
    REMOVAL = "removal"
    REPOSTED = "reposted"


class RequestState(StrEnum):
    """Life of a request to an outside body: 下書き → 承認 → 要請済 → 受理 → answer → 再確認 → end."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENT = "sent"
    ACCEPTED = "accepted"
    REMOVED = "removed"
    PARTLY_REMOVED = "partly_removed"
    REJECTED = "rejected"
    NO_REPLY = "no_reply"
    RECHECK = "recheck"
    RE_REQUESTED = "re_requested"
    ELEVATED = "elevated"
    CLOSED = "closed"
    REPOSTED = "reposted"
    WITHDRAWN = "withdrawn"


S = TypeVar("S", bound=StrEnum)
Machine = Mapping[S, frozenset[S]]

_OUTCOMES = frozenset(
    {ItemState.DISMISSED, ItemState.RECORDED, ItemState.EMERGENCY, ItemState.GUIDED, ItemState.REMOVAL}
)

ITEM_MACHINE: Machine[ItemState] = {
    ItemState.DETECTED: frozenset({ItemState.PRESERVED}),
    ItemState.PRESERVED: frozenset({ItemState.FIRST_REVIEW}),
    # 差戻し of a claim that ran out or was let go returns the item to the queue.
    ItemState.FIRST_REVIEW: _OUTCOMES | {ItemState.SECOND_REVIEW, ItemState.PRESERVED},
    ItemState.SECOND_REVIEW: _OUTCOMES | {ItemState.FIRST_REVIEW},
    # Undo and later correction reopen the first review; the decision stays in the history.
    **{outcome: frozenset({ItemState.FIRST_REVIEW, ItemState.REPOSTED}) for outcome in sorted(_OUTCOMES)},
    ItemState.REPOSTED: frozenset({ItemState.PRESERVED}),
}

_ANSWERS = frozenset({RequestState.REMOVED, RequestState.PARTLY_REMOVED, RequestState.REJECTED, RequestState.NO_REPLY})

REQUEST_MACHINE: Machine[RequestState] = {
    RequestState.DRAFT: frozenset({RequestState.APPROVED, RequestState.WITHDRAWN}),
    # Before it is sent, an approval may be taken back (差戻し) or the request withdrawn (取下げ).
    RequestState.APPROVED: frozenset({RequestState.SENT, RequestState.DRAFT, RequestState.WITHDRAWN}),
    RequestState.SENT: frozenset({RequestState.ACCEPTED, RequestState.NO_REPLY}),
    RequestState.ACCEPTED: _ANSWERS,
    **{answer: frozenset({RequestState.RECHECK}) for answer in sorted(_ANSWERS)},
    RequestState.RECHECK: frozenset({RequestState.RE_REQUESTED, RequestState.ELEVATED, RequestState.CLOSED}),
    RequestState.RE_REQUESTED: frozenset({RequestState.DRAFT}),
    RequestState.ELEVATED: frozenset({RequestState.CLOSED}),
    RequestState.CLOSED: frozenset({RequestState.REPOSTED}),
    RequestState.REPOSTED: frozenset({RequestState.DRAFT}),
    RequestState.WITHDRAWN: frozenset(),
}

OUTCOME_STATES: frozenset[ItemState] = _OUTCOMES
"""States in which an item is decided."""
QUEUE_STATES: frozenset[ItemState] = frozenset({ItemState.PRESERVED, ItemState.FIRST_REVIEW, ItemState.SECOND_REVIEW})
"""States in which an item waits for a person."""
REPLY_STATES: frozenset[RequestState] = _ANSWERS
"""Answers an outside body can give."""


def step(machine: Machine[S], now: S, to: S, words: Mapping[S, str] | None = None) -> S:
    """Return ``to`` where the machine allows it; raises :class:`IllegalTransition` naming what is possible.

    ``words`` gives the Japanese names for the sentence.
    """
    if to in machine[now]:
        return to
    say = (words or {}).get
    possible = "、".join(say(state, state.value) for state in sorted(machine[now])) or "ありません"
    raise IllegalTransition(
        f"「{say(now, now.value)}」から「{say(to, to.value)}」へは進められません。"
        f"いま選べるのは次のとおりです: {possible}。"
    )

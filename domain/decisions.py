"""What a reviewer can decide of an item, and why an item is out of scope."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.labels import Group, Label, Severity
from domain.machines import ItemState


class DecisionKind(StrEnum):
    """The five exits of a review."""

    DISMISS = "dismiss"
    """対象外"""
    RECORD = "record"
    """記録のみ"""
    GUIDE = "guide"
    """被害者案内"""
    REMOVE = "remove"
    """削除要請"""
    EMERGENCY = "emergency"
    """緊急通報"""


OUTCOME_OF: dict[DecisionKind, ItemState] = {
    DecisionKind.DISMISS: ItemState.DISMISSED,
    DecisionKind.RECORD: ItemState.RECORDED,
    DecisionKind.GUIDE: ItemState.GUIDED,
    DecisionKind.REMOVE: ItemState.REMOVAL,
    DecisionKind.EMERGENCY: ItemState.EMERGENCY,
}


class DismissReason(StrEnum):
    """Why a post is 対象外 (非該当理由); the codes are those of the yearly statistics."""

    NOT_IDENTIFIABLE = "not_identifiable"
    """特定不能: no reader could tell who is meant."""
    PUBLIC_INTEREST = "public_interest"
    """公共性: public interest, quotation, reporting, criticism or counter-speech."""
    INSUFFICIENT = "insufficient"
    """内容不足: does not reach the threshold of an infringement."""
    UNCLEAR = "unclear"
    """不明: cannot be judged from what is there."""
    OTHER = "other"
    """その他"""


@dataclass(frozen=True, slots=True)
class Decision:
    """One signed decision. Decisions are never erased: ``undone_at`` marks one that was taken back."""

    id: str
    item_id: str
    kind: DecisionKind
    reason: DismissReason | None
    labels: tuple[Label, ...]
    """The rights the reviewer sees infringed; empty for 対象外."""
    group: Group | None
    severity: Severity
    note: str
    reviewer: str
    decided_at: datetime
    undone_at: datetime | None = None

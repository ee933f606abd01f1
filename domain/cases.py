"""Cases and the requests they send to outside bodies."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.labels import Label, Severity
from domain.machines import RequestState


class Destination(StrEnum):
    """An outside body. More follow as their documents exist."""

    CONSULTATION_CENTER = "consultation_center"
    """違法・有害情報相談センター (ihaho.jp): advice and referral; it does not delete by itself."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a 削除要請 decision opens: one matter, its item, its requests."""

    id: str
    number: str
    """For people: ``2026-0001`` (fiscal year and a running number of the desk)."""
    desk: str
    item_id: str
    labels: tuple[Label, ...]
    severity: Severity
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one destination. Nothing leaves before ``approved_by`` names a second person."""

    id: str
    case_id: str
    desk: str
    destination: Destination
    state: RequestState
    body: str
    """What is asked and why, in the words of the drafter."""
    drafted_by: str
    drafted_at: datetime
    version: int = 1
    approved_by: str | None = None
    approved_at: datetime | None = None
    bundle_sha256: str | None = None
    """Fingerprint of the approved bundle: exactly these bytes go out."""
    sent_at: datetime | None = None
    closed_at: datetime | None = None

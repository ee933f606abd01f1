"""The hash chain of the audit log: each event seals the one before it.

``hash = SHA-256(previous hash ‖ canonical JSON of the event)``; the chain of a desk begins with sixty-four zeros.
Changing, removing or reordering an event breaks every later hash. Cutting off the newest events, or building the whole
chain anew, leaves no break: only a copy of the newest hash kept elsewhere shows that.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One change of a case. ``details`` holds codes and numbers, never post text or personal data."""

    desk: str
    number: int
    """1, 2, 3 … within the desk, without gaps."""
    at: datetime
    actor: str
    action: str
    """For example ``item.decided`` or ``request.approved``."""
    subject: str
    """``kind:id`` of what changed."""
    details: Mapping[str, Any]
    previous: str
    hash: str


def seal(
    *,
    desk: str,
    number: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, Any],
    previous: str,
) -> AuditEvent:
    """Build the event that follows ``previous``."""
    body = {
        "desk": desk,
        "number": number,
        "at": at.astimezone(UTC).isoformat(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": details,
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{previous}{text}".encode("utf-8", "surrogatepass")).hexdigest()
    return AuditEvent(desk, number, at, actor, action, subject, details, previous, digest)


def first_break(events: Iterable[AuditEvent]) -> AuditEvent | None:
    """The first event of one desk's chain, in stored order, that does not follow; None where all do."""
    previous = GENESIS
    for number, event in enumerate(events, 1):
        expected = seal(
            desk=event.desk,
            number=number,
            at=event.at,
            actor=event.actor,
            action=event.action,
            subject=event.subject,
            details=event.details,
            previous=previous,
        )
        if expected != event:
            return event
        previous = event.hash
    return None

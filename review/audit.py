"""The audit log as auditors read it, and the proof that nobody changed it."""

from dataclasses import dataclass

from domain.access import SYSTEM, Action, Actor, require
from domain.audit import AuditEvent
from store.casework import Casework


@dataclass(frozen=True, slots=True)
class Entry:
    """An event with the name of who acted."""

    event: AuditEvent
    who: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check of the whole chain found."""

    events: int
    broken_at: int | None
    """Number of the first event that does not follow from the one before it; None for a sound chain."""


class AuditService:
    """Reads the log of the actor's desk; nothing here writes."""

    def __init__(self, casework: Casework) -> None:
        self._casework = casework

    def latest(self, actor: Actor, limit: int = 100) -> list[Entry]:
        """The newest events, newest first."""
        require(actor, Action.READ_AUDIT, actor.desk)
        with self._casework.read() as work:
            names = work.users.names(actor.desk) | {SYSTEM: "システム"}
            return [Entry(event, names.get(event.actor, event.actor)) for event in work.audit.latest(actor.desk, limit)]

    def verify(self, actor: Actor) -> Proof:
        """Walk the whole chain of the desk."""
        require(actor, Action.READ_AUDIT, actor.desk)
        with self._casework.read() as work:
            broken = work.audit.first_break(actor.desk)
            return Proof(work.audit.count(actor.desk), broken.number if broken else None)

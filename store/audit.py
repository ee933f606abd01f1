"""The append-only audit log, one hash chain a desk."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from domain.audit import GENESIS, AuditEvent, first_break, seal
from store.schema import audit


class AuditLog:
    """Appends events and proves the chain. There is no way to change or remove one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(
        self,
        *,
        desk: str,
        at: datetime,
        actor: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
    ) -> AuditEvent:
        """Seal and keep one event; call it in the transaction that makes the change it tells of."""
        last = self._connection.execute(
            select(audit.c.number, audit.c.hash).where(audit.c.desk == desk).order_by(audit.c.number.desc()).limit(1)
        ).one_or_none()
        number, previous = (last.number, last.hash) if last else (0, GENESIS)
        event = seal(
            desk=desk,
            number=number + 1,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            details=dict(details or {}),
            previous=previous,
        )
        self._connection.execute(
            insert(audit).values(
                desk=event.desk,
                number=event.number,
                at=event.at,
                actor=event.actor,
                action=event.action,
                subject=event.subject,
                details=event.details,
                previous=event.previous,
                hash=event.hash,
            )
        )
        return event

    def events(self, desk: str, subject: str | None = None) -> Iterator[AuditEvent]:
        """Events of a desk in order, of one subject or of all."""
        query = select(audit).where(audit.c.desk == desk).order_by(audit.c.number)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        for row in self._connection.execute(query):
            yield _event(row)

    def latest(self, desk: str, limit: int) -> list[AuditEvent]:
        """The newest events of a desk, newest first."""
        query = select(audit).where(audit.c.desk == desk).order_by(audit.c.number.desc()).limit(limit)
        return [_event(row) for row in self._connection.execute(query)]

    def count(self, desk: str) -> int:
        """How many events the desk has."""
        return self._connection.execute(
            select(func.count()).select_from(audit).where(audit.c.desk == desk)
        ).scalar_one()

    def first_break(self, desk: str) -> AuditEvent | None:
        """The first event that does not follow from the one before it; None for a sound chain."""
        return first_break(self.events(desk))


def _event(row: Row[Any]) -> AuditEvent:
    return AuditEvent(
        row.desk, row.number, row.at, row.actor, row.action, row.subject, row.details, row.previous, row.hash
    )

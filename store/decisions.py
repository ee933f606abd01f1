"""Decisions: signed, kept for ever, taken back by a mark and never by erasing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.decisions import Decision, DecisionKind, DismissReason
from domain.labels import Group, Label, Severity
from store.schema import decisions as t


class Decisions:
    """The history of decisions of every item."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, desk: str, decision: Decision) -> None:
        """Keep a decision."""
        self._connection.execute(
            insert(t).values(
                id=decision.id,
                desk=desk,
                item_id=decision.item_id,
                kind=decision.kind.value,
                reason=decision.reason.value if decision.reason else None,
                labels=[label.value for label in decision.labels],
                group_code=decision.group.value if decision.group else None,
                severity=int(decision.severity),
                note=decision.note,
                reviewer=decision.reviewer,
                decided_at=decision.decided_at,
                undone_at=decision.undone_at,
            )
        )

    def of_item(self, desk: str, item_id: str) -> list[Decision]:
        """All decisions of an item, oldest first, those taken back included."""
        query = select(t).where(t.c.desk == desk, t.c.item_id == item_id).order_by(t.c.decided_at, t.c.id)
        return [_decision(row) for row in self._connection.execute(query)]

    def standing(self, desk: str, item_id: str) -> Decision | None:
        """The decision in force, if any."""
        query = select(t).where(t.c.desk == desk, t.c.item_id == item_id, t.c.undone_at.is_(None))
        row = self._connection.execute(query.order_by(t.c.decided_at.desc()).limit(1)).one_or_none()
        return None if row is None else _decision(row)

    def mark_undone(self, desk: str, decision_id: str, at: datetime) -> None:
        """Mark a decision as taken back."""
        self._connection.execute(update(t).where(t.c.desk == desk, t.c.id == decision_id).values(undone_at=at))

    def recent(self, desk: str, reviewer: str, limit: int) -> list[Decision]:
        """A reviewer's newest decisions, newest first."""
        query = select(t).where(t.c.desk == desk, t.c.reviewer == reviewer)
        rows = self._connection.execute(query.order_by(t.c.decided_at.desc(), t.c.id).limit(limit))
        return [_decision(row) for row in rows]

    def between(self, desk: str, start: datetime, end: datetime) -> Iterator[Decision]:
        """Standing decisions with ``start <= decided_at < end``, oldest first."""
        query = select(t).where(
            t.c.desk == desk, t.c.decided_at >= start, t.c.decided_at < end, t.c.undone_at.is_(None)
        )
        for row in self._connection.execute(query.order_by(t.c.decided_at)):
            yield _decision(row)


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        id=row.id,
        item_id=row.item_id,
        kind=DecisionKind(row.kind),
        reason=DismissReason(row.reason) if row.reason else None,
        labels=tuple(Label(name) for name in row.labels),
        group=Group(row.group_code) if row.group_code else None,
        severity=Severity(row.severity),
        note=row.note,
        reviewer=row.reviewer,
        decided_at=row.decided_at,
        undone_at=row.undone_at,
    )

"""The desks that one installation serves."""

from sqlalchemy import Connection, insert, select

from domain.desks import Desk
from store import schema


class Desks:
    """Desks by their code."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, desk: Desk) -> bool:
        """Keep ``desk``; False where its code is there already (nothing changes then)."""
        if self.get(desk.code) is not None:
            return False
        self._connection.execute(insert(schema.desks).values(code=desk.code, name=desk.name))
        return True

    def get(self, code: str) -> Desk | None:
        """The desk with this code."""
        row = self._connection.execute(select(schema.desks).where(schema.desks.c.code == code)).one_or_none()
        return None if row is None else Desk(row.code, row.name)

    def all(self) -> list[Desk]:
        """Every desk by code."""
        rows = self._connection.execute(select(schema.desks).order_by(schema.desks.c.code))
        return [Desk(row.code, row.name) for row in rows]

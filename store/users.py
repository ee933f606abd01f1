"""Local accounts: argon2id password hashes (RFC 9106), roles, a lock after repeated failures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.access import Actor, Role
from store.schema import users as t

MAX_FAILURES = 10
LOCK_TIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as stored; only :mod:`review.accounts` compares the hash."""

    actor: Actor
    login: str
    password_hash: str
    active: bool
    failures: int
    locked_until: datetime | None


class Users:
    """Accounts by login and by id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, actor: Actor, login: str, password_hash: str, at: datetime) -> None:
        """Keep a new account; the caller has checked that the login is free."""
        self._connection.execute(
            insert(t).values(
                id=actor.id,
                desk=actor.desk,
                login=login,
                display_name=actor.name,
                password_hash=password_hash,
                roles=sorted(role.value for role in actor.roles),
                active=True,
                failures=0,
                created_at=at,
            )
        )

    def by_login(self, login: str) -> Account | None:
        """The account with this login."""
        row = self._connection.execute(select(t).where(t.c.login == login)).one_or_none()
        return None if row is None else _account(row)

    def by_id(self, user_id: str) -> Account | None:
        """The account with this id."""
        row = self._connection.execute(select(t).where(t.c.id == user_id)).one_or_none()
        return None if row is None else _account(row)

    def names(self, desk: str) -> dict[str, str]:
        """Display names of a desk's people by id."""
        rows = self._connection.execute(select(t.c.id, t.c.display_name).where(t.c.desk == desk))
        return {row.id: row.display_name for row in rows}

    def of_desk(self, desk: str) -> list[Account]:
        """Accounts of a desk by login."""
        return [
            _account(row) for row in self._connection.execute(select(t).where(t.c.desk == desk).order_by(t.c.login))
        ]

    def record_failure(self, user_id: str, now: datetime) -> None:
        """Count a wrong password; after :data:`MAX_FAILURES` the account rests for :data:`LOCK_TIME`."""
        self._connection.execute(update(t).where(t.c.id == user_id).values(failures=t.c.failures + 1))
        self._connection.execute(
            update(t)
            .where(t.c.id == user_id, t.c.failures >= MAX_FAILURES)
            .values(failures=0, locked_until=now + LOCK_TIME)
        )

    def record_success(self, user_id: str) -> None:
        """Forget earlier failures."""
        self._connection.execute(update(t).where(t.c.id == user_id).values(failures=0, locked_until=None))


def _account(row: Row[Any]) -> Account:
    actor = Actor(row.id, row.display_name, row.desk, frozenset(Role(role) for role in row.roles))
    return Account(actor, row.login, row.password_hash, row.active, row.failures, row.locked_until)

"""The casework database: one unit of work is one transaction.

``read()`` sees a consistent snapshot; ``write()`` takes the write lock first, so that what a service checks still
holds when it writes. Everything a service changes, and the audit event that tells of it, commits together or not
at all. SQLite here, PostgreSQL by its URL.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import Unavailable
from store.audit import AuditLog
from store.cases import Cases
from store.decisions import Decisions
from store.desks import Desks
from store.figures import Figures
from store.items import Items
from store.reports import Reports
from store.sqlite_file import BUSY_SECONDS, enter_wal
from store.users import Users


@dataclass(frozen=True, slots=True)
class Work:
    """The stores of one transaction, each asked only for what it keeps."""

    desks: Desks
    users: Users
    items: Items
    decisions: Decisions
    cases: Cases
    reports: Reports
    audit: AuditLog
    figures: Figures


class Casework:
    """Opens transactions on the casework database. Thread-safe; one per process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def connect(cls, url: str) -> "Casework":
        """Prepare for the database at ``url``; nothing connects before the first transaction."""
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return cls(engine)

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A read-only snapshot; raises :class:`Unavailable` where the database does not answer."""
        with self._open(write=False) as connection:
            yield _work(connection)

    @contextmanager
    def write(self) -> Iterator[Work]:
        """A write transaction: commits at the end of the block, rolls back on any error."""
        with self._open(write=True) as connection:
            yield _work(connection)

    def close(self) -> None:
        """Close pooled connections."""
        self.engine.dispose()

    @contextmanager
    def _open(self, write: bool) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(mimamori_write=write) as connection:
                if write:
                    with connection.begin():
                        yield connection
                else:
                    yield connection
        except OperationalError as error:
            raise Unavailable(f"casework database: {type(error.orig).__name__}: {error.orig}") from error
        except PoolTimeout as error:
            raise Unavailable("casework database: every connection is in use") from error


def _work(connection: Connection) -> Work:
    return Work(
        desks=Desks(connection),
        users=Users(connection),
        items=Items(connection),
        decisions=Decisions(connection),
        cases=Cases(connection),
        reports=Reports(connection),
        audit=AuditLog(connection),
        figures=Figures(connection),
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides, not the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
    enter_wal(connection, BUSY_SECONDS)
    cursor.execute("PRAGMA synchronous = FULL")  # a receipt or a decision outlives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("mimamori_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

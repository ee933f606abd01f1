"""Transactions on one SQLite file for adapters that speak SQL themselves, from any number of threads."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import Misconfigured, Unavailable

BUSY_SECONDS = 30.0
_KEPT = 8
_OUTSIDE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def enter_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch the file to write-ahead logging, patiently.

    Several first openers of a fresh file all want this switch at once, and SQLite refuses it at once there, whatever
    the busy timeout says; so wait here. Raises ``sqlite3.OperationalError`` when ``busy_seconds`` are over.
    """
    patience = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


class SqliteFile:
    """A pool of connections to a file that other adapters and processes use too.

    Streamlit makes a thread for every run of a page, so connections are lent out and taken back instead of being
    bound to threads. WAL lets readers go on while one writer writes; ``synchronous=FULL`` makes a commit survive
    a power cut.
    """

    def __init__(
        self, path: Path, prepare: Callable[[sqlite3.Connection], None], busy_seconds: float = BUSY_SECONDS
    ) -> None:
        """``prepare`` makes the tables that are missing; it runs in each new connection, outside a transaction."""
        self._path = path
        self._prepare = prepare
        self._busy_seconds = busy_seconds
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A consistent snapshot; raises :class:`Unavailable` where the file does not answer."""
        with self._lend() as connection, _transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction, durable when the block ends; rolled back on any error.

        Raises :class:`Unavailable` where the file stays locked, the disk is full or does not answer.
        """
        with self._lend() as connection, _transaction(connection, "BEGIN IMMEDIATE"):
            yield connection

    def close(self) -> None:
        """Close the connections; those lent out close when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _lend(self) -> Iterator[sqlite3.Connection]:
        with _translated(self._path):
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()  # nobody knows what state it is in
                raise
            self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = sqlite3.connect(
            self._path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            enter_wal(connection, self._busy_seconds)
            connection.execute("PRAGMA synchronous = FULL")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled it back already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
        if code in _OUTSIDE:
            raise Unavailable(f"{path.name}: {error}") from error
        if code in _BROKEN:
            raise Misconfigured(f"{path.name} is not a sound database: restore it from a copy ({error})") from error
        raise

"""The stream and the dead letters of the desk size: tables in the one SQLite file, beside casework and index.

Writers of every process queue for the file's write lock (thirty seconds at most), and ``synchronous=FULL`` makes an
append survive a power cut. Within one file the log of writes keeps its order, so a committed offset can never
outlive the posts that were handled before it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.stream import DeadLetter, Record
from store.sqlite_file import BUSY_SECONDS, SqliteFile

MAX_POLL_BYTES = 32 * 2**20
"""One poll ends after this much, so that large records cannot fill a worker's memory."""

_STREAM = (
    """CREATE TABLE IF NOT EXISTS stream_records (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        value BLOB NOT NULL,
        appended_at TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS stream_offsets (
        consumer_group TEXT NOT NULL PRIMARY KEY,
        position INTEGER NOT NULL
    ) WITHOUT ROWID""",
)
_LETTERS = (
    """CREATE TABLE IF NOT EXISTS dead_letters (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL,
        stage TEXT NOT NULL,
        source TEXT NOT NULL,
        reason TEXT NOT NULL,
        original BLOB NOT NULL,
        desk TEXT NOT NULL,
        site TEXT NOT NULL,
        form TEXT NOT NULL,
        replayed_at TEXT
    )""",
)
_COLUMNS = "id, at, stage, source, reason, original, desk, site, form, replayed_at"


class SqliteStream:
    """:class:`ingest.stream.Stream` on a SQLite file. Thread-safe, but the threads share one reading position."""

    def __init__(self, path: Path, clock: Callable[[], datetime], busy_seconds: float = BUSY_SECONDS) -> None:
        """``busy_seconds``: how long a write waits for another writer before it raises ``Unavailable``."""
        self._file = SqliteFile(path, lambda connection: _create(connection, _STREAM), busy_seconds)
        self._clock = clock
        self._polled: dict[str, int] = {}

    def append(self, records: Sequence[tuple[str, bytes]]) -> int:
        """See :meth:`ingest.stream.Stream.append`."""
        at = self._clock().astimezone(UTC).isoformat()
        with self._file.write() as connection:
            done = connection.executemany(
                "INSERT INTO stream_records (key, value, appended_at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
                [(key, value, at) for key, value in records],
            )
            return max(done.rowcount, 0)

    def poll(self, group: str, limit: int) -> list[Record]:
        """See :meth:`ingest.stream.Stream.poll`; may give fewer than there are, but never none of some."""
        records: list[Record] = []
        size = 0
        with self._file.read() as connection:
            start = max(_committed(connection, group), self._polled.get(group, 0))
            rows = connection.execute(
                "SELECT position, key, value, appended_at FROM stream_records WHERE position > ? "
                "ORDER BY position LIMIT ?",
                (start, limit),
            )
            for position, key, value, appended_at in rows:
                records.append(Record(position, key, value, datetime.fromisoformat(appended_at)))
                size += len(value)
                if size >= MAX_POLL_BYTES:
                    break
        if records:
            self._polled[group] = records[-1].position
        return records

    def rewind(self, group: str) -> None:
        """See :meth:`ingest.stream.Stream.rewind`."""
        self._polled.pop(group, None)

    def commit(self, group: str, position: int) -> None:
        """See :meth:`ingest.stream.Stream.commit`."""
        with self._file.write() as connection:
            connection.execute(
                "INSERT INTO stream_offsets (consumer_group, position) VALUES (?, ?) "
                "ON CONFLICT (consumer_group) DO UPDATE SET position = max(position, excluded.position)",
                (group, position),
            )

    def count(self) -> int:
        """See :meth:`ingest.stream.Stream.count`."""
        with self._file.read() as connection:
            return _one(connection, "SELECT count(*) FROM stream_records")

    def lag(self, group: str) -> int:
        """See :meth:`ingest.stream.Stream.lag`."""
        with self._file.read() as connection:
            committed = _committed(connection, group)
            return _one(connection, "SELECT count(*) FROM stream_records WHERE position > ?", committed)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class SqliteDeadLetters:
    """:class:`ingest.stream.DeadLetters` on a SQLite file. Thread-safe."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        """``busy_seconds``: how long a write waits for another writer before it raises ``Unavailable``."""
        self._file = SqliteFile(path, lambda connection: _create(connection, _LETTERS), busy_seconds)

    def add(self, letters: Sequence[DeadLetter]) -> int:
        """See :meth:`ingest.stream.DeadLetters.add`."""
        with self._file.write() as connection:
            done = connection.executemany(
                f"INSERT INTO dead_letters ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
                "ON CONFLICT (id) DO NOTHING",
                [_values(letter) for letter in letters],
            )
            return max(done.rowcount, 0)

    def letters(self, *, limit: int = 1000, replayed: bool = False) -> list[DeadLetter]:
        """See :meth:`ingest.stream.DeadLetters.letters`."""
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE replayed_at IS NULL OR ? ORDER BY number LIMIT ?"  # noqa: S608
        with self._file.read() as connection:
            return [_letter(row) for row in connection.execute(query, (replayed, limit))]

    def get(self, letter_id: str) -> DeadLetter | None:
        """See :meth:`ingest.stream.DeadLetters.get`."""
        if not letter_id:
            return None
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE substr(id, 1, ?) = ? LIMIT 2"  # noqa: S608
        with self._file.read() as connection:
            rows = connection.execute(query, (len(letter_id), letter_id)).fetchall()
        return _letter(rows[0]) if len(rows) == 1 else None

    def mark_replayed(self, letter_id: str, at: datetime) -> None:
        """See :meth:`ingest.stream.DeadLetters.mark_replayed`."""
        with self._file.write() as connection:
            connection.execute(
                "UPDATE dead_letters SET replayed_at = ? WHERE id = ? AND replayed_at IS NULL",
                (at.astimezone(UTC).isoformat(), letter_id),
            )

    def count(self, stage: str | None = None, *, replayed: bool = False) -> int:
        """See :meth:`ingest.stream.DeadLetters.count`."""
        query = "SELECT count(*) FROM dead_letters WHERE (replayed_at IS NOT NULL) = ? AND stage = coalesce(?, stage)"
        with self._file.read() as connection:
            return _one(connection, query, replayed, stage)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _create(connection: sqlite3.Connection, tables: Sequence[str]) -> None:
    for table in tables:
        connection.execute(table)


def _committed(connection: sqlite3.Connection, group: str) -> int:
    row = connection.execute("SELECT position FROM stream_offsets WHERE consumer_group = ?", (group,)).fetchone()
    return int(row[0]) if row else 0


def _one(connection: sqlite3.Connection, query: str, *values: Any) -> int:
    return int(connection.execute(query, values).fetchone()[0])


def _values(letter: DeadLetter) -> tuple[Any, ...]:
    return (
        letter.id,
        letter.at.astimezone(UTC).isoformat(),
        letter.stage,
        letter.source,
        letter.reason,
        letter.original,
        letter.desk,
        letter.site,
        letter.form,
        letter.replayed_at.astimezone(UTC).isoformat() if letter.replayed_at else None,
    )


def _letter(row: tuple[Any, ...]) -> DeadLetter:
    letter_id, at, stage, source, reason, original, desk, site, form, replayed_at = row
    return DeadLetter(
        id=letter_id,
        at=datetime.fromisoformat(at),
        stage=stage,
        source=source,
        reason=reason,
        original=original,
        desk=desk,
        site=site,
        form=form,
        replayed_at=datetime.fromisoformat(replayed_at) if replayed_at else None,
    )

"""The stream of collected posts as the rest of the house sees it. Adapters: :mod:`ingest.sqlite_stream`.

Handle → write durably → commit: a reader commits a position only after everything before it is kept elsewhere, so
a crash at any line replays and never skips.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the stream: ``value`` holds the published JSON of a post (``docs/interfaces.md``)."""

    position: int
    key: str
    value: bytes
    appended_at: datetime


class Stream(Protocol):
    """An append-only log with consumer groups. Every method raises :class:`domain.errors.Unavailable` where the
    storage does not answer, and has changed nothing then.
    """

    def append(self, records: Sequence[tuple[str, bytes]]) -> int:
        """Keep ``(key, value)`` records durably before returning; a key that is there already is left alone.

        Returns how many were new.
        """
        ...

    def poll(self, group: str, limit: int) -> list[Record]:
        """Records after the group's committed position (and after those this reader polled already), in order."""
        ...

    def rewind(self, group: str) -> None:
        """Forget what this reader polled and did not commit: the next poll gives it again."""
        ...

    def commit(self, group: str, position: int) -> None:
        """Everything up to and including ``position`` is handled. Never moves backwards."""
        ...

    def count(self) -> int:
        """How many records were ever kept."""
        ...

    def lag(self, group: str) -> int:
        """How many records the group has not committed."""
        ...

    def close(self) -> None:
        """Give resources back."""
        ...


class Stage(StrEnum):
    """Where a record failed."""

    COLLECT = "collect"
    """It never reached the stream."""
    WORK = "work"
    """It lies in the stream, but no worker could handle it."""


def letter_id(stage: str, source: str, original: bytes) -> str:
    """32 hexadecimal digits: the same bad record of the same source twice is one dead letter."""
    head = f"{stage}\0{source}\0".encode("utf-8", "surrogatepass")
    return sha256(head + original).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that no retry will mend, with its original bytes."""

    id: str
    """See :func:`letter_id`."""
    at: datetime
    stage: str
    """A :class:`Stage`."""
    source: str
    """File and line, or stream position."""
    reason: str
    """Short English sentence without any text of the record."""
    original: bytes
    """The bytes as they came; a row of CSV follows its header row, so that it can be read alone."""
    desk: str
    site: str
    form: str = ""
    """How to read ``original`` again: a :class:`ingest.files.Form`, or empty for a record of the stream."""
    replayed_at: datetime | None = None


class DeadLetters(Protocol):
    """The log of records that could not become posts. Raises :class:`domain.errors.Unavailable` as a stream does."""

    def add(self, letters: Sequence[DeadLetter]) -> int:
        """Keep letters durably; those there already are left alone. Returns how many were new."""
        ...

    def letters(self, *, limit: int = 1000, replayed: bool = False) -> list[DeadLetter]:
        """Open letters, oldest first; with ``replayed`` those too that were sent again."""
        ...

    def get(self, letter_id: str) -> DeadLetter | None:
        """One letter; an unambiguous beginning of its id is enough."""
        ...

    def mark_replayed(self, letter_id: str, at: datetime) -> None:
        """The letter was sent through again; the first time stands."""
        ...

    def count(self, stage: str | None = None, *, replayed: bool = False) -> int:
        """How many letters are open, of one stage or of all; with ``replayed`` how many were sent again instead."""
        ...

    def close(self) -> None:
        """Give resources back."""
        ...

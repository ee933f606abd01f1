"""Files of posts: JSON Lines, CSV with a header row, plain text with one post a line; compressed or not.

Whatever an entry is, it comes out: as fields, or as its bytes with the reason why it has none. One bad entry never
stops the rest.
"""

import csv
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedReader
from itertools import chain
from typing import Any

from domain.errors import BadRecord
from ingest.lines import MAX_LINE, Decoded, LineReader, UnreadableInput, decoded
from ingest.records import SourcePost, parse_object


class Form(StrEnum):
    """How an input is written."""

    JSONL = "jsonl"
    CSV = "csv"
    TEXT = "text"


_EXTENSIONS = {
    ".jsonl": Form.JSONL,
    ".ndjson": Form.JSONL,
    ".json": Form.JSONL,
    ".csv": Form.CSV,
    ".txt": Form.TEXT,
    ".text": Form.TEXT,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an input: either ``fields`` or a ``reason``."""

    line: int
    raw: bytes
    """The bytes as they came, without the last line feed; a row of CSV follows its header row."""
    fields: Mapping[str, Any] | None = None
    reason: str | None = None


def form_of(name: str) -> Form | None:
    """The form that a file name tells, with or without ``.gz``; None where it tells none."""
    stem = name.lower().removesuffix(".gz")
    return next((form for ending, form in _EXTENSIONS.items() if stem.endswith(ending)), None)


class PostFile:
    """The entries of one open input. ``form`` None looks at the first line.

    Iterating raises :class:`UnreadableInput` where the whole input is of no use. After the last entry
    :attr:`damage` tells whether the input broke off, and :attr:`form` how it was read.
    """

    def __init__(self, handle: BufferedReader, form: Form | None = None) -> None:
        self.form = form
        self.damage: str | None = None
        self._lines = LineReader(handle)

    def __iter__(self) -> Iterator[Entry]:
        lines = decoded(iter(self._lines))
        first = next(lines, None)
        if first is not None:
            lines = chain([first], lines)
            self.form = self.form or _guess(first.text)
        if self.form is Form.CSV:
            yield from _CsvRows(lines)
        else:
            read = _json_entry if self.form is Form.JSONL else _text_entry
            for line in lines:
                entry = _fault(line) or read(line)
                if entry is not None:
                    if entry.reason is not None and not line.line.ended and self.form is Form.JSONL:
                        self.damage = f"line {entry.line}, the last, seems to be written by half"
                    yield entry
        self.damage = self._lines.damage or self.damage


def _guess(first: str) -> Form:
    if first.lstrip().startswith(("{", "[")):
        return Form.JSONL
    names = [name.strip() for name in first.split(",")]
    if len(names) > 1 and "text" in names and set(names) & (SourcePost.model_fields.keys() - {"text"}):
        return Form.CSV
    return Form.TEXT


def _fault(line: Decoded) -> Entry | None:
    """The entry of a line that cannot be read whatever the form is; None for all others."""
    reason = line.fault
    if line.line.cut:
        reason = f"the line is longer than {MAX_LINE} bytes; only its beginning is kept"
    elif line.line.torn:
        reason = "the input ends within this line"
    return None if reason is None else Entry(line.line.number, line.line.raw, reason=reason)


def _json_entry(line: Decoded) -> Entry | None:
    if not line.text.strip():
        return None
    try:
        return Entry(line.line.number, line.line.raw, parse_object(line.text))
    except BadRecord as error:
        return Entry(line.line.number, line.line.raw, reason=error.reason)


def _text_entry(line: Decoded) -> Entry | None:
    text = line.text.removesuffix("\r")
    return Entry(line.line.number, line.line.raw, {"text": text}) if text.strip() else None


class _CsvRows:
    """Rows of a CSV input. A row may run over lines; one that cannot be read costs only its first line."""

    def __init__(self, lines: Iterator[Decoded]) -> None:
        self._lines = lines
        self._again: deque[Decoded] = deque()
        self._row: list[Decoded] = []
        self._header_raw = b""

    def __iter__(self) -> Iterator[Entry]:
        names = self._header()
        while names:
            self._row = []
            try:
                row = next(csv.reader(self._feed(), strict=True))
            except StopIteration:
                return
            except csv.Error as error:
                self._again.extendleft(reversed(self._row[1:]))
                self._row = self._row[:1]
                yield self._entry(reason=f"not CSV: {error}")
                continue
            if row:
                yield self._read(names, row)

    def _header(self) -> list[str]:
        names: list[str] = []
        try:
            while not names:
                self._row = []
                names = [name.strip() for name in next(csv.reader(self._feed(), strict=True))]
        except StopIteration:
            return []
        except csv.Error as error:
            raise UnreadableInput(f"the header row is not CSV: {error}") from error
        if any(line.fault for line in self._row):
            raise UnreadableInput("the header row is neither UTF-8 nor CP932")
        if "text" not in names:
            raise UnreadableInput("the header row names no column `text`")
        if len(set(names)) < len(names):
            raise UnreadableInput("the header row names a column twice")
        self._header_raw = b"\n".join(line.line.raw for line in self._row) + b"\n"
        return names

    def _read(self, names: list[str], row: list[str]) -> Entry:
        fault = next(filter(None, map(_fault, self._row)), None)
        if fault is not None:
            return self._entry(reason=fault.reason)
        if len(row) != len(names):
            return self._entry(reason=f"the row has {len(row)} fields, the header row {len(names)}")
        return self._entry(fields={name: value for name, value in zip(names, row, strict=True) if value})

    def _entry(self, fields: Mapping[str, Any] | None = None, reason: str | None = None) -> Entry:
        raw = b"\n".join(line.line.raw for line in self._row)
        return Entry(self._row[0].line.number, self._header_raw + raw, fields, reason)

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return
            self._row.append(line)
            yield line.text + "\n"

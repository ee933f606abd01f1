"""Lines of an input of any size, compressed or not, and the encoding they are in. Bytes in, lines out, nothing else.

No more than one line and a megabyte is held in memory. Japanese text lies about its encoding more often than not, so
the encoding is judged from the bytes: UTF-8 unless most lines that are not plain ASCII say CP932 (Shift_JIS as
Windows writes it). Single damaged lines of a UTF-8 file are therefore damaged lines, not a reason to misread the rest.
"""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import Any

from domain.errors import BadRecord

MAX_LINE = 16 * 2**20
"""Bytes of a line. A longer one is cut here and its rest skipped."""
SAMPLE_LINES = 200
SAMPLE_BYTES = 2**20
_CHUNK = 64 * 1024


class UnreadableInput(BadRecord):
    """A whole input is of no use; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line feed. ``number`` counts from 1."""

    number: int
    raw: bytes
    ended: bool = True
    """Whether a line feed followed."""
    cut: bool = False
    """Whether it was longer than :data:`MAX_LINE`."""
    torn: bool = False
    """Whether the input broke off within it (a truncated archive)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A line as text. Bytes that do not decode stay in ``text`` as lone surrogates, and ``fault`` says so."""

    line: Line
    text: str
    fault: str | None


class LineReader:
    """Lines of a binary input; :attr:`damage` says after the last one whether the input broke off."""

    def __init__(self, handle: BufferedReader) -> None:
        self._handle = handle
        self.damage: str | None = None
        self._partial = bytearray()
        self._cut = False
        self._number = 0

    def __iter__(self) -> Iterator[Line]:
        for chunk in self._chunks():
            *whole, rest = chunk.split(b"\n")
            for piece in whole:
                self._take(piece)
                yield self._line(ended=True)
            self._take(rest)
        if self._partial or self._cut:
            yield self._line(ended=False)

    def _take(self, piece: bytes) -> None:
        room = MAX_LINE - len(self._partial)
        self._partial += piece[:room]
        self._cut = self._cut or len(piece) > room

    def _line(self, ended: bool) -> Line:
        self._number += 1
        line = Line(self._number, bytes(self._partial), ended, self._cut, torn=not ended and self.damage is not None)
        self._partial.clear()
        self._cut = False
        return line

    def _chunks(self) -> Iterator[bytes]:
        head = self._handle.read(2)  # waits for both bytes, which peek on a slow pipe does not
        whole = BufferedReader(_Rejoined(head, self._handle), _CHUNK)
        source = gzip.GzipFile(fileobj=whole) if head == b"\x1f\x8b" else whole
        while True:
            try:
                chunk = source.read1(_CHUNK)
            except EOFError:
                self.damage = "the compressed input ends too early; what was before that is kept"
                return
            except (gzip.BadGzipFile, zlib.error):
                self.damage = "the compressed input is damaged; what was before that is kept"
                return
            if not chunk:
                return
            yield chunk


class _Rejoined(RawIOBase):
    """An input whose first bytes were read already."""

    def __init__(self, head: bytes, rest: BufferedReader) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._head or self._rest.read1(len(buffer))
        self._head = b""
        buffer[: len(piece)] = piece
        return len(piece)


def decoded(lines: Iterator[Line]) -> Iterator[Decoded]:
    """The lines as text, in one encoding for all; raises :class:`UnreadableInput` for UTF-16."""
    held: list[Line] = []
    size = 0
    encoding: str | None = None
    for line in lines:
        if line.number == 1:
            if line.raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise UnreadableInput("the input is UTF-16; save it as UTF-8")
            if line.raw.startswith(codecs.BOM_UTF8):
                encoding = "utf-8"
        if encoding is None and (held or not line.raw.isascii()):
            # Plain ASCII reads the same either way; from the first other line on, lines wait for the verdict.
            held.append(line)
            size += len(line.raw)
            if len(held) < SAMPLE_LINES and size < SAMPLE_BYTES:
                continue
            encoding = judge(held)
        if held:
            yield from (_decode(waiting, encoding or "utf-8") for waiting in held)
            held.clear()
        else:
            yield _decode(line, encoding or "utf-8")
    if held:
        encoding = judge(held)
        yield from (_decode(waiting, encoding) for waiting in held)


def judge(sample: list[Line]) -> str:
    """``cp932`` where the lines that are not ASCII are mostly that and read as Japanese, otherwise ``utf-8``."""
    raws = [line.raw for line in sample if not line.raw.isascii()]
    others = [raw for raw in raws if not _decodes(raw, "utf-8")]
    if 2 * len(others) <= len(raws):
        return "utf-8"
    readable = [raw.decode("cp932") for raw in others if _decodes(raw, "cp932")]
    if 2 * len(readable) <= len(others):
        return "utf-8"
    letters = [c for text in readable for c in text if not c.isascii()]
    # Broken UTF-8 read as CP932 is a jumble of rare kanji and half-width katakana.
    return "cp932" if 2 * sum(map(_common, letters)) >= len(letters) else "utf-8"


def _decode(line: Line, encoding: str) -> Decoded:
    raw = line.raw.removeprefix(codecs.BOM_UTF8) if line.number == 1 else line.raw
    try:
        return Decoded(line, raw.decode(encoding), None)
    except UnicodeDecodeError as error:
        name = {"utf-8": "UTF-8", "cp932": "CP932"}[encoding]
        return Decoded(line, raw.decode(encoding, "surrogateescape"), f"not {name} at byte {error.start + 1}")


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _common(c: str) -> bool:
    if "\u3000" <= c <= "\u30ff" or "\uff01" <= c <= "\uff5e":
        return True
    # JIS X 0208 level 1, the kanji of everyday writing, ends at 0x9872 in CP932.
    return "\u4e00" <= c <= "\u9fff" and c.encode("cp932", "replace") <= b"\x98\x72"

"""Folded text whose every character still knows where it came from.

Rules are written against one plain form of Japanese (NFKC, lower case, nothing invisible); what a person is shown are
places in the original, unaltered post. :func:`fold` makes the one and keeps the way back to the other.
"""

import unicodedata
from dataclasses import dataclass

from classifier.text import INVISIBLE_CATEGORIES

_VOICING = frozenset("\u3099\u309a\uff9e\uff9f")
"""Voicing marks, combining and half-width: NFKC may join them with the character before (ｶ + ﾞ = ガ)."""
_VARIATION = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


@dataclass(frozen=True, slots=True)
class Folded:
    """``text`` and, for each of its characters, the half-open range of the original it was made from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original behind ``text[start:end]`` (not empty), invisible characters inside included."""
        return self.starts[start], self.ends[end - 1]

    def without(self, dropped: set[int]) -> "Folded":
        """The same without the characters at these indices."""
        kept = [i for i in range(len(self.text)) if i not in dropped]
        return Folded(
            "".join([self.text[i] for i in kept]),
            tuple([self.starts[i] for i in kept]),
            tuple([self.ends[i] for i in kept]),
        )


def fold(text: str, start: int = 0, end: int | None = None, *, lower: bool = True) -> Folded:
    """Fold ``text[start:end]``: NFKC, lower case, invisible characters dropped, other control characters as spaces.

    Line breaks stay; ``lower=False`` keeps the case. Ranges are those of the whole ``text``. Accepts any ``str``,
    lone surrogates included.
    """
    end = len(text) if end is None else min(end, len(text))
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    i = start
    while i < end:
        char, begin = text[i], i
        i += 1
        if char < "\x7f":
            out.append(char if char >= " " or char == "\n" else " ")
            starts.append(begin)
            ends.append(i)
            continue
        if _invisible(char):
            continue
        while i < end and (text[i] in _VOICING or unicodedata.combining(text[i])):
            char += text[i]
            i += 1
        for made in unicodedata.normalize("NFKC", char):
            if unicodedata.combining(made) and len(char) > 1:
                continue  # a stack of marks that joins with nothing
            out.append(" " if made.isspace() or "\x7f" <= made <= "\x9f" else made)
            starts.append(begin)
            ends.append(i)
    if lower:
        out = [char.lower() if len(char.lower()) == 1 else char for char in out]
    return Folded("".join(out), tuple(starts), tuple(ends))


def _invisible(char: str) -> bool:
    code = ord(char)
    return unicodedata.category(char) in INVISIBLE_CATEGORIES or any(code in r for r in _VARIATION)

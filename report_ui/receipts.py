"""The number and the phrase (合言葉) a reporter takes home, and how they are read back.

Both are worked out from the form's secret key and what was sent. So a double click, a reload or a second try after
a broken connection gives the same receipt and no second report, without the phrase being kept anywhere.

The phrase is twenty digits in five groups, like the number on a card: 66 bits, typed without a Japanese input
method, read over the telephone, and never by accident a hurtful word, as random syllables can be.
"""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass

ALPHABET = "234679ACDEFGHJKMNPQRTUVWXY"
"""Nothing that handwriting turns into something else: of 0 O, 1 I L, 5 S, 8 B neither, of 2 Z only the 2."""
_LENGTH = 8
_PHRASE_DIGITS = 20
_LONGEST = 200

_LOOKALIKES = str.maketrans({"Z": "2"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter keeps. Only here and on the reporter's page does the phrase exist in plain."""

    number: str
    """``R-`` and eight unambiguous characters."""
    phrase: str
    """Five groups of four digits."""

    def __repr__(self) -> str:
        return f"Receipt(number={self.number!r})"


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything that follows from one sending of one form."""

    report_id: str
    receipt: Receipt


def identity(key: str, content: bytes, attempt: int = 0) -> Identity:
    """The identity of a report. ``key`` is the form's secret (at least 128 random bits); ``attempt`` counts up where
    the number of eight characters happens to be taken.
    """
    seed = hmac.digest(key.encode(), content, hashlib.sha256)
    number = _number(seed, f"number {attempt}")
    value = int.from_bytes(_part(seed, "phrase")) % 10**_PHRASE_DIGITS
    digits = f"{value:0{_PHRASE_DIGITS}d}"
    phrase = " ".join(digits[start : start + 4] for start in range(0, _PHRASE_DIGITS, 4))
    return Identity(_part(seed, "id").hex()[:32], Receipt(number, phrase))


def normal_number(typed: str) -> str:
    """A number as it is kept, from whatever a person typed: full width, small letters, missing hyphen."""
    text = _squeezed(typed).upper().translate(_LOOKALIKES)
    return f"R-{text.removeprefix('R') if len(text) > _LENGTH else text}"


def normal_phrase(typed: str) -> str:
    """The digits of a phrase, from whatever a person typed."""
    return _squeezed(typed)


def _squeezed(typed: str) -> str:
    # Blanks, hyphens of every kind and what no database can look up fall away.
    return "".join(c for c in unicodedata.normalize("NFKC", typed[:_LONGEST]) if c.isascii() and c.isalnum())


def _number(seed: bytes, purpose: str) -> str:
    value = int.from_bytes(_part(seed, purpose))
    letters = []
    for _ in range(_LENGTH):
        value, rest = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "R-" + "".join(letters)


def _part(seed: bytes, purpose: str) -> bytes:
    return hmac.digest(seed, purpose.encode(), hashlib.sha256)

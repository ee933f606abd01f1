"""Normalisation for scoring: what the model sees, never what is stored.

Training and inference must see the same text, so both call :func:`normalise`. The stored original of a post is
never altered. Invisible characters are removed first, so that hiding one inside a word changes no verdict.
"""

import re
import unicodedata

INVISIBLE_CATEGORIES = frozenset({"Cf", "Cs", "Co", "Cn"})
"""Unicode categories without a visible form: format controls (zero-width, bidi), surrogates, private, unassigned."""

_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffd]")
"""Controls that are no white space, and the mark that stands where a damaged character was."""
_URL = re.compile(r"(?:h?ttps?://|www\.)[^\s\u3000-\u30ff\u4e00-\u9fff「」（）()<>]+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@[A-Za-z0-9_]{2,30}\b")
_REPEAT = re.compile(r"(.)\1{4,}")
_COMBINING_RUN = re.compile(r"[\u0300-\u036f\u0489\u1ab0-\u1aff\u20d0-\u20f0]+")
_VARIATION = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def normalise(text: str) -> str:
    """Return ``text`` as the model reads it: one line, NFKC, no invisible characters.

    @handles become ``@user``, links ``[URL]``, and runs of five or more equal characters three. Idempotent;
    accepts any ``str``, lone surrogates included, and never raises.
    """
    text = _CONTROL.sub("", _VARIATION.sub("", text))
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) not in INVISIBLE_CATEGORIES)
        text = unicodedata.normalize("NFKC", text)
        text = _COMBINING_RUN.sub("", text)
    text = _URL.sub(" [URL] ", text)
    text = _HANDLE.sub(" @user ", text)
    text = _REPEAT.sub(r"\1\1\1", text)
    return _SPACE.sub(" ", text).strip()

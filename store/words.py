"""How texts and queries are made comparable: folded forms, character pairs, and Japanese words.

Everything here works on a copy: the stored original is never altered. A folded text holds only ASCII letters and
digits and characters beyond ASCII, so no piece of user input can be mistaken for the syntax of a search engine.
"""

import re
import threading
import unicodedata
from typing import Any

SPACE = "\u3000"
"""Separates words in a folded text. NFKC turns every other ideographic space into a plain one, so it is free."""

_INVISIBLE = frozenset({"Cf", "Cs"})  # format controls (zero-width, bidi, tags) and lone surrogates
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_PUNCTUATION = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if not chr(code).isalnum()}
_CHUNK = 4096


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded, nothing invisible, words apart by one ``SPACE``.

    Half and full width, upper and lower case, and words with zero-width characters or variation selectors hidden
    inside become equal. ASCII punctuation becomes full-width. Accepts any ``str`` and never raises.
    """
    if not text.isascii():
        text = _VARIATION.sub("", text)
        text = "".join([c for c in text if unicodedata.category(c) not in _INVISIBLE])
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    else:
        text = text.lower()
    return _SPACES.sub(" ", text).strip().replace(" ", SPACE).translate(_PUNCTUATION)


def pairs(folded: str) -> str:
    """Every two neighbouring characters, apart by plain spaces; the last one stands alone.

    A text contains a string of two or more characters just where the pairs of the string (without the lone last
    one) occur in a row, and a single character just where a pair begins with it.
    """
    return " ".join([folded[i : i + 2] for i in range(len(folded))])


class WordCutter:
    """Cuts folded text into Japanese words with MeCab and the packaged UniDic. Thread-safe; loads on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tagger: Any = None

    def cut(self, folded: str) -> str:
        """The words apart by plain spaces; ``SPACE`` stays a word, so words in a row are a part of the text.

        Long texts are cut in pieces, so memory stays bounded.
        """
        if not folded:
            return ""
        with self._lock:  # a tagger owns one lattice
            if self._tagger is None:
                import fugashi  # heavy: only where texts are indexed or searched

                self._tagger = fugashi.Tagger("-Owakati")
            return " ".join([self._tagger.parse(piece) for piece in _pieces(folded)])


def _pieces(folded: str) -> list[str]:
    pieces = []
    start = 0
    while len(folded) - start > _CHUNK:
        # Rather at a space than inside a word.
        end = folded.rfind(SPACE, start + 1, start + _CHUNK) + 1 or start + _CHUNK
        pieces.append(folded[start:end])
        start = end
    pieces.append(folded[start:])
    return pieces

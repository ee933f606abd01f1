"""Text of strangers, made harmless: no links, no images, no Markdown, no HTML, nothing invisible.

Posts, names of authors, sites and threads may carry anything: script tags, Markdown images, characters that turn
the reading direction round or hide a letter. Pages draw them only through the functions below and ``st.html``.
"""

import html
import unicodedata

SHOWN = 4_000
"""Characters of a post that are drawn at first; the rest follows on demand."""

_NAMES = {
    "\x00": "NUL",
    "\u00ad": "任意ハイフン",
    "\u200b": "幅なし空白",
    "\u200c": "結合しない印",
    "\u200d": "結合の印",
    "\u200e": "左から右",
    "\u200f": "右から左",
    "\u202a": "左から右の埋込",
    "\u202b": "右から左の埋込",
    "\u202c": "向きの終わり",
    "\u202d": "左から右の上書き",
    "\u202e": "右から左の上書き",
    "\u2060": "幅なし接合",
    "\u2066": "左から右の分離",
    "\u2067": "右から左の分離",
    "\u2068": "向きの分離",
    "\u2069": "分離の終わり",
    "\ufeff": "BOM",
}
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
"""Letters that look like nothing: Hangul fillers and the empty Braille pattern."""


def escape(text: str, limit: int = 200) -> str:
    """One line of HTML that shows ``text`` and does nothing else."""
    return f"<bdi>{_draw(text[:limit].replace(chr(10), ' '))}{'…' if len(text) > limit else ''}</bdi>"


def passage(text: str, limit: int = SHOWN) -> str:
    """HTML that shows ``text`` with its line breaks; put it into an element with ``white-space: pre-wrap``."""
    shown = _draw(text[:limit].replace("\r\n", "\n").replace("\r", "\n"))
    more = f'<span class="mm-more">…（全{len(text):,}文字）</span>' if len(text) > limit else ""
    return f"<bdi>{shown}</bdi>{more}"


def plain(text: str, limit: int = 60) -> str:
    """Text for places that take no HTML and interpret nothing (options of a select box, cells of a table)."""
    shown = "".join(_mark_name(c) if hidden(c) else c for c in text[:limit].replace("\n", " "))
    return shown + ("…" if len(text) > limit else "")


def hidden(character: str) -> bool:
    """Whether a character shows nothing or moves others: it is drawn as a mark."""
    if character in "\n\t" or character in "\ufe0e\ufe0f":
        return False
    return unicodedata.category(character) in _HIDDEN or character in _BLANK_LETTERS


def _draw(text: str) -> str:
    out: list[str] = []
    for position, character in enumerate(text):
        if hidden(character) and not _in_emoji(text, position):
            name = html.escape(_NAMES.get(character, unicodedata.name(character, "見えない文字")))
            out.append(f'<span class="mm-mark" title="{name}">{_mark_name(character)}</span>')
        else:
            out.append(html.escape(character))
    return "".join(out)


def _mark_name(character: str) -> str:
    return f"␣{ord(character):04X}"


def _in_emoji(text: str, position: int) -> bool:
    """A joiner between two pictures makes one picture; it hides nothing."""
    if text[position] != "\u200d" or not 0 < position < len(text) - 1:
        return False
    return all(unicodedata.category(c) in {"So", "Sk", "Mn"} for c in (text[position - 1], text[position + 1]))

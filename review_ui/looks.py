"""How the desk looks beyond the theme of ``app/.streamlit/config.toml``: a calm reading room."""

from collections.abc import Iterable, Sequence

import streamlit as st

from review_ui.inert import escape, passage
from review_ui.session import Notice

_SHORT = 20
"""Characters."""
_STYLE = """
<style>
[data-testid="stMain"] [data-testid="stVerticalBlock"] { gap: 0.625rem; }
[data-testid="stWidgetLabel"] p, [data-testid="stMain"] button p, [data-testid="stMain"] summary p,
[data-testid="stMain"] input, [data-testid="stMain"] textarea { font-size: 1rem; }
[data-testid="stMain"]:focus::before { box-shadow: none; }
[data-testid="stElementContainer"]:has(.mm-who) { position: absolute; }
.mm-who { position: fixed; top: 0; right: 1.25rem; height: 3.75rem; display: flex; align-items: center;
  z-index: 999999; color: #4A463E; font-size: 0.9375rem; pointer-events: none; }
.mm-line { font-size: 1rem; line-height: 1.6; }
.mm-head { display: flex; flex-wrap: wrap; justify-content: space-between; column-gap: 1.5rem; }
.mm-quiet { color: #4A463E; font-size: 0.9375rem; line-height: 1.6; overflow-wrap: anywhere; }
.mm-post, .mm-context { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; contain: paint; }
.mm-post {
  font-family: 'BIZ UDGothic', 'Noto Sans Mono CJK JP', 'MS Gothic', 'Osaka-Mono', monospace;
  font-size: 1.0625rem; line-height: 1.7; max-width: 42em; max-height: 12.25rem; overflow-y: auto;
  background: #FFFFFF; border: 1px solid #CFC8B8; border-radius: 4px; padding: 0.75rem 1rem;
}
.mm-context { font-size: 0.9375rem; line-height: 1.6; max-width: 44em; color: #37332C; max-height: 8em;
  overflow-y: auto; border-left: 3px solid #CFC8B8; padding-left: 0.75rem; margin: 0 0 0.25rem 0; }
.mm-short { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.mm-here { border-left-color: #24535A; font-weight: 600; }
.mm-excerpt { font-size: 1rem; line-height: 1.6; overflow-wrap: anywhere; contain: paint; color: #37332C;
  display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
.mm-mark { border: 1px solid #8A5A00; color: #6B4500; background: #FFF6E0; border-radius: 3px;
  font-size: 0.75em; padding: 0 2px; }
.mm-more { color: #4A463E; font-size: 0.9375rem; }
.mm-grave { color: #9B1C1C; font-weight: 700; }
.mm-severity { font-weight: 700; }
.mm-caption { text-align: left; color: #4A463E; font-size: 0.9375rem; padding-bottom: 0.25rem; }
.mm-table { border-collapse: collapse; font-size: 0.9375rem; line-height: 1.5; width: 100%; }
.mm-table th, .mm-table td { text-align: left; padding: 0.125rem 0.75rem 0.125rem 0; font-weight: 400;
  border-bottom: 1px solid #E4DECF; vertical-align: top; overflow-wrap: anywhere; }
.mm-table td.mm-keep { white-space: nowrap; }
.mm-table thead th { color: #4A463E; white-space: nowrap; }
.mm-table td.mm-number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.mm-table .mm-strong td, .mm-table .mm-strong th { font-weight: 700; }
.mm-notice { border-left: 4px solid #24535A; background: #EEF3F1; padding: 0.375rem 1rem; line-height: 1.6; }
.mm-refused { border-left-color: #8A5A00; background: #FFF6E0; }
.mm-failed { border-left-color: #9B1C1C; background: #FBEDEC; }
.mm-empty { padding: 1.5rem 0; line-height: 1.9; max-width: 40em; }
[class*="st-key-row"] { border-bottom: 1px solid #E4DECF; padding-bottom: 0.5rem; }
[class*="st-key-row"] [data-testid="stVerticalBlock"] { gap: 0.125rem; }
.st-key-review_body { min-height: 20rem; }
</style>
"""
"""The body of the review page has a fixed least height, so that the buttons stay where the hand expects them."""


def apply() -> None:
    """Send the style sheet; call once in each run."""
    st.html(_STYLE)


def notice(said: Notice) -> None:
    """Show a sentence that a change left behind."""
    {"done": done, "refused": refused, "error": failed}[said.tone](said.text)


def done(text: str) -> None:
    """Something was carried out."""
    st.html(f'<div class="mm-notice" role="status">{escape(text, 1000)}</div>')


def refused(text: str) -> None:
    """Something was not carried out, and why."""
    st.html(f'<div class="mm-notice mm-refused" role="alert">{escape(text, 1000)}</div>')


def failed(text: str) -> None:
    """Something broke: what happened, what was kept, what to do, a number to quote."""
    st.html(f'<div class="mm-notice mm-failed" role="alert">{escape(text, 1000)}</div>')


def kept(title: str, text: str) -> None:
    """What a person typed and can copy from here."""
    st.html(f'<div class="mm-quiet">{escape(title)}</div><div class="mm-context mm-here">{passage(text)}</div>')


def empty(*sentences: str) -> None:
    """Nothing is here, and what to do instead."""
    lines = "<br>".join(escape(sentence, 1000) for sentence in sentences)
    st.html(f'<div class="mm-empty">{lines}</div>')


def quiet(text: str) -> None:
    """A line in small, quiet letters."""
    st.html(f'<div class="mm-quiet">{escape(text, 1000)}</div>')


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> None:
    """A plain table that a screen reader can read; every cell is drawn inert."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    st.html(
        f'<table class="mm-table"><caption class="mm-caption">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(text: str) -> str:
    """A short cell stays on one line; only long ones wrap."""
    return f'<td class="mm-keep">{escape(text)}</td>' if len(text) <= _SHORT else f"<td>{escape(text)}</td>"

"""The lexicon of the care signal: ``care_lexicon.toml`` read into rules and guards.

The file is data that a person without Python can read and correct; it explains its own form in Japanese.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from domain.errors import Misconfigured

LEXICON = Path(__file__).with_name("care_lexicon.toml")

_Pattern = str | list[str]
"""One regular expression, or alternatives of one, as the lexicon writes them."""
_Parts = Mapping[str, _Pattern]
_Read = TypeVar("_Read")
_PART = re.compile(r"<([a-z_]+)>")


class CareLevel(StrEnum):
    """How the person speaks, the most pressing first."""

    ANNOUNCE = "announce"
    """予告: a plan, a time, a means, or a farewell."""
    SELF_HARM = "self_harm"
    """自傷: cutting, overdose, done or about to be done."""
    WISH = "wish"
    """願望: wishing to die, to vanish, not to live."""
    HINT = "hint"
    """ほのめかし: several weak signs together."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that speak. ``strong`` ones alone; others only together with another theme."""

    key: str
    name: str
    level: CareLevel
    theme: str
    strong: bool
    lean: str
    """Which way it errs in doubt: ``recall`` (speaks) or ``precision`` (stays silent), and for what."""
    pattern: re.Pattern[str]
    unless_before: re.Pattern[str] | None
    unless_after: re.Pattern[str] | None
    unless_sentence: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Guard:
    """A context that takes words back (``drop``) or leaves them as a mere hint (``weaken``)."""

    key: str
    where: str
    drops: bool
    hints_only: bool
    pattern: re.Pattern[str]
    but: re.Pattern[str] | None
    """When this stands in the sentence, the guard does not hold."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything the signal knows."""

    version: str
    rules: tuple[Rule, ...]
    guards: tuple[Guard, ...]


@cache
def load_lexicon(path: Path = LEXICON) -> Lexicon:
    """Read the rules once; raises :class:`domain.errors.Misconfigured` for a file that cannot be used."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        parts: _Parts = data["parts"]
        return Lexicon(
            version=data["version"],
            rules=tuple(_named(entry, _rule, parts) for entry in data["rule"]),
            guards=tuple(_named(entry, _guard, parts) for entry in data["guard"]),
        )
    except (OSError, ValueError, KeyError) as problem:
        raise Misconfigured(
            f"見守りの語彙 {path.name} を読めません（{problem}）。元のファイルに戻してください。"
        ) from problem


def _named(entry: Mapping[str, Any], read: Callable[[Mapping[str, Any], _Parts], _Read], parts: _Parts) -> _Read:
    try:
        return read(entry, parts)
    except (KeyError, ValueError, re.error) as problem:
        raise ValueError(f"規則 {entry.get('key')}: {problem}") from problem


def _rule(entry: Mapping[str, Any], parts: _Parts) -> Rule:
    return Rule(
        key=entry["key"],
        name=entry["name"],
        level=CareLevel(entry["level"]),
        theme=entry.get("theme", entry["level"]),
        strong=entry.get("strong", False),
        lean=entry["lean"],
        pattern=_compiled(entry["pattern"], parts),
        unless_before=_optional(entry.get("unless_before"), parts, tail=True),
        unless_after=_optional(entry.get("unless_after"), parts),
        unless_sentence=_optional(entry.get("unless_sentence"), parts),
    )


def _guard(entry: Mapping[str, Any], parts: _Parts) -> Guard:
    where = entry["where"]
    if where not in {"before", "after", "sentence", "text"}:
        raise ValueError(where)
    return Guard(
        key=entry["key"],
        where=where,
        drops=entry.get("effect", "drop") == "drop",
        hints_only=entry.get("hints_only", False),
        pattern=_compiled(entry["pattern"], parts, tail=where == "before"),
        but=_optional(entry.get("but"), parts),
    )


def _optional(pattern: _Pattern | None, parts: _Parts, tail: bool = False) -> re.Pattern[str] | None:
    return None if pattern is None else _compiled(pattern, parts, tail)


def _compiled(pattern: _Pattern, parts: _Parts, tail: bool = False) -> re.Pattern[str]:
    # <name> stands for a part; braces stay free for repetitions.
    whole = _joined(pattern)
    while (named := _PART.sub(lambda found: f"(?:{_joined(parts[found[1]])})", whole)) != whole:
        whole = named
    return re.compile(f"(?:{whole})$" if tail else whole)


def _joined(pattern: _Pattern) -> str:
    return pattern if isinstance(pattern, str) else "|".join(pattern)

"""Telephone numbers for people in danger or distress, from ``helplines.toml`` beside this file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Misconfigured

FILE = Path(__file__).with_name("helplines.toml")


@dataclass(frozen=True, slots=True)
class Helpline:
    """One number that can be tapped."""

    name: str
    number: str
    note: str
    hours: str = ""

    @property
    def link(self) -> str:
        """The number as a ``tel:`` address (RFC 3966)."""
        return "tel:" + self.number.replace("-", "")


@dataclass(frozen=True, slots=True)
class Helplines:
    """``urgent`` for danger to life, ``talk`` for everything else."""

    urgent: tuple[Helpline, ...]
    talk: tuple[Helpline, ...]
    desk: Helpline | None = None
    """The desk's own number, where it shows one."""


def load(desk_phone: str = "", file: Path = FILE) -> Helplines:
    """Read the numbers; raises :class:`Misconfigured` naming the file where it cannot be understood."""
    desk = _line({"name": "窓口の電話", "number": desk_phone, "note": ""}) if desk_phone else None
    try:
        data = tomllib.loads(file.read_text("utf-8"))
        return Helplines(tuple(map(_line, data["urgent"])), tuple(map(_line, data["talk"])), desk)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise Misconfigured(f"cannot read the telephone numbers in {file}: {type(error).__name__}: {error}") from error


def _line(entry: dict[str, str]) -> Helpline:
    number = entry["number"]
    if not number.isascii() or not number.replace("-", "").isdigit():
        raise Misconfigured(f"{entry['name']}: write the number as digits and hyphens")
    return Helpline(entry["name"], number, entry["note"], entry.get("hours", ""))

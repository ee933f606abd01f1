"""Tables of figures: what statistics counts, pages draw and exports write."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.calendar import fiscal_bounds, fiscal_year_words
from domain.desks import Desk
from store.figures import Measure

MEASURES: Mapping[Measure, str] = {
    Measure.FOUND: "発見",
    Measure.REVIEWED: "審査",
    Measure.REQUESTED: "要請",
    Measure.REMOVED: "削除",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``name`` for programs, ``title`` in Japanese with its unit."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table; every cell holds one datum, a number or a code or a word."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True, slots=True)
class YearFigures:
    """All tables of one desk and fiscal year."""

    desk: Desk
    year: int
    as_of: datetime
    """When it was counted, UTC."""
    partial: bool
    """The year is not over, or the desk began within it."""
    totals: Mapping[Measure, int]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]

    @property
    def headline(self) -> str:
        """The finding in one sentence."""
        count = self.totals
        running = self.as_of < fiscal_bounds(self.year)[1]
        until = "（集計時点まで）" if running else "（年度の途中から）" if self.partial else ""
        return (
            f"{fiscal_year_words(self.year)}{until}は {count[Measure.FOUND]:,} 件を見つけ、"
            f"{count[Measure.REQUESTED]:,} 件を要請し、{count[Measure.REMOVED]:,} 件の削除を記録しました"
        )

    def table(self, name: str) -> Table:
        """The table of that name."""
        return next(table for table in self.tables if table.name == name)

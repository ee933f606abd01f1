"""Figures of a fiscal year (年度, April–March in JST): found, reviewed, requested, removed, and their breakdowns.

The database counts (:mod:`store.figures` states the cost); this module lays the counts out as tables. Small counts
stay as they are for now.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from domain.access import Action, Actor, require
from domain.calendar import JST, fiscal_bounds, fiscal_months, fiscal_year
from domain.cases import Destination
from domain.decisions import DecisionKind, DismissReason
from domain.desks import Desk
from domain.errors import Incomplete
from domain.labels import Group, Label
from domain.machines import RequestState
from domain.words import DECISIONS, DESTINATIONS, DISMISS_REASONS, GROUPS, LABELS, REQUEST_STATES, moment
from escalation.desks import desk_of
from escalation.exports import Format, write
from escalation.tables import MEASURES, Column, Table, YearFigures
from store.casework import Casework, Work
from store.figures import LABEL_FROM, Figures, Measure

FIRST_YEAR = 2000
_ANSWERS = (
    RequestState.SENT,
    RequestState.ACCEPTED,
    RequestState.REMOVED,
    RequestState.PARTLY_REMOVED,
    RequestState.REJECTED,
    RequestState.NO_REPLY,
)
_Row = tuple[str | int, ...]
_NONE = ("none", "該当なし")


class StatisticsService:
    """Figures for those who may read them."""

    def __init__(self, casework: Casework, clock: Callable[[], datetime]) -> None:
        self._casework = casework
        self._clock = clock

    def years(self, actor: Actor) -> list[int]:
        """Fiscal years in which the actor's desk worked, newest first; always the present one."""
        require(actor, Action.READ_STATISTICS, actor.desk)
        this = fiscal_year(self._clock())
        with self._casework.read() as work:
            first = work.figures.first_item(actor.desk)
        return list(range(this, min(this, fiscal_year(first) if first else this) - 1, -1))

    def figures(self, actor: Actor, year: int) -> YearFigures:
        """The tables of a year; raises :class:`Incomplete` for a year that has not begun or is no year."""
        require(actor, Action.READ_STATISTICS, actor.desk)
        now = self._clock()
        if not FIRST_YEAR <= year <= fiscal_year(now):
            raise Incomplete(
                f"{year}年度の集計はできません。{FIRST_YEAR}年度から{fiscal_year(now)}年度までの年を選んでください。"
            )
        with self._casework.read() as work:
            return _figures(work, desk_of(work, actor.desk), year, now)

    def export(self, actor: Actor, year: int, form: Format, out: Path) -> list[Path]:
        """Write the tables of a year and the notes into the folder ``out``; returns the files.

        Raises what :meth:`figures` raises, and ``Unavailable`` where the disk refuses.
        """
        return write(self.figures(actor, year), form, out)


def _figures(work: Work, desk: Desk, year: int, now: datetime) -> YearFigures:
    start, end = fiscal_bounds(year)
    first = work.figures.first_item(desk.code)
    make = _Maker(work.figures, desk.code, year, start, end, now)
    monthly, totals = make.by_month()
    return YearFigures(
        desk=desk,
        year=year,
        as_of=now,
        partial=now < end or (first is not None and start < first < end),
        totals=totals,
        tables=(
            monthly,
            make.by_label(),
            make.by_group(),
            make.by_destination(),
            make.by_decision(),
            make.by_dismissal(),
        ),
        notes=_notes(year, first, start, end, now),
    )


def _notes(year: int, first: datetime | None, start: datetime, end: datetime, now: datetime) -> tuple[str, ...]:
    notes = [
        f"集計時点は {moment(now)}（日本時間）です。年度は4月から翌年3月までです。",
        "発見は審査の対象とした投稿、審査は取り消されていない判断、要請は送付を記録した要請（再要請は改めて1件）、"
        "削除は削除確認または一部削除の記録を、それぞれ起きた月に数えています。",
        "一つの投稿が複数のラベルに当たることがあるため、ラベル別の合計は総数と一致しません。",
        f"発見のラベルと分野は自動判定（ラベルは確率 {LABEL_FROM} 以上）、ほかは審査担当者の判断によります。",
    ]
    if now < end:
        notes.append(f"{year}年度は途中です。始まっていない月の行はなく、今月の数は増えることがあります。")
    if first is not None and start < first < end:
        notes.append(f"この窓口の記録は {first.astimezone(JST):%Y-%m-%d} から始まるため、年度の一部だけの数です。")
    return tuple(notes)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Lays out the counts of one desk and year."""

    figures: Figures
    desk: str
    year: int
    start: datetime
    end: datetime
    now: datetime

    def by_month(self) -> tuple[Table, dict[Measure, int]]:
        begun = [
            month for month in fiscal_months(self.year) if datetime(month.year, month.month, 1, tzinfo=JST) <= self.now
        ]
        bounds = [datetime(month.year, month.month, 1, tzinfo=JST) for month in begun]
        bounds.append(_next_month(bounds[-1]))
        counts = {measure: self.figures.by_span(self.desk, measure, bounds) for measure in Measure}
        rows = [_row(str(month), counts=(counts[measure][n] for measure in Measure)) for n, month in enumerate(begun)]
        totals = {measure: sum(counts[measure]) for measure in Measure}
        return self._table("by-month", "月別", [Column("month", "年月")], _MEASURED, rows), totals

    def by_label(self) -> Table:
        counts = [self.figures.by_label(self.desk, measure, self.start, self.end) for measure in Measure]
        keys = [(label, label.value, LABELS[label]) for label in Label] + [(None, *_NONE)]
        rows = [_row(code, word, counts=(count.get(key, 0) for count in counts)) for key, code, word in keys]
        return self._table("by-label", "ラベル別", _named("label", "ラベル"), _MEASURED, rows)

    def by_group(self) -> Table:
        counts = [self.figures.by_group(self.desk, measure, self.start, self.end) for measure in Measure]
        keys = [(group.value, group.value, GROUPS[group]) for group in Group] + [(None, *_NONE)]
        rows = [_row(code, word, counts=(count.get(key, 0) for count in counts)) for key, code, word in keys]
        return self._table("by-group", "分野別（差別の対象）", _named("group", "分野"), _MEASURED, rows)

    def by_destination(self) -> Table:
        counts = self.figures.by_destination(self.desk, self.start, self.end)
        rows = [
            _row(place.value, DESTINATIONS[place], counts=(counts.get((place.value, state), 0) for state in _ANSWERS))
            for place in Destination
        ]
        columns = [Column(state.value, f"{REQUEST_STATES[state]}（件）") for state in _ANSWERS]
        return self._table("by-destination", "要請先別", _named("destination", "要請先"), columns, rows)

    def by_decision(self) -> Table:
        counts = self.figures.by_kind(self.desk, self.start, self.end)
        rows = [(kind.value, DECISIONS[kind], counts.get(kind.value, 0)) for kind in DecisionKind]
        columns = [Column(Measure.REVIEWED, "審査（件）")]
        return self._table("by-decision", "判断別", _named("decision", "判断"), columns, rows)

    def by_dismissal(self) -> Table:
        counts = self.figures.by_reason(self.desk, self.start, self.end)
        rows = [(why.value, DISMISS_REASONS[why], counts.get(why.value, 0)) for why in DismissReason]
        columns = [Column("dismissed", "対象外（件）")]
        return self._table("by-dismissal", "非該当理由別", _named("reason", "非該当理由"), columns, rows)

    def _table(self, name: str, title: str, keys: list[Column], values: list[Column], rows: Sequence[_Row]) -> Table:
        lead = [Column("desk", "全国地方公共団体コード"), Column("fiscal_year", "年度")]
        return Table(name, title, (*lead, *keys, *values), tuple((self.desk, self.year, *row) for row in rows))


_MEASURED = [Column(measure.value, f"{word}（件）") for measure, word in MEASURES.items()]


def _row(*keys: str, counts: Iterable[int]) -> _Row:
    return (*keys, *counts)


def _named(name: str, title: str) -> list[Column]:
    return [Column(f"{name}_code", f"{title}コード"), Column(name, title)]


def _next_month(at: datetime) -> datetime:
    return (at + timedelta(days=32)).replace(day=1)

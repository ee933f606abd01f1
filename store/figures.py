"""Counts for statistics, made by the database. Every method looks at one desk and a span of time.

Cost: ``found`` and its breakdowns walk the desk's items of the span over ``ix_items_opened`` and read the labels of
each from JSON; ``reviewed`` does the same over ``ix_decisions_decided``. Both grow with the year's items and decisions
of the desk, not with the database. Steps of requests have no index by time: they are walked whole, some dozen rows a
case.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, Text, and_, case, cast, func, select

from domain.labels import Label
from domain.machines import RequestState
from store.schema import cases, decisions, items, request_steps, requests

LABEL_FROM = 0.5
"""A found item carries a label from this probability on, as in search."""
_REMOVED = (RequestState.REMOVED.value, RequestState.PARTLY_REMOVED.value)


class Measure(StrEnum):
    """What is counted."""

    FOUND = "found"
    """Items opened: posts that the machine or a person brought to review."""
    REVIEWED = "reviewed"
    """Decisions that stand (those taken back do not count)."""
    REQUESTED = "requested"
    """Sendings of requests; a 再要請 counts again."""
    REMOVED = "removed"
    """Answers 削除確認 or 一部削除 recorded."""


class Figures:
    """Grouped counts of one desk with ``start <= time < end``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_span(self, desk: str, measure: Measure, bounds: Sequence[datetime]) -> list[int]:
        """Counts in each span between neighbours of ``bounds`` (ascending), one less than there are bounds."""
        at = _time(measure)
        span = case(*[(at < end, number) for number, end in enumerate(bounds[1:])])
        found = self._grouped(_events(measure, desk, bounds[0], bounds[-1]), span)
        return [found.get(number, 0) for number in range(len(bounds) - 1)]

    def by_label(self, desk: str, measure: Measure, start: datetime, end: datetime) -> dict[Label | None, int]:
        """Counts by label; a row may carry several, so they can add up to more than the total. None: no label.

        Found items carry the labels that the model gave at least one half, all others those of the decision.
        """
        flags = {label: _has(measure, label) for label in Label}
        events = _events(measure, desk, start, end)
        sums = [func.coalesce(func.sum(case((flag, 1), else_=0)), 0) for flag in flags.values()]
        none = func.coalesce(func.sum(case((and_(*[~flag for flag in flags.values()]), 1), else_=0)), 0)
        row = self._connection.execute(events.with_only_columns(*sums, none)).one()
        return dict(zip([*flags, None], row, strict=True))

    def by_group(self, desk: str, measure: Measure, start: datetime, end: datetime) -> dict[str | None, int]:
        """Counts by code of the group (分野); None for posts that name none."""
        column = items.c.group_code if measure is Measure.FOUND else decisions.c.group_code
        return self._grouped(_events(measure, desk, start, end), column)

    def by_kind(self, desk: str, start: datetime, end: datetime) -> dict[str, int]:
        """Standing decisions by code of their kind."""
        return self._grouped(_events(Measure.REVIEWED, desk, start, end), decisions.c.kind)

    def by_reason(self, desk: str, start: datetime, end: datetime) -> dict[str, int]:
        """Dismissals that stand by code of their reason."""
        events = _events(Measure.REVIEWED, desk, start, end).where(decisions.c.reason.is_not(None))
        return self._grouped(events, decisions.c.reason)

    def by_destination(self, desk: str, start: datetime, end: datetime) -> dict[tuple[str, RequestState], int]:
        """Steps that requests took, by code of the destination and state reached."""
        t = request_steps
        query = (
            select(requests.c.destination, t.c.state, func.count())
            .join_from(t, requests, requests.c.id == t.c.request_id)
            .where(t.c.desk == desk, t.c.at >= start, t.c.at < end)
            .group_by(requests.c.destination, t.c.state)
        )
        rows = self._connection.execute(query)
        return {(destination, RequestState(state)): count for destination, state, count in rows}

    def first_item(self, desk: str) -> datetime | None:
        """When the desk's first item was opened."""
        query = select(func.min(items.c.opened_at)).where(items.c.desk == desk)
        first: datetime | None = self._connection.execute(query).scalar_one()
        return first

    def _grouped(self, events: Select[Any], key: ColumnElement[Any]) -> dict[Any, int]:
        rows = self._connection.execute(events.with_only_columns(key, func.count()).group_by(key))
        return {row[0]: row[1] for row in rows}


def _time(measure: Measure) -> ColumnElement[datetime]:
    if measure is Measure.FOUND:
        return items.c.opened_at
    return decisions.c.decided_at if measure is Measure.REVIEWED else request_steps.c.at


def _events(measure: Measure, desk: str, start: datetime, end: datetime) -> Select[Any]:
    """The rows that count, with the decision beside a request so that its labels and group are at hand."""
    at = _time(measure)
    within = and_(at >= start, at < end)
    if measure is Measure.FOUND:
        return select(items.c.id).where(items.c.desk == desk, within)
    if measure is Measure.REVIEWED:
        return select(decisions.c.id).where(decisions.c.desk == desk, decisions.c.undone_at.is_(None), within)
    states = (RequestState.SENT.value,) if measure is Measure.REQUESTED else _REMOVED
    return (
        select(request_steps.c.number)
        .join_from(request_steps, requests, requests.c.id == request_steps.c.request_id)
        .join(cases, cases.c.id == requests.c.case_id)
        .outerjoin(decisions, decisions.c.id == _removal_of_case())
        .where(request_steps.c.desk == desk, request_steps.c.state.in_(states), within)
    )


def _removal_of_case() -> ScalarSelect[str]:
    """The 削除要請 decision in force of the case's item: one at most, so that no request is counted twice."""
    d = decisions.alias()
    newest = select(d.c.id).where(d.c.item_id == cases.c.item_id, d.c.kind == "remove", d.c.undone_at.is_(None))
    return newest.order_by(d.c.decided_at.desc(), d.c.id).limit(1).correlate(cases).scalar_subquery()


def _has(measure: Measure, label: Label) -> ColumnElement[bool]:
    if measure is Measure.FOUND:
        return func.coalesce(items.c.labels[label.value].as_float(), 0.0) >= LABEL_FROM
    # The list is stored as JSON text on both databases; a quoted code is part of no other code.
    return func.coalesce(cast(decisions.c.labels, Text), "").like(f'%"{label.value}"%')

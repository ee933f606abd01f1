"""Cases, their requests and every step a request took."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, insert, select, update

from domain.calendar import fiscal_year
from domain.cases import Case, Destination, Request
from domain.errors import NotFound, Stale
from domain.labels import Label, Severity
from domain.machines import RequestState
from store import schema
from store.schema import cases, request_steps, requests


@dataclass(frozen=True, slots=True)
class RequestStep:
    """One transition of a request, with who made it and what was noted."""

    number: int
    at: datetime
    actor: str
    state: RequestState
    note: str


class Cases:
    """Cases of every desk; each method takes the desk and looks at no other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_number(self, desk: str, at: datetime) -> str:
        """The next case number of the desk in the fiscal year of ``at``: ``2026-0001``."""
        year = fiscal_year(at)
        name = f"case-{year}"
        t = schema.counters
        mine = (t.c.desk == desk) & (t.c.name == name)
        value = self._connection.execute(select(t.c.value).where(mine).with_for_update()).scalar_one_or_none()
        if value is None:
            self._connection.execute(insert(t).values(desk=desk, name=name, value=1))
            return f"{year}-0001"
        self._connection.execute(update(t).where(mine).values(value=value + 1))
        return f"{year}-{value + 1:04d}"

    def add(self, case: Case) -> None:
        """Keep a new case; an item has at most one."""
        self._connection.execute(
            insert(cases).values(
                id=case.id,
                number=case.number,
                desk=case.desk,
                item_id=case.item_id,
                labels=[label.value for label in case.labels],
                severity=int(case.severity),
                opened_at=case.opened_at,
                opened_by=case.opened_by,
            )
        )

    def get(self, desk: str, case_id: str) -> Case:
        """The case; raises :class:`NotFound` where this desk has none of that id."""
        row = self._connection.execute(select(cases).where(cases.c.desk == desk, cases.c.id == case_id)).one_or_none()
        if row is None:
            raise NotFound("この案件はこの窓口にはありません。案件の一覧から選び直してください。")
        return _case(row)

    def of_item(self, desk: str, item_id: str) -> Case | None:
        """The case that an item opened."""
        query = select(cases).where(cases.c.desk == desk, cases.c.item_id == item_id)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _case(row)

    def newest(
        self, desk: str, *, limit: int, offset: int = 0, states: Collection[RequestState] | None = None
    ) -> list[Case]:
        """Cases, newest first; with ``states`` those that have a request in one of them."""
        query = _in_states(select(cases).where(cases.c.desk == desk), states)
        query = query.order_by(cases.c.opened_at.desc(), cases.c.id).limit(limit).offset(offset)
        return [_case(row) for row in self._connection.execute(query)]

    def count(self, desk: str, states: Collection[RequestState] | None = None) -> int:
        """How many cases the desk has, or how many the same ``states`` of :meth:`newest` leave."""
        query = _in_states(select(func.count()).select_from(cases).where(cases.c.desk == desk), states)
        count: int = self._connection.execute(query).scalar_one()
        return count

    def add_request(self, request: Request) -> None:
        """Keep a new request and its first step."""
        self._connection.execute(insert(requests).values(**_request_values(request)))
        self._add_step(request, request.drafted_at, request.drafted_by, "")

    def request(self, desk: str, request_id: str) -> Request:
        """The request; raises :class:`NotFound` where this desk has none of that id."""
        query = select(requests).where(requests.c.desk == desk, requests.c.id == request_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("この要請はこの窓口にはありません。案件の一覧から選び直してください。")
        return _request(row)

    def requests_of(self, desk: str, case_id: str) -> list[Request]:
        """Requests of a case, oldest first."""
        query = select(requests).where(requests.c.desk == desk, requests.c.case_id == case_id)
        return [_request(row) for row in self._connection.execute(query.order_by(requests.c.drafted_at, requests.c.id))]

    def requests_in(self, desk: str, state: RequestState) -> list[Request]:
        """Every request of the desk in ``state``, oldest first."""
        query = select(requests).where(requests.c.desk == desk, requests.c.state == state.value)
        return [_request(row) for row in self._connection.execute(query.order_by(requests.c.drafted_at, requests.c.id))]

    def save_request(self, request: Request, *, at: datetime, actor: str, note: str = "") -> Request:
        """Write a changed request and, where its state changed, the step.

        Returns it with its new version; raises :class:`Stale` where somebody changed it since it was read.
        """
        before = self._connection.execute(
            select(requests.c.state).where(requests.c.desk == request.desk, requests.c.id == request.id)
        ).scalar_one_or_none()
        values = _request_values(request)
        values["version"] = request.version + 1
        done = self._connection.execute(
            update(requests)
            .where(requests.c.id == request.id, requests.c.desk == request.desk, requests.c.version == request.version)
            .values(**values)
        )
        if done.rowcount != 1:
            raise Stale("ほかの人が先にこの要請を更新しました。何も保存していません。最新の内容を開き直してください。")
        if before != request.state.value:
            self._add_step(request, at, actor, note)
        return replace(request, version=request.version + 1)

    def steps(self, desk: str, request_id: str) -> list[RequestStep]:
        """Every step of a request, oldest first."""
        query = select(request_steps).where(request_steps.c.desk == desk, request_steps.c.request_id == request_id)
        rows = self._connection.execute(query.order_by(request_steps.c.number))
        return [RequestStep(row.number, row.at, row.actor, RequestState(row.state), row.note) for row in rows]

    def _add_step(self, request: Request, at: datetime, actor: str, note: str) -> None:
        t = request_steps
        last = self._connection.execute(
            select(func.max(t.c.number)).where(t.c.request_id == request.id)
        ).scalar_one_or_none()
        self._connection.execute(
            insert(t).values(
                request_id=request.id,
                number=(last or 0) + 1,
                desk=request.desk,
                at=at,
                actor=actor,
                state=request.state.value,
                note=note,
            )
        )


def _in_states(query: Select[Any], states: Collection[RequestState] | None) -> Select[Any]:
    if states is None:
        return query
    wanted = sorted(state.value for state in states)
    return query.where(exists().where(requests.c.case_id == cases.c.id, requests.c.state.in_(wanted)))


def _case(row: Row[Any]) -> Case:
    return Case(
        id=row.id,
        number=row.number,
        desk=row.desk,
        item_id=row.item_id,
        labels=tuple(Label(name) for name in row.labels),
        severity=Severity(row.severity),
        opened_at=row.opened_at,
        opened_by=row.opened_by,
    )


def _request_values(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "case_id": request.case_id,
        "desk": request.desk,
        "destination": request.destination.value,
        "state": request.state.value,
        "body": request.body,
        "drafted_by": request.drafted_by,
        "drafted_at": request.drafted_at,
        "version": request.version,
        "approved_by": request.approved_by,
        "approved_at": request.approved_at,
        "bundle_sha256": request.bundle_sha256,
        "sent_at": request.sent_at,
        "closed_at": request.closed_at,
    }


def _request(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        case_id=row.case_id,
        desk=row.desk,
        destination=Destination(row.destination),
        state=RequestState(row.state),
        body=row.body,
        drafted_by=row.drafted_by,
        drafted_at=row.drafted_at,
        version=row.version,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        bundle_sha256=row.bundle_sha256,
        sent_at=row.sent_at,
        closed_at=row.closed_at,
    )

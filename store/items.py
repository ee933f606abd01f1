"""Review items: opening, the queue, claims, state changes under optimistic versions."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, or_, select, update

from domain.assessments import Assessment, ModelRef
from domain.errors import NotFound, Stale
from domain.items import ReviewItem
from domain.labels import Group, Label, Severity
from domain.machines import OUTCOME_STATES, QUEUE_STATES, ItemState
from domain.posts import Origin, Post
from store.schema import items as t

_CHUNK = 500


class Items:
    """Items of every desk; each method that a person reaches takes the desk and looks at no other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, new: Sequence[ReviewItem]) -> list[ReviewItem]:
        """Keep items that are not there yet and return just those: a replay opens none twice."""
        fresh: dict[str, ReviewItem] = {item.id: item for item in new}
        ids = list(fresh)
        for start in range(0, len(ids), _CHUNK):
            known = self._connection.execute(select(t.c.id).where(t.c.id.in_(ids[start : start + _CHUNK])))
            for row in known:
                del fresh[row.id]
        if fresh:
            self._connection.execute(insert(t), [_values(item) for item in fresh.values()])
        return list(fresh.values())

    def get(self, desk: str, item_id: str) -> ReviewItem:
        """The item; raises :class:`NotFound` where this desk has none of that id."""
        row = self._connection.execute(select(t).where(t.c.desk == desk, t.c.id == item_id)).one_or_none()
        if row is None:
            raise NotFound("この項目はこの窓口にはありません。一覧から選び直してください。")
        return _item(row)

    def find(self, desk: str, ids: Iterable[str]) -> list[ReviewItem]:
        """The items of this desk among ``ids``, in no order; ids without an item are left out."""
        wanted = list(ids)
        rows = self._connection.execute(select(t).where(t.c.desk == desk, t.c.id.in_(wanted)))
        return [_item(row) for row in rows]

    def save(self, item: ReviewItem) -> ReviewItem:
        """Write state, claim, priority and report of ``item`` if nobody changed it since it was read.

        Returns the item with its new version; raises :class:`Stale` otherwise.
        """
        done = self._connection.execute(
            update(t)
            .where(t.c.id == item.id, t.c.desk == item.desk, t.c.version == item.version)
            .values(
                state=item.state.value,
                waiting=item.state in QUEUE_STATES,
                priority=item.priority,
                claimed_by=item.claimed_by,
                claimed_until=item.claimed_until,
                origin=item.post.origin.value,
                report_number=item.post.report_number,
                version=item.version + 1,
            )
        )
        if done.rowcount != 1:
            raise Stale("ほかの人が先にこの項目を更新しました。何も保存していません。最新の内容を開き直してください。")
        return replace(item, version=item.version + 1)

    def queue(
        self,
        desk: str,
        *,
        limit: int,
        offset: int = 0,
        label: Label | None = None,
        site: str | None = None,
        reported: bool | None = None,
    ) -> list[ReviewItem]:
        """Waiting items, highest priority first, then oldest."""
        query = self._waiting(select(t), desk, label, site, reported)
        query = query.order_by(t.c.priority.desc(), t.c.opened_at, t.c.id).limit(limit).offset(offset)
        return [_item(row) for row in self._connection.execute(query)]

    def held(self, desk: str, reviewer: str, now: datetime) -> list[ReviewItem]:
        """Waiting items that ``reviewer`` holds at ``now``, highest priority first."""
        query = self._waiting(select(t), desk, None, None, None)
        query = query.where(t.c.claimed_by == reviewer, t.c.claimed_until > now)
        query = query.order_by(t.c.priority.desc(), t.c.opened_at, t.c.id)
        return [_item(row) for row in self._connection.execute(query)]

    def next_free(self, desk: str, reviewer: str, now: datetime, skipping: Collection[str] = ()) -> ReviewItem | None:
        """The first waiting item that nobody else holds at ``now``, those named in ``skipping`` left aside."""
        query = self._waiting(select(t), desk, None, None, None).where(
            or_(
                t.c.claimed_by.is_(None),
                t.c.claimed_until.is_(None),
                t.c.claimed_until <= now,
                t.c.claimed_by == reviewer,
            ),
            t.c.id.not_in(skipping),
        )
        query = query.order_by(t.c.priority.desc(), t.c.opened_at, t.c.id).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _item(row)

    def count_waiting(
        self, desk: str, label: Label | None = None, site: str | None = None, reported: bool | None = None
    ) -> int:
        """How many items the same filters of :meth:`queue` leave."""
        query = self._waiting(select(func.count()).select_from(t), desk, label, site, reported)
        found: int = self._connection.execute(query).scalar_one()
        return found

    def counts(self, desk: str | None = None) -> tuple[int, int]:
        """(waiting, decided) items of one desk or of all."""
        query = select(t.c.state, func.count()).group_by(t.c.state)
        if desk is not None:
            query = query.where(t.c.desk == desk)
        by_state = {ItemState(state): n for state, n in self._connection.execute(query)}
        waiting = sum(by_state.get(state, 0) for state in QUEUE_STATES)
        return waiting, sum(by_state.get(state, 0) for state in OUTCOME_STATES)

    def riskiest(self, desk: str, limit: int) -> list[ReviewItem]:
        """Items by risk alone, whatever their state."""
        query = select(t).where(t.c.desk == desk).order_by(t.c.risk.desc(), t.c.id).limit(limit)
        return [_item(row) for row in self._connection.execute(query)]

    def sites(self, desk: str) -> list[str]:
        """Sites that have an item at this desk."""
        query = select(t.c.site).where(t.c.desk == desk).distinct().order_by(t.c.site)
        return list(self._connection.execute(query).scalars())

    def _waiting(
        self,
        query: Select[Any],
        desk: str,
        label: Label | None,
        site: str | None,
        reported: bool | None,
    ) -> Select[Any]:
        query = query.where(t.c.desk == desk, t.c.waiting.is_(True))
        if label is not None:
            query = query.where(t.c.labels[label.value].as_float() >= 0.5)
        if site is not None:
            query = query.where(t.c.site == site)
        if reported is not None:
            origin = Origin.REPORTED if reported else Origin.COLLECTED
            query = query.where(t.c.origin == origin.value)
        return query


def _values(item: ReviewItem) -> dict[str, Any]:
    post, assessment = item.post, item.assessment
    return {
        "id": item.id,
        "desk": item.desk,
        "post_id": post.post_id,
        "site": post.site,
        "native_id": post.native_id,
        "text": post.text,
        "text_sha256": post.text_sha256,
        "collected_at": post.collected_at,
        "origin": post.origin.value,
        "url": post.url,
        "posted_at": post.posted_at,
        "author": post.author,
        "thread": post.thread,
        "number": post.number,
        "report_number": post.report_number,
        "extra": dict(post.extra),
        "risk": assessment.risk,
        "labels": {label.value: p for label, p in assessment.labels.items()},
        "severity": int(assessment.severity),
        "group_code": assessment.group.value if assessment.group else None,
        "model_name": assessment.model.name,
        "model_version": assessment.model.version,
        "model_checksum": assessment.model.checksum,
        "thresholds": assessment.thresholds,
        "needs_review": assessment.needs_review,
        "state": item.state.value,
        "waiting": item.state in QUEUE_STATES,
        "priority": item.priority,
        "opened_at": item.opened_at,
        "version": item.version,
        "claimed_by": item.claimed_by,
        "claimed_until": item.claimed_until,
    }


def _item(row: Row[Any]) -> ReviewItem:
    post = Post(
        desk=row.desk,
        site=row.site,
        native_id=row.native_id,
        text=row.text,
        collected_at=row.collected_at,
        origin=Origin(row.origin),
        url=row.url,
        posted_at=row.posted_at,
        author=row.author,
        thread=row.thread,
        number=row.number,
        report_number=row.report_number,
        extra=row.extra,
    )
    assessment = Assessment(
        risk=row.risk,
        labels={Label(name): p for name, p in row.labels.items()},
        severity=Severity(row.severity),
        group=Group(row.group_code) if row.group_code else None,
        model=ModelRef(row.model_name, row.model_version, row.model_checksum),
        thresholds=row.thresholds,
        needs_review=row.needs_review,
    )
    return ReviewItem(
        id=row.id,
        desk=row.desk,
        post=post,
        assessment=assessment,
        state=ItemState(row.state),
        priority=row.priority,
        opened_at=row.opened_at,
        version=row.version,
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
    )

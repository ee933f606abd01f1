"""The queue: what waits, who works on what, and everything around one item.

A claim (確保) keeps others off an item while one person reads it. It ends by itself, and the optimistic version of
the item guards the moment after that: two people never decide the same item unknowingly.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.access import Action, Actor, require
from domain.calendar import JST
from domain.decisions import Decision
from domain.errors import AlreadyClaimed, Stale
from domain.items import ReviewItem
from domain.labels import Label
from domain.machines import ITEM_MACHINE, ItemState, step
from domain.words import ITEM_STATES, clock
from review.ports import Clock, Flow, FlowWatch
from review.posts import SeenPost, author_of, seen, thread_of
from store.casework import Casework, Work
from store.search import SearchIndex

PAGE = 20
_AROUND = 3
"""Posts of the thread shown before and after."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Filters:
    """What part of the queue to look at."""

    label: Label | None = None
    site: str | None = None
    reported: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An item in the list with the name of who holds it now."""

    item: ReviewItem
    holder: str | None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue; ``total`` counts what the filters leave."""

    rows: tuple[Row, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the desk stands."""

    waiting: int
    decided: int
    mine_today: int
    """Decisions of this person since midnight in Japan that still stand."""


@dataclass(frozen=True, slots=True)
class SignedDecision:
    """A decision with the name of who made it."""

    decision: Decision
    who: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item and what a reviewer needs around it."""

    item: ReviewItem
    holder: str | None
    """Name of who holds it now."""
    history: tuple[SignedDecision, ...]
    """All decisions, oldest first, those taken back included."""
    context: tuple[SeenPost, ...]
    """The thread around the post, the post itself included; empty where the thread is unknown."""
    others: tuple[SeenPost, ...]
    """Other posts under the same name on the same site."""
    versions: tuple[SeenPost, ...]
    """All versions of the post where there are several, first one first."""

    @property
    def standing(self) -> SignedDecision | None:
        """The decision in force."""
        return next((signed for signed in reversed(self.history) if signed.decision.undone_at is None), None)


class QueueService:
    """Lists, views, claims. Every claim is one transaction with its audit event."""

    def __init__(
        self,
        casework: Casework,
        index: SearchIndex,
        *,
        clock: Clock,
        claim_time: timedelta,
        flow: FlowWatch | None = None,
    ) -> None:
        self._casework = casework
        self._index = index
        self._clock = clock
        self._claim_time = claim_time
        self._flow = flow

    def page(self, actor: Actor, filters: Filters | None = None, page: int = 0) -> QueuePage:
        """Waiting items, highest priority first; page 0 is the first."""
        require(actor, Action.READ_QUEUE, actor.desk)
        f = filters or Filters()
        now = self._clock()
        with self._casework.read() as work:
            names = work.users.names(actor.desk)
            items = work.items.queue(
                actor.desk, limit=PAGE, offset=page * PAGE, label=f.label, site=f.site, reported=f.reported
            )
            total = work.items.count_waiting(actor.desk, f.label, f.site, f.reported)
        return QueuePage(tuple(Row(item, _name(names, item.holder(now))) for item in items), total)

    def counts(self, actor: Actor) -> Counts:
        """How many wait, how many are decided, how many this person decided today."""
        require(actor, Action.READ_QUEUE, actor.desk)
        start = self._clock().astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0)
        with self._casework.read() as work:
            waiting, decided = work.items.counts(actor.desk)
            today = work.decisions.between(actor.desk, start, start + timedelta(days=1))
            mine = sum(decision.reviewer == actor.id for decision in today)
        return Counts(waiting, decided, mine)

    def sites(self, actor: Actor) -> list[str]:
        """Sites that have items, for the filter."""
        require(actor, Action.READ_QUEUE, actor.desk)
        with self._casework.read() as work:
            return work.items.sites(actor.desk)

    def flow(self, actor: Actor) -> Flow | None:
        """Whether posts still arrive; None where nothing watches the pipeline."""
        require(actor, Action.READ_QUEUE, actor.desk)
        return self._flow.look(actor.desk) if self._flow else None

    def view(self, actor: Actor, item_id: str) -> ItemView:
        """The item with its history and surroundings; looking claims nothing."""
        require(actor, Action.READ_QUEUE, actor.desk)
        with self._casework.read() as work:
            names = work.users.names(actor.desk)
            item = work.items.get(actor.desk, item_id)
            history = tuple(
                SignedDecision(d, names.get(d.reviewer, d.reviewer))
                for d in work.decisions.of_item(actor.desk, item_id)
            )
        versions = self._index.versions(actor.desk, item.post.post_id)
        return ItemView(
            item=item,
            holder=_name(names, item.holder(self._clock())),
            history=history,
            context=thread_of(self._index, item.post, _AROUND),
            others=author_of(self._index, item.post),
            versions=tuple(seen(found) for found in versions) if len(versions) > 1 else (),
        )

    def claim_next(self, actor: Actor, skipping: Collection[str] = ()) -> ReviewItem | None:
        """Claim the first free item: one this person holds already, else by priority. None where none is free."""
        require(actor, Action.DECIDE, actor.desk)
        for _ in range(_TRIES):
            try:
                with self._casework.write() as work:
                    item = self._first_free(work, actor, skipping)
                    return None if item is None else self._claim(work, actor, item)
            except Stale:  # another process was quicker; the next look sees its claim
                continue
        raise AlreadyClaimed("ほかの人の操作と重なりました。何も失われていません。もう一度お試しください。")

    def claim(self, actor: Actor, item_id: str) -> ReviewItem:
        """Claim one item, or prolong the claim one has.

        Raises :class:`AlreadyClaimed` where somebody else holds it, :class:`Stale` where it is decided.
        """
        require(actor, Action.DECIDE, actor.desk)
        with self._casework.write() as work:
            return self._claim(work, actor, work.items.get(actor.desk, item_id))

    def keep(self, actor: Actor, item_id: str) -> ReviewItem:
        """Claim, but write only where less than half of the time is left: for pages that draw again and again."""
        require(actor, Action.DECIDE, actor.desk)
        now = self._clock()
        with self._casework.read() as work:
            item = work.items.get(actor.desk, item_id)
        fresh = item.claimed_until is not None and item.claimed_until - now > self._claim_time / 2
        if fresh and item.holder(now) == actor.id:
            return item
        return self.claim(actor, item_id)

    def release(self, actor: Actor, item_id: str) -> ReviewItem:
        """Let an item go back to the queue; does nothing where the claim is over already."""
        require(actor, Action.DECIDE, actor.desk)
        now = self._clock()
        with self._casework.write() as work:
            item = work.items.get(actor.desk, item_id)
            if item.claimed_by != actor.id or item.decided:
                return item
            state = step(ITEM_MACHINE, item.state, ItemState.PRESERVED, ITEM_STATES)
            item = work.items.save(replace(item, state=state, claimed_by=None, claimed_until=None))
            _audit(work, actor, "item.released", item, now)
            return item

    def _first_free(self, work: Work, actor: Actor, skipping: Collection[str]) -> ReviewItem | None:
        now = self._clock()
        mine = [item for item in work.items.held(actor.desk, actor.id, now) if item.id not in skipping]
        if mine:
            return mine[0]
        return work.items.next_free(actor.desk, actor.id, now, skipping)

    def _claim(self, work: Work, actor: Actor, item: ReviewItem) -> ReviewItem:
        now = self._clock()
        if item.decided:
            raise Stale(decided_sentence(work, item))
        holder = item.holder(now)
        if holder is not None and holder != actor.id and item.claimed_until is not None:
            raise AlreadyClaimed(held_sentence(work, item))
        state = item.state
        if state is not ItemState.FIRST_REVIEW and state is not ItemState.SECOND_REVIEW:
            state = step(ITEM_MACHINE, state, ItemState.FIRST_REVIEW, ITEM_STATES)
        before = item.claimed_by
        item = work.items.save(replace(item, state=state, claimed_by=actor.id, claimed_until=now + self._claim_time))
        if holder != actor.id:  # prolonging a claim changes nothing of the case
            details = {"after": before} if before not in (None, actor.id) else {}
            _audit(work, actor, "item.claimed", item, now, details)
        return item


def decided_sentence(work: Work, item: ReviewItem) -> str:
    """Who decided what and when, for a person who wanted to work on the item."""
    standing = work.decisions.standing(item.desk, item.id)
    if standing is None:
        return "この項目はすでに審査が終わっています。一覧から別の項目を選んでください。"
    who = work.users.names(item.desk).get(standing.reviewer, "ほかの人")
    return (
        f"この項目は、{who}さんが{clock(standing.decided_at)}に「{ITEM_STATES[item.state]}」と決めています。"
        "今の操作は保存していません。次の項目に進むか、直すときは責任者に相談してください。"
    )


def held_sentence(work: Work, item: ReviewItem) -> str:
    """Who holds the item and until when."""
    who = work.users.names(item.desk).get(item.claimed_by or "", "ほかの人")
    until = clock(item.claimed_until) if item.claimed_until else ""
    return (
        f"この項目は{who}さんが確認中です（{until}まで）。今の操作は保存していません。"
        "次の項目に進むか、時間をおいてから開いてください。"
    )


def _name(names: dict[str, str], user_id: str | None) -> str | None:
    return None if user_id is None else names.get(user_id, user_id)


def _audit(
    work: Work, actor: Actor, action: str, item: ReviewItem, now: datetime, details: Mapping[str, Any] | None = None
) -> None:
    work.audit.append(desk=item.desk, at=now, actor=actor.id, action=action, subject=f"item:{item.id}", details=details)

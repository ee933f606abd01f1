"""Searching every indexed post of the desk, and bringing one into review by hand."""

from dataclasses import dataclass
from datetime import datetime

from domain.access import Action, Actor, require
from domain.errors import NotFound
from domain.items import ReviewItem, priority
from domain.labels import Label
from domain.machines import ItemState
from review.ports import Clock
from review.posts import SeenPost, seen
from store.casework import Casework
from store.search import SearchIndex, SearchQuery

PAGE = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for. Several words must all occur."""

    words: str = ""
    site: str | None = None
    author: str | None = None
    label: Label | None = None
    min_risk: float = 0.0
    posted_from: datetime | None = None
    posted_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A post that matches and, where it is in review, its item."""

    found: SeenPost
    item: ReviewItem | None


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of results; ``total`` counts all."""

    total: int
    rows: tuple[Hit, ...]


class SearchService:
    """Looks at the index of the actor's desk and no other."""

    def __init__(self, casework: Casework, index: SearchIndex, *, clock: Clock) -> None:
        self._casework = casework
        self._index = index
        self._clock = clock

    def search(self, actor: Actor, wanted: Wanted, page: int = 0) -> Hits:
        """Posts that match, best first; page 0 is the first."""
        require(actor, Action.SEARCH, actor.desk)
        result = self._index.search(
            SearchQuery(
                desk=actor.desk,
                words=wanted.words,
                site=wanted.site,
                author=wanted.author,
                label=wanted.label,
                min_risk=wanted.min_risk,
                posted_from=wanted.posted_from,
                posted_before=wanted.posted_before,
                limit=PAGE,
                offset=page * PAGE,
            )
        )
        with self._casework.read() as work:
            items = work.items.find(actor.desk, [found.post.revision_id for found in result.posts])
        by_id = {item.id: item for item in items}
        rows = tuple(Hit(seen(found), by_id.get(found.post.revision_id)) for found in result.posts)
        return Hits(result.total, rows)

    def indexed(self, actor: Actor) -> int:
        """How many posts of the desk the index holds."""
        require(actor, Action.SEARCH, actor.desk)
        return self._index.count(actor.desk)

    def raise_by_hand(self, actor: Actor, revision_id: str) -> ReviewItem:
        """Bring an indexed post into review; gives the item that is there where it is in review already."""
        require(actor, Action.DECIDE, actor.desk)
        found = self._index.get(actor.desk, revision_id)
        if found is None:
            raise NotFound("この投稿はこの窓口の記録にありません。検索し直してください。")
        now = self._clock()
        item = ReviewItem(
            id=revision_id,
            desk=actor.desk,
            post=found.post,
            assessment=found.assessment,
            state=ItemState.PRESERVED,
            priority=priority(found.assessment, found.post.origin),
            opened_at=now,
        )
        with self._casework.write() as work:
            if work.items.open([item]):
                work.audit.append(
                    desk=actor.desk,
                    at=now,
                    actor=actor.id,
                    action="item.opened",
                    subject=f"item:{item.id}",
                    details={"by_hand": True},
                )
            return work.items.get(actor.desk, revision_id)

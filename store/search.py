"""The search index as the rest of the house sees it. Adapters: :mod:`store.sqlite_search`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.assessments import Assessment
from domain.labels import Label
from domain.posts import Post


@dataclass(frozen=True, slots=True)
class IndexedPost:
    """A post as the index keeps it. ``edit`` marks a later version of a post that was indexed before."""

    post: Post
    assessment: Assessment
    edit: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to look for at one desk. Empty ``words`` matches every post; several words must all occur."""

    desk: str
    words: str = ""
    site: str | None = None
    author: str | None = None
    thread: str | None = None
    label: Label | None = None
    """Posts whose probability of this label is at least one half."""
    min_risk: float = 0.0
    posted_from: datetime | None = None
    posted_before: datetime | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results, best match first, and how many there are in all."""

    total: int
    posts: tuple[IndexedPost, ...]


class SearchIndex(Protocol):
    """Every post of every desk, found by its words. Posts are kept by ``revision_id``: a replay changes nothing."""

    def put(self, posts: Sequence[IndexedPost]) -> None:
        """Keep posts durably before returning; ``edit`` is worked out here, not taken from the argument."""
        ...

    def count(self, desk: str | None = None) -> int:
        """How many posts (versions included) the index holds."""
        ...

    def get(self, desk: str, revision_id: str) -> IndexedPost | None:
        """One post of this desk."""
        ...

    def versions(self, desk: str, post_id: str) -> list[IndexedPost]:
        """All versions of a post, first one first."""
        ...

    def search(self, query: SearchQuery) -> SearchPage:
        """Posts of ``query.desk`` that match; user input is never interpreted as query syntax."""
        ...

    def thread(self, desk: str, site: str, thread: str, number: int, around: int) -> list[IndexedPost]:
        """Posts of a thread whose numbers lie within ``around`` of ``number``, in order, that post included."""
        ...

    def close(self) -> None:
        """Give resources back."""
        ...

"""The search indexes that must behave the same. Another joins by one line in ``INDEXES``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.search import IndexedPost, SearchIndex, SearchQuery
from store.sqlite_search import SqliteSearchIndex
from tests.factories import DESK, make_assessment, make_post

INDEXES: dict[str, Callable[[Path], SearchIndex]] = {
    "sqlite": lambda folder: SqliteSearchIndex(folder / "index.sqlite3"),
}
"""Name to a function that opens the index of a folder; called twice, it opens the same index again."""


def entry(text: str, native_id: str = "1", risk: float = 0.1, **over: Any) -> IndexedPost:
    """A post as the worker puts it."""
    return IndexedPost(make_post(text, native_id, **over), make_assessment(risk))


def fill(index: SearchIndex, *texts: str) -> None:
    """Put posts with these texts."""
    index.put([entry(text, f"n{n}") for n, text in enumerate(texts)])


def found(index: SearchIndex, words: str, **filters: Any) -> list[str]:
    """The texts that the demo desk finds, best match first."""
    page = index.search(SearchQuery(**({"desk": DESK, "words": words} | filters)))
    assert page.total >= len(page.posts)
    return [hit.post.text for hit in page.posts]

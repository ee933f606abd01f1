"""Casework on every engine, search on every index."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.casework import Casework
from store.search import SearchIndex
from tests.engines import ENGINES
from tests.indexes import INDEXES


@pytest.fixture(params=sorted(ENGINES))
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine a test runs on."""
    name: str = request.param
    return name


@pytest.fixture
def url(engine_name: str, tmp_path: Path) -> str:
    """Where the test's database lies; empty unless the test asks for ``database`` too."""
    return ENGINES[engine_name][0](tmp_path)


@pytest.fixture
def database(engine_name: str, tmp_path: Path) -> Iterator[Casework]:
    """A migrated casework database with both desks."""
    casework = ENGINES[engine_name][1](tmp_path)
    yield casework
    casework.close()


@pytest.fixture(params=sorted(INDEXES))
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], SearchIndex]]:
    """Opens the test's index, and again the same one when called again."""
    opened: list[SearchIndex] = []

    def open_one() -> SearchIndex:
        opened.append(INDEXES[request.param](tmp_path))
        return opened[-1]

    yield open_one
    for index in opened:
        index.close()


@pytest.fixture
def index(reopen: Callable[[], SearchIndex]) -> SearchIndex:
    """An empty search index."""
    return reopen()

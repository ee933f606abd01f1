"""A desk on disk for tests of the pipeline, and what lies in it afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.settings import Settings
from app.wiring import Mimamori
from domain.posts import Post
from ingest.records import encode
from ingest.stream import Stream
from store import schema
from store.migrate import migrate
from store.search import SearchQuery
from tests.factories import DESK, DESKS, NOW

PROJECT = Path(__file__).parents[1]


def make_desk(home: Path) -> Mimamori:
    """A migrated installation with the desks of the tests."""
    app = Mimamori(Settings(home=home), clock=lambda: NOW)
    migrate(app.casework.engine)
    with app.casework.write() as work:
        for desk in DESKS:
            work.desks.add(desk)
    return app


def append(stream: Stream, posts: Iterable[Post]) -> int:
    return stream.append([(post.revision_id, encode(post)) for post in posts])


def command(home: Path, *words: str, stdin: int = subprocess.DEVNULL, **variables: str) -> subprocess.Popen[bytes]:
    """``mimamori`` as a process, with the scorer of the tests."""
    return subprocess.Popen(
        [sys.executable, str(PROJECT / "tests" / "worker_process.py"), *words],
        env=os.environ | {"MIMAMORI_HOME": str(home), "PYTHONPATH": str(PROJECT)} | variables,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that the worker wrote, in a comparable form."""

    indexed: dict[str, Any]
    items: dict[str, Any]
    opened: list[str]
    """Subjects of the audit events ``item.opened``, in order of their ids."""


def contents(app: Mimamori, desk: str = DESK) -> Contents:
    """What lies in the index and in casework; checks the audit chain on the way."""
    page = app.index.search(SearchQuery(desk, limit=100_000))
    assert len(page.posts) == page.total == app.index.count(desk)
    table = schema.items
    columns = [column for column in table.c if column.name != "opened_at"]
    with app.casework.read() as work:
        assert work.audit.first_break(desk) is None
        opened = sorted(event.subject for event in work.audit.events(desk) if event.action == "item.opened")
    with app.casework.engine.connect() as connection:
        rows = connection.execute(select(*columns).where(table.c.desk == desk)).all()
    items = {row.id: tuple(row) for row in rows}
    assert len(items) == len(rows)
    return Contents({one.post.revision_id: one for one in page.posts}, items, opened)

"""Collector, worker and pages may all start at the same moment on a state folder that is still empty."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from domain.desks import Desk
from ingest.sqlite_stream import SqliteStream
from store.casework import Casework
from store.migrate import migrate
from store.sqlite_file import enter_wal
from tests.factories import DESK, NOW

OPENERS = 8


def test_first_openers_of_a_fresh_file_wait_for_one_another(tmp_path: Path) -> None:
    for round_ in range(15):
        path = tmp_path / f"{round_}.sqlite3"
        together = Barrier(OPENERS)

        def open_and_write(number: int, path: Path = path, together: Barrier = together) -> int:
            stream = SqliteStream(path, lambda: NOW)
            together.wait()
            added = stream.append([(f"key{number}", b"value")])
            stream.close()
            return added

        with ThreadPoolExecutor(OPENERS) as pool:
            assert sum(pool.map(open_and_write, range(OPENERS))) == OPENERS


def test_casework_opens_beside_the_stream(tmp_path: Path) -> None:
    for round_ in range(5):
        path = tmp_path / f"{round_}.sqlite3"
        together = Barrier(2)

        def collect(path: Path = path, together: Barrier = together) -> None:
            together.wait()
            SqliteStream(path, lambda: NOW).append([("key", b"value")])

        with ThreadPoolExecutor(1) as pool:
            collecting = pool.submit(collect)
            together.wait()
            casework = Casework.connect(f"sqlite:///{path}")
            migrate(casework.engine)
            with casework.write() as work:
                assert work.desks.add(Desk(DESK, "見守市"))
            collecting.result()
            casework.close()


def test_patience_ends(tmp_path: Path) -> None:
    path = tmp_path / "held.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    waiting = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        enter_wal(waiting, 0.05)
    waiting.close()
    holder.close()

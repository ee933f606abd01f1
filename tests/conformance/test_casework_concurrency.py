"""Many people and programs at once on every engine: nobody sees a lock, nothing is lost, chains stay whole."""

import multiprocessing
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from domain.errors import AlreadyClaimed, Refused, Stale, Unavailable
from domain.items import ReviewItem
from domain.machines import ItemState
from store import casework as casework_module
from store.casework import Casework
from tests.factories import DESK, NOW, later, make_item, make_post

PROCESSES = multiprocessing.get_context("spawn")
ROUNDS = 12


def change_item(database: Casework, who: str, rounds: int) -> int:
    """Read, change and save one item until it worked ``rounds`` times; returns how often it was stale."""
    stale = 0
    for n in range(rounds):
        while True:
            with database.read() as work:
                seen = work.items.queue(DESK, limit=1)[0]
            try:
                with database.write() as work:
                    work.items.save(replace(seen, claimed_by=who))
                    work.audit.append(desk=DESK, at=later(seconds=n), actor=who, action="x", subject=f"item:{seen.id}")
            except Stale:
                stale += 1
            else:
                break
    return stale


def number_cases(url: str, who: str, rounds: int) -> None:
    with closing(Casework.connect(url)) as database:
        for n in range(rounds):
            with database.write() as work:
                number = work.cases.next_number(DESK, NOW)
                work.audit.append(desk=DESK, at=later(seconds=n), actor=who, action="x", subject=f"case:{number}")


def open_items(url: str, rounds: int) -> None:
    with closing(Casework.connect(url)) as database:
        for n in range(rounds):
            items = [make_item(make_post(f"{n}-{k}番の投稿", f"n{n}-{k}")) for k in range(8)]
            with database.write() as work:
                for item in work.items.open(items):
                    work.audit.append(desk=DESK, at=NOW, actor="system", action="opened", subject=f"item:{item.id}")


def run(target: Callable[..., None], arguments: list[tuple[Any, ...]]) -> list[int | None]:
    processes = [PROCESSES.Process(target=target, args=args) for args in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def test_threads_that_change_one_item_lose_no_update(database: Casework) -> None:
    with database.write() as work:
        work.items.open([make_item()])
    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(change_item, database, f"u-{n}", ROUNDS) for n in range(4)]:
            result.result()
    with database.read() as work:
        assert work.items.queue(DESK, limit=1)[0].version == 1 + 4 * ROUNDS
        assert work.audit.count(DESK) == 4 * ROUNDS
        assert work.audit.first_break(DESK) is None


def test_processes_number_cases_without_gap_or_repetition(database: Casework, url: str) -> None:
    assert run(number_cases, [(url, f"u-{n}", ROUNDS) for n in range(3)]) == [0, 0, 0]
    with database.read() as work:
        events = list(work.audit.events(DESK))
        assert [event.subject for event in events] == [f"case:2026-{n:04d}" for n in range(1, 3 * ROUNDS + 1)]
        assert work.audit.first_break(DESK) is None


def test_workers_that_open_the_same_items_open_each_once(database: Casework, url: str) -> None:
    assert run(open_items, [(url, ROUNDS)] * 3) == [0, 0, 0]
    with database.read() as work:
        assert work.items.counts(DESK) == (8 * ROUNDS, 0)
        opened = [event.subject for event in work.audit.events(DESK)]
        assert len(opened) == len(set(opened)) == 8 * ROUNDS
        assert work.audit.first_break(DESK) is None


def test_of_many_people_who_claim_one_item_one_gets_it(database: Casework) -> None:
    item = make_item()
    with database.write() as work:
        work.items.open([item])

    def claim(who: str) -> ReviewItem | None:
        try:
            with database.write() as work:
                seen = work.items.get(DESK, item.id)
                if seen.holder(NOW) not in (None, who):
                    raise AlreadyClaimed("ほかの人が確認中です。")
                held = replace(seen, claimed_by=who, claimed_until=later(minutes=15), state=ItemState.FIRST_REVIEW)
                return work.items.save(held)
        except Refused:
            return None

    with ThreadPoolExecutor(12) as pool:
        got = [one for one in pool.map(claim, [f"u-{n}" for n in range(12)]) if one]
    assert len(got) == 1
    with database.read() as work:
        assert work.items.get(DESK, item.id) == got[0]


def test_more_threads_than_pooled_connections_wait_their_turn(database: Casework) -> None:
    def read(n: int) -> int:
        with database.read() as work:
            time.sleep(0.05)
            return work.audit.count(DESK) + n

    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(read, range(40))) == list(range(40))


def test_a_database_locked_for_too_long_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, casework: Casework
) -> None:
    monkeypatch.setattr(casework_module, "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(tmp_path / "casework.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"), casework.write():
            pass
        with casework.read() as work:
            assert work.audit.count(DESK) == 0, "readers go on"
        other.execute("ROLLBACK")
    with casework.write() as work:
        work.items.open([make_item()])


def test_a_pool_without_a_free_connection_is_unavailable(casework: Casework) -> None:
    engine = create_engine(casework.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with closing(Casework(engine)) as small, small.read(), pytest.raises(Unavailable, match="in use"), small.read():
        pass


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    casework = Casework.connect(f"sqlite:///{tmp_path / 'missing' / 'casework.sqlite3'}")
    with closing(casework), pytest.raises(Unavailable, match="unable to open"), casework.read():
        pass

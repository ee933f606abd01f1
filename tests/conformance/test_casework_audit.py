"""The audit log on every engine: append-only, chained, and every tampering that the chain can see is seen."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from domain.audit import GENESIS
from domain.calendar import JST
from domain.errors import NotFound
from store.casework import Casework
from store.schema import audit
from tests.factories import DESK, NOW, OTHER_DESK, later

CHANGE_TRIGGERS = {
    "sqlite": ("DROP TRIGGER audit_no_UPDATE", "DROP TRIGGER audit_no_DELETE"),
    "postgresql": ("DROP TRIGGER audit_append_only ON audit",),
}


def record(database: Casework, events: int, desk: str = DESK) -> None:
    with database.write() as work:
        for n in range(events):
            work.audit.append(
                desk=desk,
                at=later(minutes=n),
                actor=f"u-{n % 2}",
                action="item.decided",
                subject=f"item:{n % 3}",
                details={"kind": "dismiss", "risk": 0.1 + 0.2, "labels": ["侮辱"], "n": n},
            )


def tamper(database: Casework, change: Callable[[Connection], Any]) -> None:
    """Change the table as somebody with the database's password could: after dropping what forbids it."""
    with database.engine.begin() as connection:
        for statement in CHANGE_TRIGGERS[database.engine.dialect.name]:
            connection.execute(text(statement))
        change(connection)


def broken_at(database: Casework, desk: str = DESK) -> int | None:
    with database.read() as work:
        event = work.audit.first_break(desk)
    return None if event is None else event.number


def test_events_are_numbered_chained_and_come_back_exactly(database: Casework) -> None:
    with database.write() as work:
        first = work.audit.append(desk=DESK, at=NOW, actor="system", action="item.opened", subject="item:1")
        second = work.audit.append(
            desk=DESK,
            at=later(microseconds=1).astimezone(JST),
            actor="u-1",
            action="item.decided",
            subject="item:1",
            details={"後": [1, None, {"a": True}], "先": "\ud800"},
        )
    assert (first.number, first.previous, first.details) == (1, GENESIS, {})
    assert (second.number, second.previous) == (2, first.hash)
    with database.read() as work:
        assert list(work.audit.events(DESK)) == [first, second]
        assert work.audit.latest(DESK, 9) == [second, first]
        assert work.audit.latest(DESK, 1) == [second]
        assert work.audit.count(DESK) == 2
        assert work.audit.first_break(DESK) is None


def test_each_desk_has_a_chain_of_its_own(database: Casework) -> None:
    record(database, 3)
    record(database, 2, OTHER_DESK)
    record(database, 1)
    with database.read() as work:
        assert [event.number for event in work.audit.events(DESK)] == [1, 2, 3, 4]
        assert [event.number for event in work.audit.events(OTHER_DESK)] == [1, 2]
        assert {event.desk for event in work.audit.latest(OTHER_DESK, 9)} == {OTHER_DESK}
        assert (work.audit.count(DESK), work.audit.count(OTHER_DESK), work.audit.count("130001")) == (4, 2, 0)
        assert work.audit.first_break(DESK) is work.audit.first_break(OTHER_DESK) is None


def test_the_history_of_one_subject(database: Casework) -> None:
    record(database, 7)
    with database.read() as work:
        assert [event.number for event in work.audit.events(DESK, "item:0")] == [1, 4, 7]
        assert list(work.audit.events(DESK, "item:9")) == []
        assert list(work.audit.events(OTHER_DESK, "item:0")) == []


def test_an_event_goes_with_the_change_it_tells_of(database: Casework) -> None:
    record(database, 1)
    with pytest.raises(NotFound), database.write() as work:  # noqa: PT012 - the event, then the failure
        told = work.audit.append(desk=DESK, at=NOW, actor="u-1", action="item.decided", subject="item:1")
        work.items.get(DESK, told.hash)
    record(database, 1)
    with database.read() as work:
        assert [event.number for event in work.audit.events(DESK)] == [1, 2]
        assert work.audit.first_break(DESK) is None


@pytest.mark.parametrize(
    "statement",
    [
        update(audit).values(actor="u-9"),
        update(audit).where(audit.c.number == 2).values(details={}),
        delete(audit),
        delete(audit).where(audit.c.number == 3),
    ],
)
def test_the_database_refuses_to_change_or_remove_events(database: Casework, statement: Any) -> None:
    record(database, 3)
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.execute(statement)
    assert broken_at(database) is None
    with database.read() as work:
        assert work.audit.count(DESK) == 3


TAMPERINGS: dict[str, tuple[Any, int]] = {
    "another actor": (update(audit).where(audit.c.number == 3).values(actor="u-9"), 3),
    "another time": (update(audit).where(audit.c.number == 4).values(at=later(days=1)), 4),
    "another action": (update(audit).where(audit.c.number == 1).values(action="item.claimed"), 1),
    "another subject": (update(audit).where(audit.c.number == 2).values(subject="item:9"), 2),
    "other details": (update(audit).where(audit.c.number == 5).values(details={"kind": "remove"}), 5),
    "another hash": (update(audit).where(audit.c.number == 5).values(hash="0" * 64), 5),
    "the first removed": (delete(audit).where(audit.c.number == 1), 2),
    "one removed": (delete(audit).where(audit.c.number == 3), 4),
    "renumbered": (update(audit).where(audit.c.number == 5).values(number=6), 6),
    "moved to another desk": (update(audit).where(audit.c.number >= 4).values(desk=OTHER_DESK), 4),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_breaks_the_chain_where_it_happened(database: Casework, name: str) -> None:
    record(database, 5)
    change, place = TAMPERINGS[name]
    tamper(database, lambda connection: connection.execute(change))
    desk = OTHER_DESK if name == "moved to another desk" else DESK
    assert broken_at(database, desk) == place


def test_two_events_that_changed_places_break_the_chain(database: Casework) -> None:
    record(database, 5)

    def swap(connection: Connection) -> None:
        for before, after in ((2, 99), (3, 2), (99, 3)):
            connection.execute(update(audit).where(audit.c.number == before).values(number=after))

    tamper(database, swap)
    assert broken_at(database) == 2


def test_removing_one_and_closing_the_gap_breaks_the_chain(database: Casework) -> None:
    record(database, 5)

    def close_the_gap(connection: Connection) -> None:
        connection.execute(delete(audit).where(audit.c.number == 3))
        for number in (4, 5):
            connection.execute(update(audit).where(audit.c.number == number).values(number=number - 1))

    tamper(database, close_the_gap)
    assert broken_at(database) == 3


def test_an_invented_event_breaks_the_chain(database: Casework) -> None:
    record(database, 2)
    with database.engine.begin() as connection:
        last = connection.execute(select(audit).where(audit.c.number == 2)).one()._mapping
        connection.execute(insert(audit).values(dict(last) | {"number": 3, "previous": last["hash"], "hash": "a" * 64}))
    assert broken_at(database) == 3

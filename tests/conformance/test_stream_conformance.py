"""What every stream promises. A new adapter joins by one line in ``ADAPTERS``."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.errors import Misconfigured, Unavailable
from ingest.sqlite_stream import MAX_POLL_BYTES, SqliteStream
from ingest.stream import Record, Stream
from tests.factories import NOW

Open = Callable[[], Stream]
ADAPTERS: dict[str, Callable[[Path], Stream]] = {
    "sqlite": lambda folder: SqliteStream(folder / "stream.sqlite3", lambda: NOW),
}


@pytest.fixture(params=ADAPTERS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens readers and writers of one and the same stream, as separate processes would."""
    streams: list[Stream] = []

    def another() -> Stream:
        streams.append(ADAPTERS[request.param](tmp_path))
        return streams[-1]

    yield another
    for stream in streams:
        stream.close()


def fill(stream: Stream, *numbers: int) -> int:
    return stream.append([(f"key{n}", f"value{n}".encode()) for n in numbers])


def values(records: list[Record]) -> list[bytes]:
    return [record.value for record in records]


def test_an_empty_stream_has_nothing(opened: Open) -> None:
    stream = opened()
    assert stream.append([]) == 0
    assert (stream.count(), stream.lag("g"), stream.poll("g", 10)) == (0, 0, [])


def test_records_come_back_in_order_with_their_bytes(opened: Open) -> None:
    stream = opened()
    assert stream.append([("b", b"\x00\xff"), ("a", "見守り".encode()), ("c", b"")]) == 3
    records = opened().poll("g", 10)
    assert [(record.key, record.value) for record in records] == [
        ("b", b"\x00\xff"),
        ("a", "見守り".encode()),
        ("c", b""),
    ]
    assert [record.position for record in records] == sorted({record.position for record in records})
    assert all(record.appended_at == NOW for record in records)


def test_a_known_key_is_left_alone(opened: Open) -> None:
    stream = opened()
    assert fill(stream, 1, 2) == 2
    assert stream.append([("key2", b"other"), ("key3", b"value3"), ("key3", b"again")]) == 1
    assert stream.count() == 3
    assert values(stream.poll("g", 10)) == [b"value1", b"value2", b"value3"]
    assert stream.append([("key1", b"x")]) == 0


def test_a_reader_goes_on_where_it_polled_and_a_new_one_where_was_committed(opened: Open) -> None:
    stream = opened()
    fill(stream, *range(5))
    first = stream.poll("g", 2)
    second = stream.poll("g", 2)
    assert values(first + second) == [b"value0", b"value1", b"value2", b"value3"]
    stream.commit("g", first[-1].position)
    assert stream.lag("g") == 3
    assert values(opened().poll("g", 10)) == [b"value2", b"value3", b"value4"]
    assert values(stream.poll("g", 10)) == [b"value4"]
    assert stream.poll("g", 10) == []


def test_a_reader_that_rewinds_gets_again_what_it_did_not_commit(opened: Open) -> None:
    stream = opened()
    fill(stream, *range(3))
    stream.rewind("g")
    stream.commit("g", stream.poll("g", 1)[0].position)
    stream.poll("g", 10)
    stream.rewind("g")
    assert values(stream.poll("g", 10)) == [b"value1", b"value2"]


def test_a_commit_never_moves_backwards(opened: Open) -> None:
    stream = opened()
    fill(stream, *range(4))
    records = stream.poll("g", 4)
    stream.commit("g", records[3].position)
    stream.commit("g", records[0].position)
    assert opened().lag("g") == 0


def test_groups_do_not_disturb_each_other(opened: Open) -> None:
    stream = opened()
    fill(stream, 1, 2)
    stream.commit("a", stream.poll("a", 1)[0].position)
    assert (stream.lag("a"), stream.lag("b")) == (1, 2)
    assert values(stream.poll("b", 10)) == [b"value1", b"value2"]


def test_records_appended_later_are_found(opened: Open) -> None:
    reader, writer = opened(), opened()
    fill(writer, 1)
    assert values(reader.poll("g", 10)) == [b"value1"]
    fill(writer, 2)
    assert values(reader.poll("g", 10)) == [b"value2"]


def test_a_poll_of_large_records_stays_small_but_never_empty(opened: Open) -> None:
    stream = opened()
    large = bytes(MAX_POLL_BYTES // 2 + 1)
    stream.append([("1", large), ("2", large), ("3", b"small")])
    assert [len(stream.poll("g", 10)) for _ in range(3)] == [2, 1, 0]


def test_writers_at_the_same_time_lose_and_double_nothing(opened: Open) -> None:
    def write(writer: int) -> int:
        stream = opened()
        return sum(fill(stream, *range(batch * 10, batch * 10 + 10)) for batch in range(20))

    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(write, range(4)))
    stream = opened()
    assert sum(new) == stream.count() == stream.lag("g") == 200
    assert len(stream.poll("g", 1000)) == 200


def test_a_locked_file_is_unavailable_and_recovers(tmp_path: Path) -> None:
    path = tmp_path / "stream.sqlite3"
    stream = SqliteStream(path, lambda: NOW, busy_seconds=0.05)
    fill(stream, 1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        fill(stream, 2)
    assert values(stream.poll("g", 10)) == [b"value1"]
    other.execute("ROLLBACK")
    other.close()
    assert fill(stream, 2) == 1
    stream.close()


def test_a_full_disk_is_unavailable_and_changes_nothing(tmp_path: Path) -> None:
    stream = SqliteStream(tmp_path / "stream.sqlite3", lambda: NOW)
    fill(stream, 1)
    with stream._file.read() as connection:
        connection.execute("PRAGMA max_page_count = 10")
    with pytest.raises(Unavailable, match="full"):
        stream.append([("large1", bytes(20_000)), ("large2", bytes(20_000))])
    assert stream.count() == 1
    stream.close()


def test_a_file_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "stream.sqlite3"
    path.write_bytes(b"this is a letter, not a database" * 100)
    stream = SqliteStream(path, lambda: NOW)
    with pytest.raises(Misconfigured, match="restore it"):
        stream.count()

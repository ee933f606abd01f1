"""What every log of dead letters promises. A new adapter joins by one line in ``ADAPTERS``."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.sqlite_stream import SqliteDeadLetters
from ingest.stream import DeadLetter, DeadLetters, Stage, letter_id
from tests.factories import DESK, NOW, later

Open = Callable[[], DeadLetters]
ADAPTERS: dict[str, Callable[[Path], DeadLetters]] = {
    "sqlite": lambda folder: SqliteDeadLetters(folder / "letters.sqlite3"),
}


@pytest.fixture(params=ADAPTERS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    logs: list[DeadLetters] = []

    def another() -> DeadLetters:
        logs.append(ADAPTERS[request.param](tmp_path))
        return logs[-1]

    yield another
    for log in logs:
        log.close()


def letter(source: str = "a.jsonl:3", original: bytes = b"\xff{", stage: Stage = Stage.COLLECT) -> DeadLetter:
    return DeadLetter(
        id=letter_id(stage, source, original),
        at=NOW,
        stage=stage,
        source=source,
        reason="not UTF-8 at byte 1",
        original=original,
        desk=DESK,
        site="掲示板",
        form="jsonl" if stage is Stage.COLLECT else "",
    )


def test_a_letter_comes_back_whole(opened: Open) -> None:
    kept = letter(original=bytes(range(256)))
    assert opened().add([kept]) == 1
    assert opened().letters() == [kept]
    assert opened().get(kept.id) == kept


def test_the_same_bad_record_twice_is_one_letter(opened: Open) -> None:
    log = opened()
    assert log.add([]) == 0
    assert log.add([letter(), letter()]) == 1
    assert log.add([replace(letter(), at=later(days=1)), letter("a.jsonl:4")]) == 1
    assert [(one.source, one.at) for one in log.letters()] == [("a.jsonl:3", NOW), ("a.jsonl:4", NOW)]


def test_stage_source_and_bytes_each_make_another_letter() -> None:
    ids = {
        letter_id("collect", "a:1", b"x"),
        letter_id("work", "a:1", b"x"),
        letter_id("collect", "a:2", b"x"),
        letter_id("collect", "a:1", b"y"),
    }
    assert len(ids) == 4
    assert all(len(one) == 32 for one in ids)


def test_an_unambiguous_beginning_names_a_letter(opened: Open) -> None:
    log = opened()
    letters = [letter(f"a:{n}") for n in range(40)]
    log.add(letters)
    found = log.get(letters[7].id[:12])
    assert found is not None
    assert found.source == "a:7"
    shared = next(d for d in "0123456789abcdef" if sum(one.id.startswith(d) for one in letters) > 1)
    assert log.get(shared) is None
    assert log.get("") is None
    assert log.get("%") is None


def test_a_replayed_letter_is_open_no_more(opened: Open) -> None:
    log = opened()
    log.add([letter("a:1"), letter("a:2"), letter("stream:9", stage=Stage.WORK)])
    log.mark_replayed(letter("a:1").id, later(hours=1))
    log.mark_replayed(letter("a:1").id, later(hours=2))
    assert [one.source for one in log.letters()] == ["a:2", "stream:9"]
    assert [one.replayed_at for one in log.letters(replayed=True)] == [later(hours=1), None, None]
    assert (log.count(), log.count("collect"), log.count("work")) == (2, 1, 1)
    assert (log.count(replayed=True), log.count("collect", replayed=True), log.count("work", replayed=True)) == (
        1,
        1,
        0,
    )


def test_the_oldest_letters_come_first_up_to_the_limit(opened: Open) -> None:
    log = opened()
    log.add([letter(f"a:{n}") for n in (3, 1, 2)])
    assert [one.source for one in log.letters(limit=2)] == ["a:3", "a:1"]

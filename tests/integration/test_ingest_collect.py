"""From a file to a row or a dead letter: every bad input of the mission, through collector, worker and real stores."""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from app.wiring import Mimamori
from domain.errors import BadRecord
from ingest.collect import BATCH, Collector, Outcome
from ingest.counts import count
from ingest.files import Form
from ingest.lines import UnreadableInput
from ingest.records import MAX_TEXT
from ingest.worker import Worker
from store.search import IndexedPost, SearchQuery
from tests.factories import DESK
from tests.pipelines import make_desk
from tests.scorers import HashScorer


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Mimamori]:
    made = make_desk(tmp_path / "home")
    yield made
    made.close()


def collect(app: Mimamori, data: bytes, form: Form | None = Form.JSONL, name: str = "a.jsonl") -> Outcome:
    collector = Collector(app.stream, app.dead_letters, app.clock)
    return collector.collect(io.BufferedReader(io.BytesIO(data)), name=name, desk=DESK, site="掲示板", form=form)


def work(app: Mimamori) -> None:
    Worker(
        stream=app.stream,
        letters=app.dead_letters,
        index=app.index,
        casework=app.casework,
        scorer=HashScorer(),
        clock=app.clock,
    ).run(Event(), drain=True)
    counts = count(app.stream, app.dead_letters, app.index)
    assert (counts.lag, counts.collected) == (0, counts.indexed + counts.dead_lettered)


def indexed(app: Mimamori) -> list[IndexedPost]:
    return list(app.index.search(SearchQuery(DESK, limit=10_000)).posts)


def reasons(app: Mimamori) -> list[str]:
    return [letter.reason for letter in app.dead_letters.letters()]


def line(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def test_an_empty_file_adds_nothing(app: Mimamori) -> None:
    assert collect(app, b"") == Outcome()
    work(app)


def test_ten_megabytes_on_one_line_are_a_dead_letter_and_stop_nothing(app: Mimamori) -> None:
    large = line(text="a" * 10_000_000)
    assert collect(app, line(text="前") + large + line(text="後")) == Outcome(accepted=2, dead=1)
    work(app)
    (letter,) = app.dead_letters.letters()
    assert letter.original == large[:-1]
    assert letter.reason == f"text: string should have at most {MAX_TEXT} characters"
    assert letter.source == "a.jsonl:2"


def test_a_post_of_the_greatest_length_is_indexed(app: Mimamori) -> None:
    collect(app, line(text="長" * MAX_TEXT))
    work(app)
    assert len(indexed(app)[0].post.text) == MAX_TEXT


def test_bytes_that_are_not_utf8_are_kept_as_they_came(app: Mimamori) -> None:
    data = '{"text": "無事"}\n{"text": "\udcff\udcfe"}\n{"text": "無事な行"}\n'.encode(errors="surrogateescape")
    assert collect(app, data) == Outcome(accepted=2, dead=1)
    work(app)
    assert app.dead_letters.letters()[0].original == b'{"text": "\xff\xfe"}'


def test_cp932_becomes_the_same_posts_as_utf8(app: Mimamori) -> None:
    rows = 'id,text\n1,"表示できます"\n2,"明日は雨です"\n'
    assert collect(app, rows.encode("cp932"), Form.CSV) == Outcome(accepted=2)
    assert collect(app, rows.encode(), Form.CSV) == Outcome(known=2)
    work(app)
    assert {one.post.text for one in indexed(app)} == {"表示できます", "明日は雨です"}


def test_nul_bytes_and_lone_surrogates_end_in_rows_with_a_note(app: Mimamori) -> None:
    data = b'{"text": "a\x00b"}\n{"text": "c\\ud800d"}\n{"te\x00xt": "e"}\n\x00\n'
    assert collect(app, data) == Outcome(accepted=2, dead=2)
    work(app)
    found = {one.post.text: one.post.extra for one in indexed(app)}
    assert found == {"a\ufffdb": {"repairs": {"text": 1}}, "c\ufffdd": {"repairs": {"text": 1}}}
    assert reasons(app) == ["text: is missing", "not JSON: Expecting value at character 1"]


def test_what_is_no_object_and_what_has_no_text_says_so(app: Mimamori) -> None:
    assert collect(app, b'[{"text": "a"}]\n{"id": "1"}\n{"text": ""}\n') == Outcome(dead=3)
    work(app)
    assert reasons(app) == ["a JSON array where an object should be", "text: is missing", "text: is empty"]


def test_the_same_id_with_another_text_keeps_both_and_marks_the_later(app: Mimamori) -> None:
    assert collect(
        app, line(id="1", text="はじめ") + line(id="1", text="あと") + line(id="1", text="はじめ")
    ) == Outcome(accepted=2, known=1)
    work(app)
    assert {one.post.text: one.edit for one in indexed(app)} == {"はじめ": False, "あと": True}


def test_dates_far_away_are_kept(app: Mimamori) -> None:
    collect(
        app,
        line(text="昔", posted_at="1900-01-01T00:00:00+09:00")
        + line(text="未来", posted_at="2100-01-01T00:00:00+09:00")
        + line(text="時差なし", posted_at="2026-01-01T00:00:00"),
    )
    work(app)
    found = {one.post.text: one.post for one in indexed(app)}
    assert {text: post.posted_at.year for text, post in found.items() if post.posted_at} == {"昔": 1899, "未来": 2099}
    assert found["未来"].extra == {"clock_skew": True}
    assert reasons(app) == ["posted_at: the time has no offset; write +09:00 after it for Japan time"]


def test_collecting_again_adds_nothing_whatever_the_form(app: Mimamori) -> None:
    texts = ["草", "雨です", "草"]
    data = "\n".join(texts).encode() + b"\n\xff\xfe\xfd\n"
    assert collect(app, data, Form.TEXT, "a.txt") == Outcome(accepted=3, dead=1)
    assert collect(app, gzip.compress(data), Form.TEXT, "a.txt") == Outcome(known=3, dead=1)
    assert collect(app, b"".join(line(text=text) for text in texts)) == Outcome(known=3)
    assert (app.stream.count(), app.dead_letters.count()) == (3, 1)


def test_many_entries_go_in_batches_and_none_is_missed(app: Mimamori) -> None:
    data = b"".join(line(id=str(n), text=f"投稿 {n}") for n in range(2 * BATCH + 7))
    assert collect(app, data) == Outcome(accepted=2 * BATCH + 7)
    work(app)
    assert app.index.count() == 2 * BATCH + 7


def test_a_truncated_archive_keeps_what_was_read_and_the_whole_one_adds_the_rest(app: Mimamori) -> None:
    data = b"".join(line(id=str(n), text=f"投稿 {n * n}") for n in range(1000))
    archive = gzip.compress(data)
    first = collect(app, archive[: len(archive) // 2])
    assert 100 < first.accepted < 1000
    assert first.damage is not None
    second = collect(app, archive)
    assert (second.accepted + second.known, second.dead, second.damage) == (1000, 0, None)


def test_an_unusable_file_leaves_nothing_behind(app: Mimamori) -> None:
    with pytest.raises(UnreadableInput):
        collect(app, b"id,body\n1,a\n", Form.CSV)
    assert (app.stream.count(), app.dead_letters.count()) == (0, 0)


def test_letters_pass_the_same_parser_again(app: Mimamori, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(app, "id,text\n1,十分に長い文\n".encode(), Form.CSV, "a.csv")
    monkeypatch.setattr("ingest.files.MAX_LINE", 1)
    monkeypatch.setattr("ingest.lines.MAX_LINE", 16)  # a version of the program that took only short lines
    data = b"id,text\n2," + b"a" * 7 + b"\n" + b"3," + b"b" * 20 + b"\n"
    assert collect(app, data, Form.CSV, "b.csv") == Outcome(accepted=1, dead=1)
    monkeypatch.undo()
    collector = Collector(app.stream, app.dead_letters, app.clock)
    (letter,) = app.dead_letters.letters()
    collector.replay(letter)
    assert (app.dead_letters.count(), app.stream.count()) == (0, 3)
    work(app)
    assert {one.post.native_id for one in indexed(app)} == {"1", "2", "3"}


def test_a_letter_that_is_still_bad_stays_open(app: Mimamori) -> None:
    collect(app, b"[]\n")
    (letter,) = app.dead_letters.letters()
    with pytest.raises(BadRecord, match="a JSON array"):
        Collector(app.stream, app.dead_letters, app.clock).replay(letter)
    assert app.dead_letters.letters() == [letter]

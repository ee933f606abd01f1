"""The published record: what is kept, what is repaired, what is refused and why."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadRecord
from domain.posts import Origin, Post
from ingest.records import MAX_TEXT, Arrival, Occurrences, decode, encode, from_source, parse_object, repaired
from ingest.schemas import FILES, schema_text
from tests.factories import DESK, NOW, OTHER_DESK, later, make_post

ARRIVAL = Arrival(DESK, "掲示板", NOW)
DOCS = Path(__file__).parents[2] / "docs"


def read(line: str) -> Post:
    return from_source(parse_object(line), ARRIVAL, Occurrences())


def source(**fields: Any) -> Post:
    return from_source({"text": "雨です", **fields}, ARRIVAL, Occurrences())


def test_every_field_of_a_source_post_arrives() -> None:
    post = source(
        id="p-1",
        site="広場",
        url="https://board.example/1",
        posted_at="2026-11-23T14:05:00+09:00",
        author="名無し",
        thread="77",
        number=12,
        lang="ja",
        desk=OTHER_DESK,
        origin="reported",
    )
    assert post == Post(
        desk=DESK,
        site="広場",
        native_id="p-1",
        text="雨です",
        collected_at=NOW,
        url="https://board.example/1",
        posted_at=datetime(2026, 11, 23, 5, 5, tzinfo=UTC),
        author="名無し",
        thread="77",
        number=12,
        extra={"lang": "ja", "desk": OTHER_DESK, "origin": "reported"},
    )


def test_numbers_may_stand_for_names_and_digits_for_numbers() -> None:
    post = source(id=1042, thread=77, number=" 12 ".strip())
    assert (post.native_id, post.thread, post.number) == ("1042", "77", 12)


def test_blank_fields_count_as_absent() -> None:
    post = source(id=" ", site="", url="", posted_at="", author="", thread="", number="")
    assert post == replace(source(), native_id=post.native_id)
    assert post.site == "掲示板"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "not JSON: Expecting value at character 1"),
        ('{"text": "途中', "not JSON: Unterminated string starting at at character 10"),
        ('["雨"]', "a JSON array where an object should be"),
        ('"雨"', "a JSON string where an object should be"),
        ("3", "a JSON number where an object should be"),
        ("null", "a JSON null where an object should be"),
        ("true", "a JSON boolean where an object should be"),
        ("{}", "text: is missing"),
        ('{"text": null}', "text: input should be a valid string"),
        ('{"text": 5}', "text: input should be a valid string"),
        ('{"text": " \\n\\u3000"}', "text: is empty"),
        ('{"text": "", "origin": "reported", "url": "https://board.example/1"}', "text: is empty"),
        ('{"text": "雨", "number": -1}', "number: input should be greater than or equal to 0"),
        ('{"text": "雨", "number": 2147483648}', "number: input should be less than or equal to 2147483647"),
        ('{"text": "雨", "number": "七"}', "number: input should be a valid integer"),
        ('{"text": "雨", "number": true}', "number: input should be a valid integer"),
        ('{"text": "雨", "author": ["a"]}', "author: input should be a valid string"),
        ('{"text": "雨", "x": NaN}', "not JSON: a number is out of range"),
        ('{"text": "雨", "x": [1e999]}', "not JSON: a number is out of range"),
        ('{"text": "雨", "x": ' + "9" * 5000 + "}", "not JSON: a number is out of range"),
        ('{"text": "雨", "x": ' + "[" * 40 + "]" * 40 + "}", "nested too deeply"),
        ("[" * 200_000, "nested too deeply"),
    ],
)
def test_what_is_not_a_post_is_refused_with_a_reason(line: str, reason: str) -> None:
    with pytest.raises(BadRecord) as refused:
        read(line)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2026-11-23T14:05:00", "posted_at: the time has no offset; write +09:00 after it for Japan time"),
        ("2026-11-23", "posted_at: not an RFC 3339 time such as 2026-11-23T14:05:00+09:00"),
        ("昨日", "posted_at: not an RFC 3339 time such as 2026-11-23T14:05:00+09:00"),
        (1_700_000_000, "posted_at: not an RFC 3339 time such as 2026-11-23T14:05:00+09:00"),
        ("2026-02-30T00:00:00Z", "posted_at: there is no such time"),
        ("0001-01-01T00:00:00+09:00", "posted_at: there is no such time"),
    ],
)
def test_a_time_that_is_not_certain_is_refused(written: object, reason: str) -> None:
    with pytest.raises(BadRecord) as refused:
        source(posted_at=written)
    assert refused.value.reason == reason


def test_far_away_times_are_kept_and_future_ones_noted() -> None:
    past, future = source(posted_at="1900-01-01T00:00:00Z"), source(posted_at="2100-12-31t23:59:59.5z")
    assert (past.posted_at, past.extra) == (datetime(1900, 1, 1, tzinfo=UTC), {})
    assert future.posted_at == datetime(2100, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)
    assert future.extra == {"clock_skew": True}
    assert source(posted_at=later(minutes=4).isoformat()).extra == {}
    assert decode(encode(future)) == future


def test_characters_that_no_database_takes_are_replaced_and_noted() -> None:
    post = read(
        '{"text": "雨\\u0000が\\ud800降る\x00", "author": "\\udfff", "x": {"k\\u0000": ["\\ud83d"]}, "id": "a\\u0000"}'
    )
    assert post.text == "雨\ufffdが\ufffd降る\ufffd"
    assert (post.author, post.native_id) == ("\ufffd", "a\ufffd")
    assert post.extra == {
        "x": {"k\ufffd": ["\ufffd"]},
        "repairs": {"author": 1, "extra": 2, "id": 1, "text": 3},
    }
    assert decode(encode(post)) == post


def test_whole_emoji_and_other_characters_stay() -> None:
    text = "\U0001f600\u200b\ufeff\t\x01\x7f\uffff\ue000ﾊﾝｶｸ"
    assert read(json.dumps({"text": text})).text == text


def test_a_sources_own_notes_do_not_pass_for_ours() -> None:
    assert source(repairs=3, clock_skew=False).extra == {"source_repairs": 3, "source_clock_skew": False}


def test_text_is_taken_up_to_the_limit() -> None:
    assert len(source(text="雨" * MAX_TEXT).text) == MAX_TEXT
    with pytest.raises(BadRecord, match="at most 100000 characters"):
        source(text="雨" * (MAX_TEXT + 1))


def test_posts_without_an_id_are_named_by_address_thread_or_text() -> None:
    assert source(url="https://b.example/1", thread="7", number=3).native_id == "url:https://b.example/1#3"
    assert source(url="https://b.example/1").native_id == "url:https://b.example/1"
    assert source(thread="7", number=3).native_id == "thread:7#3"
    by_text = {
        source().native_id,
        source(text="晴れです").native_id,
        source(author="a").native_id,
        source(posted_at="2026-11-23T00:00:00Z").native_id,
        source(thread="7").native_id,
        source(site="広場").native_id,
    }
    assert len(by_text) == 6
    # The same moment in another offset, and another moment of collection, are the same post.
    at = source(posted_at="2026-11-23T09:00:00+09:00")
    later_on = Arrival(DESK, "掲示板", later(days=1))
    again = from_source({"text": "雨です", "posted_at": "2026-11-23T00:00:00Z"}, later_on, Occurrences())
    assert again.revision_id == at.revision_id


def test_equal_posts_of_one_input_stay_two_and_come_back_the_same() -> None:
    def collect() -> list[str]:
        seen = Occurrences()
        return [from_source({"text": text}, ARRIVAL, seen).revision_id for text in ("草", "雨", "草")]

    assert len(set(collect())) == 3
    assert collect() == collect()


def test_a_record_says_which_version_it_is() -> None:
    value = json.loads(encode(make_post()))
    assert value == {
        "schema": "mimamori.post/1",
        "desk": DESK,
        "site": "掲示板",
        "id": "1",
        "text": "今日の給食はおいしかった。",
        "collected_at": "2026-11-23T05:00:00Z",
        "origin": "collected",
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": "mimamori.post/2"}, "schema: input should be 'mimamori.post/1'"),
        ({"schema": None}, "schema: input should be 'mimamori.post/1'"),
        ({"desk": "見守市"}, "desk: string should match pattern '^[0-9]{6}$'"),
        ({"site": ""}, "site: string should have at least 1 character"),
        ({"id": 5}, "id: input should be a valid string"),
        (
            {"collected_at": "2026-11-23T05:00:00"},
            "collected_at: the time has no offset; write +09:00 after it for Japan time",
        ),
        ({"collected_at": None}, "collected_at: input should be a valid datetime"),
        ({"origin": "guessed"}, "origin: input should be 'collected' or 'reported'"),
        ({"extra": []}, "extra: input should be a valid dictionary"),
        ({"text": ""}, "text: is empty"),
        ({"text": "", "origin": "reported"}, "text: is empty"),
    ],
)
def test_a_record_of_another_shape_is_refused(change: dict[str, Any], reason: str) -> None:
    value = json.dumps(json.loads(encode(make_post())) | change).encode()
    with pytest.raises(BadRecord) as refused:
        decode(value)
    assert refused.value.reason == reason


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadRecord, match="not UTF-8 at byte 11"):
        decode(b'{"text": "\xff"}')


def test_a_reported_address_needs_no_text() -> None:
    post = make_post(text="", origin=Origin.REPORTED, url="https://board.example/9", report_number="R-ABCD2345")
    assert decode(encode(post)) == post


def test_unknown_fields_of_a_record_move_into_extra() -> None:
    value = json.loads(encode(make_post(extra={"lang": "ja"}))) | {"likes": 3, "lang": "en"}
    assert decode(json.dumps(value).encode()).extra == {"lang": "ja", "likes": 3}


def test_a_post_that_would_come_back_changed_is_not_written() -> None:
    for post in (make_post(text="雨\ud800"), make_post(text="雨\x00"), make_post(author=" "), make_post(text="")):
        with pytest.raises(BadRecord):
            encode(post)
    typed = repaired(make_post(text="雨\x00\ud800", author=" "))
    assert (typed.text, typed.author, typed.extra) == ("雨\ufffd\ufffd", None, {"repairs": {"text": 2}})
    assert decode(encode(typed)).revision_id == typed.revision_id


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    text=st.text(alphabet=st.characters(exclude_categories=())),
    author=st.none() | st.text(alphabet=st.characters(exclude_categories=())),
    posted_at=st.none()
    | st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.just(UTC)),
    extra=st.dictionaries(st.text(), json_values, max_size=3),
)
def test_whatever_is_repaired_comes_back_unchanged(
    text: str, author: str | None, posted_at: datetime | None, extra: dict[str, Any]
) -> None:
    post = repaired(make_post(text=f"雨{text}", author=author, posted_at=posted_at, extra=extra))
    assert decode(encode(post)) == post


@given(st.binary() | st.text().map(str.encode) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_post_or_a_bad_record(value: bytes) -> None:
    with pytest.raises(BadRecord):
        decode(value)


@pytest.mark.parametrize("name", FILES)
def test_the_published_schema_is_that_of_the_program(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert text == schema_text(name), "run: python -m ingest.schemas docs"
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_records_fit_the_published_schema() -> None:
    schema = json.loads((DOCS / "post.schema.json").read_text(encoding="utf-8"))
    full = make_post(
        url="https://b.example/1", posted_at=NOW, author="a", thread="t", number=3, report_number="R", extra={"k": [1]}
    )
    for post in (make_post(), full):
        jsonschema.validate(json.loads(encode(post)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": "mimamori.post/1", "text": "雨"}, schema)

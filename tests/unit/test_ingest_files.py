"""Reading inputs: forms, compression, encodings, and every kind of damage."""

import codecs
import gzip
import io
import json
from collections.abc import Iterator

import pytest

from ingest.files import Entry, Form, PostFile, form_of
from ingest.lines import MAX_LINE, UnreadableInput

JAPANESE = ["今日は雨です。", "明日は晴れるでしょう。", "ｶﾅも漢字もあります", "表示機能のテスト"]


class Trickle(io.RawIOBase):
    """A pipe that hands out a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step = io.BytesIO(data), step

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        piece = self._data.read(min(self._step, len(buffer)))
        buffer[: len(piece)] = piece
        return len(piece)


def opened(data: bytes, form: Form | None = None) -> PostFile:
    return PostFile(io.BufferedReader(io.BytesIO(data)), form)


def entries(data: bytes, form: Form | None = None) -> list[Entry]:
    return list(opened(data, form))


def texts(data: bytes, form: Form | None = Form.TEXT) -> list[str | None]:
    return [entry.fields["text"] if entry.fields else None for entry in entries(data, form)]


def reasons(data: bytes, form: Form | None) -> list[tuple[int, str]]:
    return [(entry.line, entry.reason) for entry in entries(data, form) if entry.reason is not None]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.jsonl", Form.JSONL),
        ("a.NDJSON", Form.JSONL),
        ("a.json.gz", Form.JSONL),
        ("a.csv", Form.CSV),
        ("a.csv.gz", Form.CSV),
        ("a.txt", Form.TEXT),
        ("a.gz", None),
        ("-", None),
        ("jsonl", None),
    ],
)
def test_the_name_tells_the_form(name: str, form: Form | None) -> None:
    assert form_of(name) is form


@pytest.mark.parametrize(
    ("first", "form"),
    [
        (b'{"text": "a"}', Form.JSONL),
        (b"[1]", Form.JSONL),
        (b"id,text\n1,a", Form.CSV),
        (b"text, other\n", Form.TEXT),
        (b"text\n", Form.TEXT),
        ("雨、text".encode(), Form.TEXT),
    ],
)
def test_the_first_line_tells_the_form_where_the_name_does_not(first: bytes, form: Form) -> None:
    file = opened(first)
    list(file)
    assert file.form is form


@pytest.mark.parametrize("form", [*Form, None])
@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n", codecs.BOM_UTF8, gzip.compress(b"")])
def test_an_empty_input_has_no_entries_and_no_damage(data: bytes, form: Form | None) -> None:
    file = opened(data, form)
    assert list(file) == []
    assert file.damage is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("compress", [False, True])
def test_all_forms_read_the_same_in_every_encoding(encoding: str, newline: str, compress: bool) -> None:
    def written(text: str) -> bytes:
        data = text.replace("\n", newline).encode(encoding)
        return gzip.compress(data) if compress else data

    plain = written("\n".join(JAPANESE))
    lines = written("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in JAPANESE))
    rows = written("id,text\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(JAPANESE)))
    assert texts(plain) == texts(lines, Form.JSONL) == texts(rows, Form.CSV) == JAPANESE


@pytest.mark.parametrize("step", [1, 7])
def test_a_slow_pipe_reads_like_a_file(step: int) -> None:
    data = "\n".join(JAPANESE).encode("cp932")
    for given in (data, gzip.compress(data)):
        file = PostFile(io.BufferedReader(Trickle(given, step)), Form.TEXT)
        assert [entry.fields for entry in file] == [{"text": text} for text in JAPANESE]


def test_cp932_is_found_behind_any_amount_of_plain_ascii() -> None:
    head = "".join(f"line {n}\n" for n in range(30_000))
    assert texts(head.encode() + JAPANESE[0].encode("cp932"))[-1] == JAPANESE[0]
    assert texts(head.encode() + JAPANESE[0].encode())[-1] == JAPANESE[0]


def test_backslash_bytes_of_cp932_do_not_break_json() -> None:
    # The second byte of 表, ソ and 能 is 0x5C.
    data = '{"text": "表ソ能"}\n{"text": "予定表"}'.encode("cp932")
    assert texts(data, Form.JSONL) == ["表ソ能", "予定表"]


@pytest.mark.parametrize("form", [Form.TEXT, Form.JSONL, Form.CSV])
def test_a_damaged_line_of_a_utf8_file_costs_only_itself(form: Form) -> None:
    good = "二行目は無事です".encode()
    wrap = {Form.TEXT: b"%s\n", Form.JSONL: b'{"text": "%s"}\n', Form.CSV: b'1,"%s"\n'}[form]
    head = b"id,text\n" if form is Form.CSV else b""
    broken = "文字の途中".encode()[:-1]
    data = head + wrap % good + wrap % broken + wrap % good + wrap % b"\xff\xfe" + wrap % good
    assert texts(data, form) == [good.decode(), None, good.decode(), None, good.decode()]
    found = [entry for entry in entries(data, form) if entry.reason]
    assert all(entry.reason is not None and entry.reason.startswith("not UTF-8 at byte") for entry in found)
    assert found[0].raw == head + (wrap % broken)[:-1]


@pytest.mark.parametrize(
    "data",
    [
        b'{"text": "\xe3\x81"}',
        "途中で".encode()[:-1],
        ("縺" * 3).encode()[:-1],
        b"\xa4\xb3\xa4\xec\xa4\xcf\xb1\xab\xa4\xc7\xa4\xb9",  # EUC-JP
        "caf\xe9".encode("latin-1"),
    ],
)
def test_damage_alone_does_not_pass_for_cp932(data: bytes) -> None:
    assert [entry.fields for entry in entries(data, Form.TEXT)] == [None]


def test_utf16_is_refused_as_a_whole() -> None:
    with pytest.raises(UnreadableInput, match="save it as UTF-8"):
        entries("雨\n".encode("utf-16"), Form.TEXT)


def test_bad_json_lines_stand_between_good_ones() -> None:
    data = b'{"text": "a"}\n["a"]\n{"text": \n\n{"text": "b\x00"}\n\xef\xbb\xbf{"text": "c"}\n'
    assert texts(data, Form.JSONL) == ["a", None, None, "b\x00", None]
    assert [line for line, _ in reasons(data, Form.JSONL)] == [2, 3, 6]


def test_a_half_written_last_line_is_bad_and_said() -> None:
    file = opened(b'{"text": "a"}\n{"text": "b', Form.JSONL)
    assert [entry.reason is None for entry in file] == [True, False]
    assert file.damage == "line 2, the last, seems to be written by half"
    whole = opened(b'{"text": "a"}\n{"text": "b"}', Form.JSONL)
    assert [entry.reason for entry in whole] == [None, None]
    assert whole.damage is None


def compressed_lines() -> bytes:
    return gzip.compress("".join(f'{{"text": "{n} 番目の投稿 {n * n}"}}\n' for n in range(2000)).encode())


def test_a_truncated_archive_gives_what_was_read_and_says_so() -> None:
    data = compressed_lines()
    file = opened(data[: len(data) * 2 // 3], Form.JSONL)
    found = list(file)
    assert 500 < len(found) < 2000
    assert all(entry.reason is None for entry in found[:-1])
    assert found[-1].reason in (None, "the input ends within this line")
    assert file.damage is not None
    assert "ends too early" in file.damage
    torn = opened(gzip.compress(b"whole line\nhalf a line")[:-8], Form.TEXT)
    assert [(entry.raw, entry.reason) for entry in torn] == [
        (b"whole line", None),
        (b"half a line", "the input ends within this line"),
    ]


def test_a_damaged_archive_gives_what_was_read_and_says_so() -> None:
    data = bytearray(compressed_lines())
    data[-8:-4] = b"\0\0\0\0"  # the checksum
    file = opened(bytes(data) + b"junk behind it", Form.JSONL)
    assert len(list(file)) >= 1990
    assert file.damage is not None
    assert "damaged" in file.damage


def test_ten_megabytes_on_one_line_are_one_entry() -> None:
    data = b"first\n" + b"a" * 10_000_000 + b"\nlast"
    assert [len(text or "") for text in texts(data)] == [5, 10_000_000, 4]


def test_a_line_beyond_the_limit_is_cut_and_the_next_one_is_read() -> None:
    data = b"a" * (MAX_LINE + 5_000_000) + b"\nlast\n" + b"b" * (MAX_LINE + 1)
    found = entries(data, Form.TEXT)
    assert [len(entry.raw) for entry in found] == [MAX_LINE, 4, MAX_LINE]
    assert found[0].reason is not None
    assert "only its beginning is kept" in found[0].reason
    assert found[2].reason == found[0].reason
    assert len(entries(b"c" * MAX_LINE + b"\n", Form.TEXT)) == 1


def test_no_more_than_a_line_is_asked_for_at_a_time() -> None:
    taken = 0

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            nonlocal taken
            line = "雨です。\n".encode()
            buffer[: len(line)] = line
            taken += len(line)
            return len(line)

    stream: Iterator[Entry] = iter(PostFile(io.BufferedReader(Endless()), Form.TEXT))
    for _ in range(1000):
        next(stream)
    assert taken < 100_000


def test_csv_rows_may_run_over_lines_and_hold_commas_and_quotes() -> None:
    data = 'id,text,note\r\n1,"一行目\r\n二行目, ""引用""",x\r\n\r\n2,普通,\r\n'.encode()
    found = entries(data, Form.CSV)
    assert [entry.fields for entry in found] == [
        {"id": "1", "text": '一行目\r\n二行目, "引用"', "note": "x"},
        {"id": "2", "text": "普通"},
    ]
    assert [entry.line for entry in found] == [2, 5]


def test_a_bad_csv_row_costs_only_its_first_line() -> None:
    data = b'id,text\n1,a\n2,"never closed\n3,c\n4,d,e\n5\n6,"x"y\n7,g\n8,"h'
    found = entries(data, Form.CSV)
    assert [(entry.line, entry.reason is None) for entry in found] == [
        (2, True),
        (3, False),
        (4, True),
        (5, False),
        (6, False),
        (7, False),
        (8, True),
        (9, False),
    ]
    assert found[3].reason == "the row has 3 fields, the header row 2"
    # A letter can be read alone.
    assert found[1].raw == b'id,text\n2,"never closed'


def test_an_unclosed_quote_in_a_long_csv_file_costs_one_row() -> None:
    rows = "".join(f"{n},{'長い本文' * 50}\n" for n in range(2000))
    data = f'id,text\n0,"開いたまま\n{rows}'.encode()
    found = entries(data, Form.CSV)
    assert [entry.line for entry in found if entry.reason] == [2]
    assert len(found) == 2001


def test_a_csv_row_with_nul_and_an_oversized_one() -> None:
    data = b"id,text\n1,a\x00b\n2," + b"a" * 200_000 + b"\n3,c\n"
    found = entries(data, Form.CSV)
    assert found[0].fields == {"id": "1", "text": "a\x00b"}
    assert found[1].reason == "not CSV: field larger than field limit (131072)"
    assert found[2].fields == {"id": "3", "text": "c"}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"id,body\n", "names no column `text`"),
        (b"text,text\n", "names a column twice"),
        (b'"text\n', "not CSV"),
        (b"text,\xff\n", "neither UTF-8 nor CP932"),
    ],
)
def test_a_csv_file_with_an_unusable_header_is_refused_as_a_whole(header: bytes, reason: str) -> None:
    with pytest.raises(UnreadableInput, match=reason):
        entries(header + b"1,2\n", Form.CSV)

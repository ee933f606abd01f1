"""``mimamori collect``, ``work`` and ``dead-letters`` as people call them."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.main import cli
from app.wiring import Mimamori
from domain.desks import Desk
from domain.errors import Misconfigured
from ingest.counts import Counts, count
from tests.factories import DESK, OTHER_DESK
from tests.pipelines import command, make_desk
from tests.scorers import HashScorer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Mimamori, "scorer", property(lambda _app: HashScorer()))
    make_desk(tmp_path / "home").close()
    return tmp_path / "home"


def run(home: Path, *words: str, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, list(words), input=stdin, env={"MIMAMORI_HOME": str(home)})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def counts(home: Path) -> Counts:
    app = make_desk(home)
    found = count(app.stream, app.dead_letters, app.index)
    app.close()
    return found


def test_files_of_every_form_go_in_and_are_counted(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "一つ目"}\n[]\n', encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,text\n1,二つ目\n", encoding="cp932")
    (tmp_path / "c.txt").write_text("三つ目\n四つ目\n", encoding="utf-8-sig")
    paths = [str(tmp_path / name) for name in ("a.jsonl", "b.csv", "c.txt")]
    assert run(home, "collect", "file", *paths) == (0, "accepted 4, already known 0, dead letters 1\n", "")
    assert run(home, "collect", "file", *paths) == (0, "accepted 0, already known 4, dead letters 1\n", "")
    code, output, errors = run(home, "work", "--drain")
    assert (code, errors) == (0, "")
    assert output.startswith("handled 4 records: 4 indexed, ")
    assert counts(home) == Counts(collected=5, processed=4, indexed=4, dead_lettered=1, lag=0)


def test_standard_input_site_and_desk(home: Path) -> None:
    words = ("collect", "file", "-", "--site", "広場", "--desk", OTHER_DESK)
    posts = '{"text": "一", "id": "1"}\n{"text": "二", "id": "1", "site": "別の広場"}\n'.encode()
    assert run(home, *words, stdin=posts) == (0, "accepted 2, already known 0, dead letters 0\n", "")
    run(home, "work", "--drain")
    app = make_desk(home)
    assert (app.index.count(OTHER_DESK), app.index.count(DESK)) == (2, 0)
    app.close()


def test_damage_and_unusable_files_are_said(home: Path, tmp_path: Path) -> None:
    (tmp_path / "half.jsonl").write_text('{"text": "一"}\n{"text": "二', encoding="utf-8")
    (tmp_path / "wide.txt").write_text("三", encoding="utf-16")
    code, output, errors = run(home, "collect", "file", str(tmp_path / "wide.txt"), str(tmp_path / "half.jsonl"))
    assert (code, output) == (2, "accepted 1, already known 0, dead letters 1\n")
    assert "wide.txt: the input is UTF-16; save it as UTF-8; nothing of it was collected" in errors
    assert "half.jsonl: line 2, the last, seems to be written by half" in errors


@pytest.mark.parametrize(
    "words",
    [
        ("collect", "file"),
        ("collect", "file", "there-is-no-such-file.txt"),
        ("collect", "file", "-", "--desk", "990002"),
        ("collect", "file", "-", "--site", " "),
        ("collect", "file", "-", "--format", "xml"),
        ("dead-letters", "replay"),
        ("dead-letters", "replay", "abc", "--all"),
        ("dead-letters", "replay", "abc"),
    ],
)
def test_wrong_words_end_with_code_2_and_a_sentence(home: Path, words: tuple[str, ...]) -> None:
    code, output, errors = run(home, *words, stdin=b"")
    assert (code, output) == (2, "")
    assert "Error: " in errors


def test_working_without_a_desk_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="mimamori migrate"):
        run(tmp_path / "nowhere", "work", "--drain")


def test_two_collections_and_a_worker_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    shared = [f'{{"id": "s{n}", "text": "両方にある投稿 {n}"}}\n' for n in range(600)]
    for file in files:
        own = [f'{{"id": "{file.stem}{n}", "text": "投稿 {n}"}}\n' for n in range(600)]
        file.write_text("".join(shared + own), encoding="utf-8")
    # The very first writers of a fresh file meet here, too.
    both = [command(home, "collect", "file", str(file)) for file in files for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0] * 4, outputs
    accepted = sum(int(output.decode().split(",")[0].removeprefix("accepted ")) for output, _ in outputs)
    make_desk(home).close()
    assert counts(home).collected == accepted == 1800
    again = [command(home, "collect", "file", str(files[0])), command(home, "work", "--drain")]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in again] == [
        (b"", 0),
        (b"scoring\n", 0),
    ]
    assert counts(home) == Counts(collected=1800, processed=1800, indexed=1800, dead_lettered=0, lag=0)


def test_dead_letters_are_listed_without_text_and_replayed(home: Path, tmp_path: Path) -> None:
    secret = "知られたくない言葉"
    (tmp_path / "a.jsonl").write_text(f'{{"text": "{secret}", "number": -1}}\n', encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"text": "よその窓口の投稿"}\n', encoding="utf-8")
    run(home, "collect", "file", str(tmp_path / "a.jsonl"))
    run(home, "collect", "file", str(tmp_path / "b.jsonl"), "--desk", "990027")
    run(home, "work", "--drain")
    _, listed, _ = run(home, "dead-letters", "list")
    assert [row.split()[2] for row in listed.splitlines()] == ["collect", "work"]
    assert secret not in listed
    _, as_json, _ = run(home, "dead-letters", "list", "--json")
    assert secret not in as_json
    first, second = map(json.loads, as_json.splitlines())
    assert first["reason"] == "number: input should be greater than or equal to 0"
    assert first["source"].endswith("a.jsonl:1")
    assert second["reason"] == "desk: this installation has no desk 990027"
    _, whole, _ = run(home, "dead-letters", "list", "--json", "--original", "--limit", "1")
    assert secret in base64.b64decode(json.loads(whole)["original"]).decode()

    app = make_desk(home)
    with app.casework.write() as work:
        work.desks.add(Desk("990027", "よその市"))
    app.close()
    assert run(home, "dead-letters", "replay", second["id"][:10]) == (0, "replayed 1, still bad 0\n", "")
    code, output, errors = run(home, "dead-letters", "replay", "--all")
    assert (code, output) == (0, "replayed 0, still bad 1\n")
    assert errors == f"{first['id'][:12]}  number: input should be greater than or equal to 0\n"
    assert run(home, "dead-letters", "replay", second["id"])[0] == 2
    run(home, "work", "--drain")
    assert counts(home) == Counts(collected=2, processed=2, indexed=1, dead_lettered=1, lag=0)

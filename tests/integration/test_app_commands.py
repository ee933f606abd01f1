"""The command line on a fresh state folder with the shipped model."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.settings import PROJECT

MODEL = PROJECT / "models" / "mimamori-1"


def mimamori(home: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the desk at ``home``; nothing of the caller's settings reaches it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MIMAMORI_")}
    done = subprocess.run(
        [sys.executable, "-m", "app.main", *arguments],
        cwd=PROJECT,
        env=clean | {"MIMAMORI_HOME": str(home)} | environment,
        input=stdin,
        capture_output=True,
        timeout=240,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def ok(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_finds_the_clear_samples_and_a_second_run_adds_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = ok(mimamori(home, "demo", "--once"))
    before = json.loads(ok(mimamori(home, "status", "--json")))
    second = ok(mimamori(home, "demo", "--once"))
    assert json.loads(ok(mimamori(home, "status", "--json"))) == before
    assert "accepted 0" in second
    assert first.splitlines()[1:] == second.splitlines()[1:]
    labels = [json.loads(line) for line in (PROJECT / "samples" / "labels.jsonl").read_text("utf-8").splitlines()]
    assert before["collected"] == before["indexed"] == before["processed"] == len(labels)
    assert before["lag"] == before["dead_lettered"] == before["items_decided"] == 0
    clear = sum(label["kind"] == "clear" for label in labels)
    assert clear * 0.6 <= before["items_open"] <= clear * 2
    assert "The 10 riskiest" in first
    assert "chain whole" in ok(mimamori(home, "audit", "verify"))
    doctor = ok(mimamori(home, "doctor"))
    assert "WRONG" not in doctor
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "demo-accounts.txt").stat().st_mode & 0o777 == 0o600


def test_the_demo_never_mixes_into_a_real_desk(tmp_path: Path) -> None:
    done = mimamori(tmp_path, "demo", "--once", MIMAMORI_DESK="011002")
    assert done.returncode == 2
    assert "MIMAMORI_DESK" in done.stderr


def test_classify_answers_line_by_line_in_order(tmp_path: Path) -> None:
    lines = [
        "今日は天気がいいので布団を干しました".encode(),
        json.dumps({"id": "x1", "text": "お前の家は分かってる。今夜殺しに行くから覚悟しろ"}).encode(),
        b"\xff\xfe broken",
        b'{"id": "x2", "body": "no text"}',
        "{これはJSONではない文です".encode(),
        b"",
    ]
    started = time.monotonic()
    done = mimamori(tmp_path, "classify", "-", stdin=b"\n".join(lines) + b"\n")
    assert time.monotonic() - started < 60
    answers = [json.loads(line) for line in ok(done).splitlines()]
    assert [answer["id"] for answer in answers] == ["1", "x1", "3", "x2", "5", "6"]
    harmless, threat, broken, textless, odd, empty = answers
    assert harmless["risk"] < 0.05
    assert threat["risk"] > 0.5
    assert threat["severity"] >= 2
    assert set(threat["labels"]) == {"defamation", "insult", "threat", "privacy", "discrimination"}
    assert max(threat["labels"], key=threat["labels"].__getitem__) == "threat"
    assert set(threat["model"]) == {"name", "version", "checksum"}
    assert "not UTF-8" in broken["error"]
    assert "text" in textless["error"]
    assert odd["risk"] < 0.1
    assert empty["risk"] == 0


def test_why_names_words_cues_and_care_apart(tmp_path: Path) -> None:
    texts = ["駅前の整骨院の田中さんは保険金を騙し取ってます", "もう死にたい。消えてしまいたい"]
    done = mimamori(tmp_path, "classify", "--why", "-", stdin="\n".join(texts).encode())
    accused, distressed = (json.loads(line) for line in ok(done).splitlines())
    assert any("騙し取" in span["words"] for span in accused["why"] if span["label"] == "defamation")
    assert any(texts[0][cue["start"] : cue["end"]].startswith("田中") for cue in accused["cues"])
    assert accused["care"] is None
    assert distressed["care"]["words"]
    assert not distressed["needs_review"]


def test_invisible_characters_do_not_change_a_verdict(tmp_path: Path) -> None:
    plain = "お前の家は分かってる。今夜殺しに行くから覚悟しろ"
    texts = [plain, "\u200b".join(plain), "\u202e" + plain, plain.replace("殺", "殺\u00ad\u2060")]
    done = mimamori(tmp_path, "classify", "-", stdin="\n".join(texts).encode())
    risks = {json.loads(line)["risk"] for line in ok(done).splitlines()}
    assert len(risks) == 1


def test_a_swapped_model_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\x00\x01\x02\x03")
    done = mimamori(tmp_path, "classify", "-", stdin="あ\n".encode(), MIMAMORI_MODEL=str(folder))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "model.safetensors" in done.stderr


@pytest.mark.parametrize("command", [["status"], ["work", "--drain"], ["audit", "verify"], ["user", "list"]])
def test_a_command_on_an_empty_folder_says_what_to_do(tmp_path: Path, command: list[str]) -> None:
    done = mimamori(tmp_path / "nothing", *command)
    assert done.returncode == 2
    assert "mimamori migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_names_each_trouble_and_its_mend(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ok(mimamori(home, "migrate"))
    home.chmod(0o755)
    done = mimamori(home, "doctor", MIMAMORI_MODEL=str(tmp_path))
    assert done.returncode == 1
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "chmod 700" in lines["home"]
    assert "mimamori desks add" in lines["database"]
    assert "MIMAMORI_MODEL" in lines["model"]
    assert lines["versions"].endswith("ok")
    done = mimamori(home, "doctor", MIMAMORI_DESK="123456", MIMAMORI_BATCH="0")
    assert done.returncode == 1
    assert "MIMAMORI_DESK" in done.stdout
    assert "MIMAMORI_BATCH" in done.stdout


def test_a_wrong_setting_stops_any_command_with_one_sentence(tmp_path: Path) -> None:
    done = mimamori(tmp_path, "status", MIMAMORI_DESK="abc")
    assert done.returncode == 2
    assert "MIMAMORI_DESK" in done.stderr
    assert "Traceback" not in done.stderr


def test_desks_are_added_once_and_checked(tmp_path: Path) -> None:
    ok(mimamori(tmp_path, "migrate"))
    assert "was added" in ok(mimamori(tmp_path, "desks", "add", "011002", "札幌市"))
    assert "there already" in ok(mimamori(tmp_path, "desks", "add", "011002", "札幌市"))
    assert mimamori(tmp_path, "desks", "add", "011003", "まちがい市").returncode == 2
    assert ok(mimamori(tmp_path, "desks", "list")).splitlines() == ["011002  札幌市"]


def test_a_tampered_audit_log_is_found(tmp_path: Path) -> None:
    import sqlite3

    ok(mimamori(tmp_path, "migrate"))
    for code in ("011002", "130001"):
        ok(mimamori(tmp_path, "desks", "add", code, "名前"))
    database = sqlite3.connect(tmp_path / "mimamori.sqlite3")
    database.executescript("DROP TRIGGER audit_no_UPDATE; UPDATE audit SET actor = 'x' WHERE desk = '130001'")
    database.close()
    done = mimamori(tmp_path, "audit", "verify")
    assert done.returncode == 1
    assert "desk 011002: 1 events, chain whole" in done.stdout
    assert "desk 130001: chain broken at event 1" in done.stdout

"""The promise of the worker under ``kill -9`` and SIGTERM, with real processes and one real file."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from domain.posts import Origin, Post
from ingest.counts import count
from ingest.worker import GROUP
from tests.factories import make_post
from tests.pipelines import Contents, append, command, contents, make_desk
from tests.scorers import POISON

POSTS = 2400
KILLS = 20
BATCH = "4"


def posts() -> list[Post]:
    """Ordinary posts with edits, reports and poison among them."""
    made = []
    for n in range(POSTS):
        text = f"駅前の集まりの話 その {n}"
        if n % 400 == 399:
            text += POISON
        reported = n % 100 == 50
        made.append(
            make_post(
                text,
                str(n - 1 if n % 50 == 7 else n),
                origin=Origin.REPORTED if reported else Origin.COLLECTED,
                url=f"https://board.example/{n}" if reported else None,
            )
        )
    return made


def fill(home: Path) -> None:
    app = make_desk(home)
    append(app.stream, posts())
    app.stream.append([(f"bad{n}", f"{{{n}".encode()) for n in range(5)])
    app.close()


def state(home: Path) -> tuple[Contents, list[tuple[str, bytes]], int]:
    """What a run left: index and casework, dead letters, and what still waits."""
    app = make_desk(home)
    letters = sorted((letter.reason, letter.original) for letter in app.dead_letters.letters())
    counts = count(app.stream, app.dead_letters, app.index)
    assert counts.lag > 0 or counts.collected == counts.indexed + counts.dead_lettered
    found = contents(app), letters, counts.lag
    app.close()
    return found


def drained(home: Path) -> None:
    process = command(home, "work", "--drain", MIMAMORI_BATCH="100")
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors


def wait_for_work(process: subprocess.Popen[bytes]) -> None:
    assert process.stderr is not None
    first = process.stderr.readline()
    if first != b"scoring\n":
        output, errors = process.communicate(timeout=30)
        pytest.fail(f"the worker scored nothing: {output!r} {first + errors!r}")


def killed(forks: subprocess.Popen[bytes], seconds: float) -> bool:
    """Start a worker, kill it that long after its first batch began; whether it died of that."""
    assert forks.stdin is not None
    assert forks.stdout is not None
    forks.stdin.write(b"work --drain\n")
    forks.stdin.flush()
    pid = int(forks.stdout.readline())
    wait_for_work(forks)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return int(forks.stdout.readline()) == -signal.SIGKILL


@pytest.mark.timeout(280)
def test_twenty_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path) -> None:
    for name in ("calm", "killed"):
        fill(tmp_path / name)
    drained(tmp_path / "calm")
    draw = random.Random(20261124)
    waiting = [POSTS + 5]
    with command(
        tmp_path / "killed", "--forks", stdin=subprocess.PIPE, MIMAMORI_BATCH=BATCH, TEST_SECONDS_A_BATCH="0.002"
    ) as forks:
        for _ in range(KILLS):
            assert killed(forks, draw.uniform(0.0, 0.2))
            waiting.append(state_lag(tmp_path / "killed"))
    assert waiting[-1] > 0, "the run ended before the last kill: give it more posts"
    assert len(set(waiting)) > 5, "the kills came before any work was done"
    drained(tmp_path / "killed")
    assert state(tmp_path / "killed") == state(tmp_path / "calm")
    found, letters, lag = state(tmp_path / "calm")
    assert (len(found.indexed), len(letters), lag) == (POSTS - POSTS // 400, POSTS // 400 + 5, 0)
    assert len(found.items) > 300


def state_lag(home: Path) -> int:
    app = make_desk(home)
    lag = app.stream.lag(GROUP)
    app.close()
    return lag


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_worker_finish_its_batch(tmp_path: Path, number: signal.Signals) -> None:
    fill(tmp_path)
    process = command(tmp_path, "work", MIMAMORI_BATCH=BATCH, TEST_SECONDS_A_BATCH="0.05")
    wait_for_work(process)
    time.sleep(0.3)
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, b"")
    app = make_desk(tmp_path)
    handled = app.stream.count() - app.stream.lag(GROUP)
    assert output.decode().startswith(f"handled {handled} records: ")
    assert 0 < handled < POSTS
    assert handled % int(BATCH) == 0
    assert app.index.count() + app.dead_letters.count() == handled
    app.close()


def test_an_idle_worker_ends_at_once_on_sigterm(tmp_path: Path) -> None:
    app = make_desk(tmp_path)
    append(app.stream, [make_post()])
    process = command(tmp_path, "work")
    wait_for_work(process)
    while app.stream.lag(GROUP):
        time.sleep(0.02)
    process.terminate()
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert output.decode().startswith("handled 1 records: 1 indexed, ")
    app.close()

"""The promise of the worker under ``kill -9`` with the shipped model, slow because each worker loads it anew."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.posts import texts
from domain.posts import Post
from ingest.worker import GROUP
from tests.browser import PROGRAM, environment, mimamori
from tests.factories import make_post
from tests.pipelines import PROJECT, append, contents, make_desk

POSTS = 4000
KILLS = 20
ROUNDING = 0.01
"""A killed run scores other batches together than a calm one; in bfloat16 that moves a risk in the third decimal."""


def posts() -> list[Post]:
    return [make_post(text, str(n)) for n, text in enumerate(texts(None, POSTS))]


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_twenty_kills_with_the_real_model_lose_and_double_nothing(tmp_path: Path) -> None:
    desks = {name: make_desk(tmp_path / name) for name in ("calm", "killed")}
    for app in desks.values():
        append(app.stream, posts())
    mimamori(tmp_path / "calm", "work", "--drain")
    draw = random.Random(20261124)
    lags = []
    for _ in range(KILLS):
        worker = subprocess.Popen(
            [sys.executable, *PROGRAM, "work", "--drain"],
            cwd=PROJECT,
            env=environment(tmp_path / "killed", MIMAMORI_BATCH="32"),
            stdout=subprocess.DEVNULL,
        )
        time.sleep(draw.uniform(1.0, 2.5))
        worker.kill()
        worker.wait()
        lags.append(desks["killed"].stream.lag(GROUP))
    assert len(set(lags)) > KILLS // 4, "the kills came before any work was done"
    assert lags[-1] > 0, "the run ended before the last kill: give it more posts"
    mimamori(tmp_path / "killed", "work", "--drain")
    calm, killed = (contents(app) for app in desks.values())
    assert set(calm.indexed) == set(killed.indexed)
    assert len(calm.indexed) == POSTS
    risks = {key: (one.assessment.risk, killed.indexed[key].assessment.risk) for key, one in calm.indexed.items()}
    assert max(abs(a - b) for a, b in risks.values()) < ROUNDING
    review = desks["calm"].scorer.model.manifest.thresholds.review
    for key in set(calm.items) ^ set(killed.items):
        assert abs(risks[key][0] - review) < ROUNDING
    assert len(calm.items) > 100
    assert killed.opened == sorted(f"item:{key}" for key in killed.items)
    for app in desks.values():
        app.close()

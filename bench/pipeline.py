"""How much of the classifier's own pace the whole pipeline keeps, and what memory the worker takes.

``python -m bench.pipeline [FILE] [--posts N] [--rounds K]``: in each round the classifier alone scores the posts in
batches as the worker does, then a fresh desk collects the same posts and a worker drains them. The rival is the
classifier alone; the figure is the ratio of the two, round by round.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from threading import Event

from app.commands.desks import add_desk
from app.settings import Settings
from app.state import Status, status_of
from app.wiring import Mimamori
from bench.posts import texts, write
from classifier.scorer import Classifier
from domain.desks import DEMO_CODE, Desk
from store.migrate import migrate


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--posts", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    posts = texts(options.file, options.posts)
    characters = sum(map(len, posts)) / len(posts)
    print(f"{len(posts)} posts of {characters:.0f} characters on average, {os.cpu_count()} processors")
    ratios = []
    for round_ in range(options.rounds):
        alone = len(posts) / classifier_alone(posts)
        with tempfile.TemporaryDirectory() as home:
            seconds, counts = pipeline(posts, Path(home))
        whole = len(posts) / seconds
        ratios.append(whole / alone)
        print(
            f"round {round_ + 1}: classifier alone {alone:.0f} posts/s, pipeline {whole:.0f} posts/s, "
            f"ratio {whole / alone:.2f} (collected {counts.collected}, indexed {counts.indexed}, "
            f"dead letters {counts.dead_lettered}, items {counts.items_open})"
        )
    print(f"pipeline / classifier alone, median of {len(ratios)}: {median(ratios):.2f}")
    with tempfile.TemporaryDirectory() as home:
        print(f"worker process, peak resident memory: {worker_memory(posts, Path(home)) / 1e6:.0f} MB")


def classifier_alone(posts: list[str]) -> float:
    """Seconds to score ``posts`` in the worker's batches, loading not counted."""
    settings = Settings()
    classifier = Classifier.load(settings.model, threads=settings.threads)
    classifier.score(["温める"])
    started = time.perf_counter()
    for start in range(0, len(posts), settings.batch):
        classifier.score(posts[start : start + settings.batch])
    return time.perf_counter() - started


def prepared(posts: list[str], home: Path) -> Mimamori:
    """A fresh desk that has collected ``posts`` through the command line."""
    app = Mimamori(Settings(home=home))
    app.prepare_home()
    migrate(app.casework.engine)
    add_desk(app, Desk(DEMO_CODE, "見守市"))
    write(home / "posts.jsonl", posts)
    run(home, "collect", "file", str(home / "posts.jsonl"))
    return app


def pipeline(posts: list[str], home: Path) -> tuple[float, Status]:
    """Seconds from the first poll to the last commit, and the counts afterwards."""
    app = prepared(posts, home)
    app.scorer.score(["温める"])
    worker = app.worker()
    started = time.perf_counter()
    worker.run(Event(), drain=True)
    seconds = time.perf_counter() - started
    counts = status_of(app)
    assert counts.collected == counts.indexed + counts.dead_lettered == len(posts), counts
    return seconds, counts


def worker_memory(posts: list[str], home: Path) -> float:
    """Peak resident bytes of ``mimamori work --drain`` as its own process."""
    prepared(posts, home)
    run(home, "work", "--drain")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def run(home: Path, *arguments: str) -> None:
    """Run a command of the program on the desk at ``home``."""
    environment = os.environ | {"MIMAMORI_HOME": str(home)}
    subprocess.run(
        [sys.executable, "-m", "app.main", *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    main()

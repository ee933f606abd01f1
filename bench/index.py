"""What indexing and searching cost as the index grows.

``python -m bench.index [FILE] [--sizes 1000 10000 40000]``: posts are added up to each size; the cost of the last
thousand and the median time of a set of searches are printed with their ratio to the first size. The rival of a search
is SQLite's own ``LIKE '%word%'`` over the same texts.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.posts import texts
from domain.assessments import Assessment, ModelRef
from domain.desks import DEMO_CODE
from domain.labels import Label, Severity
from domain.posts import Post
from store.search import IndexedPost, SearchQuery
from store.sqlite_search import SqliteSearchIndex

WORDS = ("駅", "学校", "病院", "スーパー", "花火", "ありがとう", "店員", "住所", "先生", "ﾊﾞｽ")
AT = datetime(2026, 11, 24, tzinfo=UTC)
HARMLESS = Assessment(
    risk=0.01,
    labels=dict.fromkeys(Label, 0.01),
    severity=Severity.NONE,
    group=None,
    model=ModelRef("bench", "0", "0" * 64),
    thresholds="0",
    needs_review=False,
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 40_000])
    options = parser.parse_args()
    posts = texts(options.file, max(options.sizes))
    with tempfile.TemporaryDirectory() as folder:
        index = SqliteSearchIndex(Path(folder) / "index.sqlite3")
        plain = sqlite3.connect(":memory:")
        plain.execute("CREATE TABLE posts (text TEXT)")
        done = 0
        first: tuple[float, float] | None = None
        for size in options.sizes:
            added = [indexed(i, posts[i]) for i in range(done, min(size, len(posts)))]
            seconds_a_thousand = 0.0
            for start in range(0, len(added), 1000):
                chunk = added[start : start + 1000]
                started = time.perf_counter()
                index.put(chunk)
                seconds_a_thousand = (time.perf_counter() - started) * 1000 / len(chunk)
            plain.executemany("INSERT INTO posts VALUES (?)", [(one.post.text,) for one in added])
            done = min(size, len(posts))
            search = median(timed(lambda word=word: index.search(SearchQuery(DEMO_CODE, word))) for word in WORDS)
            like = median(timed(lambda word=word: scan(plain, word)) for word in WORDS)
            first = first or (seconds_a_thousand, search)
            print(
                f"{done:>6} posts: the last thousand took {seconds_a_thousand:.2f} s "
                f"(x{seconds_a_thousand / first[0]:.1f}), a search {search * 1000:.1f} ms (x{search / first[1]:.1f}), "
                f"LIKE {like * 1000:.1f} ms, search / LIKE {search / like:.2f}"
            )
        index.close()


def indexed(number: int, text: str) -> IndexedPost:
    """A post as the worker would hand it over."""
    return IndexedPost(Post(DEMO_CODE, "bench", str(number), text, AT), HARMLESS)


def scan(plain: sqlite3.Connection, word: str) -> list[tuple[str]]:
    """The rival: a scan of all texts for the first fifty hits and their number."""
    found = plain.execute("SELECT text FROM posts WHERE text LIKE ?", (f"%{word}%",)).fetchall()
    return found[:50]


def timed(call: Callable[[], object]) -> float:
    """Median seconds of five calls."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return median(times)


if __name__ == "__main__":
    main()

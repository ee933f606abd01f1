"""Posts to measure with: a file named on the command line, or the invented samples over and over."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from app.settings import PROJECT

SAMPLES = PROJECT / "samples" / "posts.jsonl"


def texts(source: Path | None, wanted: int) -> list[str]:
    """``wanted`` texts (fewer where the file has fewer); sample texts get a number so that no two are equal."""
    if source is not None:
        with source.open(encoding="utf-8") as lines:
            return [json.loads(line)["text"] for line, _ in zip(lines, range(wanted), strict=False)]
    with SAMPLES.open(encoding="utf-8") as lines:
        base = [json.loads(line)["text"] for line in lines]
    return [text for text, _ in zip(_numbered(base), range(wanted), strict=False)]


def _numbered(base: list[str]) -> Iterator[str]:
    for round_ in count():
        for text in base:
            yield text if round_ == 0 else f"{text} {round_}"


def write(path: Path, posts: list[str]) -> None:
    """JSON Lines for ``mimamori collect``."""
    with path.open("w", encoding="utf-8") as file:
        for i, text in enumerate(posts):
            file.write(json.dumps({"id": f"b{i}", "site": "bench", "text": text}, ensure_ascii=False) + "\n")

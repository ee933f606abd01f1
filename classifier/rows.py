"""Labelled rows: reading them and splitting them so that nothing leaks from training into the test.

Contrast pairs and near-duplicates stay on one side of every split (union-find over shared pair names and over
character 5-gram overlap), otherwise the held-out figures would flatter the model.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.text import normalise

Row = dict[str, Any]

SHINGLE = 5
SKETCH = 8
NEAR_DUPLICATE = 0.6
"""Jaccard similarity of 5-gram sets from which two rows count as copies of each other."""


@dataclass(frozen=True, slots=True)
class Split:
    """Three disjoint parts; no cluster of related rows crosses their borders."""

    train: list[Row]
    validation: list[Row]
    test: list[Row]


def read_rows(path: Path) -> list[Row]:
    """Read labelled JSON Lines; raises ``ValueError`` naming the line that is not usable."""
    rows: list[Row] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                row["id"], row["text"], row["severity"]
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: not a labelled row ({error})") from error
            rows.append(row)
    return rows


def clusters(rows: Sequence[Row]) -> list[int]:
    """A cluster number per row: rows that share a pair or nearly share a text share the number."""
    parent = list(range(len(rows)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def union(i: int, j: int) -> None:
        parent[find(i)] = find(j)

    pairs: dict[str, int] = {}
    buckets: dict[int, list[int]] = defaultdict(list)
    shingles: list[frozenset[int]] = []
    for i, row in enumerate(rows):
        if row.get("pair"):
            union(i, pairs.setdefault(row["pair"], i))
        grams = _shingles(normalise(row["text"]))
        shingles.append(grams)
        for value in sorted(grams)[:SKETCH]:
            for j in buckets[value][-32:]:
                if find(i) != find(j) and _jaccard(grams, shingles[j]) >= NEAR_DUPLICATE:
                    union(i, j)
            buckets[value].append(i)
    return [find(i) for i in range(len(rows))]


def split(rows: Sequence[Row], validation: float = 0.06, test: float = 0.10) -> Split:
    """Split by a hash of each cluster, so the same rows always land on the same side."""
    parts: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    numbers = clusters(rows)
    smallest: dict[int, str] = {}
    for row, number in zip(rows, numbers, strict=True):
        smallest[number] = min(smallest.get(number, row["id"]), row["id"])
    for row, number in zip(rows, numbers, strict=True):
        share = int(hashlib.sha256(smallest[number].encode()).hexdigest()[:8], 16) / 0x1_0000_0000
        parts[2 if share < test else 1 if share < test + validation else 0].append(row)
    return Split(train=parts[0], validation=parts[1], test=parts[2])


def _shingles(text: str) -> frozenset[int]:
    grams: Iterable[str] = (text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE + 1)))
    return frozenset(int.from_bytes(hashlib.blake2b(g.encode(), digest_size=8).digest()) for g in grams)


def _jaccard(a: frozenset[int], b: frozenset[int]) -> float:
    return len(a & b) / len(a | b)

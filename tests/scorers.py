"""Deterministic scorers for tests of the pipeline: the verdict is a function of the text alone."""

import time
from collections.abc import Sequence
from hashlib import sha256

from domain.assessments import Assessment
from domain.errors import Permanent
from domain.labels import Label, Severity
from tests.factories import MODEL

POISON = "受け付けられない文"
BOMB = "壊れる文"


class HashScorer:
    """Risk from a hash of the text; about one post in five needs a review. Poisoned texts fail for ever."""

    def __init__(self, seconds_a_batch: float = 0.0) -> None:
        self.batches: list[int] = []
        self._pause = seconds_a_batch

    def score(self, texts: Sequence[str]) -> list[Assessment]:
        self.batches.append(len(texts))
        if any(POISON in text for text in texts):
            raise Permanent("the text has no tokens")
        if any(BOMB in text for text in texts):
            raise ValueError("words of the post that must not be told")
        time.sleep(self._pause)
        return [_assess(text) for text in texts]


def _assess(text: str) -> Assessment:
    digest = sha256(text.encode()).digest()
    risk = digest[0] / 255
    labels = {label: digest[i + 1] / 255 for i, label in enumerate(Label)}
    return Assessment(risk, labels, Severity(int(risk * 3.999)), None, MODEL, "1", needs_review=risk >= 0.8)

"""Why: the words of a text that carry a label, found by leaving them out.

A highlight is faithful by construction: the text is scored again without each word, and the words whose absence lowers
the label most are shown (occlusion; Zeiler and Fergus 2014, Li et al. 2016). How faithful is measured by
``mimamori evaluate --why`` (:mod:`classifier.faithful`). Cutting happens on the original
text, so spans point into what people read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.calibration import logit, risk_of
from classifier.heads import LABEL_OUTPUTS
from classifier.scorer import Classifier
from classifier.tagger import tagger
from classifier.text import normalise
from domain.labels import Label

MOST_PIECES = 40
"""Scorings per text; a text of more words is cut into as many runs of words, and the strongest run is cut again."""
CHARACTERS = 600
"""Longer texts are explained around their worst stretch of this length only."""
SHOWN_FROM = 0.5
"""Probability from which a label is explained; below it only the strongest label of a flagged text is."""
KEPT_SHARE = 0.25
"""A word is shown if its absence costs at least this share of what the most important word costs."""

Cutter = Callable[[str], Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch ``text[start:end]`` of the original that carries ``label``."""

    start: int
    end: int
    label: Label
    weight: float
    """By how much the label's log-odds fall without it."""


class Explainer:
    """Finds the words behind the labels of a text. As thread-safe as the classifier, that is not."""

    def __init__(self, classifier: Classifier, cut: Cutter | None = None) -> None:
        self._classifier = classifier
        self._cut = cut or words

    def spans(self, text: str) -> tuple[Span, ...]:
        """Spans by label and position; empty for a text without any risk worth explaining."""
        offset, stretch = self._stretch(text)
        pieces = [(a, b) for a, b in self._cut(stretch) if stretch[a:b].strip()]
        if not pieces:
            return ()
        whole = self._outputs([stretch])[0]
        labels = self._explained(whole)
        if not labels:
            return ()
        losses = self._losses(stretch, _runs(pieces, MOST_PIECES), whole)
        found: list[Span] = []
        for label in labels:
            found += self._strongest(stretch, pieces, losses, label, whole, offset)
        return tuple(sorted(found, key=lambda span: (LABEL_OUTPUTS.index(span.label.value), span.start)))

    def _strongest(
        self,
        text: str,
        pieces: Sequence[tuple[int, int]],
        losses: list[tuple[int, int, NDArray[np.floating]]],
        label: Label,
        whole: NDArray[np.floating],
        offset: int,
    ) -> list[Span]:
        column = LABEL_OUTPUTS.index(label.value)
        chosen = losses
        if len(pieces) > MOST_PIECES:
            start, end, _ = max(losses, key=lambda loss: float(loss[2][column]))
            inside = [(a, b) for a, b in pieces if start <= a and b <= end]
            chosen = self._losses(text, inside, whole)
        most = max(float(loss[column]) for _, _, loss in chosen)
        if most <= 0:
            return []
        spans = [
            Span(offset + a, offset + b, label, round(float(loss[column]), 4))
            for a, b, loss in chosen
            if loss[column] >= KEPT_SHARE * most
        ]
        return _joined(spans, "".join(text), offset)

    def _losses(
        self, text: str, pieces: Sequence[tuple[int, int]], whole: NDArray[np.floating]
    ) -> list[tuple[int, int, NDArray[np.floating]]]:
        without = self._outputs([text[:a] + text[b:] for a, b in pieces])
        base = logit(whole[: len(LABEL_OUTPUTS)])
        return [(a, b, base - logit(row[: len(LABEL_OUTPUTS)])) for (a, b), row in zip(pieces, without, strict=True)]

    def _explained(self, row: NDArray[np.floating]) -> list[Label]:
        labels = [label for label, p in zip(Label, row, strict=False) if p >= SHOWN_FROM]
        manifest = self._classifier.model.manifest
        if not labels and risk_of(row[None, :], manifest.calibration)[0] >= manifest.thresholds.review:
            labels = [list(Label)[int(row[: len(LABEL_OUTPUTS)].argmax())]]
        return labels

    def _outputs(self, texts: Sequence[str]) -> NDArray[np.floating]:
        return self._classifier.probabilities([normalise(text) for text in texts])

    def _stretch(self, text: str) -> tuple[int, str]:
        if len(text) <= CHARACTERS:
            return 0, text
        starts = list(range(0, min(len(text), 40 * CHARACTERS), CHARACTERS // 2))
        rows = self._outputs([text[s : s + CHARACTERS] for s in starts])
        worst = int(risk_of(rows, self._classifier.model.manifest.calibration).argmax())
        return starts[worst], text[starts[worst] : starts[worst] + CHARACTERS]


def words(text: str) -> list[tuple[int, int]]:
    """Word borders of the original text by fugashi and UniDic; whitespace belongs to no word."""
    found: list[tuple[int, int]] = []
    at = 0
    # The tagger stops at NUL and cannot take surrogates; neither is part of a word.
    safe = "".join(" " if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)
    for word in tagger()(safe):
        start = safe.find(word.surface, at)
        if start < 0:
            continue
        at = start + len(word.surface)
        found.append((start, at))
    return found


def _runs(pieces: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    size = -(-len(pieces) // most)
    return [(pieces[i][0], pieces[min(i + size, len(pieces)) - 1][1]) for i in range(0, len(pieces), size)]


def _joined(spans: list[Span], text: str, offset: int) -> list[Span]:
    """Neighbours with nothing or only whitespace between them become one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start):
        if joined and not text[joined[-1].end - offset : span.start - offset].strip():
            last = joined[-1]
            joined[-1] = Span(last.start, span.end, span.label, max(last.weight, span.weight))
        else:
            joined.append(span)
    return joined

"""Whether highlights are faithful: deleting them must cost a label more than deleting as many other words.

Comprehensiveness (what the label loses without the highlighted words) and sufficiency (what it loses when only they
remain) after DeYoung et al. 2020, in probability. The rival is as many words of the same text drawn at random.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifier.explain import Explainer, words
from classifier.heads import LABEL_OUTPUTS
from classifier.scorer import Classifier
from classifier.text import normalise


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Means over explained labels, in probability; ``share`` is how much of a text its highlights take."""

    explained: int
    comprehensiveness: float
    comprehensiveness_random: float
    sufficiency: float
    sufficiency_random: float
    share: float


def faithfulness(classifier: Classifier, texts: Sequence[str], seed: int = 1) -> Faithfulness:
    """Explain ``texts`` and measure; texts without a highlight do not count. Raises ``ValueError`` where none has."""
    explainer = Explainer(classifier)
    draw = random.Random(seed)
    rows: list[tuple[float, ...]] = []
    for text in texts:
        pieces = words(text)
        spans = explainer.spans(text)
        for label in dict.fromkeys(span.label for span in spans):
            marked = [p for p in pieces if any(s.label is label and s.start <= p[0] < s.end for s in spans)]
            drawn = draw.sample(pieces, len(marked))
            variants = [text, without(text, marked), without(text, drawn), only(text, marked), only(text, drawn)]
            column = LABEL_OUTPUTS.index(label.value)
            p = classifier.probabilities([normalise(variant) for variant in variants])[:, column]
            rows.append((*(float(p[0] - p[i]) for i in (1, 2, 3, 4)), len(marked) / len(pieces)))
    if not rows:
        raise ValueError("no text has a label to explain")
    means = [round(float(mean), 4) for mean in np.mean(rows, axis=0)]
    return Faithfulness(len(rows), *means)


def without(text: str, pieces: Sequence[tuple[int, int]]) -> str:
    """``text`` with these pieces left out."""
    gone = {i for start, end in pieces for i in range(start, end)}
    return "".join(c for i, c in enumerate(text) if i not in gone)


def only(text: str, pieces: Sequence[tuple[int, int]]) -> str:
    """Just these pieces of ``text``."""
    return "".join(text[start:end] for start, end in sorted(pieces))

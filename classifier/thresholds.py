"""Choosing the review threshold by what it costs: hours of reading, or infringements missed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.errors import Refused

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a threshold would mean."""

    review: float
    """Smallest risk that opens a review item."""
    found: float
    """Share of the infringing validation rows (severity ≥ 2) at or above it."""
    flagged: float | None
    """Share of the stream at or above it; None without a sample of the stream."""


def by_miss_rate(risks: Floats, look: NDArray[np.bool_], miss: float, stream: Floats | None = None) -> Choice:
    """The highest threshold (two decimals) that misses at most a share ``miss`` of the infringing rows.

    Raises :class:`Refused` where no row infringes.
    """
    if not look.any():
        raise Refused("no row has severity 2 or more: a miss rate cannot be measured on these rows")
    for review in np.round(np.arange(0.99, 0.0, -0.01), 2):
        choice = weigh(float(review), risks, look, stream)
        if choice.found >= 1 - miss:
            return choice
    return weigh(0.0, risks, look, stream)


def by_capacity(
    risks: Floats, look: NDArray[np.bool_], stream: Floats, posts_a_day: float, items_a_day: float
) -> Choice:
    """The lowest threshold (two decimals) under which a day of the stream opens at most ``items_a_day`` items."""
    for review in np.round(np.arange(0.01, 1.0, 0.01), 2):
        if float((stream >= review).mean()) * posts_a_day <= items_a_day:
            return weigh(float(review), risks, look, stream)
    return weigh(1.0, risks, look, stream)


def weigh(review: float, risks: Floats, look: NDArray[np.bool_], stream: Floats | None) -> Choice:
    """What ``review`` as the threshold would mean."""
    found = float((risks[look] >= review).mean()) if look.any() else float("nan")
    return Choice(review, round(found, 4), None if stream is None else round(float((stream >= review).mean()), 5))


def table(risks: Floats, look: NDArray[np.bool_], stream: Floats | None, steps: Sequence[float]) -> list[Choice]:
    """Several thresholds side by side."""
    return [weigh(step, risks, look, stream) for step in steps]

import numpy as np
import pytest

from classifier.thresholds import by_capacity, by_miss_rate, weigh
from domain.errors import Refused

RISKS = np.array([0.9, 0.8, 0.6, 0.3, 0.1, 0.05])
LOOK = np.array([True, True, True, True, False, False])
STREAM = np.linspace(0, 0.999, 1000)


def test_a_miss_rate_gives_the_highest_threshold_that_keeps_it() -> None:
    assert by_miss_rate(RISKS, LOOK, 0.25).review == 0.6
    assert by_miss_rate(RISKS, LOOK, 0.0).review == 0.3
    assert by_miss_rate(RISKS, LOOK, 0.25).found == 0.75


def test_a_capacity_gives_the_lowest_threshold_that_people_can_follow() -> None:
    choice = by_capacity(RISKS, LOOK, STREAM, posts_a_day=5000, items_a_day=1000)
    assert choice.review == pytest.approx(0.8, abs=0.01)
    assert choice.flagged is not None
    assert choice.flagged * 5000 <= 1000
    assert weigh(choice.review - 0.01, RISKS, LOOK, STREAM).flagged * 5000 > 1000  # type: ignore[operator]


def test_no_capacity_at_all_flags_nothing() -> None:
    assert by_capacity(RISKS, LOOK, STREAM, 5000, 0).flagged == 0.0


def test_rows_without_an_infringement_are_refused() -> None:
    with pytest.raises(Refused, match="severity 2"):
        by_miss_rate(RISKS, np.zeros(6, dtype=bool), 0.1)

"""What a reporter told, read out of a post's extra, which other programs can write."""

from typing import Any

import pytest

from domain.posts import Origin
from domain.reports import Standing, Told, Wish, told_of
from tests.factories import make_post


def told(report: Any) -> Told | None:
    return told_of(make_post(origin=Origin.REPORTED, extra={"report": report}))


def test_what_was_told_is_read_in_the_order_of_the_form() -> None:
    said = told({"standing": "guardian", "wishes": ["police", "remove"], "in_danger": True})
    assert said == Told(Standing.GUARDIAN, (Wish.REMOVE, Wish.POLICE), in_danger=True)


def test_a_collected_post_tells_nothing_whatever_its_extra_says() -> None:
    assert told_of(make_post(extra={"report": {"in_danger": True}})) is None


@pytest.mark.parametrize(
    "report",
    [
        None,
        "danger",
        ["in_danger"],
        7,
        {"standing": ["victim"], "wishes": "remove", "in_danger": "true"},
        {"standing": {"a": 1}, "wishes": {"remove": 1}, "in_danger": 1},
        {"standing": "<script>", "wishes": [None, ["remove"], {}, "<b>"], "in_danger": None},
    ],
)
def test_what_is_not_of_the_known_shape_counts_as_not_told(report: Any) -> None:
    assert told(report) == Told()


def test_known_wishes_are_kept_beside_unknown_ones_and_each_once() -> None:
    assert told({"wishes": ["remove", 3, "remove", "fly"]}) == Told(None, (Wish.REMOVE,))


def test_a_reported_post_without_a_report_in_extra_is_still_a_reported_one() -> None:
    assert told_of(make_post(origin=Origin.REPORTED)) == Told()

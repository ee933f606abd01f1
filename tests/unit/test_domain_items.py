"""Items in the queue: their order, who holds them, and what the classifier stresses."""

from itertools import pairwise

import pytest

from domain import words
from domain.access import Role
from domain.decisions import DecisionKind, DismissReason
from domain.items import priority
from domain.labels import Group, Label, Severity
from domain.machines import OUTCOME_STATES, ItemState, RequestState
from domain.posts import Origin
from tests.factories import NOW, later, make_assessment, make_item, reported_item


def test_people_come_before_the_machine_then_severity_then_risk() -> None:
    order = [
        priority(make_assessment(0.0, severity=Severity.NONE), Origin.REPORTED),
        priority(make_assessment(1.0, severity=Severity.GRAVE), Origin.COLLECTED),
        priority(make_assessment(0.1, severity=Severity.GRAVE), Origin.COLLECTED),
        priority(make_assessment(0.99, severity=Severity.LIKELY), Origin.COLLECTED),
        priority(make_assessment(0.5, severity=Severity.LIKELY), Origin.COLLECTED),
        priority(make_assessment(0.5, severity=Severity.NONE), Origin.COLLECTED),
    ]
    assert all(first > second for first, second in pairwise(order))


def test_a_claim_holds_until_its_end_and_not_a_moment_longer() -> None:
    item = make_item(claimed_by="u-1", claimed_until=later(minutes=15))
    assert item.holder(NOW) == "u-1"
    assert item.holder(later(minutes=15, microseconds=-1)) == "u-1"
    assert item.holder(later(minutes=15)) is None
    assert make_item().holder(NOW) is None
    assert make_item(claimed_by="u-1").holder(NOW) is None


@pytest.mark.parametrize("state", ItemState)
def test_only_outcomes_are_decided(state: ItemState) -> None:
    assert make_item(state=state).decided == (state in OUTCOME_STATES)


def test_the_strongest_label_is_the_most_probable() -> None:
    assert make_assessment(0.9, {Label.PRIVACY: 0.7, Label.THREAT: 0.71}).strongest is Label.THREAT


def test_an_item_bears_the_id_of_its_version_of_the_post() -> None:
    item = reported_item()
    assert item.id == item.post.revision_id


# Words


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (words.LABELS, Label),
        (words.GROUPS, Group),
        (words.SEVERITIES, Severity),
        (words.SEVERITY_SHAPES, Severity),
        (words.ITEM_STATES, ItemState),
        (words.REQUEST_STATES, RequestState),
        (words.DECISIONS, DecisionKind),
        (words.DISMISS_REASONS, DismissReason),
        (words.DISMISS_REASON_HELP, DismissReason),
        (words.ROLES, Role),
        (words.ORIGINS, Origin),
    ],
)
def test_each_code_has_a_japanese_word_of_its_own(table: dict[object, str], codes: type) -> None:
    assert set(table) == set(codes)
    assert len(set(table.values())) == len(table)
    assert all(word.strip() for word in table.values())


@pytest.mark.parametrize(
    ("probability", "word", "of_hundred"),
    [
        (0.0, "ごく低い", "100件のうち1件未満"),
        (0.02, "ごく低い", "100件のうち約2件"),
        (0.15, "低い", "100件のうち約15件"),
        (0.4, "中くらい", "100件のうち約40件"),
        (0.7, "高い", "100件のうち約70件"),
        (0.92, "とても高い", "100件のうち約92件"),
        (1.0, "とても高い", "100件のうちほぼ全部"),
    ],
)
def test_chances_are_said_as_people_say_them(probability: float, word: str, of_hundred: str) -> None:
    assert words.chance(probability) == word
    assert words.frequency(probability) == of_hundred


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ({"seconds": 0}, "たった今"),
        ({"seconds": -59}, "たった今"),
        ({"seconds": 59}, "まもなく"),
        ({"minutes": -59}, "59分前"),
        ({"hours": -3}, "3時間前"),
        ({"hours": -47}, "47時間前"),
        ({"days": -2}, "2日前"),
        ({"days": 2}, "2日後"),
        ({"days": -60}, "2か月前"),
        ({"days": -800}, "2年前"),
    ],
)
def test_distance_in_time(span: dict[str, float], text: str) -> None:
    assert words.ago(later(**span), NOW) == text


def test_moments_are_shown_in_japan() -> None:
    assert words.moment(NOW) == "2026-11-23 14:00"
    assert words.clock(later(hours=12)) == "02:00"

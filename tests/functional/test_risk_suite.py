"""The shipped model on the functional suite: bounds a little below what it reached when it was shipped.

The suite was written before the model was trained to its end, and neither training nor the threshold saw it. At the
shipped threshold 63 of 68 functionalities had at least 80 % of their cases right; 3.1 % of the harmless cases were
flagged and 87 % of the others. Ten cases show a weakness, they do not measure a rate.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from app.settings import PROJECT
from classifier.faithful import faithfulness
from classifier.metrics import auc
from classifier.scorer import Classifier

CASES = [json.loads(line) for line in (Path(__file__).parent / "suite.jsonl").read_text("utf-8").splitlines()]


@cache
def model() -> Classifier:
    return Classifier.load(PROJECT / "models" / "mimamori-1")


@cache
def right() -> dict[str, list[bool]]:
    by: dict[str, list[bool]] = defaultdict(list)
    for case, assessment in zip(CASES, model().score([case["text"] for case in CASES]), strict=True):
        by[case["functionality"]].append(assessment.needs_review == case["flag"])
    return by


def harmless_flagged() -> Iterator[tuple[str, bool]]:
    for case, assessment in zip(CASES, model().score([case["text"] for case in CASES]), strict=True):
        if not case["flag"]:
            yield case["functionality"], assessment.needs_review


def test_nine_of_ten_functionalities_pass() -> None:
    passed = [name for name, results in right().items() if np.mean(results) >= 0.8]
    assert len(passed) >= 0.9 * len(right()), sorted(set(right()) - set(passed))


def test_grave_cases_outrank_harmless_ones() -> None:
    risks = np.array([a.risk for a in model().score([case["text"] for case in CASES])])
    assert auc(risks, np.array([case["flag"] for case in CASES])) >= 0.96


def test_neutral_mentions_of_a_group_are_not_flagged() -> None:
    groups: dict[str, list[bool]] = defaultdict(list)
    for name, flagged in harmless_flagged():
        if name.startswith("neutral_"):
            groups[name].append(flagged)
    assert len(groups) >= 8
    assert np.mean([f for flags in groups.values() for f in flags]) <= 0.05
    assert max(np.mean(flags) for flags in groups.values()) <= 0.2, {n: np.mean(f) for n, f in groups.items()}


def test_highlights_carry_the_label_far_more_than_other_words() -> None:
    texts = [case["text"] for case in CASES if case["flag"]][::8]
    figures = faithfulness(model(), texts)
    assert figures.explained >= 15
    assert figures.comprehensiveness > 2 * figures.comprehensiveness_random
    assert figures.sufficiency < figures.sufficiency_random
    assert figures.share < 0.4

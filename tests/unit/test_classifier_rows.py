import json
from pathlib import Path
from typing import Any

import pytest

from classifier.heads import GROUP_OUTPUTS, OUTPUTS, group_of, targets
from classifier.rows import clusters, read_rows, split
from domain.labels import Group


def row(number: int, text: str, **more: Any) -> dict[str, Any]:
    labels = dict.fromkeys(("defamation", "insult", "threat", "privacy", "discrimination"), 0.0)
    return {"id": f"r{number}", "text": text, "severity": 0, "group": "", "source": "x", **labels, **more}


def test_pairs_and_near_copies_share_a_cluster() -> None:
    rows = [
        row(0, "駅前の店で買ったパンがとても美味しかったのでまた行きたい", pair="p"),
        row(1, "まったく別の話をしている文がここにあります", pair="p"),
        row(2, "駅前の店で買ったパンがとても美味しかったのでまた行きたいな"),
        row(3, "これはどれとも似ていない一文として置いてあるもの"),
    ]
    numbers = clusters(rows)
    assert numbers[0] == numbers[1] == numbers[2]
    assert numbers[3] != numbers[0]


def test_a_split_loses_nothing_and_never_parts_a_pair() -> None:
    rows = [row(i, f"{i}番目の{'猫' * (i % 7)}話題{i * 7919 % 1000}", pair=f"p{i // 2}") for i in range(600)]
    parts = split(rows)
    sides = [parts.train, parts.validation, parts.test]
    assert sorted(r["id"] for side in sides for r in side) == sorted(r["id"] for r in rows)
    assert all(side for side in sides)
    homes: dict[str, set[int]] = {}
    for i, side in enumerate(sides):
        for r in side:
            homes.setdefault(r["pair"], set()).add(i)
    assert all(len(home) == 1 for home in homes.values())


def test_a_split_does_not_depend_on_the_order_of_rows() -> None:
    rows = [row(i, f"{i * 7919 % 10007}という数の話をした日") for i in range(200)]
    assert {r["id"] for r in split(rows).test} == {r["id"] for r in split(rows[::-1]).test}


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row(0, "よい行")) + '\n{"id": 1}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_rows(path)


def test_targets_follow_the_outputs() -> None:
    values, mask = targets(row(0, "x", discrimination=1.0, group="eth", severity=2))
    named = dict(zip(OUTPUTS, values, strict=True))
    assert (named["discrimination"], named["severity_ge_2"], named["severity_ge_3"]) == (1.0, 1.0, 0.0)
    assert named["group_ethnicity"] == 1.0
    assert sum(named[name] for name in GROUP_OUTPUTS) == 1.0
    assert mask == [1.0] * len(OUTPUTS)


def test_a_group_that_was_not_annotated_is_masked() -> None:
    _, mask = targets(row(0, "x", discrimination=0.5))
    assert mask[-len(GROUP_OUTPUTS) :] == [0.0] * len(GROUP_OUTPUTS)
    assert mask[: -len(GROUP_OUTPUTS)] == [1.0] * (len(OUTPUTS) - len(GROUP_OUTPUTS))


@pytest.mark.parametrize(("code", "group"), [("eth", Group.ETHNICITY), ("buraku", Group.BURAKU), ("", None)])
def test_both_forms_of_group_codes_are_known(code: str, group: Group | None) -> None:
    assert group_of(code) is group
    with pytest.raises(ValueError, match="nonsense"):
        group_of("nonsense")

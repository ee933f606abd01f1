"""The outputs of the network: their order, and how a labelled row becomes a target vector."""

from collections.abc import Mapping
from typing import Any

from domain.labels import Group, Label, Severity

LABEL_OUTPUTS: tuple[str, ...] = tuple(label.value for label in Label)
SEVERITY_OUTPUTS: tuple[str, ...] = ("severity_ge_1", "severity_ge_2", "severity_ge_3")
GROUP_OUTPUTS: tuple[str, ...] = tuple(f"group_{group.value}" for group in Group)
OUTPUTS: tuple[str, ...] = LABEL_OUTPUTS + SEVERITY_OUTPUTS + GROUP_OUTPUTS
"""Every output is an independent probability (sigmoid)."""

POSITIVE_WEIGHTS: tuple[float, ...] = (3.0, 1.5, 3.0, 3.0, 1.5, 1.5, 1.5, 2.0, *([1.0] * len(GROUP_OUTPUTS)))
LOSS_WEIGHTS: tuple[float, ...] = (*([1.0] * 7), 0.5, *([0.2] * len(GROUP_OUTPUTS)))

MEAN_SCALE = 3.0
"""Weight of the mean-pooled half under the head; max pooling finds the one harmful clause in a long post."""

_GROUP_CODES = {
    "eth": Group.ETHNICITY,
    "ethnicity_nationality": Group.ETHNICITY,
    "bur": Group.BURAKU,
    "dis": Group.DISABILITY,
    "disability_illness": Group.DISABILITY,
    "gen": Group.GENDER,
    "lgb": Group.SEXUAL_MINORITY,
    "rel": Group.RELIGION,
    "occ": Group.OCCUPATION,
    "occupation_status": Group.OCCUPATION,
    "reg": Group.REGION,
    "region_origin": Group.REGION,
    "oth": Group.OTHER,
}


def group_of(code: str) -> Group | None:
    """The group behind an annotation code (short or long form), or None for an empty code."""
    if not code:
        return None
    return _GROUP_CODES.get(code) or Group(code)


def targets(row: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """Targets and mask, both of length ``len(OUTPUTS)``.

    Group outputs are masked (0) where a row is discriminatory but its group was not annotated.
    """
    values = [float(row[name]) for name in LABEL_OUTPUTS]
    severity = int(row["severity"])
    values += [float(severity >= level) for level in (Severity.UNPLEASANT, Severity.LIKELY, Severity.GRAVE)]
    group = group_of(str(row.get("group") or ""))
    discrimination = float(row[Label.DISCRIMINATION.value])
    values += [discrimination if group is g else 0.0 for g in Group]
    known = 0.0 if discrimination > 0 and group is None else 1.0
    return values, [1.0] * (len(OUTPUTS) - len(GROUP_OUTPUTS)) + [known] * len(GROUP_OUTPUTS)

"""Judging a model on rows it never saw: ranking, calibration, false alarms, and the honest base rate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.heads import LABEL_OUTPUTS
from classifier.metrics import auc, average_precision, expected_calibration_error
from classifier.rows import Row
from domain.assessments import Assessment
from domain.labels import Label

HARMLESS_SOURCES = ("jcm", "economy")
"""Commonsense sentences and economic comments: ordinary text of which almost nothing should be flagged."""


def report(rows: Sequence[Row], assessments: Sequence[Assessment], weights: NDArray[np.floating]) -> dict[str, Any]:
    """All figures of an evaluation as plain numbers.

    ``weights`` shift the share of infringements to that of a stream (see :mod:`classifier.calibration`) and are used
    for calibration only; ranking figures take the rows as they are.
    """
    risk = np.array([a.risk for a in assessments])
    look = np.array([int(r["severity"]) >= 2 for r in rows])
    flagged = np.array([a.needs_review for a in assessments])
    any_label = np.array([max(float(r[name]) for name in LABEL_OUTPUTS) >= 0.5 for r in rows])
    strongest = np.array([max(a.labels.values()) for a in assessments])
    per_label = {
        label.value: _maybe(
            auc(
                np.array([a.labels[label] for a in assessments]),
                np.array([float(r[label.value]) >= 0.5 for r in rows]),
            )
        )
        for label in Label
    }
    harmless = np.array([r["source"] in HARMLESS_SOURCES for r in rows])
    real = np.array([r["source"].startswith("open2ch") for r in rows])
    return {
        "rows": len(rows),
        "auc": per_label,
        "macro_auc": round(float(np.mean([value for value in per_label.values() if value is not None])), 4),
        "risk_auc": round(auc(risk, look), 4),
        "risk_average_precision": round(average_precision(risk, look), 4),
        "any_label_average_precision": round(average_precision(strongest, any_label), 4),
        "real_posts_risk_auc": _maybe(auc(risk[real], look[real])),
        "recall_at_threshold": _share(flagged, look),
        "precision_at_threshold": _share(look, flagged),
        "harmless_flagged": _share(flagged, harmless),
        "real_posts_flagged": _share(flagged, real),
        "calibration_error": round(_weighted_ece(risk, look, weights), 4),
        "calibration_error_unweighted": round(expected_calibration_error(risk, look), 4),
        "pairs_in_order": _pairs(rows, risk),
        "reliability": _reliability(risk, look, weights),
    }


def _share(hit: NDArray[np.bool_], among: NDArray[np.bool_]) -> float | None:
    return round(float(hit[among].mean()), 4) if among.any() else None


def _maybe(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)


def _pairs(rows: Sequence[Row], risk: NDArray[np.floating]) -> dict[str, float | int]:
    """How often the grave side of a contrast pair outranks its harmless twin."""
    sides: dict[str, tuple[list[float], list[float]]] = {}
    for row, value in zip(rows, risk, strict=True):
        if row.get("pair") and int(row["severity"]) != 1:
            sides.setdefault(row["pair"], ([], []))[int(row["severity"]) >= 2].append(float(value))
    both = [(max(low), min(high)) for low, high in sides.values() if low and high]
    right = sum(low < high for low, high in both)
    return {"pairs": len(both), "share": round(right / len(both), 4) if both else 0.0}


def _weighted_ece(risk: NDArray[np.floating], look: NDArray[np.bool_], weights: NDArray[np.floating]) -> float:
    return sum(row["weight"] * abs(row["stated"] - row["observed"]) for row in _reliability(risk, look, weights))


def _reliability(
    risk: NDArray[np.floating], look: NDArray[np.bool_], weights: NDArray[np.floating], bins: int = 10
) -> list[dict[str, float]]:
    index = np.minimum((risk * bins).astype(int), bins - 1)
    rows: list[dict[str, float]] = []
    for b in range(bins):
        k = index == b
        if k.any():
            w = weights[k]
            rows.append(
                {
                    "weight": round(float(w.sum() / weights.sum()), 5),
                    "stated": round(float((risk[k] * w).sum() / w.sum()), 4),
                    "observed": round(float((look[k] * w).sum() / w.sum()), 4),
                    "rows": int(k.sum()),
                }
            )
    return rows

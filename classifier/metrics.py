"""Figures for a model: ranking, calibration, false alarms. numpy only, so evaluation needs no training stack."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.heads import LABEL_OUTPUTS, OUTPUTS
from classifier.rows import Row

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]


def auc(scores: Floats, positive: Bools) -> float:
    """Area under the ROC curve by ranks, ties shared; NaN where only one class is present."""
    n_pos = int(positive.sum())
    n_neg = len(positive) - n_pos
    if n_pos == 0 or n_neg == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2
    return float((rank[inverse][positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def average_precision(scores: Floats, positive: Bools) -> float:
    """Mean of the precision at each positive, best score first; NaN where there is no positive."""
    if not positive.any():
        return float("nan")
    hits = positive[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def expected_calibration_error(probabilities: Floats, positive: Bools, bins: int = 10) -> float:
    """Mean gap between stated and observed frequency over ``bins`` equal-width bins, weighted by their size."""
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    error = 0.0
    for b in range(bins):
        inside = index == b
        if inside.any():
            error += inside.mean() * abs(float(probabilities[inside].mean()) - float(positive[inside].mean()))
    return error


def raw_risk(probabilities: Floats) -> Floats:
    """Strongest label × √P(severity ≥ 2): ranks better and raises fewer false alarms than the labels alone."""
    labels = probabilities[:, : len(LABEL_OUTPUTS)].max(axis=1)
    risk: Floats = labels * np.sqrt(probabilities[:, OUTPUTS.index("severity_ge_2")])
    return risk


def summary(rows: Sequence[Row], probabilities: Floats) -> dict[str, float]:
    """Per-label AUC, their mean, and AUC and average precision of "a monitor should look" (severity ≥ 2)."""
    figures: dict[str, float] = {}
    for i, name in enumerate(LABEL_OUTPUTS):
        figures[f"auc_{name}"] = auc(probabilities[:, i], np.array([float(r[name]) >= 0.5 for r in rows]))
    figures["macro_auc"] = float(np.mean([figures[f"auc_{name}"] for name in LABEL_OUTPUTS]))
    look = np.array([int(r["severity"]) >= 2 for r in rows])
    any_label = np.array([max(float(r[name]) for name in LABEL_OUTPUTS) >= 0.5 for r in rows])
    risk = raw_risk(probabilities)
    figures["auc_risk"] = auc(risk, look)
    figures["ap_risk"] = average_precision(risk, look)
    figures["ap_any"] = average_precision(risk, any_label)
    return {name: round(value, 4) for name, value in figures.items()}

"""Probabilities that mean what they say: Platt scaling (Platt 1999) fitted on rows kept out of training.

The validation rows hold far more infringements than any stream of posts, so they are re-weighted to a stated share
(``prior``) before fitting; without that, "70 %" would mean 70 % of a hand-picked collection.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.artefact import Calibration
from classifier.heads import LABEL_OUTPUTS, OUTPUTS, targets
from classifier.rows import Row

Floats = NDArray[np.floating]

_LIMIT = 1e-6
_LOOK = OUTPUTS.index("severity_ge_2")


def logit(p: Floats) -> Floats:
    """Log-odds, finite also at 0 and 1."""
    clipped = np.clip(p.astype(np.float64), _LIMIT, 1 - _LIMIT)
    return np.log(clipped / (1 - clipped))


def sigmoid(x: Floats) -> Floats:
    """Inverse of :func:`logit`."""
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))


def calibrated(raw: Floats, calibration: Calibration) -> NDArray[np.float32]:
    """Raw outputs ``(rows, outputs)`` to calibrated probabilities of the same shape."""
    slopes = np.array([calibration.outputs[name][0] for name in OUTPUTS])
    offsets = np.array([calibration.outputs[name][1] for name in OUTPUTS])
    return sigmoid(slopes * logit(raw) + offsets).astype(np.float32)


def risk_of(scaled: Floats, calibration: Calibration) -> Floats:
    """Probability ``(rows,)`` that a monitor should look, from calibrated outputs."""
    look, label, offset = calibration.risk
    strongest = scaled[:, : len(LABEL_OUTPUTS)].max(axis=1)
    return sigmoid(look * logit(scaled[:, _LOOK]) + label * logit(strongest) + offset)


def fit(rows: Sequence[Row], raw: Floats, prior: float) -> Calibration:
    """Fit on validation rows and their raw outputs, as if a share ``prior`` of posts had severity ≥ 2."""
    values = np.array([targets(row)[0] for row in rows])
    known = np.array([targets(row)[1] for row in rows]) > 0
    weights = prior_weights(values[:, _LOOK] >= 0.5, prior)
    outputs: dict[str, tuple[float, float]] = {}
    for i, name in enumerate(OUTPUTS):
        k = known[:, i]
        slope, offset = _logistic(logit(raw[k, i])[:, None], values[k, i] >= 0.5, weights[k])
        outputs[name] = (round(slope, 5), round(offset, 5))
    interim = Calibration(outputs, (1.0, 0.0, 0.0))
    scaled = calibrated(raw, interim)
    strongest = scaled[:, : len(LABEL_OUTPUTS)].max(axis=1)
    features = np.stack([logit(scaled[:, _LOOK]), logit(strongest)], axis=1)
    look, label, offset = _logistic(features, values[:, _LOOK] >= 0.5, weights)
    return Calibration(outputs, (round(look, 5), round(label, 5), round(offset, 5)))


def prior_weights(positive: NDArray[np.bool_], prior: float) -> Floats:
    """Weights that make the positives a share ``prior`` of the whole; they sum to the number of rows."""
    share = positive.mean()
    weights: Floats = np.where(positive, prior / share, (1 - prior) / (1 - share))
    return weights


def _logistic(features: Floats, positive: NDArray[np.bool_], weights: Floats, ridge: float = 1.0) -> tuple[float, ...]:
    """Weighted logistic regression by Newton's method; slopes then offset. Slopes start at one, so few positives
    leave an output nearly as it is.
    """
    x = np.column_stack([features, np.ones(len(features))])
    start = np.concatenate([np.full(features.shape[1], 1.0 / features.shape[1]), [0.0]])
    beta = start.copy()
    penalty = ridge * np.append(np.ones(features.shape[1]), 0.1)
    for _ in range(100):
        p = sigmoid(x @ beta)
        gradient = x.T @ (weights * (positive - p)) - penalty * (beta - start)
        curvature = (x * (weights * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        move = np.linalg.solve(curvature, gradient)
        beta = beta + np.clip(move, -1, 1)  # full steps run away where one class is rare
        if np.abs(move).max() < 1e-8:
            break
    return tuple(float(b) for b in beta)

import numpy as np
import pytest

from classifier.artefact import Calibration
from classifier.calibration import calibrated, fit, logit, prior_weights, risk_of, sigmoid
from classifier.heads import LABEL_OUTPUTS, OUTPUTS
from classifier.metrics import auc, average_precision, expected_calibration_error


def test_auc_counts_ordered_pairs_and_halves_ties() -> None:
    scores = np.array([0.1, 0.4, 0.35, 0.8])
    positive = np.array([False, False, True, True])
    assert auc(scores, positive) == 0.75
    assert auc(np.ones(4), positive) == 0.5
    assert np.isnan(auc(scores, np.zeros(4, dtype=bool)))


def test_average_precision_rewards_positives_on_top() -> None:
    positive = np.array([True, False, True, False])
    assert average_precision(np.array([0.9, 0.8, 0.7, 0.1]), positive) == pytest.approx((1 + 2 / 3) / 2)


def test_calibration_error_is_the_gap_between_stated_and_observed() -> None:
    assert expected_calibration_error(np.full(10, 0.85), np.array([True] * 5 + [False] * 5)) == pytest.approx(0.35)


def test_weights_shift_the_share_of_positives() -> None:
    positive = np.array([True] * 30 + [False] * 70)
    weights = prior_weights(positive, 0.05)
    assert weights[positive].sum() / weights.sum() == pytest.approx(0.05)
    assert weights.sum() == pytest.approx(100)


def test_fitting_mends_overconfident_outputs() -> None:
    random = np.random.default_rng(1)
    truth = random.normal(-1.5, 2, 4000)
    happened = random.random(4000) < sigmoid(truth)
    raw = np.repeat(sigmoid(2 * truth + 1)[:, None], len(OUTPUTS), axis=1)
    rows = [
        {**dict.fromkeys(LABEL_OUTPUTS, float(h)), "severity": 3 * int(h), "group": "oth" if h else ""}
        for h in happened
    ]
    share = float(happened.mean())
    calibration = fit(rows, raw, share)
    risk = risk_of(calibrated(raw, calibration), calibration)
    assert expected_calibration_error(sigmoid(2 * truth + 1), happened) > 0.05
    assert expected_calibration_error(risk, happened) < 0.03
    lower = fit(rows, raw, share / 10)
    assert risk_of(calibrated(raw, lower), lower).mean() < risk.mean() / 3


def test_extreme_outputs_stay_finite() -> None:
    identity = Calibration(dict.fromkeys(OUTPUTS, (1.0, 0.0)), (0.5, 0.5, 0.0))
    raw = np.array([[0.0] * len(OUTPUTS), [1.0] * len(OUTPUTS)], dtype=np.float32)
    risk = risk_of(calibrated(raw, identity), identity)
    assert np.isfinite(logit(raw)).all()
    assert 0 <= risk[0] < 0.001 < 0.999 < risk[1] <= 1

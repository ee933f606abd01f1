"""From trained weights to a model folder that can be shipped: calibrate, choose a threshold, judge, describe, seal.

Calibration uses the fast runtime, since that is what will speak in service.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier import artefact
from classifier.artefact import Calibration, Manifest, Thresholds
from classifier.calibration import fit, prior_weights
from classifier.card import model_card
from classifier.evaluate import report
from classifier.heads import OUTPUTS
from classifier.rows import Row, Split
from classifier.scorer import Classifier
from classifier.text import normalise

IDENTITY = Calibration(dict.fromkeys(OUTPUTS, (1.0, 0.0)), (1.0, 0.0, 0.0))


def finish(folder: Path, parts: Split, manifest: Manifest, prior: float) -> dict[str, Any]:
    """Seal ``folder`` with a calibration fitted on ``parts.validation``; returns the figures on ``parts.test``.

    ``manifest`` brings name, version and thresholds; ``prior`` is the share of posts with severity ≥ 2 in the stream
    the probabilities should fit. Writes ``evaluation.json`` and the model card too.
    """
    plain = Manifest(manifest.name, manifest.version, IDENTITY, manifest.thresholds)
    artefact.seal(folder, plain)
    raw = Classifier.load(folder).probabilities([normalise(str(row["text"])) for row in parts.validation])
    calibration = fit(parts.validation, raw, prior)
    artefact.seal(folder, Manifest(manifest.name, manifest.version, calibration, manifest.thresholds))
    figures = {"prior": prior, **judge(Classifier.load(folder), parts.test, prior)}
    (folder / "evaluation.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(model_card(manifest, figures, parts), encoding="utf-8")
    return figures


def judge(classifier: Classifier, rows: Sequence[Row], prior: float) -> dict[str, Any]:
    """The figures of :func:`classifier.evaluate.report` for rows that the model never saw."""
    assessments = classifier.score([str(row["text"]) for row in rows])
    look = np.array([int(row["severity"]) >= 2 for row in rows])
    return report(rows, assessments, prior_weights(look, prior))


def manifest_of(name: str, version: str, thresholds: Thresholds) -> Manifest:
    """A manifest that waits for its calibration."""
    return Manifest(name, version, IDENTITY, thresholds)

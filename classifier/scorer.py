"""The classifier as the worker uses it: texts in, assessments out, in order."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier import artefact
from classifier.calibration import calibrated, risk_of
from classifier.heads import GROUP_OUTPUTS, LABEL_OUTPUTS, OUTPUTS
from classifier.runtime import RUNTIMES, Runtime, run_batches
from classifier.text import normalise
from domain.assessments import Assessment
from domain.labels import Group, Label, Severity

HEAD_CHARACTERS = 100_000
TAIL_CHARACTERS = 20_000
"""Of a longer text only its beginning and its end are scored; a post of this length is a dump, not speech."""
OVERLAP = 32
"""Tokens that neighbouring windows of a long text share."""
REMEMBERED = 50_000
"""Texts whose scores are kept: boards are full of copies, and each copy is scored once."""

_LABELS = slice(0, len(LABEL_OUTPUTS))
_SEVERITY = [OUTPUTS.index(f"severity_ge_{level}") for level in (1, 2, 3)]
_GROUPS = slice(len(OUTPUTS) - len(GROUP_OUTPUTS), len(OUTPUTS))


class Classifier:
    """Scores texts with one model. Not thread-safe."""

    def __init__(self, model: artefact.Artefact, runtime: Runtime) -> None:
        from tokenizers import Tokenizer

        self.model = model
        self._runtime = runtime
        self._tokenizer = Tokenizer.from_file(str(model.folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._pad = self._tokenizer.token_to_id("<pad>") or 0
        self._first, *_, self._last = self._tokenizer.encode("").ids
        self._prefix = self._tokenizer.encode(model.manifest.prefix, add_special_tokens=False).ids
        self._seen: dict[str, NDArray[np.float32]] = {}

    @classmethod
    def load(cls, folder: Path, runtime: str = "openvino", threads: int = 0) -> "Classifier":
        """Verify and load a model folder; raises :class:`domain.errors.Misconfigured` for one that is not sound."""
        model = artefact.load(folder)
        return cls(model, RUNTIMES[runtime](folder, threads))

    def score(self, texts: Sequence[str]) -> list[Assessment]:
        """One assessment per text, in order. Any ``str`` gets a score, the empty one too (no risk)."""
        read = [normalise(_bounded(text)) for text in texts]
        known = {text: self._seen[text] for text in read if text in self._seen}
        fresh = list(dict.fromkeys(text for text in read if text and text not in known))
        if fresh:
            known.update(zip(fresh, self.probabilities(fresh), strict=True))
            if len(self._seen) + len(fresh) > REMEMBERED:
                self._seen = {}
            self._seen.update(known)
        nothing = np.zeros(len(OUTPUTS), dtype=np.float32)
        return [self._assess(known[text] if text else nothing) for text in read]

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated outputs ``(len(texts), len(OUTPUTS))`` of texts that are normalised already."""
        windows: list[list[int]] = []
        owner: list[int] = []
        for i, encoding in enumerate(self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)):
            for window in self._windows(encoding.ids):
                windows.append(window)
                owner.append(i)
        raw = run_batches(self._runtime, windows, self._pad)
        scaled = calibrated(raw, self.model.manifest.calibration)
        if len(windows) == len(texts):
            return scaled
        # The worst window speaks for a long text.
        worst = np.zeros(len(texts), dtype=np.int64)
        highest = np.full(len(texts), -1.0)
        risks = risk_of(scaled, self.model.manifest.calibration)
        for row, i in enumerate(owner):
            if risks[row] > highest[i]:
                highest[i], worst[i] = risks[row], row
        return scaled[worst]

    def _windows(self, ids: list[int]) -> list[list[int]]:
        room = self.model.manifest.max_tokens - len(self._prefix) - 2
        starts = range(0, max(1, len(ids) - OVERLAP), room - OVERLAP)
        return [[self._first, *self._prefix, *ids[s : s + room], self._last] for s in starts]

    def _assess(self, row: NDArray[np.float32]) -> Assessment:
        manifest = self.model.manifest
        risk = float(risk_of(row[None, :], manifest.calibration)[0]) if row.any() else 0.0
        labels = {label: round(float(p), 4) for label, p in zip(Label, row[_LABELS], strict=True)}
        at_least = [float(row[i]) for i in _SEVERITY]
        severity = Severity(next((level for level in (3, 2, 1) if at_least[level - 1] >= 0.5), 0))
        group = None
        if labels[Label.DISCRIMINATION] >= 0.5:
            group = list(Group)[int(row[_GROUPS].argmax())]
        risk = round(risk, 4)
        return Assessment(
            risk=risk,
            labels=labels,
            severity=severity,
            group=group,
            model=self.model.ref,
            thresholds=manifest.thresholds.version,
            needs_review=risk >= manifest.thresholds.review,
        )


def _bounded(text: str) -> str:
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    return text[:HEAD_CHARACTERS] + " " + text[-TAIL_CHARACTERS:]

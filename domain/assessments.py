"""What the classifier says of a post. It prioritises; people decide."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.labels import Group, Label, Severity


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model spoke: enough to reproduce the verdict."""

    name: str
    version: str
    checksum: str
    """SHA-256 of the weights file."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Scores of one text, all probabilities in [0, 1].

    ``risk`` is the calibrated probability that a monitor should look (severity ≥ 2); the labels say why.
    """

    risk: float
    labels: Mapping[Label, float]
    severity: Severity
    group: Group | None
    model: ModelRef
    thresholds: str
    """Version of the thresholds under which ``needs_review`` was decided."""
    needs_review: bool

    @property
    def strongest(self) -> Label:
        """The label with the highest probability."""
        return max(self.labels, key=lambda label: self.labels[label])

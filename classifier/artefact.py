"""A trained model on disk: one folder that says everything about itself, and proves its files.

``config.json``, ``tokenizer.json``, ``model.safetensors``
    the encoder and head, as transformers lays them out (half precision)
``mimamori.json``
    name, version, prefix, length limit, calibration, thresholds
``SHA256SUMS``
    checksums of all of these, as ``sha256sum --check`` reads them
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from classifier.heads import OUTPUTS
from domain.assessments import ModelRef
from domain.errors import Misconfigured

WEIGHTS = "model.safetensors"
MANIFEST = "mimamori.json"
CHECKSUMS = "SHA256SUMS"
SEALED = (
    WEIGHTS,
    MANIFEST,
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "recipe.json",
)
"""Files that the checksums cover."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns raw outputs into probabilities that mean what they say (Platt scaling, fitted on validation rows)."""

    outputs: dict[str, tuple[float, float]]
    """Per output ``(slope, offset)`` on the logit."""
    risk: tuple[float, float, float]
    """Weights of the logits of P(severity ≥ 2) and of the strongest label, and the offset."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a post becomes a review item. A new choice gets a new version."""

    version: str
    review: float
    """Smallest risk that opens a review item."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of ``mimamori.json``."""

    name: str
    version: str
    calibration: Calibration
    thresholds: Thresholds
    prefix: str = "query: "
    max_tokens: int = 160
    outputs: tuple[str, ...] = field(default=OUTPUTS)


@dataclass(frozen=True, slots=True)
class Artefact:
    """A model folder whose checksums were found right."""

    folder: Path
    manifest: Manifest
    weights_sha256: str

    @property
    def ref(self) -> ModelRef:
        """What every assessment names as its origin."""
        return ModelRef(self.manifest.name, self.manifest.version, self.weights_sha256)


def load(folder: Path) -> Artefact:
    """Read and verify a model folder; raises :class:`Misconfigured` in one line for a missing or altered file."""
    try:
        lines = (folder / CHECKSUMS).read_text("ascii").splitlines()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"no usable model at {folder} ({CHECKSUMS} cannot be read): restore the folder from the repository, or "
            "name another one with MIMAMORI_MODEL"
        ) from error
    for name in SEALED:
        expected = sums.get(name)
        if expected is None or not (folder / name).is_file() or sha256(folder / name) != expected:
            raise Misconfigured(
                f"model file {folder / name} is missing, damaged or swapped (its SHA-256 is not the one in "
                f"{CHECKSUMS}): restore the folder from the repository"
            )
    return Artefact(folder, _manifest(folder / MANIFEST), sums[WEIGHTS])


def seal(folder: Path, manifest: Manifest) -> Artefact:
    """Write the manifest and the checksums of a trained folder, and load it back."""
    text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    lines = [f"{sha256(folder / name)}  {name}\n" for name in SEALED]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="ascii")
    return load(folder)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(path: Path) -> Manifest:
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        calibration = data.pop("calibration")
        first, second, offset = calibration["risk"]
        manifest = Manifest(
            name=data["name"],
            version=data["version"],
            calibration=Calibration(
                outputs={name: (a, b) for name, (a, b) in calibration["outputs"].items()},
                risk=(first, second, offset),
            ),
            thresholds=Thresholds(**data["thresholds"]),
            prefix=data["prefix"],
            max_tokens=data["max_tokens"],
            outputs=tuple(data["outputs"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Misconfigured(f"{path} does not describe a model of this program: {error!r}") from error
    if manifest.outputs != OUTPUTS:
        raise Misconfigured(f"{path} lists other outputs than this program knows: use a model of this version")
    return manifest

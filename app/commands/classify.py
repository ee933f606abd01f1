"""``mimamori classify``: score lines and print one JSON object for each, in order."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import click

from app.settings import read_settings
from classifier.care import care_signal
from classifier.cues import find_cues
from classifier.explain import Explainer, Span
from classifier.scorer import Classifier
from domain.assessments import Assessment

CHUNK = 512


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--model", type=click.Path(path_type=Path), help="Model folder; the shipped one where not given.")
@click.option("--runtime", type=click.Choice(["openvino", "torch"]), default="openvino", show_default=True)
@click.option("--threads", type=click.IntRange(min=0), help="0 lets the runtime choose.")
@click.option(
    "--why",
    is_flag=True,
    help="Add the words behind each label (dozens of scorings a line) and identifying words.",
)
def classify(file: BinaryIO, model: Path | None, runtime: str, threads: int | None, why: bool) -> None:
    """Score each line of FILE (``-`` reads standard input) and print one JSON object a line, in order.

    A line is a post record (a JSON object with "text") or plain text. A line that is neither valid UTF-8 nor a
    usable record gives an object with "error" in its place, so that the output stays in step with the input.
    """
    settings = read_settings()
    classifier = Classifier.load(model or settings.model, runtime, settings.threads if threads is None else threads)
    explainer = Explainer(classifier) if why else None
    for chunk in _chunks(file):
        texts = [entry["text"] for entry in chunk if "error" not in entry]
        assessments = iter(classifier.score(texts))
        for entry in chunk:
            answer: dict[str, Any] = entry if "error" in entry else _answer(entry["id"], next(assessments))
            if "error" not in entry:
                answer["care"] = _care(entry["text"])
                if explainer:
                    answer["why"] = [_why(entry["text"], span) for span in explainer.spans(entry["text"])]
                    answer["cues"] = [asdict(cue) for cue in find_cues(entry["text"])]
            click.echo(json.dumps(answer))


def _care(text: str) -> dict[str, object] | None:
    """The care signal stands beside the risk and never changes it: a person in distress is no offender."""
    signal = care_signal(text)
    if signal is None:
        return None
    return {"level": signal.level.value, "words": [text[span.start : span.end] for span in signal.words]}


def _why(text: str, span: Span) -> dict[str, object]:
    words = text[span.start : span.end]
    return {"label": span.label.value, "start": span.start, "end": span.end, "words": words, "weight": span.weight}


def _answer(line_id: str, assessment: Assessment) -> dict[str, object]:
    return {
        "id": line_id,
        "risk": assessment.risk,
        "labels": {label.value: p for label, p in assessment.labels.items()},
        "severity": int(assessment.severity),
        "group": assessment.group.value if assessment.group else None,
        "needs_review": assessment.needs_review,
        "model": {
            "name": assessment.model.name,
            "version": assessment.model.version,
            "checksum": assessment.model.checksum,
        },
    }


def _chunks(file: BinaryIO) -> Iterator[list[dict[str, str]]]:
    chunk: list[dict[str, str]] = []
    for number, line in enumerate(file, 1):
        chunk.append(_entry(number, line))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _entry(number: int, line: bytes) -> dict[str, str]:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        return {"id": str(number), "error": f"line {number} is not UTF-8 at byte {error.start}"}
    if not text.lstrip().startswith("{"):
        return {"id": str(number), "text": text}
    try:
        record = json.loads(text)
    except ValueError:
        return {"id": str(number), "text": text}
    if not isinstance(record.get("text"), str):
        return {"id": str(record.get("id", number)), "error": f'line {number} is a JSON object without a "text"'}
    return {"id": str(record.get("id", number)), "text": record["text"]}

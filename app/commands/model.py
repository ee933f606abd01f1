"""``mimamori train`` and ``mimamori evaluate``: making a model and judging it."""

import json
from pathlib import Path
from typing import Any, TextIO

import click

from app.settings import read_settings
from domain.errors import Misconfigured

PRIOR = 0.05
REVIEW = 0.1


@click.command()
@click.option("--base", required=True, help="Encoder to start from: a Hugging Face folder or hub name.")
@click.option("--rows", type=click.Path(exists=True, path_type=Path), required=True, help="Labelled JSON Lines.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Model folder to write.")
@click.option("--name", default="mimamori", show_default=True)
@click.option("--version", "version_", default="0", show_default=True, help="Version written into every assessment.")
@click.option("--epochs", type=click.IntRange(min=1), default=4, show_default=True)
@click.option("--batch", type=click.IntRange(min=1), default=32, show_default=True)
@click.option("--seed", type=int, default=20261124, show_default=True)
@click.option(
    "--prior",
    type=click.FloatRange(0.001, 0.9),
    default=PRIOR,
    show_default=True,
    help="Share of posts of severity 2 or more in the stream that probabilities should fit.",
)
@click.option(
    "--review",
    type=click.FloatRange(0, 1),
    default=REVIEW,
    show_default=True,
    help="Smallest risk that opens a review item.",
)
@click.option("--thresholds", default="1", show_default=True, help="Version of the thresholds.")
def train(
    base: str,
    rows: Path,
    out: Path,
    name: str,
    version_: str,
    epochs: int,
    batch: int,
    seed: int,
    prior: float,
    review: float,
    thresholds: str,
) -> None:
    """Fine-tune, calibrate, judge and seal a model. The same call after a kill goes on from the last checkpoint."""
    try:
        from classifier.train import Recipe
        from classifier.train import train as fine_tune
    except ImportError as error:
        raise Misconfigured("training needs torch and transformers: pip install 'mimamori[train]'") from error
    from classifier.artefact import Thresholds
    from classifier.finish import finish, manifest_of
    from classifier.rows import read_rows, split

    parts = split(read_rows(rows))
    click.echo(
        f"{len(parts.train)} rows to train, {len(parts.validation)} to calibrate, {len(parts.test)} held out", err=True
    )
    fine_tune(base, parts, out, out / "work", Recipe(epochs=epochs, batch=batch, seed=seed))
    figures = finish(out, parts, manifest_of(name, version_, Thresholds(thresholds, review)), prior)
    _print(figures)


@click.command()
@click.option("--rows", type=click.Path(exists=True, path_type=Path), required=True, help="Labelled JSON Lines.")
@click.option("--model", type=click.Path(path_type=Path), help="Model folder; the shipped one where not given.")
@click.option("--runtime", type=click.Choice(["openvino", "torch"]), default="openvino", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Judge on every row, not only on the held-out ones.")
@click.option("--prior", type=click.FloatRange(0.001, 0.9), default=PRIOR, show_default=True)
@click.option(
    "--why", type=click.IntRange(min=1), metavar="N", help="Measure the highlights of N flagged rows instead."
)
def evaluate(rows: Path, model: Path | None, runtime: str, everything: bool, prior: float, why: int | None) -> None:
    """Measure a model on the held-out part of labelled rows and print the figures as JSON."""
    from dataclasses import asdict

    from classifier.faithful import faithfulness
    from classifier.finish import judge
    from classifier.rows import read_rows, split
    from classifier.scorer import Classifier

    settings = read_settings()
    labelled = read_rows(rows)
    chosen = labelled if everything else split(labelled).test
    classifier = Classifier.load(model or settings.model, runtime, settings.threads)
    if why is None:
        _print(judge(classifier, chosen, prior))
    else:
        texts = [str(row["text"]) for row in chosen]
        flagged = [text for text, a in zip(texts, classifier.score(texts), strict=True) if a.needs_review]
        _print(asdict(faithfulness(classifier, flagged[:why])))


def _print(figures: dict[str, Any]) -> None:
    click.echo(json.dumps(figures, indent=1))


@click.command()
@click.option("--rows", type=click.Path(exists=True, path_type=Path), required=True, help="Labelled JSON Lines.")
@click.option("--stream", type=click.File("r", encoding="utf-8"), help="A sample of the desk's posts, JSON Lines.")
@click.option("--model", type=click.Path(path_type=Path), help="Model folder; the shipped one where not given.")
@click.option("--miss-rate", type=click.FloatRange(0, 1), help="Share of infringements that may be missed.")
@click.option("--posts-a-day", type=click.FloatRange(1), help="Posts the desk collects in a day.")
@click.option("--items-a-day", type=click.FloatRange(0), help="Items its people can review in a day.")
@click.option("--write", "version_", metavar="VERSION", help="Write the choice into the model folder as this version.")
def thresholds(
    rows: Path,
    stream: TextIO | None,
    model: Path | None,
    miss_rate: float | None,
    posts_a_day: float | None,
    items_a_day: float | None,
    version_: str | None,
) -> None:
    """Show what review thresholds cost, choose one by miss rate or by capacity, and write it as a new version.

    Judged on the validation part of the labelled rows; the held-out part stays untouched.
    """
    from dataclasses import asdict, replace

    import numpy as np

    from classifier import artefact
    from classifier.artefact import Thresholds
    from classifier.rows import read_rows, split
    from classifier.scorer import Classifier
    from classifier.thresholds import by_capacity, by_miss_rate, table

    settings = read_settings()
    folder = model or settings.model
    classifier = Classifier.load(folder, threads=settings.threads)
    known = split(read_rows(rows)).validation
    risks = np.array([a.risk for a in classifier.score([str(row["text"]) for row in known])])
    look = np.array([int(row["severity"]) >= 2 for row in known])
    sample = None
    if stream is not None:
        sample = np.array([a.risk for a in classifier.score([json.loads(line)["text"] for line in stream])])
    for choice in table(risks, look, sample, (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7)):
        click.echo(json.dumps(asdict(choice)))
    chosen = None
    if posts_a_day is not None and items_a_day is not None:
        if sample is None:
            raise click.UsageError("a capacity needs --stream, a sample of the desk's posts")
        chosen = by_capacity(risks, look, sample, posts_a_day, items_a_day)
    elif miss_rate is not None:
        chosen = by_miss_rate(risks, look, miss_rate, sample)
    if chosen is not None:
        click.echo("chosen: " + json.dumps(asdict(chosen)))
        if version_:
            manifest = artefact.load(folder).manifest
            artefact.seal(folder, replace(manifest, thresholds=Thresholds(version_, chosen.review)))
            click.echo(f"written to {folder} as thresholds {version_}")

"""``mimamori status``: what was collected, processed and decided."""

import json
from dataclasses import asdict

import click

from app.settings import read_settings
from app.state import status_of
from app.wiring import Mimamori


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(as_json: bool) -> None:
    """Counts over the whole installation."""
    app = Mimamori(read_settings())
    app.check_prepared()
    counts = asdict(status_of(app))
    if as_json:
        click.echo(json.dumps(counts))
    else:
        for name, count in counts.items():
            click.echo(f"{name.replace('_', ' '):<14}{count:>9,}")

"""``mimamori stats``: the figures of a fiscal year as files."""

from pathlib import Path

import click

from app.settings import read_settings
from app.wiring import Mimamori
from domain.access import Actor, Role


@click.group()
def stats() -> None:
    """Figures of a fiscal year (年度, April–March)."""


@stats.command()
@click.option(
    "--fiscal-year", "year", type=int, required=True, help="Year in which the 年度 begins, 2026 for 令和8年度."
)
@click.option(
    "--format", "form", type=click.Choice(["csv", "json"]), required=True, help="CSV (UTF-8 with BOM) or JSON."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the files.")
@click.option("--desk", default=None, help="Code of the desk; by default the one in the settings.")
def export(year: int, form: str, out: Path, desk: str | None) -> None:
    """Write one file a table: by month, label, group, destination, decision, dismissal reason, and notes."""
    from escalation.exports import Format

    app = Mimamori(read_settings())
    app.check_prepared()
    # Whoever runs commands here owns the files anyway; the role names what they act as.
    actor = Actor("command-line", "コマンドライン", desk or app.settings.desk, frozenset({Role.ADMINISTRATOR}))
    for path in app.statistics.export(actor, year, Format(form), out):
        click.echo(str(path))

"""``mimamori collect file``: bring posts from files into the stream."""

import sys
from collections.abc import Iterable
from contextlib import closing
from io import BufferedReader
from typing import cast

import click

from app.settings import read_settings
from app.wiring import Mimamori
from domain.desks import is_desk_code
from domain.errors import Unavailable
from ingest.collect import Collector, Outcome
from ingest.files import Form, form_of
from ingest.lines import UnreadableInput

DEFAULT_SITE = "file"


@click.group()
def collect() -> None:
    """Bring posts into the stream."""


@collect.command()
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option("--site", default=DEFAULT_SITE, show_default=True, help="Site of posts that name none.")
@click.option(
    "--desk", help="Code of the desk that reads them (全国地方公共団体コード); MIMAMORI_DESK where not given."
)
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Form]),
    help="How the input is written; told by the file name where not given, and by the first line for `-`.",
)
def file(paths: tuple[str, ...], site: str, desk: str | None, form: str | None) -> None:
    """Collect the posts of each PATH (``-`` is standard input): JSON Lines, CSV or plain text, also .gz.

    Collecting the same file again adds nothing. Entries that are not posts become dead letters and stop nothing.
    """
    settings = read_settings()
    code = desk or settings.desk
    if not is_desk_code(code):
        raise click.BadParameter(f"{code} is not a six-digit local government code", param_hint="--desk")
    if not site.strip():
        raise click.BadParameter("a site needs a name", param_hint="--site")
    with closing(Mimamori(settings)) as app:
        collector = Collector(app.stream, app.dead_letters, app.clock)
        total, unusable = _collect_all(collector, paths, code, _printable(site), form)
    click.echo(f"accepted {total.accepted}, already known {total.known}, dead letters {total.dead}")
    if unusable:
        sys.exit(2)


def _collect_all(
    collector: Collector, paths: Iterable[str], desk: str, site: str, form: str | None
) -> tuple[Outcome, int]:
    """What became of all of them, and how many inputs were of no use at all."""
    total, unusable = Outcome(), 0
    for path in paths:
        name = "stdin" if path == "-" else click.format_filename(path)
        try:
            with click.open_file(path, "rb") as handle:
                outcome = collector.collect(
                    cast(BufferedReader, handle),
                    name=name,
                    desk=desk,
                    site=site,
                    form=Form(form) if form else form_of(path),
                )
        except UnreadableInput as error:
            unusable += 1
            click.echo(f"mimamori: {name}: {error}; nothing of it was collected", err=True)
            continue
        except OSError as error:
            raise _outside(name, error) from error
        if outcome.damage:
            click.echo(f"mimamori: {name}: {outcome.damage}", err=True)
        total += outcome
    return total, unusable


def _outside(name: str, error: OSError) -> Unavailable:
    return Unavailable(f"{name}: {error.strerror}; what was read before is kept, collect it again")


def _printable(name: str) -> str:
    # An argument in another encoding than the terminal's arrives as lone surrogates, which no database takes.
    return name.encode("utf-8", "replace").decode()

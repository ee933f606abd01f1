"""``mimamori dead-letters``: records that could not become posts."""

import base64
import json
import sys
from contextlib import closing
from hashlib import sha256

import click

from app.settings import read_settings
from app.wiring import Mimamori
from domain.errors import BadRecord
from ingest.collect import Collector
from ingest.stream import DeadLetter

SHORT = 12
"""Characters of an id that people see; enough to name a letter."""


@click.group()
def dead_letters() -> None:
    """Records that could not become posts, with their original bytes and the reason."""


@dead_letters.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--original", is_flag=True, help="With --json: the original bytes too, in base64. They hold post text.")
@click.option("--replayed", is_flag=True, help="Those too that were replayed.")
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True)
def list_(as_json: bool, original: bool, replayed: bool, limit: int) -> None:
    """List open letters, oldest first. Shows no text of the records unless you ask for --original."""
    with closing(Mimamori(read_settings())) as app:
        letters = app.dead_letters.letters(limit=limit, replayed=replayed)
        more = app.dead_letters.count() - len(letters)
    for letter in letters:
        if as_json:
            click.echo(json.dumps(_fields(letter, original), ensure_ascii=False))
        else:
            at = letter.at.isoformat(timespec="seconds")
            click.echo(f"{letter.id[:SHORT]}  {at}  {letter.stage:<7}  {letter.source}  {letter.reason}")
    if more > 0 and not as_json:
        click.echo(f"and {more} more; see them with --limit", err=True)


@dead_letters.command()
@click.argument("ids", metavar="[ID...]", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All open letters.")
def replay(ids: tuple[str, ...], every: bool) -> None:
    """Put letters through the parser again: those that pass return to the stream, the others stay open.

    ID is an id of `list`, or an unambiguous beginning of one.
    """
    if bool(ids) == every:
        raise click.UsageError("name the letters to replay, or say --all")
    replayed = 0
    with closing(Mimamori(read_settings())) as app:
        letters = app.dead_letters.letters(limit=sys.maxsize) if every else [_find(app, id_) for id_ in ids]
        collector = Collector(app.stream, app.dead_letters, app.clock)
        for letter in letters:
            try:
                collector.replay(letter)
                replayed += 1
            except BadRecord as error:
                click.echo(f"{letter.id[:SHORT]}  {error.reason}", err=True)
    click.echo(f"replayed {replayed}, still bad {len(letters) - replayed}")


def _find(app: Mimamori, id_: str) -> DeadLetter:
    letter = app.dead_letters.get(id_)
    if letter is None:
        raise click.UsageError(f"no letter, or more than one, has an id that begins with {id_}")
    if letter.replayed_at is not None:
        raise click.UsageError(f"letter {id_} was replayed already")
    return letter


def _fields(letter: DeadLetter, original: bool) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": letter.id,
        "at": letter.at.isoformat(),
        "stage": letter.stage,
        "source": letter.source,
        "reason": letter.reason,
        "desk": letter.desk,
        "site": letter.site,
        "form": letter.form,
        "bytes": len(letter.original),
        "sha256": sha256(letter.original).hexdigest(),
        "replayed_at": letter.replayed_at.isoformat() if letter.replayed_at else None,
    }
    if original:
        fields["original"] = base64.b64encode(letter.original).decode()
    return fields

"""``mimamori audit verify``: prove that nobody changed the past."""

import sys

import click

from app.settings import read_settings
from app.wiring import Mimamori


@click.group()
def audit() -> None:
    """The append-only audit log."""


@audit.command()
def verify() -> None:
    """Check every desk's hash chain; exit code 1 where one is broken."""
    app = Mimamori(read_settings())
    app.check_prepared()
    broken = False
    with app.casework.read() as work:
        for desk in work.desks.all():
            event = work.audit.first_break(desk.code)
            if event is None:
                click.echo(f"desk {desk.code}: {work.audit.count(desk.code)} events, chain whole")
            else:
                broken = True
                click.echo(f"desk {desk.code}: chain broken at event {event.number} ({event.action}, {event.at})")
    if broken:
        sys.exit(1)

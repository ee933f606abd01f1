"""``mimamori desks``: the municipalities and shared centres of this installation."""

import click

from app.settings import read_settings
from app.wiring import Mimamori
from domain.access import SYSTEM
from domain.desks import Desk
from domain.errors import Misconfigured


@click.group()
def desks() -> None:
    """The desks of this installation."""


@desks.command()
@click.argument("code")
@click.argument("name")
def add(code: str, name: str) -> None:
    """Add a desk: CODE is its six-digit 全国地方公共団体コード, NAME what people call it."""
    try:
        desk = Desk(code, name)
    except ValueError as error:
        raise Misconfigured(str(error)) from error
    added = add_desk(Mimamori(read_settings()), desk)
    click.echo(f"Desk {code} was added." if added else f"Desk {code} is there already.")


@desks.command("list")
def list_() -> None:
    """List the desks."""
    app = Mimamori(read_settings())
    app.check_prepared()
    with app.casework.read() as work:
        for desk in work.desks.all():
            click.echo(f"{desk.code}  {desk.name}")


def add_desk(app: Mimamori, desk: Desk) -> bool:
    """Add a desk with the first event of its audit chain; False where it is there already."""
    app.check_prepared()
    with app.casework.write() as work:
        added = work.desks.add(desk)
        if added:
            work.audit.append(
                desk=desk.code, at=app.clock(), actor=SYSTEM, action="desk.added", subject=f"desk:{desk.code}"
            )
        return added

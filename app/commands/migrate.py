"""``mimamori migrate``: bring the casework database to the version of this program."""

import click

from app.settings import read_settings
from app.wiring import Mimamori


@click.command()
def migrate() -> None:
    """Bring the database to this version; does nothing where it is."""
    from store.migrate import migrate as bring_up
    from store.migrate import newest

    app = Mimamori(read_settings())
    bring_up(app.casework.engine)
    click.echo(f"The casework database has version {newest()}.")

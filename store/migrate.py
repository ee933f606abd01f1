"""Bringing the casework database to the version of this program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from domain.errors import Misconfigured

_SCRIPTS = Path(__file__).parent / "migrations"


def newest() -> str:
    """The version of the database that this program needs."""
    return str(ScriptDirectory(str(_SCRIPTS)).get_current_head())


def version(engine: Engine) -> str | None:
    """The version of the database; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine) -> None:
    """Bring the database up to date; does nothing where it is.

    Raises :class:`Misconfigured` for a database that a newer program made.
    """
    check_not_newer(engine)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with engine.connect().execution_options(mimamori_write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_current(engine: Engine) -> None:
    """Raise :class:`Misconfigured` unless the database has just the version that this program needs."""
    check_not_newer(engine)
    found = version(engine)
    if found != newest():
        raise Misconfigured(
            f"the casework database has version {found or 'none'}, this program needs {newest()}: "
            "run `mimamori migrate`"
        )


def check_not_newer(engine: Engine) -> None:
    """Raise :class:`Misconfigured` for a database that a newer program made."""
    found = version(engine)
    known = {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}
    if found is not None and found not in known:
        raise Misconfigured(
            f"the casework database has version {found}, which this program does not know: "
            "it was made by a newer one; update the program"
        )

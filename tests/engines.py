"""The database engines on which casework must behave the same. Another joins by one line in ``ENGINES``."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from store.casework import Casework
from store.migrate import migrate
from tests.factories import DESKS


def sqlite_url(folder: Path) -> str:
    """An empty database in the folder."""
    return f"sqlite:///{folder / 'casework.sqlite3'}"


def migrated(url: str) -> Casework:
    """The database at ``url``, migrated, with the desks 990001 見守市 and 990019 となり市."""
    casework = Casework.connect(url)
    migrate(casework.engine)
    with casework.write() as work:
        for desk in DESKS:
            work.desks.add(desk)
    return casework


@cache
def _migrated_file() -> bytes:
    # Migrating takes a third of a second; hundreds of tests want the outcome.
    with TemporaryDirectory() as folder:
        migrated(sqlite_url(Path(folder))).close()
        return (Path(folder) / "casework.sqlite3").read_bytes()


def migrated_sqlite(folder: Path) -> Casework:
    """A migrated SQLite database in the folder, copied from one that was made before."""
    (folder / "casework.sqlite3").write_bytes(_migrated_file())
    return Casework.connect(sqlite_url(folder))


ENGINES: dict[str, tuple[Callable[[Path], str], Callable[[Path], Casework]]] = {
    "sqlite": (sqlite_url, migrated_sqlite),
}
"""Name to two functions of a test's folder: the URL of an empty database, and the migrated one at the same URL."""

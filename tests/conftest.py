"""What every test may ask for. Storage is always a real file in the test's own folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.casework import Casework
from tests.engines import migrated_sqlite


@pytest.fixture
def casework(tmp_path: Path) -> Iterator[Casework]:
    """A migrated SQLite casework database with the desks 990001 見守市 and 990019 となり市."""
    database = migrated_sqlite(tmp_path)
    yield database
    database.close()

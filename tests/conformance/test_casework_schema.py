"""Migrations build just the tables of ``store/schema.py``, and no program works on a database it does not know."""

from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from domain.errors import Misconfigured
from store import migrate as migration
from store.casework import Casework
from store.migrate import check_current, migrate, newest, version
from store.schema import metadata
from tests.factories import DESK, NOW


def test_migrations_and_schema_agree(database: Casework) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "render_as_batch": True}
        )
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_is_brought_up_to_date(url: str) -> None:
    with closing(Casework.connect(url)) as casework:
        assert version(casework.engine) is None
        with pytest.raises(Misconfigured, match="mimamori migrate"):
            check_current(casework.engine)
        migrate(casework.engine)
        assert version(casework.engine) == newest()
        check_current(casework.engine)


def test_migrating_again_changes_nothing(database: Casework) -> None:
    with database.write() as work:
        work.audit.append(desk=DESK, at=NOW, actor="u-1", action="a", subject="s")
    migrate(database.engine)
    check_current(database.engine)
    with database.read() as work:
        assert work.audit.count(DESK) == 1


def test_a_database_from_the_future_is_refused_and_left_alone(database: Casework) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (migrate, check_current):
        with pytest.raises(Misconfigured, match="9999"):
            refuse(database.engine)
    assert version(database.engine) == "9999"


def test_there_is_one_newest_version() -> None:
    assert len(ScriptDirectory(str(migration._SCRIPTS)).get_heads()) == 1


def test_every_table_but_the_desks_themselves_belongs_to_a_desk() -> None:
    without = {table.name for table in metadata.sorted_tables if "desk" not in table.c}
    # report_posts hang on a report, which has a desk.
    assert without == {"desks", "report_posts"}

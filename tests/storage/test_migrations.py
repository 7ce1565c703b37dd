"""The schema: from empty to the present one, in step with the tables, on both databases."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import migrate, tables
from storage.schema import metadata
from storage.store import Store, Work, open_store
from tests import company

pytestmark = pytest.mark.own_database


async def test_a_migrated_database_takes_rows_and_knows_its_revision(store: Store) -> None:
    made = await company.founded(store)
    assert made.initiative["claims"] > 0
    assert await store.read(migrate.current) == migrate.head()


def test_the_tables_and_the_migrations_say_the_same(database_url: str) -> None:
    differences: list[object] = []

    def compare(connection: sa.Connection) -> None:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": migrate.include_name}
        )
        differences.extend(compare_metadata(context, metadata))

    migrate.run(database_url, compare)
    assert differences == []
    assert {table.name for table in tables.ALL} == set(metadata.tables)


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    migrate.upgrade(database_url)


def test_the_newest_file_is_the_head_and_history_has_no_branches() -> None:
    script = ScriptDirectory(str(Path(migrate.__file__).parent.parent / "migrations"))
    assert script.get_heads() == [migrate.head()]


def test_every_migration_can_be_taken_back(database_url: str) -> None:
    from alembic import command

    migrate.run(database_url, lambda connection: command.downgrade(migrate.config(connection), "base"))
    migrate.upgrade(database_url)


def test_an_empty_database_has_no_revision(tmp_path: Path) -> None:
    async def ask() -> str | None:
        store = open_store(f"sqlite:///{tmp_path}/empty.db")
        try:
            return await store.read(migrate.current)
        finally:
            await store.close()

    assert asyncio.run(ask()) is None


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite|SQLite"):
        open_store(url)


async def test_a_naive_time_is_never_stored(store: Store) -> None:
    from datetime import datetime

    from storage.inbox import inbound

    def unit(work: Work) -> None:
        work.connection.execute(sa.insert(inbound).values(key="k", reply="{}", at=datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(sa.exc.StatementError, match="naive"):
        await store.write(unit)

"""Brings a database to the present schema, and tells whether it is there."""

import asyncio
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.publications import SEARCH
from storage.store import Work, sync_url

if TYPE_CHECKING:
    from alembic.config import Config


def head() -> str:
    """The revision that this release wants: the number that the newest file in migrations/versions starts with."""
    names = (entry.name for entry in resources.files("migrations.versions").iterdir())
    return max(name[:4] for name in names if name[:4].isdigit() and name.endswith(".py"))


def current(work: Work) -> str | None:
    """The revision that the database has; None if it was never migrated."""
    if not sa.inspect(work.connection).has_table("alembic_version"):
        return None
    found: str | None = work.connection.execute(
        sa.text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found


def upgrade(url: str) -> None:
    """Migrate the database at `url` to the newest revision. Blocks; call it where no event loop runs."""
    from alembic import command

    run(url, lambda connection: command.upgrade(config(connection), "head"))


def run(url: str, step: Callable[[sa.Connection], None]) -> None:
    """Run something on one connection in one transaction."""
    target = sync_url(url)
    if target.get_backend_name() == "sqlite":
        if target.database:
            Path(target.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(target)
        with engine.begin() as connection:
            step(connection)
        engine.dispose()
    else:
        asyncio.run(_run_async(target, step))


async def _run_async(target: sa.URL, step: Callable[[sa.Connection], None]) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(target)
    async with engine.begin() as connection:
        await connection.run_sync(step)
    await engine.dispose()


def config(connection: sa.Connection) -> "Config":
    """Alembic's configuration for one open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Whether the tables in `storage` describe what has this name: not the index of words, which each database has of
    its own kind."""
    return SEARCH not in str(name)

"""Opening the database for a command, with sentences for what can be wrong with it."""

import asyncio
import re
from pathlib import Path

from bot.logs import hide_tokens
from bot.problem import Problem
from bot.settings import Settings
from storage import migrate
from storage.store import Clock, Store, open_store
from storage.vault import FileVault

#: What to do when the database is older than the program.
MIGRATE = "Please type: tandem migrate"


async def opened(settings: Settings, *, clock: Clock | None = None, pool_size: int = 16) -> Store:
    """The store, reachable and migrated. Raises Problem."""
    store = None
    try:
        store = open_store(
            settings.database_url.get_secret_value(), clock, pool_size=pool_size, vault=vault_of(settings)
        )
        async with asyncio.timeout(20):
            revision = await store.read(migrate.current)
        problem = unmigrated(revision)
    except Exception as error:
        problem = unreachable(error)
    if problem is not None:
        if store is not None:
            await store.close()
        raise Problem(problem)
    assert store is not None
    return store


def vault_of(settings: Settings) -> FileVault:
    """The vault that the settings name. Touches no file: whether it can be used, its `check` says."""
    return FileVault(
        settings.vault_dir,
        database=sqlite_file(settings),
        beside_database=settings.vault_beside_database,
    )


def sqlite_file(settings: Settings) -> Path | None:
    """The file of a database that is one."""
    url = settings.database_url.get_secret_value()
    return Path(url.removeprefix("sqlite:///").partition("?")[0]) if url.startswith("sqlite:") else None


def upgraded(settings: Settings) -> None:
    """Migrate the database. Blocks. Raises Problem."""
    try:
        migrate.upgrade(settings.database_url.get_secret_value())
    except Exception as error:
        raise Problem(unreachable(error)) from error


def unmigrated(revision: str | None) -> str | None:
    """What is wrong with a database at this revision; None if nothing is."""
    if revision is None:
        return f"The database has no tables yet. {MIGRATE}"
    if revision < migrate.head():
        return f"The database is at revision {revision}, and this version needs {migrate.head()}. {MIGRATE}"
    if revision > migrate.head():
        return f"The database is at revision {revision}, which is newer than this version of Tandem knows."
    return None


def unreachable(error: Exception) -> str:
    """Why the database cannot be opened, without what it was asked and without its password."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, TimeoutError):
        why = "it does not answer"
    elif isinstance(cause, ConnectionRefusedError):
        why = "nobody listens at that address"
    else:
        first = (str(cause).splitlines() or [""])[0]
        why = hide_tokens(re.sub(r"^<class '[^']*'>: ", "", first))[:200] or type(cause).__name__
    return f"The database cannot be opened: {why}. Please check TANDEM_DATABASE_URL."

"""What every command of `tandem` begins with: the settings, and the store they name."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.store import Store

T = TypeVar("T")


def settings_for(*, log: bool = False) -> "Settings":
    """The settings; commands that people read log problems only."""
    from bot import logs
    from bot.settings import load

    settings = load()
    if log:
        logs.configure(settings.log_format, settings.log_level)
    else:
        logs.configure("console", "DEBUG" if settings.log_level == "DEBUG" else "WARNING")
    return settings


async def with_store(settings: "Settings", use: "Callable[[Store], Awaitable[T]]") -> T:
    """Use the database that the settings name, and let go of it."""
    from bot.database import opened

    store = await opened(settings)
    try:
        return await use(store)
    finally:
        await store.close()

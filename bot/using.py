"""What commands of `tandem` have in common: the settings, the store they name, and the file they write."""

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.store import Store

T = TypeVar("T")

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file to write; standard output if it is left out.",
)


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


def confirmed(question: str) -> bool:
    """Whether the person says yes. Ctrl-C ends the command, which asyncio would keep it from."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(question)
    finally:
        signal.signal(signal.SIGINT, before)

"""The real playground in a thread of its own, and the database file that the bot writes."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bot import logs
from bot.demo import DATABASE, playground
from bot.playground.workspace import Workspace


class Stage:
    """A running playground."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace: Workspace
        self._loop: asyncio.AbstractEventLoop
        self._ending: asyncio.Event

    @property
    def address(self) -> str:
        return self.workspace.base_url

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What is in the database file, read by another connection than the bot's."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def entries(self, what: str) -> list[dict[str, Any]]:
        """The entries with exactly these words, oldest first."""
        return self.rows("SELECT * FROM contribution WHERE what = ? ORDER BY id", what)

    def entry(self, what: str) -> dict[str, Any]:
        """The one entry with exactly these words."""
        (only,) = self.entries(what)
        return only

    async def _run(self, ready: threading.Event) -> None:
        logs.configure("console", "WARNING")
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        async with playground(self.folder) as (workspace, _bot):
            self.workspace = workspace
            ready.set()
            await self._ending.wait()

    @contextmanager
    def running(self) -> Iterator["Stage"]:
        """Up while the block runs."""
        ready = threading.Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                asyncio.run(self._run(ready))
            except BaseException as failure:
                failures.append(failure)
            finally:
                ready.set()

        thread = threading.Thread(target=work, name="playground")
        thread.start()
        ready.wait(30)
        if failures:
            raise failures[0]
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._ending.set)
            thread.join(15)
        assert not thread.is_alive(), "the playground did not stop"
        assert not failures, failures

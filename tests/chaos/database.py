"""Stopping the tests' PostgreSQL as a crash would, and starting it again where it was."""

import os
import signal
import subprocess
import time
from pathlib import Path

import asyncpg
import psutil
import sqlalchemy as sa


class Database:
    """A running server of this machine, found by its address. `stop` it in the end if it was restarted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        process = psutil.Process(self._pid())
        self._command, self._cwd = process.cmdline(), process.cwd()
        self._user = process.uids().real if os.geteuid() == 0 else None
        self._started: subprocess.Popen[bytes] | None = None

    @classmethod
    async def at(cls, url: str) -> "Database":
        parsed = sa.make_url(url)
        connection = await asyncpg.connect(
            host=parsed.host, port=parsed.port, user=parsed.username, database=parsed.database
        )
        folder: str = await connection.fetchval("SHOW data_directory")
        await connection.close()
        return cls(Path(folder))

    def restart(self, how: signal.Signals) -> None:
        """Stop it by a signal (SIGQUIT: as a crash; SIGINT: in order) and start it again. Blocks."""
        self._end(how)
        self._started = subprocess.Popen(
            self._command,
            cwd=self._cwd,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Stop what `restart` started."""
        if self._started is not None:
            self._started.send_signal(signal.SIGINT)
            self._started.wait(20)

    def _end(self, how: signal.Signals) -> None:
        if self._started is not None:
            self._started.send_signal(how)
            self._started.wait(30)
            return
        process = psutil.Process(self._pid())
        process.send_signal(how)
        for _ in range(300):
            # Whoever started it has not asked for its exit code yet.
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not stop")

    def _pid(self) -> int:
        return int((self._folder / "postmaster.pid").read_text().split()[0])

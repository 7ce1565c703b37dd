"""Does one thing to a pulse in a process that is killed at a given step: `python -m tests.attack.dying`.

Reads a line of JSON for each, forks, and answers "killed" or "done". A step is a statement, a commit, or anything
that is done to a file of the vault.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from handlers.pulses import closing, launching
from storage import ballots
from storage.store import Store, open_store
from storage.vault import FileVault
from tests.attack.statements import every_statement

Task = dict[str, Any]


async def launch(store: Store, task: Task) -> None:
    await store.write(lambda work: launching.launch(work, task["pulse"]))


async def answer(store: Store, task: Task) -> None:
    def unit(work: Any) -> None:
        held = ballots.ballot(work, task["pulse"], task["person"])
        ballots.write(work, held, {0: bytes([task["answer"]])})

    await store.write(unit)


async def close(store: Store, task: Task) -> None:
    await closing.close(store, task["pulse"])
    for number in await store.read(closing.due_to_shred):
        await closing.shred(store, number)


DOINGS: dict[str, Callable[[Store, Task], Awaitable[None]]] = {
    "launch": launch,
    "answer": answer,
    "close": close,
}


class Steps:
    """Kills this process at one of them."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, arguments: Any) -> None:
        if event.startswith(("os.rename", "os.link", "os.remove", "fcntl.")) or (
            event == "open"
            and isinstance(arguments[0], str)
            and arguments[0].endswith((".box", ".open", ".key"))
        ):
            self.step()


def child(task: Task) -> None:
    steps = Steps(task["step"])
    sa.event.listen(sa.Engine, "commit", lambda connection: steps.step())
    sys.addaudithook(steps.audit)
    now = datetime.fromisoformat(task["now"])

    async def run() -> None:
        store = open_store(task["url"], lambda: now, pool_size=1, vault=FileVault(Path(task["vault"])))
        await DOINGS[task["do"]](store, task)
        steps.left = -1
        await store.close()

    with every_statement(steps.step):
        asyncio.run(run())


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)
            try:
                child(json.loads(line))
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        said = "killed" if os.WIFSIGNALED(status) else "done" if status == 0 else "failed"
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

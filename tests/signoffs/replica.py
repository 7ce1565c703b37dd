"""One of several bots on one database, as a process of its own: told by lines of JSON whom it hears pressing, and when.

`python -m tests.signoffs.replica URL`, from the root of the repository.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from bot import logs
from bot.delivery import DeliveryWorker
from handlers.cards import Button
from handlers.conversation import CardMessage, Message
from handlers.ports import Address, Progress, Sent
from handlers.registry import capabilities
from storage import outbox
from storage.store import open_store
from tests.chat import Chat
from tests.company import Company


class Posted:
    """A platform that takes everything and keeps the keys."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        key: str,
        file: Path | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        self.keys.append(key)
        return Sent(reference=f"ref:{key}", conversation=f"D-{address.user_id}")

    async def update(self, address: Address, reference: str, message: CardMessage, *, key: str) -> Sent:
        return Sent(reference=reference, conversation=f"D-{address.user_id}")


async def main(url: str) -> None:
    """Press as told until there is no more to read."""
    logs.configure("json", "WARNING", sys.stderr)
    store = open_store(url, pool_size=4)
    posted = Posted()
    views = {name: view for one in capabilities() for name, view in one.views.items()}
    worker = DeliveryWorker(store, {"slack": posted, "teams": posted}, views=views)
    chat = Chat(store, Company(person={}, initiative={}), on_enqueued=worker.wake)
    working = asyncio.create_task(worker.run())
    await asyncio.gather(*(store.read(outbox.counts) for _ in range(4)))
    print("ready", flush=True)  # noqa: T201
    while line := await asyncio.to_thread(sys.stdin.readline):
        told = json.loads(line)
        # Both processes go on in the same moment, as exactly as they can tell it.
        while time.time() < told["at"]:
            pass
        replies = await asyncio.gather(
            *(
                chat.press(
                    who, Button(label="Approve", action="signoff.approve", value=value), platform, once=key
                )
                for who, platform, value, key in told["presses"]
            )
        )
        print(json.dumps([reply.model_dump(mode="json") for reply in replies]), flush=True)  # noqa: T201
    worker.stop()
    await working
    await store.close()
    print(json.dumps(posted.keys), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""One replica under test: the delivery worker with Slack's own sender, until it is told to stop or killed."""

import asyncio
import logging
import signal
import sys
from datetime import timedelta

import structlog

from bot.delivery import DeliveryWorker
from bot.pacing import paces
from handlers.slack.client import SlackClient
from handlers.slack.send import SlackSender
from storage.store import open_store


async def main(url: str, api_url: str, lease_s: float) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    store = open_store(url, pool_size=4)
    client = SlackClient("xoxb-of-nobody", api_url)
    # The shared budget is kept, and wide enough not to be what limits.
    worker = DeliveryWorker(
        store, {"slack": SlackSender(client)}, limits=paces(1000), lease=timedelta(seconds=lease_s)
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    await worker.run()
    await client.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))

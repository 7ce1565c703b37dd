"""How long `tandem serve` takes from its start until it is ready, and how much memory it then holds, idle.

`python -m benchmarks.startup [--rounds 5] [--python PATH]`, where PATH is the interpreter of an installation that has
what Tandem needs and nothing else: what developers install beside it is loaded too where it is found. `make bench`
makes one.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time

import aiohttp
import psutil

from benchmarks.contributions import free_port, process, serve_settings, slack_stub
from storage import migrate

TARGET_SECONDS = 1.5
TARGET_MB = 160


async def measure(rounds: int, python: str) -> bool:
    """Print the medians with Slack connected; whether both targets are met."""
    seconds: list[float] = []
    megabytes: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        url = f"sqlite:///{folder}/tandem.db"
        await asyncio.to_thread(migrate.upgrade, url)
        async with slack_stub() as api:
            for number in range(rounds + 1):
                port = free_port()
                begun = time.perf_counter()
                with process([python, "-m", "bot.cli", "serve"], serve_settings(url, port, api)) as server:
                    await _ready(port)
                    if number:  # the first one compiles and fills the caches
                        seconds.append(time.perf_counter() - begun)
                        await asyncio.sleep(1)
                        megabytes.append(psutil.Process(server.pid).memory_info().rss / 1e6)
    start, memory = statistics.median(seconds), statistics.median(megabytes)
    good = start < TARGET_SECONDS and memory < TARGET_MB
    print(
        f"\nstart to ready {start:.2f} s (target {TARGET_SECONDS}), idle {memory:.0f} MB (target {TARGET_MB})"
        f"   {'ok' if good else 'MISSED'}"
    )
    return good


async def _ready(port: int) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.01)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    return 0 if asyncio.run(measure(given.rounds, given.python)) else 1


if __name__ == "__main__":
    sys.exit(main())

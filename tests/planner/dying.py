"""A replica that is killed when its messages are written and not committed: `python -m tests.planner.dying`."""

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta

from bot.planner import Planner
from domain.schedules import Happening
from storage.store import Work, open_store
from tests.planner.test_planner import schedule, write_one


async def main(url: str, now: datetime, person_id: int) -> None:
    def dies(work: Work, happening: Happening) -> int:
        assert write_one(person_id)(work, happening) == 1
        os.kill(os.getpid(), signal.SIGKILL)
        return 1

    store = open_store(url, lambda: now)
    await Planner(store, [schedule(dies, timedelta(minutes=10))], lambda: now).tick()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])))

"""What is shown after the acknowledgement: for each person one after the other, and all of it before the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)

#: For how many people something may be under way; beyond it, the acknowledgement waits too.
MOST = 256
#: The longest that it does, in seconds: after three Slack tells the person that nothing came of the press.
WAIT_S = 2.0
#: How many are shown at once: the time that Slack has for one does not run while it waits for others.
AT_ONCE = 64


class Behind:
    """Runs what shows an answer beside the requests that come after it."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def put(self, user_id: str, showing: Coroutine[Any, Any, object]) -> None:
        """Run it once what is under way for this person has ended, so that the last answer is the one that stands."""
        before = self._last.get(user_id)

        async def run() -> None:
            if before is not None:
                await asyncio.wait([before])
            try:
                async with self._turn:
                    await showing
            except Exception as error:
                log.error("slack.show_failed", error=type(error).__name__)
            finally:
                if self._last.get(user_id) is task:
                    del self._last[user_id]

        task = self._last[user_id] = asyncio.create_task(run())
        if len(self._last) > MOST:
            await asyncio.wait([task], timeout=WAIT_S)

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while self._last:
            await asyncio.wait(list(self._last.values()))

"""A chat platform that misbehaves: `chat.postMessage` on this machine, with 429s, 500s and dropped connections."""

import asyncio
import random
import time
from collections import Counter
from typing import Any

from aiohttp import web

#: Of all posts, how many are answered by a 500, are dropped before they are taken, or dropped after.
FAILED, DROPPED_BEFORE, DROPPED_AFTER = 0.005, 0.0025, 0.0025
#: After so many messages, everything is answered by a 429 for a while.
STORM_EVERY = 4_000
STORM_S = 1.0


class Receiver:
    """Takes posts and counts them by their key: once each where it de-duplicates, and as often as they came."""

    def __init__(self, chance: random.Random, *, storm_every: int = STORM_EVERY) -> None:
        self._chance = chance
        self._storm_every = storm_every
        self._storm_until_s = 0.0
        self._next_storm = storm_every
        #: How often a message was taken, by key: what somebody sees on a platform that does not de-duplicate.
        self.taken: Counter[str] = Counter()
        #: The chats that a message was taken for: the same one, however often.
        self.chats: dict[str, set[str]] = {}
        self.faults: Counter[str] = Counter()
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen on any free port of 127.0.0.1; the base of the Web API."""
        app = web.Application()
        app.router.add_post("/api/chat.postMessage", self._post)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        return f"http://127.0.0.1:{port}/api/"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.StreamResponse:
        body: dict[str, Any] = await request.json()
        now = time.monotonic()
        if len(self.taken) >= self._next_storm:
            self._next_storm += self._storm_every
            self._storm_until_s = now + STORM_S
        if now < self._storm_until_s:
            self.faults["429"] += 1
            refused = {"ok": False, "error": "ratelimited"}
            return web.json_response(refused, status=429, headers={"Retry-After": "1"})
        drawn = self._chance.random()
        if drawn < FAILED:
            self.faults["500"] += 1
            return web.Response(status=500, text="Internal error")
        if drawn < FAILED + DROPPED_BEFORE:
            return self._drop(request, "dropped before it was taken")
        key = body["metadata"]["event_payload"]["key"]
        self.taken[key] += 1
        self.chats.setdefault(key, set()).add(body["channel"])
        await asyncio.sleep(0.002)
        if drawn < FAILED + DROPPED_BEFORE + DROPPED_AFTER:
            return self._drop(request, "dropped after it was taken")
        return web.json_response(
            {"ok": True, "channel": body["channel"], "ts": f"{sum(self.faults.values())}.{key}"}
        )

    def _drop(self, request: web.Request, name: str) -> web.Response:
        self.faults[name] += 1
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

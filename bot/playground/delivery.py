"""Delivery to the bot: signed HTTP requests or Socket Mode envelopes, time limits, retries of events."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
import aiohttp.web

from bot.playground.faults import Faults
from bot.playground.state import Json

Kind = Literal["command", "interaction", "suggestion", "event", "verification"]


@dataclass
class Timing:
    """The waits of the workspace, in seconds; Slack's own are 3 s, then 0, 60 and 300 s for retries."""

    ack_s: float = 3.0
    retries_s: tuple[float, ...] = (0.2, 0.5, 1.0)
    quiet_s: float = 0.06


@dataclass
class Outcome:
    """What was sent to the bot and what came back.

    `status` is the HTTP status (200 for a socket ack, None when nothing came). `answer` is the decoded body.
    `problem` is None, `operation_timeout`, `dispatch_failed`, `not_subscribed`, `unknown_command`, an API error
    code where the bot's answer was refused (`invalid_blocks`), or `incomplete` for a form that the client did
    not send. `errors` (block_id to sentence) says why, and also holds the bot's own field errors.
    `attempts` counts deliveries, retries included.
    """

    kind: Kind
    payload: Json
    body: bytes = b""
    content_type: str = ""
    status: int | None = None
    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    elapsed_s: float = 0.0
    view: Json | None = None

    @property
    def ok(self) -> bool:
        """The bot took it: in time, with 200, and without field errors."""
        return self.problem is None and self.status == 200 and not self.errors

    @property
    def trigger_id(self) -> str:
        return str(self.payload.get("trigger_id", ""))

    @property
    def event_id(self) -> str:
        return str(self.payload.get("event_id", ""))


def signed_headers(signing_secret: str, body: bytes, timestamp: int | None = None) -> dict[str, str]:
    """Slack's v0 signature headers of a body; the timestamp is real time unless given."""
    at = int(time.time()) if timestamp is None else timestamp
    base = b"v0:" + str(at).encode() + b":" + body
    digest = hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}


def encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    """The body and content type Slack uses for this kind of request."""
    if kind == "command":
        return urlencode(payload).encode(), "application/x-www-form-urlencoded"
    if kind in ("interaction", "suggestion"):
        return urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded"
    return json.dumps(payload).encode(), "application/json"


class SocketLine:
    """The Socket Mode connections of the bot; the workspace sends over the newest one."""

    def __init__(self) -> None:
        self.connections: list[aiohttp.web.WebSocketResponse] = []
        self.waiting: dict[str, asyncio.Future[Json]] = {}

    @property
    def connected(self) -> bool:
        return bool(self.connections)

    async def send(self, kind: Kind, payload: Json, envelope_id: str, timeout_s: float, retry: int) -> Json:
        """Send an envelope and wait for its ack; returns the ack's payload. Raises TimeoutError."""
        types = {"command": "slash_commands", "event": "events_api"}
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": types.get(kind, "interactive"),
            "accepts_response_payload": kind != "event",
            "payload": payload,
        }
        if kind == "event":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self.waiting[envelope_id] = future
        try:
            await self.connections[-1].send_json(envelope)
            return await asyncio.wait_for(future, timeout_s)
        finally:
            self.waiting.pop(envelope_id, None)

    def acknowledge(self, message: Json) -> None:
        """Hand an ack from the bot to the one who waits for it."""
        future = self.waiting.get(str(message.get("envelope_id")))
        if future is not None and not future.done():
            future.set_result(message.get("payload") or {})


class Courier:
    """Takes payloads to the bot. `bot_url` is asked anew each time, so the bot may start later."""

    def __init__(
        self,
        *,
        signing_secret: str,
        bot_url: Callable[[], str],
        timing: Timing,
        faults: Faults,
        sockets: SocketLine,
        new_id: Callable[[str], str],
    ) -> None:
        self.signing_secret = signing_secret
        self.bot_url = bot_url
        self.timing = timing
        self.faults = faults
        self.sockets = sockets
        self.new_id = new_id
        self.in_flight = 0
        self.last_activity = 0.0
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, kind: Kind, payload: Json) -> Outcome:
        """Deliver a payload, with Slack's retries if it is an event, and with the planned `resend` faults."""
        body, content_type = encoded(kind, payload)
        outcome = Outcome(kind, payload, body, content_type)
        await self.deliver(outcome)
        target = f"to_bot:{'interaction' if kind == 'suggestion' else kind}"
        fault = self.faults.take(target)
        if fault is not None and fault.kind == "resend":
            twin = Outcome(kind, payload, body, content_type)
            await self.attempt(twin, retry=1 if kind == "event" else 0, reason="http_timeout")
            outcome.attempts += 1
        return outcome

    async def resend(self, outcome: Outcome, *, timestamp: int | None = None) -> Outcome:
        """Send the very same bytes again, signed anew (or as of `timestamp`)."""
        again = Outcome(outcome.kind, outcome.payload, outcome.body, outcome.content_type)
        await self.attempt(again, timestamp=timestamp)
        return again

    async def deliver(self, outcome: Outcome) -> None:
        await self.attempt(outcome)
        if outcome.kind != "event":
            return
        for number, wait_s in enumerate(self.timing.retries_s, start=1):
            if outcome.problem is None or outcome.headers.get("x-slack-no-retry") == "1":
                return
            reason = {"operation_timeout": "http_timeout"}.get(outcome.problem, "http_error")
            if outcome.status is None and outcome.problem == "dispatch_failed":
                reason = "connection_failed"
            await asyncio.sleep(wait_s)
            await self.attempt(outcome, retry=number, reason=reason)

    async def attempt(
        self, outcome: Outcome, *, retry: int = 0, reason: str = "", timestamp: int | None = None
    ) -> None:
        """One delivery; fills in the outcome."""
        self.in_flight += 1
        started = time.monotonic()
        outcome.attempts += 1
        outcome.problem, outcome.status, outcome.answer = None, None, None
        try:
            if self.sockets.connected and outcome.kind != "verification":
                envelope_id = self.new_id("E")
                outcome.answer = await self.sockets.send(
                    outcome.kind, outcome.payload, envelope_id, self.timing.ack_s, retry
                )
                outcome.status = 200
            else:
                await self._http(outcome, retry, reason, timestamp)
        except TimeoutError:
            outcome.problem = "operation_timeout"
        except (aiohttp.ClientError, ConnectionError):
            outcome.problem = "dispatch_failed"
        finally:
            self.in_flight -= 1
            self.last_activity = time.monotonic()
            outcome.elapsed_s = time.monotonic() - started
        if outcome.status is not None and outcome.status != 200:
            outcome.problem = "dispatch_failed"

    async def _http(self, outcome: Outcome, retry: int, reason: str, timestamp: int | None) -> None:
        headers = {
            "Content-Type": outcome.content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **signed_headers(self.signing_secret, outcome.body, timestamp),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        url = self.bot_url().rstrip("/") + "/slack/events"
        async with asyncio.timeout(self.timing.ack_s):
            async with self._session.post(url, data=outcome.body, headers=headers) as response:
                raw = await response.text()
                outcome.status = response.status
                outcome.headers = {key.lower(): value for key, value in response.headers.items()}
        outcome.answer = _decoded(raw)


def _decoded(raw: str) -> Any:
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw

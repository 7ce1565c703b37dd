"""A load of signed slash commands over kept-alive connections, from one process, as raw bytes."""

import asyncio
import hashlib
import hmac
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@dataclass(frozen=True)
class Measured:
    """What one run at one number of connections gave."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float


_numbers = itertools.count(1)


def slash_command(text: str, *, users: int, command: str = "/contribute") -> bytes:
    """One HTTP request: a command and a text by the next of `users` people, signed now, with a trigger of its own."""
    number = next(_numbers)
    return signed(
        {
            "token": "unused",
            "team_id": "T0BENCH",
            "team_domain": "bench",
            "channel_id": "C0BENCH",
            "channel_name": "claims",
            "user_id": f"U{number % users}",
            "user_name": "someone",
            "command": command,
            "text": text,
            "api_app_id": "A0BENCH",
            "is_enterprise_install": "false",
            "response_url": "http://127.0.0.1:9/response",
            "trigger_id": f"{number}.{time.time_ns()}",
        }
    )


def signed(fields: dict[str, str]) -> bytes:
    """One HTTP request with a form, as Slack sends and signs it."""
    body = urlencode(fields).encode()
    stamp = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\n"
        f"X-Slack-Signature: v0={signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Way(NamedTuple):
    """One kind of request, and what its answer has to hold.

    It is made anew each time, of the answer before it on the same connection where it needs that.
    """

    request: Callable[[bytes], bytes]
    expect: bytes = b""


def alone(request: Callable[[], bytes]) -> Callable[[bytes], bytes]:
    """A request that needs nothing of the answer before it."""
    return lambda body: request()


async def run(
    port: int,
    request: Callable[[], bytes],
    *,
    connections: int,
    seconds: float,
    expect: bytes = b"",
    pause_s: float = 0,
) -> Measured:
    """Send requests one after the other on each connection for a while. Raises AssertionError on a wrong answer.

    With a pause after each answer, the rate is that of the time in which an answer was waited for.
    """
    ways = [Way(alone(request), expect)]
    [measured] = await in_turn(port, ways, connections=connections, seconds=seconds, pause_s=pause_s)
    return measured


async def in_turn(
    port: int, ways: Sequence[Way], *, connections: int, seconds: float, pause_s: float = 0
) -> list[Measured]:
    """As `run` with several kinds of request, on each connection one of each in turn; what each of them gave.

    So a machine that is slower for a while is slower for all of them.
    """
    latencies: list[list[float]] = [[] for _ in ways]
    until = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = b""
        while time.perf_counter() < until:
            for way, sort in zip(ways, latencies, strict=True):
                data = way.request(body)
                begun = time.perf_counter()
                writer.write(data)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
                body = await reader.readexactly(length)
                sort.append(time.perf_counter() - begun)
                if not head.startswith(b"HTTP/1.1 200") or way.expect not in body:
                    raise AssertionError(f"unexpected answer: {head[:80]!r} {body[:300]!r}")
                if pause_s:
                    await asyncio.sleep(pause_s)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    elapsed = time.perf_counter() - begun
    return [_measured(sort, sum(sort) / connections if pause_s else elapsed) for sort in latencies]


def _measured(latencies: list[float], elapsed: float) -> Measured:
    latencies.sort()
    return Measured(
        requests=len(latencies),
        per_second=len(latencies) / elapsed,
        p50_ms=statistics.median(latencies) * 1000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1000,
    )

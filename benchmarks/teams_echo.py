"""How many messages a second the Teams adapter answers, beside an unpatched botbuilder echo bot, in one run.

Both answer over real HTTP through one Bot Connector stub, on the event loop that `tandem serve` runs on: each is
loaded in turn, several times, so that what else the machine does falls on both.
`python -m benchmarks.teams_echo --seconds 5 --connections 16`
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from benchmarks.contributions import LINE, TEAMS_TENANT, TEAMS_USER, fill
from benchmarks.load import run
from bot import loop
from bot.serve import tune
from domain.contributions import Policy
from handlers.cards import sentence
from handlers.conversation import AnyInbound, Command, Say
from handlers.dispatch import Dispatcher
from handlers.ports import Dispatch
from handlers.registry import capabilities
from handlers.teams.app import TeamsApp
from handlers.teams.connector import Connector
from handlers.teams.registration import Registration
from handlers.teams.replies import AnyReply
from handlers.teams.seen import Seen
from storage import migrate
from storage.store import open_store

APP_ID = "5f0c2d0e-3b5a-4a53-9a4e-0f2f4d9f1c11"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


TARGET = 2.0
#: Few enough that everybody's chat is soon known, as it is in daily use.
PEOPLE = 500


@dataclass(frozen=True)
class Figures:
    """What one run of one bot came to."""

    per_second: float
    p99_ms: float


async def echo(inbound: AnyInbound) -> AnyReply:
    """The trivial dispatch."""
    return Say(card=sentence(f"{inbound.name} {inbound.text}" if isinstance(inbound, Command) else ""))


def floor_handler() -> Handler:
    """An echo bot as botbuilder's samples have it, without authentication and without patches."""
    from botbuilder.core import BotFrameworkAdapterSettings, TurnContext
    from botbuilder.integration.aiohttp import BotFrameworkHttpAdapter

    class Echo:
        async def on_turn(self, context: TurnContext) -> None:
            await context.send_activity(context.activity.text)

    adapter = BotFrameworkHttpAdapter(BotFrameworkAdapterSettings("", ""))
    bot = Echo()

    async def handle(request: web.Request) -> web.StreamResponse:
        await adapter.process(request, None, bot)
        return web.Response(status=200)

    return handle


async def compare(
    dispatch: Dispatch = echo, *, seconds: float = 5, connections: int = 16, rounds: int = 3
) -> tuple[Figures, Figures]:
    """The floor's figures and ours: medians over the rounds."""
    floor: list[Figures] = []
    ours: list[Figures] = []
    async with AsyncExitStack() as stack:
        stub = stack.enter_context(_process(_stub))
        loads = stack.enter_context(_process(_loads))
        service_url = await asyncio.to_thread(stub.recv)
        registration = Registration(
            app_id=APP_ID, password="", tenant_id=TEAMS_TENANT, no_auth=True, service_url=service_url
        )
        connector = Connector(registration)
        stack.push_async_callback(connector.close)
        app = TeamsApp(registration, connector, Seen(), dispatch)
        ports = [await _serve(stack, handler) for handler in (floor_handler(), app.handle)]

        async def load(port: int, for_seconds: float) -> Figures:
            loads.send((port, service_url, connections, for_seconds))
            answer = await asyncio.to_thread(loads.recv)
            if not isinstance(answer, Figures):
                raise RuntimeError(answer)
            return answer

        for port in ports:
            await load(port, min(1, seconds))
        tune()  # as `tandem serve` does once it is ready; the floor has it too
        for _ in range(rounds):
            for port, figures in zip(ports, (floor, ours), strict=True):
                figures.append(await load(port, seconds))
    return _median(floor), _median(ours)


async def contribute(
    *, seconds: float = 5, connections: int = 16, rounds: int = 3
) -> tuple[Figures, Figures]:
    """The same with the whole `contribute` on SQLite behind our adapter."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        url = f"sqlite:///{folder}/tandem.db"
        await asyncio.to_thread(migrate.upgrade, url)
        await fill(url)
        store = open_store(url)
        dispatch = Dispatcher(store, capabilities(), policy=Policy(), profiles={})
        try:
            return await compare(dispatch, seconds=seconds, connections=connections, rounds=rounds)
        finally:
            await store.close()


async def _serve(stack: AsyncExitStack, handler: Handler) -> int:
    app = web.Application()
    app.router.add_post("/api/messages", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return port


@contextmanager
def _process(work: Callable[[Connection], None]) -> Iterator[Connection]:
    """Something beside the bots, in a process of its own; ends with the context."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        ours.send(None)
        process.join(timeout=10)


def _loads(pipe: Connection) -> None:
    """People who write one message after the other, each answered before the next is sent."""
    numbers = itertools.count(time.monotonic_ns())
    while (order := pipe.recv()) is not None:
        port, service_url, connections, seconds = order

        def request(service_url: str = service_url) -> bytes:
            body = json.dumps(_activity(next(numbers), service_url)).encode()
            head = (
                "POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            return head.encode() + body

        try:
            measured = asyncio.run(run(port, request, connections=connections, seconds=seconds))
            pipe.send(Figures(measured.per_second, measured.p99_ms))
        except Exception as error:
            pipe.send(repr(error))


def _activity(number: int, service_url: str) -> dict[str, Any]:
    return {
        "type": "message",
        "id": str(number),
        "timestamp": "2026-11-21T05:00:00.000Z",
        "localTimezone": "Europe/Berlin",
        "serviceUrl": service_url,
        "channelId": "msteams",
        "from": {
            "id": f"29:1-{number % PEOPLE}",
            "name": f"Person {number % PEOPLE}",
            "aadObjectId": TEAMS_USER.format(number % PEOPLE),
        },
        "conversation": {
            "id": f"a:1-{number % PEOPLE}",
            "conversationType": "personal",
            "tenantId": TEAMS_TENANT,
        },
        "recipient": {"id": f"28:{APP_ID}", "name": "Tandem"},
        "entities": [{"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web"}],
        "channelData": {"tenant": {"id": TEAMS_TENANT}},
        "locale": "en-GB",
        "text": f"contribute {LINE}",
    }


def _stub(pipe: Connection) -> None:
    """A Bot Connector that answers ids and remembers nothing: raw, so that it takes little of the machine."""
    asyncio.run(_stub_serves(pipe))


async def _stub_serves(pipe: Connection) -> None:
    numbers = itertools.count(1)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
                await reader.readexactly(int(length or 0))
                body = b'{"id": "%d"}' % next(numbers)
                writer.write(
                    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
                )
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await asyncio.to_thread(pipe.recv)
    server.close()


def _median(figures: list[Figures]) -> Figures:
    return Figures(
        statistics.median(one.per_second for one in figures),
        statistics.median(one.p99_ms for one in figures),
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    whole = loop.run(contribute(seconds=given.seconds, connections=given.connections, rounds=given.rounds))
    echoed = loop.run(compare(seconds=given.seconds, connections=given.connections, rounds=given.rounds))
    good = True
    print(
        f"\nTeams, {given.connections} connections, beside an unpatched botbuilder echo bot (target: twice its rate)"
    )
    for name, (floor, ours) in (("an echo of ours", echoed), ("the whole `contribute`", whole)):
        ratio = ours.per_second / floor.per_second
        good &= ratio >= TARGET
        print(
            f"  {name:<24} floor {floor.per_second:5.0f}/s (p99 {floor.p99_ms:.0f} ms)   "
            f"ours {ours.per_second:5.0f}/s (p99 {ours.p99_ms:.0f} ms)   ratio {ratio:.2f}"
            f"   {'ok' if ratio >= TARGET else 'BELOW TARGET'}"
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

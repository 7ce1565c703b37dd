"""The running bot: everything put together, started, and stopped so that nothing is lost."""

import asyncio
import gc
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import database, logs
from bot.delivery import DeliveryWorker
from bot.metrics import CONTENT_TYPE, Metrics, measured
from bot.pacing import paces
from bot.planner import Planner, utc_now
from bot.platforms import Adapter, WarmAdapter, adapters
from bot.problem import Problem
from bot.settings import Settings
from domain.schedules import TICK
from handlers import hours
from handlers.dispatch import Dispatcher
from handlers.exports import FileExports
from handlers.registry import capabilities
from storage import inbox, migrate, outbox, progress
from storage.directory import grant_admin
from storage.store import Clock, Store, Work

log = structlog.get_logger()

#: For how long a repeated request is recognised. Slack delivers an event for an hour at the most.
REMEMBERED = timedelta(days=3)
#: How long the outbox shows what was sent (never its words, which are dropped at once).
KEPT_SENT = timedelta(days=30)
#: How long after it is ready a process tunes its collector, in seconds: those who wait for it come first.
TUNED_AFTER_S = 1.0
#: How many new objects, and rounds of the younger ones, a round of the collector waits for.
COLLECTED_AT = (20_000, 20, 20)
#: How long a stop waits for requests under way.
STOP_S = 20.0

NO_PLATFORM = (
    "Neither Slack nor Teams is set up. For Slack set TANDEM_SLACK_BOT_TOKEN and TANDEM_SLACK_SIGNING_SECRET "
    "(or TANDEM_SLACK_APP_TOKEN for Socket Mode); for Teams set TANDEM_TEAMS_APP_ID, TANDEM_TEAMS_APP_PASSWORD "
    "and TANDEM_TEAMS_TENANT_ID. To try Tandem without either, type: tandem playground"
)


class Bot:
    """One process of Tandem. `start` it, let it `listen`, and `stop` it in the end."""

    def __init__(
        self, settings: Settings, store: Store, platforms: Sequence[Adapter], clock: Clock = utc_now
    ) -> None:
        self.settings = settings
        self.store = store
        self.metrics = Metrics()
        known = capabilities()
        exports = FileExports(store, {name: make for one in known for name, make in one.files.items()})
        self.worker = DeliveryWorker(
            store,
            {one.name: one.sender for one in platforms},
            profiles={one.name: one.profiles for one in platforms},
            exports=exports,
            views={name: view for one in known for name, view in one.views.items()},
            metrics=self.metrics,
            limits=paces(settings.pace),
            clock=clock,
        )
        self.planner = Planner(
            store,
            [schedule for one in known for schedule in one.schedules],
            clock,
            chores=[chore for one in known for chore in one.chores],
            jobs=[job for one in known for job in one.jobs],
            metrics=self.metrics,
            on_enqueued=self.worker.wake,
        )
        self.dispatcher = Dispatcher(
            store,
            known,
            policy=settings.policy,
            profiles={one.name: one.profiles for one in platforms},
            on_enqueued=self.worker.wake,
        )
        self.app = web.Application(middlewares=[logs.request_log], client_max_size=1024 * 1024)
        router = self.app.router
        for one in platforms:
            one.connect(measured(self.dispatcher, self.metrics), exports, self.dispatcher.profile_changed)
            one.add_routes(router)
        router.add_get("/healthz", _alive)
        router.add_get("/readyz", self._readiness)
        router.add_get("/metrics", self._metrics)
        self._platforms = [WarmAdapter(one) for one in platforms]
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._ticking = asyncio.Lock()
        self._working: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Warm the platforms up, begin to send what waits, and tick."""
        await asyncio.gather(*(one.start() for one in self._platforms))
        self._working = asyncio.create_task(self.worker.run())
        self._scheduler.add_job(self.worker.wake, "interval", minutes=1, misfire_grace_time=None)
        self._scheduler.add_job(self._tick, "interval", seconds=TICK.seconds, misfire_grace_time=None)
        # What fell due while nobody ran is planned at once.
        self._scheduler.add_job(self._tick, misfire_grace_time=None)
        soon = datetime.now(UTC) + timedelta(seconds=10)
        self._scheduler.add_job(hours.warm, "date", run_date=soon, misfire_grace_time=None)
        self._scheduler.add_job(self._forget, "interval", hours=1, misfire_grace_time=None)
        self._scheduler.start()

    async def listen(self, host: str, port: int) -> str:
        """Take requests; the base address. Raises Problem if the port is taken."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=STOP_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise Problem(
                f"Cannot listen on {host}, port {port}: {error.strerror or error}. "
                "TANDEM_HOST and TANDEM_PORT set another place."
            ) from error
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Take nothing new, finish what was begun, and let go of everything."""
        if self._scheduler.running:
            self._scheduler.pause()
            async with self._ticking:  # what is being planned is planned
                self._scheduler.shutdown(wait=False)
        await asyncio.gather(*(one.stop() for one in self._platforms), return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        await self.finish()
        self.worker.stop()
        if self._working is not None:
            await self._working
        for one in self._platforms:
            with suppress(Exception):
                await one.adapter.close()
        await self.store.close()

    async def finish(self) -> None:
        """Wait until everything is shown that was acknowledged already."""
        await asyncio.gather(*(one.adapter.finish() for one in self._platforms), return_exceptions=True)

    async def _tick(self) -> None:
        async with self._ticking:
            await self.planner.tick()

    async def _forget(self) -> None:
        def forget(work: Work) -> tuple[int, int]:
            return (
                inbox.forget(work, before=work.now - REMEMBERED),
                outbox.forget(work, before=work.now - KEPT_SENT),
            )

        answers, messages = await self.store.write(forget)
        log.info("forgotten", answers=answers, messages=messages)

    async def _readiness(self, request: web.Request) -> web.Response:
        parts: dict[str, str] = {
            one.adapter.name: "ready" if one.ready else "not ready" for one in self._platforms
        }
        try:
            async with asyncio.timeout(2):
                revision = await self.store.read(migrate.current)
            parts |= {"database": "ready" if revision == migrate.head() else "not migrated"}
        except Exception as error:
            log.warning("database_not_ready", error=type(error).__name__)
            parts |= {"database": "not reachable"}
        ready = set(parts.values()) == {"ready"}
        return web.json_response({"ready": ready, **parts}, status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(5):
                counts, batches = await self.store.read(
                    lambda work: (outbox.counts(work), progress.batches(work, under_way=True))
                )
        except Exception as error:
            log.warning("outbox_not_counted", error=type(error).__name__)
            counts, batches = {}, []
        return web.Response(body=self.metrics.page(counts, batches), headers={"Content-Type": CONTENT_TYPE})


async def build(
    settings: Settings, platforms: Sequence[Adapter] | None = None, *, clock: Clock = utc_now
) -> Bot:
    """Put a bot together on a migrated database. Raises Problem."""
    platforms = adapters(settings) if platforms is None else platforms
    if not platforms:
        raise Problem(NO_PLATFORM, exit_code=2)
    store = await database.opened(settings, clock=clock)
    if settings.admins:
        found = await store.write(lambda work: grant_admin(work, settings.admins))
        if missing := len(set(settings.admins) - set(found)):
            log.warning("admins_not_in_directory", count=missing)
    for sentence in await asyncio.to_thread(database.vault_of(settings).check):
        # Everything but pulses goes on; `tandem doctor` says the same.
        log.error("vault_unusable", problem=sentence)
    return Bot(settings, store, platforms, clock)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises Problem."""
    stopping = told_to_stop()
    bot = await build(settings)
    try:
        await bot.start()
        url = await bot.listen(settings.host, settings.port)
        asyncio.get_running_loop().call_later(TUNED_AFTER_S, tune)
        log.info("listening", url=url)
        await stopping.wait()
        log.info("stopping")
    finally:
        await bot.stop()
    log.info("stopped")


def told_to_stop() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stopping.set)
    return stopping


def tune() -> None:
    """What start-up made stays for good: the collector need not look at it again. Takes a tenth of a second.

    What a request makes goes with it, nearly all without the collector, which looks less often than of itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AT)
    gc.enable()


async def _alive(request: web.Request) -> web.Response:
    return web.Response(text="alive\n")

"""The chat platforms that are set up: each one's sender, profiles, routes and life, behind one small shape."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from aiohttp import web

from bot.settings import Settings
from domain.people import Platform
from handlers.conversation import Profile
from handlers.ports import Dispatch, Exports, Profiles, Sender

log = structlog.get_logger()

ProfileChanged = Callable[[Platform, Profile], Awaitable[None]]

#: How long to wait between attempts to reach a platform that is not ready.
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
#: How long start-up waits for a platform; after it, requests are taken and attempts go on beside them.
START_S = 10.0


class Adapter(Protocol):
    """One platform. Made first, so that the dispatcher can ask it for profiles; then given the dispatcher."""

    name: Platform
    sender: Sender
    profiles: Profiles

    def connect(self, dispatch: Dispatch, exports: Exports, profile_changed: ProfileChanged) -> None: ...

    def add_routes(self, router: web.UrlDispatcher) -> None: ...

    async def warm_up(self) -> None:
        """Learn what would delay the first request. Raises an exception that says why it cannot, in its text."""
        ...

    async def stop_receiving(self) -> None: ...

    async def finish(self) -> None:
        """Wait until everything is shown that was acknowledged already."""
        ...

    async def close(self) -> None: ...


class SlackAdapter:
    """Slack over HTTP, or over Socket Mode where an app token is set."""

    name: Platform = "slack"

    def __init__(self, settings: Settings) -> None:
        from handlers.slack.client import SlackClient
        from handlers.slack.send import SlackProfiles, SlackSender

        assert settings.slack_bot_token is not None
        self._settings = settings
        self._client = SlackClient(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        self.sender: Sender = SlackSender(self._client)
        self.profiles: Profiles = SlackProfiles(self._client)

    def connect(self, dispatch: Dispatch, exports: Exports, profile_changed: ProfileChanged) -> None:
        from handlers.slack.app import SlackApp

        async def changed(profile: Profile) -> None:
            await profile_changed("slack", profile)

        secret = self._settings.slack_signing_secret
        self._app = SlackApp(
            self._client,
            signing_secret="" if secret is None else secret.get_secret_value(),
            dispatch=dispatch,
            on_profile=changed,
            on_uninstalled=_uninstalled,
        )
        token = self._settings.slack_app_token
        self._socket = None if token is None else self._app.socket_mode(token.get_secret_value())

    def add_routes(self, router: web.UrlDispatcher) -> None:
        # Without a signing secret there is nothing to tell Slack's requests from others by.
        if self._socket is None and self._settings.slack_signing_secret is not None:
            router.add_post("/slack/events", self._app.handle)

    async def warm_up(self) -> None:
        await self._app.warm_up()
        if self._socket is not None:
            await self._socket.start()

    async def stop_receiving(self) -> None:
        if self._socket is not None:
            await self._socket.stop()

    async def finish(self) -> None:
        await self._app.finish()

    async def close(self) -> None:
        await self._client.close()


class TeamsAdapter:
    """Microsoft Teams over HTTP."""

    name: Platform = "teams"

    def __init__(self, settings: Settings) -> None:
        from handlers.teams.connector import Connector
        from handlers.teams.registration import Registration
        from handlers.teams.seen import Seen
        from handlers.teams.send import TeamsProfiles, TeamsSender

        password = settings.teams_app_password
        self._registration = Registration(
            app_id=settings.teams_app_id or "",
            password="" if password is None else password.get_secret_value(),
            tenant_id=settings.teams_tenant_id or "",
            no_auth=settings.teams_dev_no_auth,
        )
        self._connector = Connector(self._registration)
        self._seen = Seen()
        self.sender: Sender = TeamsSender(self._registration, self._connector, self._seen)
        self.profiles: Profiles = TeamsProfiles(self._registration, self._connector, self._seen)

    def connect(self, dispatch: Dispatch, exports: Exports, profile_changed: ProfileChanged) -> None:
        from handlers.teams.app import TeamsApp

        self._app = TeamsApp(self._registration, self._connector, self._seen, dispatch, exports=exports)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/api/messages", self._app.handle)

    async def warm_up(self) -> None:
        await self._app.start()

    async def stop_receiving(self) -> None:
        pass

    async def finish(self) -> None:
        await self._app.finish()

    async def close(self) -> None:
        await self._connector.close()


class WarmAdapter:
    """Keeps trying to warm an adapter up, and knows whether it is."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.ready = False
        self._first = asyncio.Event()
        self._trying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Wait for the first attempt; later ones go on by themselves."""
        self._trying = asyncio.create_task(self._try())
        try:
            async with asyncio.timeout(START_S):
                await self._first.wait()
        except TimeoutError:
            log.warning("platform_slow", platform=self.adapter.name)

    async def stop(self) -> None:
        if self._trying is not None:
            self._trying.cancel()
            await asyncio.gather(self._trying, return_exceptions=True)
        await self.adapter.stop_receiving()

    async def _try(self) -> None:
        pause_s = FIRST_RETRY_S
        while not self.ready:
            try:
                await self.adapter.warm_up()
                self.ready = True
                log.info("platform_ready", platform=self.adapter.name)
            except Exception as error:
                log.warning("platform_not_ready", platform=self.adapter.name, reason=str(error)[:200])
            self._first.set()
            if not self.ready:
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_RETRY_S, pause_s * 2)


def adapters(settings: Settings) -> list[Adapter]:
    """One adapter per platform that is set up."""
    found: list[Adapter] = []
    if settings.slack:
        found.append(SlackAdapter(settings))
    if settings.teams:
        found.append(TeamsAdapter(settings))
    return found


async def _uninstalled(tenant: str) -> None:
    log.warning("uninstalled", platform="slack", tenant=tenant)

"""The Slack app: what Slack signed goes to Bolt; we translate, hand over, and show the reply."""

import logging
import re
import traceback
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.payload_utils import (
    is_block_actions,
    is_shortcut,
    is_slash_command,
    is_view_submission,
)
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from handlers.cards import sentence
from handlers.conversation import AnyInbound, FieldErrors, HomeOpened, Origin, Profile, Say
from handlers.ports import Dispatch
from handlers.slack import translate
from handlers.slack.answer import Answers, AnyReply, changes_home, comes_after
from handlers.slack.behind import Behind
from handlers.slack.client import Json, SlackClient

log = structlog.get_logger(__name__)

#: Slack's own requests are far smaller.
BODY_BYTES = 1_000_000
#: How many events a process remembers having answered: Slack delivers one up to four times within the hour.
ANSWERED_EVENTS = 4096

WENT_WRONG = "Something went wrong on our side; nothing was changed. Please try again."
NOT_SHOWN = "Your request went through, but its answer could not be shown."

_TIMESTAMP = re.compile(r"\d{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")

_T = TypeVar("_T")

Show = Callable[[Json, Origin, AnyReply], Awaitable[Json]]
Listen = Callable[[Json], Awaitable[BoltResponse]]


class SocketMode(Protocol):
    """A connection to Slack that needs no public address."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class SlackApp:
    """Slack's requests in, replies out, for one workspace.

    Without a signing secret (Socket Mode needs none) every request over HTTP is refused.
    """

    def __init__(
        self,
        client: SlackClient,
        *,
        signing_secret: str,
        dispatch: Dispatch,
        on_profile: Callable[[Profile], Awaitable[None]] | None = None,
        on_uninstalled: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._dispatch = dispatch
        self._on_profile = on_profile
        self._on_uninstalled = on_uninstalled
        self._behind = Behind()
        self._answers = Answers(client, self._behind)
        self._answered: OrderedDict[str, None] = OrderedDict()
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._authorize = _Authorized(client.token)
        self._bolt = self._listening()

    async def finish(self) -> None:
        """Wait until everything is shown that was acknowledged."""
        await self._behind.finish()

    async def warm_up(self) -> None:
        """Learn who the bot is, so that no request has to ask. Raises handlers.slack.client.ApiError."""
        self._authorize.learn(await self._client.call("auth.test", {}))

    async def handle(self, request: web.Request) -> web.Response:
        """Answer POST /slack/events: commands, interactions and events."""
        raw = await _read(request)
        if raw is None:
            return _plain(413, "too large")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return _plain(400, "malformed request")
        if not self._is_signed(text, request.headers):
            return _plain(401, "invalid request")
        try:
            bolt_request = to_bolt_request(text)
        except translate.PayloadError:
            return _plain(400, "malformed request")
        return await to_aiohttp_response(await self._respond(bolt_request))

    def socket_mode(self, app_token: str) -> SocketMode:
        """The same app over a connection that it opens itself. Starts on `start`."""
        return _SocketMode(self._bolt, app_token, self._client)

    def _is_signed(self, text: str, headers: Mapping[str, str]) -> bool:
        stamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        return (
            self._verifier is not None
            and _TIMESTAMP.fullmatch(stamp) is not None
            and _SIGNATURE.fullmatch(signature) is not None
            and self._verifier.is_valid(text, stamp, signature)
        )

    async def _respond(self, request: AsyncBoltRequest) -> BoltResponse:
        """Bolt's response; what it does not know is ignored if it is an event, and refused otherwise."""
        response = await self._bolt.async_dispatch(request)
        if response.status >= 500:
            log.warning("slack.malformed", type=str(request.body.get("type"))[:40])
            return _refusal("malformed request")
        if response.status == 404:
            known = request.body.get("type") in ("event_callback", "view_closed")
            return BoltResponse(status=200) if known else _refusal("unknown request")
        return response

    def _listening(self) -> AsyncApp:
        app = AsyncApp(
            name="tandem",
            logger=_silent_logger(),
            request_verification_enabled=False,
            client=AsyncWebClient(base_url=self._client.web.base_url, retry_handlers=[]),
            authorize=self._authorize,
            process_before_response=True,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        mention = partial(_mention, self._authorize)
        show = self._answers
        interactions: list[tuple[Callable[[Json], bool], Listen]] = [
            (is_block_actions, self._listener(translate.press, show.press)),
            (is_slash_command, self._listener(translate.command, show.command)),
            (is_view_submission, self._listener(translate.submission, show.submission)),
            (is_shortcut, self._listener(translate.shortcut, show.shortcut)),
        ]
        app.use(_Interactions(interactions))
        app.event("app_home_opened")(self._listener(translate.home_opened, show.home))
        app.event("message")(self._listener(translate.message, self._words_once))
        app.event("app_mention")(self._listener(mention, self._words_once))
        app.event("user_change")(self._profile_changed)
        app.event("app_uninstalled")(self._uninstalled)
        app.event("tokens_revoked")(self._uninstalled)
        return app

    def _listener(self, read: Callable[[Json], AnyInbound | None], show: Show) -> Listen:
        """Translate, hand over, show: what every listener does."""

        async def listen(body: Json) -> BoltResponse:
            try:
                inbound = read(body)
            except translate.PayloadError as error:
                log.warning("slack.malformed", field=str(error)[:40])
                return _refusal("malformed request")
            if inbound is None:
                return BoltResponse(status=200)
            reply = await self._handed_over(inbound)
            who = inbound.origin.user_id
            if comes_after(body, reply):
                await self._behind.put(who, self._shown(body, inbound, reply, show))
                return BoltResponse(status=200)
            shown = await self._shown(body, inbound, reply, show)
            if changes_home(body, reply):
                await self._behind.put(who, self._home_again(inbound))
            return BoltResponse(status=200, body=shown)

        return listen

    async def _home_again(self, inbound: AnyInbound) -> None:
        """Bring the Home tab behind a window up to date."""
        opened = HomeOpened(key=f"{inbound.key}:home", origin=inbound.origin)
        await self._answers.home({}, inbound.origin, await self._dispatch(opened))

    async def _handed_over(self, inbound: AnyInbound) -> AnyReply:
        try:
            return await self._dispatch(inbound)
        except Exception as error:
            _log_failure("slack.dispatch_failed", inbound, error)
            if inbound.type == "submission":
                return FieldErrors(errors={"": WENT_WRONG})
            return Say(card=sentence(WENT_WRONG))

    async def _shown(self, body: Json, inbound: AnyInbound, reply: AnyReply, show: Show) -> Any:
        """The response's body. A reply that cannot be shown is one that was carried out all the same."""
        try:
            return await show(body, inbound.origin, reply) or ""
        except Exception as error:
            _log_failure("slack.show_failed", inbound, error)
        if inbound.type == "command" and inbound.origin.can_ask:
            return {"response_type": "ephemeral", "text": NOT_SHOWN}
        await self._answers.tell(body, inbound.origin, NOT_SHOWN)
        return {"response_action": "clear"} if inbound.type == "submission" else ""

    async def _words_once(self, body: Json, origin: Origin, reply: AnyReply) -> Json:
        """Answer an event once, however often Slack delivers it to this process."""
        key = str(body.get("event_id"))
        if key in self._answered:
            return {}
        self._answered[key] = None
        if len(self._answered) > ANSWERED_EVENTS:
            self._answered.popitem(last=False)
        return await self._answers.words(body, origin, reply)

    async def _profile_changed(self, body: Json) -> BoltResponse:
        return await self._told(body, translate.changed_profile, self._on_profile)

    async def _uninstalled(self, body: Json) -> BoltResponse:
        """Only the bot's own tokens matter: those of people are not ours."""
        event = body["event"]
        tokens = event.get("tokens")
        if event["type"] == "tokens_revoked" and not (isinstance(tokens, dict) and tokens.get("bot")):
            return BoltResponse(status=200)
        return await self._told(body, translate.tenant, self._on_uninstalled)

    async def _told(
        self,
        body: Json,
        read: Callable[[Json], _T],
        tell: Callable[[_T], Awaitable[None]] | None,
    ) -> BoltResponse:
        try:
            what = read(body)
            if tell is not None:
                await tell(what)
        except translate.PayloadError as error:
            log.warning("slack.malformed", field=str(error)[:40])
            return _refusal("malformed request")
        except Exception as error:
            _log_failure("slack.event_failed", None, error)
        return BoltResponse(status=200)


class _Interactions(AsyncMiddleware):
    """What people send, straight to what answers it: of Bolt's listeners each is asked in turn whether it is meant,
    with everything at hand that a listener may ask for, which takes as long as all the rest of Bolt.
    """

    def __init__(self, listeners: list[tuple[Callable[[Json], bool], Listen]]) -> None:
        self._listeners = listeners

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        for is_meant, listen in self._listeners:
            if is_meant(req.body):
                return await listen(req.body)
        return await next()


class _Authorized(AsyncAuthorize):
    """One bot token for every request; who the bot is was asked once."""

    def __init__(self, token: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._token = token
        self.known: Json = {}

    def learn(self, identity: Json) -> None:
        self.known = identity

    async def __call__(self, **about: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=about.get("enterprise_id"),
            team_id=about.get("team_id"),
            bot_id=self.known.get("bot_id"),
            bot_user_id=self.known.get("user_id"),
            bot_token=self._token,
            user_id=about.get("user_id"),
        )


class _SocketMode:
    def __init__(self, app: AsyncApp, app_token: str, client: SlackClient) -> None:
        self._app, self._app_token, self._client = app, app_token, client
        self._handler: AsyncSocketModeHandler | None = None

    async def start(self) -> None:
        logger = logging.getLogger("tandem.slack.socket_mode")
        logger.setLevel(logging.WARNING)
        handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=logger, web_client=self._client.web
        )
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
        except BaseException:
            await handler.close_async()  # type: ignore[no-untyped-call]
            raise
        self._handler = handler

    async def stop(self) -> None:
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]
            self._handler = None


def to_bolt_request(text: str) -> AsyncBoltRequest:
    """A signed request as Bolt takes it. Raises PayloadError where there is nothing to be made of it.

    Its mode is the one of what comes to Bolt authenticated and read. Bolt's own reading takes any form with the word
    "payload" in it for an interaction, and so loses commands in whose text somebody writes of a payload.
    """
    body = translate.body(text)
    try:
        return AsyncBoltRequest(body=body, mode="socket_mode")
    except Exception as error:  # it looks into the body, whatever that is
        raise translate.PayloadError("body") from error


async def _read(request: web.Request) -> bytes | None:
    """The body, or None if it is too large."""
    if request.content_length is not None and request.content_length > BODY_BYTES:
        return None
    raw = b""
    async for piece in request.content.iter_any():
        raw += piece
        if len(raw) > BODY_BYTES:
            return None
    return raw


def _mention(authorized: _Authorized, body: Json) -> AnyInbound | None:
    return translate.mention(body, authorized.known.get("user_id"))


def _refusal(why: str) -> BoltResponse:
    return BoltResponse(status=400, body={"error": why})


def _plain(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)


def _log_failure(event: str, inbound: AnyInbound | None, error: Exception) -> None:
    """Where it failed, without what the error says: that may hold what people wrote."""
    frames = "".join(traceback.format_tb(error.__traceback__)[-6:])
    key = inbound.key if inbound is not None else None
    log.error(event, key=key, error=type(error).__name__, frames=frames)


def _silent_logger() -> logging.Logger:
    """Bolt logs bodies of requests that it refuses, and with them what people wrote: it gets no voice."""
    logger = logging.Logger("tandem.slack.bolt", level=logging.CRITICAL)
    logger.addHandler(logging.NullHandler())
    return logger

"""Writing to Teams: the Bot Connector's REST protocol, as far as it is needed.

botbuilder's own client rebuilds its retry rules on every call, which takes nine tenths of a turn, and does not
retry what Teams asks to be retried.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import aiohttp
import structlog
from pydantic_core import to_json
from yarl import URL

from handlers.ports import Closed, Gone, TryLater, Undeliverable
from handlers.teams.activity import Node, Reference, node_of, nodes_of, text_of
from handlers.teams.registration import Registration

log = structlog.get_logger()

#: Answers after which the same request may succeed; 412 is Teams' for two writes at once.
PASSING = frozenset({408, 412, 429, 500, 502, 503, 504})

#: Refusals (403) by a person or their organisation: the bot was blocked, removed or switched off for them.
BLOCKED = frozenset(
    {
        "BotDisabledInTenant",
        "BotNotInConversationRoster",
        "ConversationBlockedByUser",
        "ForbiddenOperationException",
    }
)

Tokens = Callable[[], Awaitable[str]]


class Connector:
    """The outbound side of the adapter. Use within one event loop; `close` it in the end."""

    def __init__(
        self, registration: Registration, *, tokens: Tokens | None = None, timeout_seconds: float = 15
    ) -> None:
        self._registration = registration
        self._tokens = tokens
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def send(self, to: Reference, activity: Node, *, reply_to: str = "") -> str:
        """Send an activity; its id. Raises TryLater or Undeliverable."""
        path = f"v3/conversations/{_quoted(to.conversation)}/activities"
        sent = await self._call(
            "POST",
            to.service_url,
            f"{path}/{_quoted(reply_to)}" if reply_to else path,
            _addressed(to, activity) | ({"replyToId": reply_to} if reply_to else {}),
        )
        return text_of(sent, "id")

    async def update(self, to: Reference, activity_id: str, activity: Node) -> None:
        """Put another activity in the place of one that was sent. Raises TryLater, Undeliverable or Gone."""
        path = f"v3/conversations/{_quoted(to.conversation)}/activities/{_quoted(activity_id)}"
        await self._call("PUT", to.service_url, path, _addressed(to, activity) | {"id": activity_id})

    async def open_dm(self, service_url: str, *, tenant: str, user: str, bot: str = "") -> Reference:
        """The person's own chat with the bot, which must be installed for them. Raises TryLater or Undeliverable."""
        bot = bot or self._registration.bot
        opened = await self._call(
            "POST",
            service_url,
            "v3/conversations",
            {
                "bot": {"id": bot},
                "members": [{"id": user}],
                "tenantId": tenant,
                "channelData": {"tenant": {"id": tenant}},
                "isGroup": False,
            },
        )
        conversation = text_of(opened, "id")
        if not conversation:
            raise TryLater("no conversation was opened")
        return Reference(
            service_url=service_url, conversation=conversation, bot=bot, tenant=tenant, user=user
        )

    async def member(self, service_url: str, conversation: str, user: str) -> Node | None:
        """One member of a conversation; None if there is no such member. Raises TryLater."""
        # A thread of a channel has the members of its channel.
        path = f"v3/conversations/{_quoted(conversation.partition(';')[0])}/members/{_quoted(user)}"
        try:
            return node_of(await self._call("GET", service_url, path)) or None
        except Undeliverable:
            return None

    async def roster(self, service_url: str, conversation: str) -> AsyncIterator[Node]:
        """All members of a conversation, page by page. Raises TryLater or Undeliverable."""
        path = f"v3/conversations/{_quoted(conversation.partition(';')[0])}/pagedmembers?pageSize=500"
        following = ""
        while True:
            page = await self._call("GET", service_url, path + following)
            for member in nodes_of(page, "members"):
                yield member
            token = text_of(page, "continuationToken")
            if not token:
                return
            following = f"&continuationToken={_quoted(token)}"

    async def put(self, url: str, chunk: bytes, headers: dict[str, str]) -> None:
        """Upload a part of a file to an address that Teams gave, without the bot's token. Raises TryLater."""
        try:
            async with self._connected().put(
                URL(url, encoded=True), data=chunk, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status >= 300:
                    raise TryLater(f"upload answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise TryLater(type(error).__name__) from error

    async def token(self) -> str:
        """The bot's own token. Raises TryLater."""
        try:
            if self._tokens is None:
                self._tokens = await asyncio.to_thread(_tokens, self._registration)
            return await self._tokens()
        except Exception as error:
            log.error("teams_token", error=type(error).__name__)
            raise TryLater("no token") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(limit=50, keepalive_timeout=30),
            )
        return self._session

    async def _call(self, method: str, service_url: str, path: str, body: Node | None = None) -> object:
        if not self._registration.may_call(service_url):
            raise Undeliverable("The address is not one of Teams'.")
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if not self._registration.no_auth:
            headers["Authorization"] = f"Bearer {await self.token()}"
        try:
            async with self._connected().request(
                method,
                URL(f"{service_url.rstrip('/')}/{path}", encoded=True),
                data=None if body is None else to_json(body),
                headers=headers,
                allow_redirects=False,
            ) as answer:
                content = await answer.read()
                if answer.status < 300:
                    return _json(content)
                raise _refusal(answer.status, answer.headers.get("Retry-After"), _json(content))
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            raise TryLater(type(error).__name__, in_doubt=True) from error


def _tokens(registration: Registration) -> Tokens:
    from handlers.teams.sdk import BotToken  # Microsoft's SDK takes long to load.

    return BotToken(registration).get


def _addressed(to: Reference, activity: Node) -> Node:
    addressed = {**activity, "from": {"id": to.bot}, "conversation": {"id": to.conversation}}
    return addressed | {"recipient": {"id": to.user}} if to.user else addressed


def _refusal(status: int, retry_after: str | None, body: object) -> TryLater | Undeliverable:
    code = text_of(body, "error", "code") or str(status)
    if status in PASSING or status == 401:
        return TryLater(f"Teams answered {status}", _seconds(retry_after))
    said = f"Teams answered {status} ({code[:60]})"
    if status == 403 and code in BLOCKED:
        return Closed(said)
    return Gone(said) if status == 404 else Undeliverable(said)


def _seconds(retry_after: str | None) -> float | None:
    """`Retry-After` in seconds, given as a number or as a date (RFC 9110)."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _json(content: bytes) -> object:
    try:
        return json.loads(content) if content else {}
    except ValueError:
        return {}


def _quoted(part: str) -> str:
    return quote(part, safe="")

"""Slack's Web API as the adapter calls it: one connection pool, no retries of its own, errors by kind."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic_core import to_json
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]

SLACK_API_URL = "https://slack.com/api/"
CALL_SECONDS = 10.0
#: Stands for a method's name where an interaction's response URL was called.
RESPONSE_URL = "response_url"
_JSON = {"Content-Type": "application/json"}
UPLOAD_SECONDS = 600.0

#: Slack's trouble, gone after a while.
_PASSING = frozenset(
    {
        "accesslimited",
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
#: Trouble with our own token or scopes: an administrator can mend it, and the message is as good as before.
_AUTHORISATION = frozenset(
    {
        "access_denied",
        "account_inactive",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
#: How long to leave Slack alone when our own authorisation is broken.
AUTHORISATION_SECONDS = 300.0


class ApiError(Exception):
    """Slack refused a call or could not be reached. `code` is Slack's own word, or says what broke."""

    def __init__(
        self, method: str, code: str, *, status: int = 200, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code
        self.status = status
        self.retry_after = retry_after

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed later."""
        return (
            self.status == 0
            or self.status == 429
            or self.status >= 500
            or self.code in _PASSING
            or self.code in _AUTHORISATION
            or self.code in ("ratelimited", "rate_limited")
        )

    @property
    def is_about_blocks(self) -> bool:
        """Whether Slack refused what the message looks like; a response URL only tells that it refused."""
        refused = self.method == RESPONSE_URL and 400 <= self.status < 500 and self.status != 429
        return refused or self.code in ("invalid_blocks", "invalid_blocks_format")

    @property
    def after_seconds(self) -> float | None:
        """How long to wait before the next try, where that is known."""
        if self.retry_after is None and self.code in _AUTHORISATION:
            return AUTHORISATION_SECONDS
        return self.retry_after


class SlackClient:
    """Slack's Web API for one workspace. Open it on the loop that uses it; `close` it at the end."""

    def __init__(self, token: str, api_url: str = SLACK_API_URL) -> None:
        self.token = token
        self.web = AsyncWebClient(token=token, base_url=api_url, retry_handlers=[])
        if urlsplit(api_url).hostname in ("127.0.0.1", "::1", "localhost"):
            self.web.proxy = None
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, body: Json, *, seconds: float = CALL_SECONDS) -> Json:
        """Call a method with a JSON body. Raises ApiError."""
        return await self._call(method, seconds, json=body)

    async def form_call(self, method: str, body: dict[str, str], *, seconds: float = CALL_SECONDS) -> Json:
        """Call a method that takes form fields only, as those that read do. Raises ApiError."""
        return await self._call(method, seconds, data=body)

    async def respond(self, url: str, body: Json, *, seconds: float = CALL_SECONDS) -> None:
        """Answer by an interaction's response URL. Raises ApiError."""
        try:
            async with self._opened().post(
                url,
                data=to_json(body),
                headers=_JSON,
                proxy=self.web.proxy,
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as answer:
                if answer.status != 200:
                    raise ApiError(RESPONSE_URL, "refused", status=answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ApiError(RESPONSE_URL, type(error).__name__, status=0) from error

    async def upload(self, url: str, file: Path) -> None:
        """Send a file's content from disk, in pieces. Raises ApiError."""
        content = await asyncio.to_thread(file.open, "rb")
        try:
            with content:
                async with (
                    asyncio.timeout(UPLOAD_SECONDS),
                    self._opened().post(
                        url,
                        data=content,
                        headers={"Content-Type": "application/octet-stream"},
                        proxy=self.web.proxy,
                        timeout=aiohttp.ClientTimeout(total=UPLOAD_SECONDS),
                    ) as answer,
                ):
                    if answer.status != 200:
                        raise ApiError("upload", "refused", status=answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiError("upload", type(error).__name__, status=0) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = self.web.session = None

    async def _call(self, method: str, seconds: float, **body: Json) -> Json:
        self._opened()
        try:
            async with asyncio.timeout(seconds):
                answer = await self.web.api_call(method, **body)  # type: ignore[arg-type]
        except SlackApiError as error:
            raise _refused(method, error) from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, AttributeError) as error:
            raise ApiError(method, type(error).__name__, status=0) from error
        data = answer.data
        if not isinstance(data, dict):
            raise ApiError(method, "unreadable", status=0)
        return data

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
            self._session = self.web.session = aiohttp.ClientSession(timeout=timeout)
        return self._session


def _refused(method: str, error: SlackApiError) -> ApiError:
    """The error without the response, which may hold what people wrote."""
    response = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    headers = {str(name).lower(): value for name, value in dict(getattr(response, "headers", {})).items()}
    return ApiError(
        method,
        code if isinstance(code, str) else "unreadable",
        status=status if isinstance(code, str) or status != 200 else 0,
        retry_after=_seconds(headers.get("retry-after")),
    )


def _seconds(value: object) -> float | None:
    try:
        return max(0.0, float(str(value)))
    except ValueError:
        return None

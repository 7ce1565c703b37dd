"""Microsoft's SDK, all of it that is used: checking the tokens of requests and getting the bot's own.

Loaded only when Teams is connected: it takes 0.7 s and 20 MB.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from botframework.connector.auth import (
    AuthenticationConstants,
    ChannelValidation,
    ClaimsIdentity,
    JwtTokenExtractor,
    MicrosoftAppCredentials,
    SimpleCredentialProvider,
    VerifyOptions,
)
from jwt.algorithms import RSAAlgorithm

from handlers.teams.registration import Registration

#: Signing keys are fetched anew after a day, and for a key not known at most once in this time.
KEYS_LAST_SECONDS = 24 * 3600
KEYS_AGAIN_SECONDS = 600
#: How far clocks may differ.
LEEWAY_SECONDS = 300
#: MSAL renews a token five minutes before its end: asked once a minute, it is never late.
TOKEN_CHECK_SECONDS = 60


class Unauthenticated(Exception):
    """The request does not come from Teams, or not to this bot."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What `JwtTokenExtractor` wants to know of a key."""

    public_key: Any
    endorsements: list[str]


class SigningKeys:
    """The Bot Framework's signing keys. The SDK's own fetches them with blocking calls and never learns new ones."""

    def __init__(self, metadata_url: str) -> None:
        self._metadata_url = metadata_url
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at: float | None = None
        self._fetching = asyncio.Lock()

    async def get(self, key_id: str | None) -> SigningKey | None:
        """A key; None if there is none of that id."""
        if not self._fresh(KEYS_LAST_SECONDS) or (
            key_id not in self._keys and not self._fresh(KEYS_AGAIN_SECONDS)
        ):
            asked = time.monotonic()
            async with self._fetching:
                if self._fetched_at is None or self._fetched_at < asked:
                    await self._fetch()
        return self._keys.get(key_id or "")

    def _fresh(self, seconds: float) -> bool:
        return self._fetched_at is not None and time.monotonic() - self._fetched_at < seconds

    async def _fetch(self) -> None:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
            async with session.get(self._metadata_url) as answer:
                keys_url = (await answer.json(content_type=None))["jwks_uri"]
            async with session.get(keys_url) as answer:
                found = (await answer.json(content_type=None))["keys"]
        self._keys = {
            key["kid"]: SigningKey(RSAAlgorithm.from_jwk(json.dumps(key)), key.get("endorsements", []))
            for key in found
            if key.get("kty") == "RSA"
        }
        self._fetched_at = time.monotonic()


class Gate:
    """Lets in what Teams' channel service signed for this bot: no emulator, no other bots."""

    def __init__(
        self,
        registration: Registration,
        *,
        metadata_url: str = AuthenticationConstants.TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL,
    ) -> None:
        self._keys = SigningKeys(metadata_url)
        self._extractor = JwtTokenExtractor(
            VerifyOptions(
                issuer=[AuthenticationConstants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER],
                audience=None,
                clock_tolerance=LEEWAY_SECONDS,
                ignore_expiration=False,
            ),
            metadata_url,
            AuthenticationConstants.ALLOWED_SIGNING_ALGORITHMS,
        )
        self._extractor.open_id_metadata = self._keys
        self._credentials = SimpleCredentialProvider(registration.app_id, registration.password)

    async def warm(self) -> None:
        """Have the signing keys before the first request."""
        await self._keys.get(None)

    async def admit(self, header: str, channel: str, service_url: str) -> None:
        """Check the token of a request. Raises Unauthenticated.

        A malformed token makes PyJWT raise, an unknown key the SDK: whatever goes wrong, nobody is let in.
        """
        try:
            identity: ClaimsIdentity | None = await self._extractor.get_identity_from_auth_header(
                header, channel, [channel]
            )
            await ChannelValidation.validate_identity(identity, self._credentials)
            claims: dict[str, object] = identity.claims if identity is not None else {}
        except Exception as error:
            raise Unauthenticated(type(error).__name__) from error
        if "exp" not in claims or claims.get(ChannelValidation.SERVICE_URL_CLAIM) != service_url:
            raise Unauthenticated("serviceurl")


class BotToken:
    """The bot's own token, from MSAL, fetched beside the event loop."""

    def __init__(self, registration: Registration) -> None:
        self._credentials = MicrosoftAppCredentials(
            registration.app_id, registration.password, channel_auth_tenant=registration.tenant_id
        )
        self._token: str | None = None
        self._checked_at = 0.0
        self._fetching = asyncio.Lock()

    async def get(self) -> str:
        """Raises PermissionError where Entra refuses, or what MSAL raises when it cannot be reached."""
        async with self._fetching:
            if self._token is None or time.monotonic() - self._checked_at > TOKEN_CHECK_SECONDS:
                token: str = await asyncio.to_thread(self._credentials.get_access_token)
                self._token, self._checked_at = token, time.monotonic()
            return self._token

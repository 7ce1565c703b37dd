"""Who the bot is in Teams: its registration, and what follows from it."""

import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import urlsplit

#: Where to reach Teams before it has told where it wants to be reached.
GLOBAL_SERVICE_URL = "https://smba.trafficmanager.net/teams/"

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Registration:
    """A single-tenant registration.

    Without app id, password or tenant the SDK would switch authentication off and say nothing; here it has to be
    said: `no_auth`, which takes requests from this machine only. Raises ValueError.
    """

    app_id: str
    password: str = field(repr=False)
    #: The one organisation that is served; with `no_auth` empty for any.
    tenant_id: str
    no_auth: bool = False
    service_url: str = GLOBAL_SERVICE_URL

    def __post_init__(self) -> None:
        if not self.no_auth and not (self.app_id and self.password and self.tenant_id):
            raise ValueError(
                "Teams needs an app id, a password and a tenant id: without them anybody could speak as anybody. "
                "For trials on this machine set TANDEM_TEAMS_DEV_NO_AUTH=true."
            )

    @property
    def bot(self) -> str:
        """The bot's own account in conversations."""
        return f"28:{self.app_id}"

    def serves(self, tenant: str) -> bool:
        return tenant.lower() == self.tenant_id.lower() if self.tenant_id else self.no_auth

    def may_call(self, url: str) -> bool:
        """Whether the bot's token may be sent there: https, or in a trial without tokens this machine."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        if parts.username or parts.password:
            return False
        if host in _LOOPBACK:
            return self.no_auth and parts.scheme in ("http", "https")
        return parts.scheme == "https" and bool(host)

    def seal(self, text: str) -> str:
        """A signature over what comes back from a client, made with a key that only this bot has."""
        key = hashlib.blake2b(f"tandem file offer {self.password}".encode(), digest_size=32).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_loopback(address: str | None) -> bool:
    return address in _LOOPBACK

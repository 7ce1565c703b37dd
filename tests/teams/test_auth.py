"""Who is let in: tokens signed by keys of our own in the place of the Bot Framework's."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from handlers.teams.registration import Registration
from handlers.teams.sdk import Gate
from tests.teams import activities as teams
from tests.teams.conftest import Bot, Starts

ISSUER = "https://api.botframework.com"


class Issuer:
    """Signs tokens and publishes its keys."""

    def __init__(self) -> None:
        self.keys = {
            name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("k1", "rogue")
        }
        self.published = ["k1"]
        self.endorsements = ["msteams"]
        self.fetched = 0
        self.url = ""

    def token(self, key: str = "k1", kid: str | None = None, **claims: Any) -> str:
        now = int(time.time())
        told = {
            "iss": ISSUER,
            "aud": teams.APP_ID,
            "nbf": now - 60,
            "exp": now + 3600,
            "serviceurl": teams.SERVICE_URL,
        } | claims
        told = {name: value for name, value in told.items() if value is not None}
        return "Bearer " + jwt.encode(told, self.keys[key], algorithm="RS256", headers={"kid": kid or key})

    async def metadata(self, request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": f"{self.url}/keys"})

    async def jwks(self, request: web.Request) -> web.Response:
        self.fetched += 1
        keys = []
        for name in self.published:
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.keys[name].public_key()))
            keys.append(public | {"kid": name, "endorsements": self.endorsements})
        return web.json_response({"keys": keys})


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    app = web.Application()
    app.router.add_get("/metadata", made.metadata)
    app.router.add_get("/keys", made.jwks)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def guarded(starts: Starts, issuer: Issuer) -> Bot:
    registration = Registration(app_id=teams.APP_ID, password="secret", tenant_id=teams.TENANT)
    return await starts(registration, gate=Gate(registration, metadata_url=f"{issuer.url}/metadata"))


async def test_a_token_of_the_bot_framework_for_this_bot_is_let_in(guarded: Bot, issuer: Issuer) -> None:
    for _ in range(3):
        assert (await guarded.post(teams.message("help"), token=issuer.token()))[0] == 200
    assert len(guarded.inbound) == 3
    assert issuer.fetched == 1


Bad = Callable[[Issuer], str | None]
BAD: dict[str, Bad] = {
    "no token": lambda issuer: None,
    "empty": lambda issuer: "",
    "another scheme": lambda issuer: "Basic dXNlcjpwYXNz",
    "bearer of nothing": lambda issuer: "Bearer ",
    "not a token": lambda issuer: "Bearer garbage",
    "three dots": lambda issuer: "Bearer a.b.c",
    "two tokens": lambda issuer: f"{issuer.token()} {issuer.token()}",
    "half a token": lambda issuer: issuer.token()[:-20],
    "no algorithm": lambda issuer: "Bearer " + unsigned(),
    "expired": lambda issuer: issuer.token(exp=int(time.time()) - 600),
    "never expires": lambda issuer: issuer.token(exp=None),
    "not yet": lambda issuer: issuer.token(nbf=int(time.time()) + 3600),
    "another bot's": lambda issuer: issuer.token(aud="00000000-0000-0000-0000-000000000000"),
    "nobody's": lambda issuer: issuer.token(aud=None),
    "another issuer's": lambda issuer: issuer.token(iss="https://sts.windows.net/x/"),
    "no issuer's": lambda issuer: issuer.token(iss=None),
    "the emulator's": lambda issuer: issuer.token(
        iss="https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/", ver="1.0", appid=teams.APP_ID
    ),
    "signed by another key": lambda issuer: issuer.token("rogue", kid="k1"),
    "of a key not published": lambda issuer: issuer.token("rogue"),
    "for another service": lambda issuer: issuer.token(serviceurl="https://evil.example/"),
    "for no service": lambda issuer: issuer.token(serviceurl=None),
}


def unsigned() -> str:
    parts = [
        {"alg": "none", "kid": "k1"},
        {"iss": ISSUER, "aud": teams.APP_ID, "serviceurl": teams.SERVICE_URL},
    ]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts) + "."


@pytest.mark.parametrize("why", BAD)
async def test_every_other_token_is_answered_401(guarded: Bot, issuer: Issuer, why: str) -> None:
    status, body = await guarded.post(teams.message("help"), token=BAD[why](issuer))
    assert status == 401
    assert "Traceback" not in str(body)
    assert guarded.inbound == []


async def test_a_key_that_may_not_sign_for_teams_is_refused(guarded: Bot, issuer: Issuer) -> None:
    issuer.endorsements = ["webchat"]
    assert (await guarded.post(teams.message("help"), token=issuer.token()))[0] == 401


async def test_another_channel_is_refused_even_with_a_good_token(guarded: Bot, issuer: Issuer) -> None:
    issuer.endorsements = ["msteams", "webchat"]
    activity = teams.message("help") | {"channelId": "webchat"}
    assert (await guarded.post(activity, token=issuer.token()))[0] == 403
    assert guarded.inbound == []


async def test_another_organisation_is_refused(guarded: Bot, issuer: Issuer) -> None:
    activity = teams.message("help", tenant="11111111-0000-0000-0000-000000000000")
    assert (await guarded.post(activity, token=issuer.token()))[0] == 403
    assert guarded.inbound == []


async def test_keys_that_cannot_be_fetched_let_nobody_in(starts: Starts, issuer: Issuer) -> None:
    registration = Registration(app_id=teams.APP_ID, password="secret", tenant_id=teams.TENANT)
    bot = await starts(registration, gate=Gate(registration, metadata_url=f"{issuer.url}/gone"))
    await bot.app.start()
    assert (await bot.post(teams.message("help"), token=issuer.token()))[0] == 401


async def test_unknown_keys_do_not_make_the_bot_fetch_again_and_again(guarded: Bot, issuer: Issuer) -> None:
    for _ in range(5):
        await guarded.post(teams.message("help"), token=issuer.token("rogue"))
    assert issuer.fetched == 1


@pytest.mark.parametrize("missing", ["app_id", "password", "tenant_id"])
def test_a_registration_with_something_missing_is_no_registration(missing: str) -> None:
    given = {"app_id": teams.APP_ID, "password": "secret", "tenant_id": teams.TENANT, missing: ""}
    with pytest.raises(ValueError, match="TANDEM_TEAMS_DEV_NO_AUTH"):
        Registration(app_id=given["app_id"], password=given["password"], tenant_id=given["tenant_id"])


def test_the_password_is_not_shown() -> None:
    registration = Registration(app_id=teams.APP_ID, password="secret", tenant_id=teams.TENANT)
    assert "secret" not in repr(registration)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("http://smba.trafficmanager.net/emea/", False),
        ("http://127.0.0.1:9/", False),
        ("https://127.0.0.1:9/", False),
        ("https://user:pass@smba.trafficmanager.net/", False),
        ("ftp://x", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_the_token_goes_to_https_only(url: str, may: bool) -> None:
    registration = Registration(app_id=teams.APP_ID, password="secret", tenant_id=teams.TENANT)
    assert registration.may_call(url) is may


def test_microsofts_sdk_is_not_loaded_before_it_is_needed() -> None:
    asked = "import sys, handlers.teams.app, handlers.teams.send, handlers.teams.manifest; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "handlers.teams.connector" in loaded
    assert "botbuilder" not in loaded
    assert "botframework" not in loaded
    assert "microsoft_teams" not in loaded

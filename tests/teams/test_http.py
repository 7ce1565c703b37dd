"""The HTTP surface: whatever is sent, the answer is a sentence and never a 5xx."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.teams.app import MOST_BODY_BYTES
from tests.teams import activities as teams
from tests.teams.conftest import Bot, Starts
from tests.teams.test_translate import JSON

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"type": NaN}', b"1" * 5000]
)
async def test_what_is_no_activity_is_answered_400(bot: Bot, body: bytes) -> None:
    status, answer = await bot.post(body)
    assert status in (400, 403)
    assert "Traceback" not in str(answer)


async def test_a_body_that_is_not_what_its_header_says_is_answered_400(bot: Bot) -> None:
    async with bot.client.post(bot.url, data=b"abc", headers={"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 400


async def test_what_is_too_large_is_answered_413(bot: Bot) -> None:
    assert (await bot.post(b" " * (MOST_BODY_BYTES + 1)))[0] == 413


async def test_what_is_too_large_and_does_not_say_so_is_answered_413(bot: Bot) -> None:
    async def endless() -> object:
        for _ in range(100):
            yield b" " * 64 * 1024

    async with bot.client.post(bot.url, data=endless()) as answer:
        assert answer.status == 413


async def test_a_hundred_kilobytes_of_text_arrive(bot: Bot) -> None:
    assert (await bot.says("contribute " + "x" * 100_000))[0] == 200
    assert len(bot.inbound) == 1


async def test_an_activity_with_something_missing_is_answered_400(bot: Bot) -> None:
    activity = teams.message("help")
    del activity["conversation"]
    assert (await bot.post(activity))[0] == 400


async def test_without_authentication_only_this_machine_is_served(starts: Starts) -> None:
    bot = await starts()
    async with bot.client.post(bot.url, json=teams.message("help")) as answer:
        assert answer.status == 200


@QUICK
@given(body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
async def test_no_body_makes_a_server_error(bot: Bot, body: bytes) -> None:
    status, _ = await bot.post(body)
    assert status < 500


@QUICK
@given(
    kind=st.sampled_from(["message", "invoke", "conversationUpdate"]),
    name=st.sampled_from(
        ["adaptiveCard/action", "task/submit", "fileConsent/invoke", "composeExtension/fetchTask"]
    ),
    value=JSON,
    changed=st.dictionaries(
        st.sampled_from(
            ["text", "entities", "from", "conversation", "channelData", "serviceUrl", "membersAdded"]
        ),
        JSON,
        max_size=2,
    ),
)
async def test_no_activity_makes_a_server_error(
    bot: Bot, kind: str, name: str, value: object, changed: dict[str, object]
) -> None:
    activity = (
        teams.base(kind, service_url=bot.stub.url) | {"name": name, "value": value, "text": "help"} | changed
    )
    status, _ = await bot.post(json.dumps(activity).encode())
    assert status < 500

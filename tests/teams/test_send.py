"""Messages from the outbox and profiles, against a Bot Connector over real HTTP."""

import json
from typing import Any

import pytest

from handlers.cards import Button, Buttons, Card, Column, Form, Table, TextInput, sentence
from handlers.conversation import CardMessage, FormMessage
from handlers.ports import Address, Closed, Gone, Progress, TryLater, Undeliverable
from handlers.teams.activity import Reference
from handlers.teams.connector import Connector
from handlers.teams.registration import Registration
from tests.teams import activities as teams
from tests.teams.conftest import Bot
from tests.teams.connector_stub import Misbehaviour

ANNA = Address(tenant=teams.TENANT, user_id=teams.ANNA)
HELLO = CardMessage(card=sentence("Ben thanks you."))


async def test_a_chat_is_opened_once_and_remembered_as_the_address(bot: Bot) -> None:
    sent = await bot.sender.send(ANNA, HELLO, key="k1")
    assert bot.stub.opened[0]["members"] == [{"id": teams.ANNA}]
    assert bot.stub.opened[0]["tenantId"] == teams.TENANT
    again = await bot.sender.send(
        ANNA.model_copy(update={"conversation": sent.conversation}), HELLO, key="k2"
    )
    assert len(bot.stub.opened) == 1
    assert again.conversation == sent.conversation
    assert [one.conversation for one in bot.stub.received] == [f"a:dm-{teams.ANNA}"] * 2


async def test_the_address_of_an_inbound_value_is_an_address_to_write_to(bot: Bot) -> None:
    await bot.says("help")
    conversation = bot.inbound[0].origin.address
    await bot.sender.send(ANNA.model_copy(update={"conversation": conversation}), HELLO, key="k")
    assert bot.stub.received[-1].conversation == teams.PERSONAL
    assert bot.stub.opened == []


async def test_an_address_of_another_platform_opens_a_chat(bot: Bot) -> None:
    await bot.sender.send(ANNA.model_copy(update={"conversation": "D012345"}), HELLO, key="k")
    assert len(bot.stub.opened) == 1


async def test_the_key_is_carried_along_and_a_repeat_is_the_same(bot: Bot) -> None:
    for _ in range(2):
        await bot.sender.send(ANNA, HELLO, key="k1")
    first, second = bot.stub.activities
    assert first == second
    assert first["channelData"] == {"tandem": {"key": "k1"}}


async def test_a_message_can_be_replaced_later(bot: Bot) -> None:
    sent = await bot.sender.send(ANNA, HELLO, key="k1")
    again = await bot.sender.update(ANNA, sent.reference, CardMessage(card=sentence("Settled.")), key="k2")
    first, second = bot.stub.received
    assert (first.updates, second.conversation) == (None, first.conversation)
    assert second.updates == json.loads(sent.reference)["activity"]
    assert again == sent
    assert "Settled." in teams.words(bot.stub.cards[-1])


async def test_a_button_of_an_updated_card_is_another_one(bot: Bot) -> None:
    card = Card(summary="s", elements=(Buttons(items=(Button(label="Approve", action="a", value="1"),)),))
    sent = await bot.sender.send(ANNA, CardMessage(card=card), key="k1")
    await bot.sender.update(ANNA, sent.reference, CardMessage(card=card), key="k1~1")
    before, after = (teams.action(shown, "Approve")["data"] for shown in bot.stub.cards)
    assert before != after


async def test_a_message_that_is_not_there_any_more_is_gone(bot: Bot) -> None:
    sent = await bot.sender.send(ANNA, HELLO, key="k1")
    bot.stub.misbehave.append(Misbehaviour(404))
    with pytest.raises(Gone):
        await bot.sender.update(ANNA, sent.reference, HELLO, key="k2")
    bot.stub.misbehave.append(Misbehaviour(403))
    with pytest.raises(Undeliverable) as refused:
        await bot.sender.update(ANNA, sent.reference, HELLO, key="k2")
    assert not isinstance(refused.value, Gone)
    with pytest.raises(Gone):
        await bot.sender.update(ANNA, json.dumps({"activity": "", "chat": "{}"}), HELLO, key="k2")


async def test_a_card_goes_to_the_channel_that_a_command_came_from_and_not_to_its_thread(bot: Bot) -> None:
    await bot.says("help", conversation=teams.CHANNEL)
    origin = bot.inbound[0].origin
    channel = Address(tenant=teams.TENANT, conversation=origin.conversation)
    sent = await bot.sender.send(channel, HELLO, key="k")
    await bot.sender.update(channel, sent.reference, HELLO, key="k~1")
    assert [one.conversation for one in bot.stub.received] == ["19:channel@thread.tacv2"] * 2
    assert "recipient" not in bot.stub.activities[0]
    assert bot.stub.opened == []


async def test_a_channel_without_a_way_there_is_undeliverable(bot: Bot) -> None:
    with pytest.raises(Undeliverable, match="not known"):
        await bot.sender.send(Address(tenant=teams.TENANT, conversation="19:x"), HELLO, key="k")
    assert bot.stub.opened == []


async def test_a_form_is_sent_as_a_card(bot: Bot) -> None:
    form = Form(name="f", title="A form", elements=(TextInput(name="what", label="What"),))
    await bot.sender.send(ANNA, FormMessage(form=form, again="contribute"), key="k")
    assert teams.action(bot.stub.cards[0], "Save")["verb"] == "f"


async def test_a_form_with_a_window_is_sent_as_the_button_that_opens_it(bot: Bot) -> None:
    form = Form(name="f", title="A form", elements=(TextInput(name="what", label="What"),), window=True)
    await bot.sender.send(ANNA, FormMessage(form=form, again="concern"), key="k")
    door = teams.action(bot.stub.cards[0], "Open the form")
    assert door["data"]["_tandem"]["press"] == "concern"


async def test_a_long_card_is_several_messages(bot: Bot) -> None:
    table = Table(
        caption="c", columns=(Column(label="x"),), rows=tuple((f"row {n} " * 9,) for n in range(300))
    )
    await bot.sender.send(ANNA, CardMessage(card=Card(summary="s", elements=(table,))), key="k")
    assert len(bot.stub.cards) > 1


@pytest.mark.parametrize("status", [412, 429, 502, 504, 500, 503, 401])
async def test_what_may_pass_is_tried_later(bot: Bot, status: int) -> None:
    bot.stub.misbehave.append(Misbehaviour(status, {"Retry-After": "7"}))
    with pytest.raises(TryLater) as later:
        await bot.sender.send(ANNA, HELLO, key="k")
    assert later.value.after_seconds == 7


async def test_a_date_to_retry_after_is_understood(bot: Bot) -> None:
    bot.stub.misbehave.append(Misbehaviour(429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}))
    with pytest.raises(TryLater) as later:
        await bot.sender.send(ANNA, HELLO, key="k")
    assert later.value.after_seconds == 0


async def test_a_dropped_connection_is_tried_later(bot: Bot) -> None:
    bot.stub.misbehave.append(Misbehaviour(drop=True))
    with pytest.raises(TryLater):
        await bot.sender.send(ANNA, HELLO, key="k")


async def test_nobody_listening_is_tried_later(bot: Bot) -> None:
    chat = Reference(service_url="http://127.0.0.1:1/", conversation="c", bot="b", tenant="t", user="u")
    with pytest.raises(TryLater):
        await bot.connector.send(chat, {"type": "message"})


@pytest.mark.parametrize("status", [400, 403, 404, 413])
async def test_what_will_never_pass_is_undeliverable(bot: Bot, status: int) -> None:
    bot.stub.misbehave.append(Misbehaviour(status))
    with pytest.raises(Undeliverable):
        await bot.sender.send(ANNA, HELLO, key="k")


async def test_who_has_not_installed_the_bot_cannot_be_written_to(bot: Bot) -> None:
    bot.stub.strangers.add(teams.ANNA)
    with pytest.raises(Undeliverable):
        await bot.sender.send(ANNA, HELLO, key="k")


async def test_the_token_is_sent_to_https_only(bot: Bot) -> None:
    async def token() -> str:
        raise AssertionError("asked for")

    real = Connector(
        Registration(app_id=teams.APP_ID, password="secret", tenant_id=teams.TENANT), tokens=token
    )
    chat = Reference(service_url=bot.stub.url, conversation="c", bot="b", tenant="t", user="u")
    with pytest.raises(Undeliverable):
        await real.send(chat, {"type": "message"})


async def test_no_token_is_tried_later() -> None:
    async def token() -> str:
        raise PermissionError("invalid_client")

    real = Connector(
        Registration(app_id=teams.APP_ID, password="secret", tenant_id=teams.TENANT), tokens=token
    )
    chat = Reference(
        service_url="https://smba.trafficmanager.net/", conversation="c", bot="b", tenant="t", user="u"
    )
    with pytest.raises(TryLater):
        await real.send(chat, {"type": "message"})


async def test_a_profile_has_name_mail_time_zone_and_locale(bot: Bot) -> None:
    bot.stub.member(teams.ANNA, "Anna Abel", "anna@example.com")
    await bot.says("help")
    profile = await bot.profiles.profile(teams.TENANT, teams.ANNA)
    assert profile is not None
    assert (profile.name, profile.email, profile.refused) == ("Anna Abel", "anna@example.com", None)
    assert (profile.time_zone, profile.locale) == ("Europe/Berlin", "en-GB")
    assert bot.stub.opened == []


async def test_a_person_never_seen_is_looked_up_in_a_chat_of_their_own(bot: Bot) -> None:
    bot.stub.member(teams.BEN, "Ben Beck", "", userPrincipalName="ben@example.com")
    profile = await bot.profiles.profile(teams.TENANT, teams.BEN)
    assert profile is not None
    assert (profile.email, profile.time_zone) == ("ben@example.com", None)


async def test_a_person_that_teams_does_not_know_has_no_profile(bot: Bot) -> None:
    assert await bot.profiles.profile(teams.TENANT, "nobody") is None
    bot.stub.strangers.add("nobody")
    assert await bot.profiles.profile(teams.TENANT, "nobody") is None


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ({"userRole": "guest"}, "guest"),
        ({"userPrincipalName": "ben_partner.com#EXT#@example.onmicrosoft.com"}, "guest"),
        ({"tenantId": "11111111-0000-0000-0000-000000000000"}, "stranger"),
        ({"userRole": "anonymous"}, "stranger"),
    ],
)
async def test_guests_and_people_of_other_organisations_are_not_served(
    bot: Bot, told: dict[str, Any], refused: str
) -> None:
    bot.stub.member(teams.BEN, "Ben Beck", "ben@partner.com", **told)
    profile = await bot.profiles.profile(teams.TENANT, teams.BEN)
    assert profile is not None
    assert profile.refused == refused


async def test_a_busy_teams_is_not_an_unknown_person(bot: Bot) -> None:
    await bot.says("help")
    bot.stub.misbehave.append(Misbehaviour(429, {"Retry-After": "3"}))
    with pytest.raises(TryLater):
        await bot.profiles.profile(teams.TENANT, teams.ANNA)


async def test_the_roster_is_read_page_by_page(bot: Bot) -> None:
    for number in range(5):
        bot.stub.member(f"user-{number}", f"User {number}", f"user{number}@example.com")
    names = [member["name"] async for member in bot.connector.roster(bot.stub.url, teams.CHANNEL)]
    assert names == [f"User {number}" for number in range(5)]


async def test_a_time_zone_that_does_not_exist_is_not_believed(bot: Bot) -> None:
    for zone in ("../../etc/passwd", "Mars/Olympus", "x" * 500, "Europe"):
        activity = teams.message("help", service_url=bot.stub.url) | {"localTimezone": zone, "entities": []}
        assert (await bot.post(activity))[0] == 200
        seen = bot.seen.of(teams.TENANT, teams.ANNA)
        assert seen is not None
        assert seen.time_zone is None


@pytest.mark.parametrize("status", [404, 403])
async def test_of_a_person_who_left_or_blocked_the_bot_the_own_chat_is_closed(bot: Bot, status: int) -> None:
    bot.stub.misbehave.append(Misbehaviour(status, code="ConversationBlockedByUser"))
    with pytest.raises(Closed):
        await bot.sender.send(ANNA, HELLO, key="k")


async def test_of_a_long_card_the_pages_that_are_there_are_left_out(bot: Bot) -> None:
    table = Table(
        caption="c", columns=(Column(label="x"),), rows=tuple((f"row {n} " * 9,) for n in range(300))
    )
    card = CardMessage(card=Card(summary="s", elements=(table,)))
    progress = Progress()
    first = await bot.sender.send(ANNA, card, key="k", progress=progress)
    sent = len(bot.stub.activities)
    assert progress.pages == sent > 1
    again = await bot.sender.send(ANNA, card, key="k", progress=Progress(sent - 1, first))
    assert (again, len(bot.stub.activities)) == (first, sent + 1)

"""The adapter in the playground's workspace, which checks everything shown as Slack does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.playground.delivery import Timing
from bot.playground.roster import BOT_USER_ID, alder_and_pike
from bot.playground.workspace import Workspace
from handlers.cards import Button, Buttons, Card, Text, runs, sentence
from handlers.conversation import (
    CardMessage,
    Command,
    FieldErrors,
    FileMessage,
    FormMessage,
    Open,
    Replace,
    Say,
    ShowHome,
    Submission,
)
from handlers.ports import Address, Gone, Undeliverable
from handlers.slack.app import SlackApp
from handlers.slack.client import SlackClient
from handlers.slack.send import SlackProfiles, SlackSender
from tests.slack.fake import ToldDispatch
from tests.slack.samples import CARD, FORM

DONE = Card(
    summary="Logged",
    elements=(
        Text(runs=runs("Logged.")),
        Buttons(items=(Button(label="Undo", action="contribution.undo", value="12"),)),
    ),
)


@dataclass
class Stage:
    workspace: Workspace
    dispatch: ToldDispatch
    client: SlackClient
    app: SlackApp
    user: str
    channel: str


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    company = alder_and_pike()
    async with Workspace(company, timing=Timing(ack_s=5.0), with_page=False) as workspace:
        client = SlackClient(workspace.bot_token, workspace.api_url)
        dispatch = ToldDispatch()
        app = SlackApp(client, signing_secret=workspace.signing_secret, dispatch=dispatch)
        await app.warm_up()
        site = web.Application()
        site.router.add_post("/slack/events", app.handle)
        async with TestServer(site) as server:
            workspace.bot_url = str(server.make_url("/")).rstrip("/")
            user = next(one for one in company.users if not one.is_bot and not one.deleted and one.team)
            yield Stage(workspace, dispatch, client, app, user.id, next(iter(company.channels)))
        await client.close()
    assert workspace.problems == []


async def test_every_element_is_accepted_in_a_command_a_modal_and_at_home(stage: Stage) -> None:
    stage.dispatch.reply = Say(card=CARD)
    assert (await stage.workspace.slash(stage.user, "dm", "/contribute", "x")).ok
    stage.dispatch.reply = Open(form=FORM)
    assert (await stage.workspace.slash(stage.user, "dm", "/contribute")).ok
    assert stage.workspace.top_view(stage.user)["callback_id"] == FORM.name
    stage.dispatch.reply = ShowHome(card=CARD)
    await stage.workspace.open_home(stage.user)
    await stage.workspace.settle()
    assert stage.workspace.home(stage.user) is not None


async def test_a_mention_in_a_command_keeps_the_persons_id(stage: Stage) -> None:
    stage.dispatch.reply = Say(card=sentence("ok"))
    other = stage.workspace.company.users[2]
    await stage.workspace.slash(
        stage.user, "dm", "/contribute", f"for @{other.handle} 3h <b> & payload @here"
    )
    (inbound,) = stage.dispatch.given
    assert isinstance(inbound, Command)
    assert inbound.text == f"for <@{other.id}> 3h <b> & payload @here"


async def test_a_form_is_corrected_and_then_confirmed_in_its_place(stage: Stage) -> None:
    stage.dispatch.reply = Open(form=FORM)
    await stage.workspace.slash(stage.user, "dm", "/contribute")
    stage.dispatch.reply = FieldErrors(errors={"hours": "At most 24 hours."})
    refused = await stage.workspace.submit(stage.user, stage.workspace.top_view(stage.user), {"hours": "20"})
    assert refused.errors == {"hours": "At most 24 hours."}
    stage.dispatch.reply = Say(card=DONE)
    taken = await stage.workspace.submit(stage.user, stage.workspace.top_view(stage.user), {"hours": "2"})
    assert taken.ok
    first, second = stage.dispatch.given[1:]
    assert isinstance(second, Submission)
    assert first.key != second.key
    assert (second.values["hours"], second.values["kind"], second.values["teams"]) == ("2", "data", ("2",))
    stage.dispatch.reply = Replace(card=sentence("Undone."))
    undone = await stage.workspace.press(stage.user, stage.workspace.top_view(stage.user), "Undo")
    assert undone.ok
    assert "Undone." in str(stage.workspace.top_view(stage.user)["blocks"])


async def test_a_press_in_an_ephemeral_message_replaces_it(stage: Stage) -> None:
    stage.dispatch.reply = Say(card=DONE)
    await stage.workspace.slash(stage.user, stage.channel, "/contribute", "3h data")
    shown = stage.workspace.last_message(stage.user, stage.channel)
    stage.dispatch.reply = Replace(card=sentence("Undone."))
    await stage.workspace.press(stage.user, shown, "Undo")
    await stage.app.finish()
    assert stage.workspace.last_message(stage.user, stage.channel)["text"] == "Undone."


async def test_words_in_the_bots_chat_are_answered(stage: Stage) -> None:
    stage.dispatch.reply = Say(card=sentence("Hello."))
    await stage.workspace.dm(stage.user, "help")
    await stage.workspace.settle()
    assert stage.workspace.last_message(stage.user, "dm")["text"] == "Hello."


async def test_cards_forms_and_files_are_delivered(stage: Stage, tmp_path: Path) -> None:
    sender = SlackSender(stage.client)
    address = Address(tenant=stage.workspace.state.team_json()["id"], user_id=stage.user)
    file = tmp_path / "log.csv"
    file.write_text("day,what\n")
    await sender.send(address, CardMessage(card=CARD), key="1")
    await sender.send(address, FormMessage(form=FORM, again="7"), key="2")
    message = FileMessage(export="log", params={}, filename="log.csv", card=sentence("Your log."))
    sent = await sender.send(address, message, key="3", file=file)
    assert sent.conversation.startswith("D")
    profile = await SlackProfiles(stage.client).profile(address.tenant, stage.user)
    assert profile is not None
    assert profile.refused is None
    assert profile.email


@pytest.mark.parametrize("place", ["dm", "claims", "ai-initiatives"])
async def test_a_card_is_updated_in_its_place(stage: Stage, place: str) -> None:
    sender = SlackSender(stage.client)
    where = stage.workspace.where(stage.user, place)
    address = Address(tenant="T", conversation=where.id)
    before = len(stage.workspace.messages(stage.user, place))
    sent = await sender.send(address, CardMessage(card=DONE), key="1")
    await sender.send(address, CardMessage(card=sentence("Something else.")), key="2")
    await sender.update(address, sent.reference, CardMessage(card=sentence("Undone.")), key="1~1")
    first, second = stage.workspace.messages(stage.user, place)[before:]
    assert (first["text"], first["ts"]) == ("Undone.", sent.reference.partition(":")[2])
    assert "Undo" not in str(first["blocks"][1:])
    assert second["text"] == "Something else."


async def test_a_deleted_card_is_gone_and_a_channel_without_the_bot_is_undeliverable(stage: Stage) -> None:
    sender = SlackSender(stage.client)
    channel = stage.workspace.state.channel("claims")
    address = Address(tenant="T", conversation=channel.id)
    sent = await sender.send(address, CardMessage(card=DONE), key="1")
    stage.workspace.state.remove(stage.workspace.state.messages[channel.id][-1])
    with pytest.raises(Gone):
        await sender.update(address, sent.reference, CardMessage(card=DONE), key="1~1")
    channel.archived = True
    with pytest.raises(Undeliverable, match="archived"):
        await sender.send(address, CardMessage(card=DONE), key="2")
    channel.members.remove(BOT_USER_ID)
    with pytest.raises(Undeliverable, match="not a member"):
        await sender.send(address, CardMessage(card=DONE), key="3")


async def test_the_same_app_answers_over_a_connection_of_its_own(stage: Stage) -> None:
    line = stage.app.socket_mode(stage.workspace.app_token)
    stage.dispatch.reply = Say(card=sentence("Logged."))
    await line.start()
    try:
        await stage.workspace.wait_for(lambda: stage.workspace.sockets.connected)
        outcome = await stage.workspace.slash(stage.user, "dm", "/contribute", "3h data")
        assert outcome.ok
        assert stage.workspace.last_message(stage.user, "dm")["text"] == "Logged."
    finally:
        await line.stop()

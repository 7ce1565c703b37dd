"""Stopping, resuming and archiving an initiative, and the channel of its news."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from domain.initiatives import Stage
from domain.people import Platform
from handlers.conversation import Say
from storage import channels
from storage.milestones import milestone
from storage.store import Work
from tests.chat import Chat, button, card_of, words
from tests.initiatives.seen import PLATFORMS, errors, events, stored, told

LESSON = "Photos taken at night cannot be read well enough to sort claims."


def in_channel(platform: Platform) -> dict[str, Any]:
    if platform == "slack":
        return {"channel": "C77"}
    return {"channel": "19:claims@thread.tacv2", "private": False, "conversation": '{"id": "19:claims"}'}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_stopping_keeps_what_was_learned_and_credits_who_contributed(
    chat: Chat, platform: Platform
) -> None:
    await chat.say("Ada", "contribute 3h data on claims triage: labelled 400 photos", platform)
    form = await chat.say("Cleo", "initiative stop claims", platform)
    page = words(
        card_of(await chat.submit("Cleo", form, {"learned": LESSON, "helps": "Ask for daylight."}, platform))
    )
    assert "Stage: Stopped, with what was learned" in page
    assert f"What was learned: {LESSON}" in page
    assert "How it may help others: Ask for daylight." in page
    assert "Made possible by: Ada Fern" in page
    assert (await stored(chat)).stage is Stage.STOPPED
    assert sorted(name for name, _ in await told(chat)) == ["Bo", "Emil"]
    seen = words(card_of(await chat.say("Dara", "initiative show claims", platform)))
    assert "Made possible by: 1 person from Operations/Claims" in seen
    assert "Ada Fern" not in seen
    assert (await events(chat))[-1][0] == "initiative.stopped"
    # Winding down is work too.
    await chat.say("Ada", "contribute 1h change on claims: told the desk", platform)
    page = words(card_of(await chat.say("Ada", "contribute list", platform)))
    assert "told the desk" in page


async def test_stopping_wants_to_know_what_was_learned(chat: Chat) -> None:
    form = await chat.say("Cleo", "initiative stop claims")
    short = errors(await chat.submit("Cleo", form, {"learned": "It failed."}))
    assert "at least 20 characters" in short["learned"]
    long = errors(await chat.submit("Cleo", form, {"learned": "x" * 2001, "helps": "y" * 2001}))
    assert "2,001 characters" in long["learned"] and "2,001 characters" in long["helps"]
    assert (await stored(chat)).stage is Stage.IDEA


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_resuming_goes_on_where_the_last_milestone_was(chat: Chat, platform: Platform) -> None:
    def signed_off(work: Work) -> None:
        for key, title in (("problem-framing", "Problem framing"), ("mvp-scope", "MVP scope")):
            work.connection.execute(
                sa.insert(milestone).values(
                    initiative_id=chat.company.initiative["claims"],
                    key=key,
                    title=title,
                    signed_off_at=datetime(2026, 3, 2, tzinfo=UTC),
                )
            )

    await chat.store.write(signed_off)
    form = await chat.say("Cleo", "initiative stop claims", platform)
    page = card_of(await chat.submit("Cleo", form, {"learned": LESSON}, platform))
    going = await chat.press("Emil", button(page, "Resume"), platform)
    assert "It is going again." in words(card_of(going))
    one = await stored(chat)
    assert one.stage is Stage.SCOPED and one.learned == LESSON
    twice = await chat.press("Emil", button(page, "Resume"), platform)
    assert "going already" in words(card_of(twice))
    assert [event for event, _ in await events(chat)].count("initiative.resumed") == 1


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_archiving_asks_and_takes_it_out_of_lists_until_it_is_brought_back(
    chat: Chat, platform: Platform
) -> None:
    asks = card_of(await chat.say("Cleo", "initiative archive claims", platform))
    archive = button(asks, "Archive")
    assert archive.confirm is not None
    assert not (await stored(chat)).archived
    page = card_of(await chat.press("Cleo", archive, platform))
    assert "This initiative is archived." in words(page)
    assert "| claims |" not in words(card_of(await chat.say("Ada", "initiative list", platform)))
    shown = words(card_of(await chat.say("Ada", "initiative show claims", platform)))
    assert "This initiative is archived." in shown and "Claims triage" in shown
    refused = await chat.say("Cleo", "initiative edit claims", platform)
    assert "archived" in words(card_of(refused))
    await chat.press("Cleo", button(page, "Bring back"), platform)
    assert not (await stored(chat)).archived
    assert [event for event, _ in await events(chat)] == ["initiative.archived", "initiative.resumed"]


@pytest.mark.parametrize("line", ["stop claims", "resume claims", "archive claims"])
async def test_sponsors_close_only_once_they_have_accepted_and_others_never(
    unaccepted: Chat, line: str
) -> None:
    for who in ("Cleo", "Bo", "Ada"):
        refused = card_of(await unaccepted.say(who, f"initiative {line}"))
        assert "once they have accepted" in words(refused)
    one = await stored(unaccepted)
    assert one.stage is Stage.IDEA and not one.archived


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_news_come_to_the_channel_where_it_was_asked_for(chat: Chat, platform: Platform) -> None:
    await chat.say("Bo", "initiative here claims", platform, **in_channel(platform))
    one = await stored(chat)
    assert one.channel_id is not None
    number = one.channel_id
    place = await chat.store.read(lambda work: channels.by_id(work, number))
    assert place is not None and place.channel == in_channel(platform)["channel"]
    said = dict(await told(chat))
    assert words(said["channel"]) == "News of Claims triage come here."
    page = words(card_of(await chat.say("Ada", "initiative show claims", platform)))
    assert f"News go to: a channel on {platform.capitalize()}" in page

    form = await chat.say("Cleo", "initiative stop claims", platform)
    await chat.submit("Cleo", form, {"learned": LESSON}, platform)
    assert LESSON in words(dict(await told(chat))["channel"])
    off = await chat.say("Bo", "initiative here off claims", platform)
    assert "go to no channel now" in words(card_of(off))
    assert (await stored(chat)).channel_id is None


async def test_a_chat_of_two_is_no_channel_and_others_do_not_move_the_news(chat: Chat) -> None:
    alone = await chat.say("Bo", "initiative here claims")
    assert "in the channel where the news" in words(card_of(alone))
    refused = await chat.say("Ada", "initiative here claims", **in_channel("slack"))
    assert "say where news go" in words(card_of(refused))
    assert (await stored(chat)).channel_id is None


@pytest.mark.parametrize("who", ["Cleo", "Emil", "Bo", "Ines", "Ada", "Hana"])
async def test_a_row_of_buttons_fits_on_teams_for_everybody(unaccepted: Chat, who: str) -> None:
    page = await unaccepted.say(who, "initiative show claims", "teams")
    assert isinstance(page, Say)
    for element in page.card.elements:
        if element.type == "buttons":
            assert len(element.items) <= 6

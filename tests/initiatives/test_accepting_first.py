"""Whoever is named as a sponsor changes something here only once they have accepted; until then they are told how."""

import pytest

from domain.people import Platform
from handlers.cards import Button
from handlers.conversation import Open, Say
from storage import charters, initiatives
from storage.store import Work
from tests.chat import Chat, button, card_of, labels, words


async def stored_name(chat: Chat) -> str:
    def unit(work: Work) -> str:
        one = initiatives.by_id(work, chat.company.initiative["claims"])
        assert one is not None
        return one.name

    return await chat.store.read(unit)


@pytest.mark.parametrize("platform", ["slack", "teams"])
@pytest.mark.parametrize("who", ["Cleo", "Emil"])
async def test_a_sponsor_edits_once_they_have_accepted(
    unaccepted: Chat, who: str, platform: Platform
) -> None:
    chat = unaccepted
    page = card_of(await chat.say(who, "initiative show claims", platform))
    assert "Edit" not in labels(page)
    part = {"Cleo": "business sponsor", "Emil": "technical sponsor"}[who]
    slash = {"slack": "/", "teams": ""}[platform]
    refused = words(card_of(await chat.say(who, "initiative edit claims", platform)))
    assert refused == (
        f"You are named {part} of Claims triage and have not accepted yet. Please accept first: "
        f"{slash}initiative show claims has the button."
    )
    page = card_of(await chat.press(who, button(page, "Accept"), platform))
    opened = await chat.say(who, "initiative edit claims", platform)
    assert isinstance(opened, Open)
    assert isinstance(await chat.submit(who, opened, {"name": "Claims sorting"}, platform), Say)
    assert await stored_name(chat) == "Claims sorting"


async def test_a_form_that_was_open_is_refused_once_somebody_else_is_named(unaccepted: Chat) -> None:
    """Who may is asked again when the form is sent in."""
    chat = unaccepted
    await chat.press("Cleo", button(card_of(await chat.say("Cleo", "initiative show claims")), "Accept"))
    opened = await chat.say("Cleo", "initiative edit claims")
    named = {"business_sponsor": chat.origin("Dara").user_id}
    await chat.submit("Ines", await chat.say("Ines", "initiative edit claims"), dict(named))
    assert "Only its sponsors, once they have accepted" in str(
        await chat.submit("Cleo", opened, {"name": "Something else"})
    )
    assert "have not accepted yet" in str(await chat.submit("Dara", opened, {"name": "Something else"}))
    assert await stored_name(chat) == "Claims triage"


@pytest.mark.parametrize("platform", ["slack", "teams"])
@pytest.mark.parametrize("action", ["charter.edit", "kpi.new", "plan.start", "step.new", "limit.new"])
async def test_a_sponsor_who_has_not_accepted_keeps_no_charter_numbers_plan_or_limits(
    unaccepted: Chat, action: str, platform: Platform
) -> None:
    pressed = Button(label="", action=action, value=str(unaccepted.company.initiative["claims"]))
    refused = words(card_of(await unaccepted.press("Cleo", pressed, platform)))
    assert "You are named business sponsor of Claims triage and have not accepted yet." in refused


async def test_product_owners_and_administrators_need_not_accept(unaccepted: Chat) -> None:
    chat, number = unaccepted, unaccepted.company.initiative["claims"]
    for who in ("Bo", "Ines"):
        opened = await chat.press(who, Button(label="", action="charter.edit", value=str(number)))
        assert isinstance(opened, Open)
    await chat.submit("Bo", opened, {"person": chat.origin("Hana").user_id})
    assert await chat.store.read(lambda work: charters.of(work, number)) is not None
    assert isinstance(await chat.say("Ines", "initiative edit claims"), Open)
    assert "Only its sponsors, once they have accepted" in words(
        card_of(await chat.say("Bo", "initiative edit claims"))
    )


async def test_pages_show_buttons_that_change_something_only_to_those_who_may(unaccepted: Chat) -> None:
    for line in ("charter", "kpi", "plan", "limits"):
        page = card_of(await unaccepted.say("Cleo", f"initiative {line} claims"))
        owner = card_of(await unaccepted.say("Bo", f"initiative {line} claims"))
        assert labels(page) == [] and labels(owner) != [], line

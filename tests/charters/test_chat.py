"""The charter in chat, on both databases and both platforms."""

from collections.abc import AsyncIterator

import pytest

from domain.people import Platform
from handlers import charters as capability
from handlers.capability import AnyReply
from handlers.cards import Card, Table
from handlers.conversation import FieldErrors, Open
from storage import charters
from storage.store import Store
from tests import company
from tests.chat import Chat, button, card_of, labels, words
from tests.keeping import close, section_of, told


@pytest.fixture
async def chat(store: Store) -> AsyncIterator[Chat]:
    yield Chat(store, await company.founded(store))


async def edit(chat: Chat, who: str, platform: Platform = "slack") -> AnyReply:
    card = card_of(await chat.say(who, "initiative charter claims", platform))
    pressed = next(label for label in labels(card) if "charter" in label)
    return await chat.press(who, button(card, pressed), platform)


def hana(platform: Platform = "slack") -> str:
    return company.user_id(platform, "Hana")


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_until_it_is_saved_a_charter_is_proposed_and_afterwards_agreed(
    chat: Chat, platform: Platform
) -> None:
    card = card_of(await chat.say("Ada", "initiative charter claims", platform))
    assert "Charter of Claims triage (proposed)" in words(card)
    [table] = [element for element in card.elements if isinstance(element, Table)]
    assert [column.label for column in table.columns] == ["Operations decides", "The AI function decides"]
    assert table.rows[0] == ("Process design", "Model choice")
    assert "nobody is named to decide it yet; within 48 hours" in words(card)
    assert labels(card) == []
    opened = await edit(chat, "Bo", platform)
    saved = card_of(
        await chat.submit(
            "Bo",
            opened,
            {"person": hana(platform), "hours": "24", "department": "Process design\nPilot dates"},
            platform,
        )
    )
    assert "(proposed)" not in words(saved)
    assert "Pilot dates | Operations" in words(saved)
    assert "decided by Hana Reed, within 24 hours" in words(saved)
    assert "Saved today by Bo Lindqvist" in words(card_of(await chat.say("Ada", "initiative charter claims")))


async def test_both_sponsors_are_told_what_changed_and_the_one_who_decides_is_told_so(chat: Chat) -> None:
    await chat.submit("Bo", await edit(chat, "Bo"), {"person": hana()})
    first = {name: words(card) for name, card in (await told(chat)).items()}
    assert first.keys() == {"Cleo", "Emil", "Hana"}
    assert first["Cleo"].startswith("Bo Lindqvist wrote down the charter of Claims triage.")
    assert "Escalations are decided by Hana Reed (before: nobody yet)." in first["Emil"]
    assert "you decide what Operations and the AI function cannot agree on, within 48 hours" in first["Hana"]
    await chat.submit("Cleo", await edit(chat, "Cleo"), {"hours": "8"})
    second = {name: words(card) for name, card in (await told(chat)).items()}
    assert second == {
        "Emil": "Cleo Marsh changed the charter of Claims triage.\n"
        "They are decided within 8 hours (before: 48 hours).\nSee the charter"
    }


async def test_saving_the_same_again_tells_nobody(chat: Chat) -> None:
    await chat.submit("Bo", await edit(chat, "Bo"), {"person": hana()})
    await told(chat)
    reply = await chat.submit("Bo", await edit(chat, "Bo"), {})
    assert "Nothing was changed." in words(card_of(reply))
    assert await told(chat) == {}


async def test_others_have_no_button_and_are_refused_on_every_press_and_form(chat: Chat) -> None:
    opened = await edit(chat, "Bo")
    edit_button = button(card_of(await chat.say("Bo", "initiative charter claims")), "Agree on the charter")
    for who in ("Ada", "Dara", "Hana"):
        refused = card_of(await chat.press(who, edit_button))
        assert "Only the sponsors, the product owner and administrators" in words(refused)
        sent = await chat.submit(who, opened, {"person": hana()})
        assert isinstance(sent, FieldErrors)
        assert "Only the sponsors" in sent.errors["department"]
    number = chat.company.initiative["claims"]
    assert await chat.store.read(lambda work: charters.of(work, number)) is None


async def test_a_form_that_somebody_else_overtook_changes_nothing(chat: Chat) -> None:
    first, late = await edit(chat, "Bo"), await edit(chat, "Cleo")
    await chat.submit("Bo", first, {"person": hana(), "hours": "10"})
    reply = await chat.submit("Cleo", late, {"person": hana(), "hours": "99"})
    assert isinstance(reply, FieldErrors)
    assert "Somebody else saved this charter" in reply.errors["department"]
    card = card_of(await chat.say("Ada", "initiative charter claims"))
    assert "within 10 hours" in words(card)


async def test_wrong_inputs_are_all_said_at_once_and_nothing_typed_is_lost(chat: Chat) -> None:
    reply = await chat.submit("Bo", await edit(chat, "Bo"), {"department": "", "hours": "999"})
    assert isinstance(reply, FieldErrors)
    assert reply.errors.keys() == {"department", "hours", "person"}
    assert reply.form is not None
    assert [one.name for one in reply.form.inputs()] == ["department", "technology", "person", "hours"]


async def test_a_closed_initiative_keeps_its_charter(chat: Chat) -> None:
    opened = await edit(chat, "Bo")
    await close(chat)
    reply = await chat.submit("Bo", opened, {"person": hana()})
    assert isinstance(reply, FieldErrors)
    assert "closed" in reply.errors["department"]
    assert labels(card_of(await chat.say("Bo", "initiative charter claims"))) == []


async def test_a_command_without_a_name_says_what_to_type(chat: Chat) -> None:
    assert "/initiative charter claims" in words(card_of(await chat.say("Ada", "initiative charter")))
    assert "no initiative like “zebra”" in words(card_of(await chat.say("Ada", "initiative charter zebra")))


async def test_the_section_begins_with_how_to_begin_and_then_says_it_all(chat: Chat) -> None:
    async def section(who: str) -> Card:
        return await section_of(chat, who, capability.section)

    assert "/initiative charter claims" in words(await section("Ada"))
    assert labels(await section("Ada")) == []
    opened = await chat.press("Bo", button(await section("Bo"), "Agree on the charter"))
    assert isinstance(opened, Open)
    await chat.submit("Bo", opened, {"person": hana()})
    assert (
        "Operations decides process design; risk appetite; service rules. "
        "The AI function decides model choice; operations; technical standards. "
        "Escalations: Hana Reed, within 48 hours."
    ) in words(await section("Ada"))

"""Transition plans in chat, on both databases and both platforms."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest

from domain.people import Platform
from domain.transitions import DEFAULT_STEPS, MOST_STEPS, Step
from handlers import transitions as capability
from handlers.capability import AnyReply
from handlers.cards import Card
from handlers.conversation import FieldErrors
from storage import transitions
from storage.store import Store
from tests import company
from tests.chat import Chat, button, buttons_of, card_of, labels, words
from tests.conftest import MovedClock
from tests.keeping import close, section_of, told


@pytest.fixture
async def chat(store: Store) -> AsyncIterator[Chat]:
    yield Chat(store, await company.founded(store))


async def plan(chat: Chat, who: str = "Bo", platform: Platform = "slack") -> Card:
    return card_of(await chat.say(who, "initiative plan claims", platform))


async def started(chat: Chat, platform: Platform = "slack") -> Card:
    return card_of(
        await chat.press("Bo", button(await plan(chat, "Bo", platform), "Start the plan"), platform)
    )


async def steps(chat: Chat) -> list[Step]:
    number = chat.company.initiative["claims"]
    return await chat.store.read(lambda work: transitions.of(work, number))


async def edited(
    chat: Chat, who: str, card: Card, platform: Platform = "slack", **values: str | None
) -> AnyReply:
    """Edit the first step."""
    opened = await chat.press(who, button(card, "Edit"), platform)
    return await chat.submit(who, opened, dict(values), platform)


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_plan_starts_with_five_steps_and_each_gets_an_owner_and_a_day(
    chat: Chat, platform: Platform
) -> None:
    card = await started(chat, platform)
    assert "0 of 5 steps are done." in words(card)
    assert [step.text for step in await steps(chat)] == list(DEFAULT_STEPS)
    ada = company.user_id(platform, "Ada")
    reply = await edited(chat, "Bo", card, platform, owner=ada, due="2026-12-04")
    assert "Ada Fern; due Friday 4 December" in words(card_of(reply))


async def test_two_who_start_it_at_once_start_one_plan(chat: Chat) -> None:
    start = button(await plan(chat), "Start the plan")
    await asyncio.gather(*(chat.press(who, start) for who in ("Bo", "Cleo", "Emil", "Ines")))
    assert len(await steps(chat)) == 5
    again = card_of(await chat.press("Bo", start))
    assert "There is a plan already; here it is." in words(again)


async def test_who_is_named_is_told_once_and_may_mark_the_step_done(chat: Chat) -> None:
    card = await started(chat)
    ada = company.user_id("slack", "Ada")
    await edited(chat, "Bo", card, owner=ada, due="2026-11-19")
    messages = await told(chat)
    assert messages.keys() == {"Ada"}
    said = words(messages["Ada"])
    assert "Bo Lindqvist named you for a step of the transition plan of Claims triage, due" in said
    assert DEFAULT_STEPS[0] in said
    await edited(chat, "Bo", card, due="2026-11-20")
    assert await told(chat) == {}
    seen = card_of(await chat.press("Ada", button(messages["Ada"], "See the plan")))
    assert labels(seen) == ["Done"]
    done = card_of(await chat.press("Ada", button(seen, "Done")))
    assert "1 of 5 steps is done." in words(done)
    assert "1. Done. " in words(done)
    assert "Ada Fern; done today" in words(done)
    undone = card_of(await chat.press("Ada", button(done, "Not done")))
    assert "0 of 5 steps are done." in words(undone)


async def test_naming_oneself_sends_no_message(chat: Chat) -> None:
    await edited(chat, "Bo", await started(chat), owner=company.user_id("slack", "Bo"))
    assert (await steps(chat))[0].owner_id == chat.company.person["Bo"]
    assert await told(chat) == {}


async def test_an_owner_who_is_taken_out_of_the_form_is_owner_no_more(chat: Chat) -> None:
    card = await started(chat)
    await edited(chat, "Bo", card, owner=company.user_id("slack", "Ada"))
    await edited(chat, "Bo", card, owner=None)
    assert (await steps(chat))[0].owner_id is None


async def test_a_late_step_is_called_overdue_in_words(chat: Chat, clock: MovedClock) -> None:
    await edited(chat, "Bo", await started(chat), due="2026-11-20")
    for days, said in (
        (0, "due Friday 20 November"),
        (1, "due tomorrow"),
        (1, "due today"),
        (1, "1 day overdue"),
    ):
        clock.move(days=days)
        assert said in words(await plan(chat, "Ada"))
    clock.move(days=2)
    shown = words(await plan(chat, "Ada"))
    assert "3 days overdue" in shown
    assert "0 of 5 steps are done; 1 is overdue." in shown
    assert "1. Overdue. " in shown


async def test_marking_done_again_keeps_the_first_day(chat: Chat, clock: MovedClock) -> None:
    card = await started(chat)
    done = button(card, "Done")
    await chat.press("Bo", done)
    clock.move(days=3)
    await chat.press("Cleo", done)
    assert (await steps(chat))[0].done_on == date(2026, 11, 18)


async def test_when_every_step_is_done_the_department_operates_it_alone(chat: Chat) -> None:
    for one in [one for one in buttons_of(await started(chat)) if one.label == "Done"]:
        card = card_of(await chat.press("Cleo", one))
    assert "the department operates the tool alone" in words(card)


async def test_a_step_is_added_at_the_end_until_the_plan_is_full(chat: Chat) -> None:
    card = await started(chat)
    opened = await chat.press("Bo", button(card, "Add a step"))
    for number in range(5, MOST_STEPS):
        reply = await chat.submit("Bo", opened, {"text": f"Step of our own {number}"})
    assert (await steps(chat))[-1].position == MOST_STEPS
    assert "Add a step" not in labels(card_of(reply))
    full = await chat.submit("Bo", opened, {"text": "One more"})
    assert isinstance(full, FieldErrors)
    assert "20 steps" in full.errors["text"]


@pytest.mark.parametrize(
    ("name", "text"), [("text", ""), ("text", "x" * 301), ("due", "soon"), ("due", "9999-12-31")]
)
async def test_what_does_not_fit_is_said_at_its_input(chat: Chat, name: str, text: str) -> None:
    opened = await chat.press("Bo", button(await started(chat), "Edit"))
    reply = await chat.submit("Bo", opened, {name: text})
    assert isinstance(reply, FieldErrors)
    assert reply.errors.keys() == {name}
    assert (await steps(chat))[0].text == DEFAULT_STEPS[0]


async def test_others_read_the_plan_and_press_nothing(chat: Chat) -> None:
    card = await started(chat)
    assert labels(await plan(chat, "Ada")) == []
    for label in ("Done", "Edit", "Add a step"):
        refused = card_of(await chat.press("Ada", button(card, label)))
        assert "Only the sponsors, the product owner and administrators" in words(refused)
    for label in ("Edit", "Add a step"):
        opened = await chat.press("Bo", button(card, label))
        sent = await chat.submit("Ada", opened, {"text": "Something else"})
        assert isinstance(sent, FieldErrors)
        assert "Only the sponsors" in sent.errors["text"]
    assert [step.text for step in await steps(chat)] == list(DEFAULT_STEPS)
    assert all(step.done_on is None for step in await steps(chat))


async def test_only_keepers_start_a_plan(chat: Chat) -> None:
    start = button(await plan(chat), "Start the plan")
    assert "Only the sponsors" in words(card_of(await chat.press("Ada", start)))
    assert await steps(chat) == []


async def test_a_closed_initiative_keeps_its_plan(chat: Chat) -> None:
    card = await started(chat)
    await edited(chat, "Bo", card, owner=company.user_id("slack", "Ada"))
    done = button(card, "Done")
    await close(chat)
    for who in ("Bo", "Ada"):
        assert "closed" in words(card_of(await chat.press(who, done)))
    assert labels(await plan(chat)) == []
    assert (await steps(chat))[0].done_on is None


async def test_the_section_begins_with_how_to_begin_and_then_says_what_is_next(chat: Chat) -> None:
    empty = await section_of(chat, "Ada", capability.section)
    assert "/initiative plan claims" in words(empty)
    assert labels(empty) == []
    assert labels(await section_of(chat, "Cleo", capability.section)) == ["Start the plan"]
    card = await started(chat)
    await chat.press("Bo", button(card, "Done"))
    shown = words(await section_of(chat, "Ada", capability.section))
    assert "1 of 5 steps is done. Next: Read the outputs" in shown
    assert "(Nobody named yet, no day set)" in shown
    assert labels(await section_of(chat, "Ada", capability.section)) == []
    assert labels(await section_of(chat, "Cleo", capability.section)) == ["Edit the plan"]

"""Limits in chat, on both databases and both platforms."""

from collections.abc import AsyncIterator

import pytest

from domain.errors import InvalidField
from domain.limits import Extent, LimitDraft, change_words, check
from domain.people import Platform
from handlers import limits as capability
from handlers.capability import AnyReply
from handlers.conversation import FieldErrors
from storage import limits
from storage.store import Store
from tests import company
from tests.chat import Chat, button, card_of, labels, words
from tests.conftest import MovedClock
from tests.keeping import close, section_of

LETTERS: dict[str, str | None] = {
    "text": "It misreads handwritten letters.",
    "whose": "adjusters in Claims",
    "extent": "at the margin",
}


@pytest.fixture
async def chat(store: Store) -> AsyncIterator[Chat]:
    yield Chat(store, await company.founded(store))


async def state(chat: Chat, who: str, platform: Platform = "slack", **values: str | None) -> AnyReply:
    card = card_of(await chat.say(who, "initiative limits claims", platform))
    opened = await chat.press(who, button(card, "State a limit"), platform)
    return await chat.submit(who, opened, LETTERS | values, platform)


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_everybody_reads_a_limit_with_whose_work_it_changes_and_when_it_was_stated(
    chat: Chat, platform: Platform, clock: MovedClock
) -> None:
    await state(chat, "Bo", platform)
    clock.move(days=1)
    card = card_of(await chat.say("Dara", "initiative limits claims", platform))
    assert (
        "It misreads handwritten letters.\n"
        "Changes the work of adjusters in Claims at the margin.\n"
        "Stated yesterday by Bo Lindqvist."
    ) in words(card)
    assert labels(card) == []


async def test_a_withdrawn_limit_is_kept_with_both_days(chat: Chat, clock: MovedClock) -> None:
    stated = card_of(await state(chat, "Bo"))
    clock.move(days=2)
    withdrawn = card_of(await chat.press("Cleo", button(stated, "Withdraw")))
    assert "Stated Wednesday 18 November, withdrawn today." in words(withdrawn)
    assert "Withdraw" not in labels(withdrawn)
    number = chat.company.initiative["claims"]
    assert await chat.store.read(lambda work: limits.of(work, number)) == []
    [kept] = await chat.store.read(lambda work: limits.withdrawn(work, number))
    assert kept.text == LETTERS["text"]
    late = card_of(await chat.press("Cleo", button(stated, "Withdraw")))
    assert "withdrawn already; nothing was changed" in words(late)


async def test_only_keepers_state_and_withdraw(chat: Chat) -> None:
    stated = card_of(await state(chat, "Bo"))
    for label in ("State a limit", "Withdraw"):
        refused = card_of(await chat.press("Ada", button(stated, label)))
        assert "Only the sponsors, the product owner and administrators" in words(refused)
    opened = await chat.press("Bo", button(stated, "State a limit"))
    sent = await chat.submit("Ada", opened, LETTERS)
    assert isinstance(sent, FieldErrors)
    assert "Only the sponsors" in sent.errors["text"]
    number = chat.company.initiative["claims"]
    assert len(await chat.store.read(lambda work: limits.of(work, number))) == 1


async def test_what_is_missing_is_said_at_its_input(chat: Chat) -> None:
    reply = await state(chat, "Bo", text=" ", whose="", extent="")
    assert isinstance(reply, FieldErrors)
    assert reply.errors.keys() == {"text", "whose", "extent"}


async def test_a_closed_initiative_keeps_its_limits(chat: Chat) -> None:
    stated = card_of(await state(chat, "Bo"))
    await close(chat)
    assert "closed" in words(card_of(await chat.press("Bo", button(stated, "Withdraw"))))
    assert labels(card_of(await chat.say("Bo", "initiative limits claims"))) == []


async def test_many_limits_are_shown_up_to_a_number_and_the_rest_counted(chat: Chat) -> None:
    for number in range(capability.MOST_SHOWN + 2):
        reply = await state(chat, "Bo", text=f"It misses case {number}.")
    shown = words(card_of(reply))
    assert "It misses case 13." in shown
    assert "It misses case 1." not in shown
    assert "2 older ones are not shown." in shown


async def test_the_section_begins_with_how_to_begin_and_then_shows_the_newest(chat: Chat) -> None:
    empty = await section_of(chat, "Ada", capability.section)
    assert "/initiative limits claims" in words(empty)
    assert labels(empty) == []
    assert labels(await section_of(chat, "Emil", capability.section)) == ["State a limit"]
    await state(chat, "Bo")
    await state(chat, "Bo", text="It knows no case before 2019.", extent="not")
    shown = words(await section_of(chat, "Ada", capability.section))
    assert "It knows no case before 2019. Leaves the work of adjusters in Claims as it is." in shown
    assert "shows all 2" in shown


@pytest.mark.parametrize(("name", "text"), [("text", "x" * 501), ("whose", "x" * 201), ("extent", "a lot")])
def test_too_much_is_said_and_never_cut(name: str, text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check({name: value or "" for name, value in LETTERS.items()} | {name: text})
    assert set(refused.value.errors) == {name}


def test_the_extent_is_told_in_a_sentence() -> None:
    said = [change_words(LimitDraft(text="x", whose="adjusters", extent=extent)) for extent in Extent]
    assert said == [
        "Changes the work of adjusters substantially.",
        "Changes the work of adjusters at the margin.",
        "Leaves the work of adjusters as it is.",
    ]

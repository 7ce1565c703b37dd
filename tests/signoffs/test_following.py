"""Requests under way follow what becomes of their initiative."""

from handlers.conversation import Open
from tests.chat import button, card_of, labels, words
from tests.conftest import MovedClock
from tests.signoffs.conftest import SignoffChat


async def test_a_new_sponsor_decides_once_they_have_accepted(chat: SignoffChat, clock: MovedClock) -> None:
    number = await chat.request()
    edit = await chat.say("Ines", "initiative edit claims")
    assert isinstance(edit, Open)
    await chat.submit("Ines", edit, {"business_sponsor": "U-DARA"})
    assert labels(await chat.card("Cleo", number)) == []
    assert "waiting for Dara Quill (business sponsor)" in words(await chat.card("Emil", number))
    approve = button(await chat.card("Emil", number), "Approve")
    assert "not accepted yet" in words(card_of(await chat.press("Dara", approve)))

    look = button(card_of(await chat.home("Dara")), "Look at it")
    await chat.press("Dara", button(card_of(await chat.press("Dara", look)), "Accept"))
    await chat.press("Dara", button(await chat.card("Dara", number), "Approve"))
    assert "Dara Quill (business sponsor) approved" in words(await chat.card("Emil", number))


async def test_what_is_under_way_is_withdrawn_when_the_initiative_is_stopped(chat: SignoffChat) -> None:
    number = await chat.request()
    form = await chat.say("Cleo", "initiative stop claims")
    await chat.submit("Cleo", form, {"learned": "The queue was short already; nobody needed it."})
    assert await chat.state(number) == "withdrawn"
    assert labels(await chat.card("Emil", number)) == []


async def test_what_is_under_way_is_withdrawn_when_the_initiative_is_archived(chat: SignoffChat) -> None:
    number = await chat.request()
    asked = card_of(await chat.say("Cleo", "initiative archive claims"))
    await chat.press("Cleo", button(asked, "Archive"))
    assert await chat.state(number) == "withdrawn"

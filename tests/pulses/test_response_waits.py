"""The answer after a pulse stands on the page of those who owe it, until both have agreed on it."""

from handlers.pulses.response_due import ON_PAGE
from tests.chat import button, card_of, words
from tests.pulses.conftest import Poll, spec
from tests.signoffs.conftest import REQUEST, accept_everywhere

WORDS = "We mend the two worst cases by 15 December."


async def closed(poll: Poll) -> int:
    """A pulse that 12 people answered, closed; its answer is due."""
    number = await poll.launch(spec())
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 2)
    await poll.close()
    return number


async def test_an_answer_that_is_owed_waits_for_both_functions_and_for_nobody_else(poll: Poll) -> None:
    await closed(poll)
    for who in ("Hana", "Emil"):
        page = card_of(await poll.home(who))
        assert words(page).startswith(
            "First pulse is closed. HR and the AI function say together what happens next by Monday 30 November."
        )
        assert button(page, "Say what happens next").action == "pulse.respond"
    assert "what happens next" not in words(card_of(await poll.home("Ada")))
    poll.clock.move(days=ON_PAGE.days + 6)
    assert "what happens next" not in words(card_of(await poll.home("Hana")))


async def test_words_of_one_function_wait_for_the_other_until_it_agrees(poll: Poll) -> None:
    await closed(poll)
    form = await poll.press("Hana", button(card_of(await poll.home("Hana")), "Say what happens next"))
    await poll.submit("Hana", form, {"text": WORDS})
    assert "what happens next" not in words(card_of(await poll.home("Hana")))
    page = card_of(await poll.home("Emil"))
    assert words(page).startswith(
        "First pulse: HR wrote what happens next, and it waits for the AI function."
    )
    shown = card_of(await poll.press("Emil", button(page, "See it and agree")))
    assert f"“{WORDS}”" in words(shown)
    assert "Agreed by" in words(card_of(await poll.press("Emil", button(shown, "Agree"))))
    assert "what happens next" not in words(card_of(await poll.home("Emil")))


async def test_all_that_waits_stands_under_one_heading(poll: Poll) -> None:
    await closed(poll)
    await poll.store.write(accept_everywhere)
    card_of(await poll.submit("Bo", await poll.say("Bo", "signoff request claims"), {**REQUEST}))
    said = words(card_of(await poll.home("Emil")))
    assert said.startswith("Waiting for you\nFirst pulse is closed.")
    assert said.count("Waiting for you") == 1 and "MVP scope of Claims triage" in said

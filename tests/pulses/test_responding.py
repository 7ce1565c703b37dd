"""What happens next after a pulse: two people of two functions agree on the same words, and everybody is told once."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.people import Platform
from domain.results import MAX_RESPONSE
from handlers.cards import Button, Form, Text, plain
from handlers.conversation import FieldErrors, Open
from handlers.pulses.responding import digest
from handlers.slack import render as slack
from handlers.teams import render as teams
from storage import outbox, preferences, pulses
from storage.outbox import outbox as messages
from storage.people import person
from storage.store import Work
from tests.chat import button, card_of, labels, words
from tests.pulses.conftest import Poll, spec

WORDS = "We heard that results are wrong too often in Claims. We mend the two worst cases by 15 December."


async def closed(poll: Poll) -> int:
    """A pulse that 13 people answered, closed on Wednesday 25 November; nothing of it waits but the results."""
    number = await poll.launch(spec())
    await poll.sent()
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 2)
    await poll.close()
    await poll.sent()
    return number


def respond(number: int) -> Button:
    return Button(label="", action="pulse.respond", value=str(number))


async def write(poll: Poll, who: str, number: int, text: str = WORDS) -> str:
    reply = await poll.submit(who, await poll.press(who, respond(number)), {"text": text})
    return words(card_of(reply))


async def agree(poll: Poll, who: str, number: int, text: str = WORDS) -> str:
    pressed = Button(label="", action="pulse.agree", value=f"{number} {digest(text)}")
    return words(card_of(await poll.press(who, pressed)))


def form_words(form: Form) -> str:
    return "\n".join(plain(one.runs) for one in form.elements if isinstance(one, Text))


async def give(poll: Poll, who: str, roles: str) -> None:
    number = poll.company.person[who]
    await poll.store.write(
        lambda work: work.connection.execute(
            sa.update(person).where(person.c.id == number).values(roles=roles)
        )
    )


async def test_words_that_both_agree_on_go_out_with_the_results_at_once(poll: Poll) -> None:
    number = await closed(poll)
    assert "with the AI function now" in await write(poll, "Hana", number)
    ((who, shown),) = await poll.sent()
    assert who == "Emil" and labels(shown) == ["Agree", "Change the words", "Read the results"]
    assert WORDS in words(shown) and "Written by Hana Reed (HR)" in words(shown)
    assert "Monday 30 November" in words(shown)
    agreed = card_of(await poll.press("Emil", button(shown, "Agree")))
    assert "Agreed by Hana Reed (HR) and Emil Stone (AI function)" in words(agreed)
    sent = await poll.sent()
    results = {who for who, one in sent if "What happens next. " + WORDS in words(one)}
    assert results == set(poll.company.person)
    told = [words(one) for who, one in sent if who == "Hana" and "agreed to what you wrote" in words(one)]
    assert len(told) == 1
    assert await poll.sent() == []
    poll.clock.move(days=10)
    await poll.tick()
    assert await poll.sent() == []


async def test_words_that_come_late_reach_the_same_people_by_a_second_message(poll: Poll) -> None:
    number = await closed(poll)
    poll.clock.move(days=6)
    first = await poll.sent()
    assert {who for who, _ in first} == set(poll.company.person)
    assert all("have not said yet" in words(one) for _, one in first)
    await write(poll, "Emil", number)
    await poll.sent()
    await agree(poll, "Hana", number)
    sent = await poll.sent()
    second = [who for who, one in sent if one.summary.startswith("First pulse: what happens next. ")]
    assert sorted(second) == sorted(poll.company.person)
    in_place = [who for who, one in sent if "What happens next. " + WORDS in words(one)]
    assert sorted(in_place) == sorted(poll.company.person)
    assert await poll.sent() == []


async def test_who_wants_no_pulses_any_more_gets_no_second_message(poll: Poll) -> None:
    number = await closed(poll)
    poll.clock.move(days=6)
    await poll.sent()
    ada = poll.company.person["Ada"]
    await poll.store.write(lambda work: preferences.set_pulses(work, ada, off=True, snoozed_until=None))
    await write(poll, "Emil", number)
    await poll.sent()
    await agree(poll, "Hana", number)
    told = {who for who, _ in await poll.sent()}
    assert told == set(poll.company.person) - {"Ada"}


async def test_an_agreement_holds_for_the_words_that_were_read(poll: Poll) -> None:
    number = await closed(poll)
    await write(poll, "Hana", number)
    ((_, before),) = await poll.sent()
    await write(poll, "Hana", number, "Other words altogether.")
    late = words(card_of(await poll.press("Emil", button(before, "Agree"))))
    assert "were changed after this card was shown" in late
    sent = [one for who, one in await poll.sent() if who == "Emil"]
    assert any("these words were changed" in words(one) and "Agree" not in labels(one) for one in sent)
    (now,) = [one for one in sent if "Agree" in labels(one)]
    assert "Other words altogether." in words(now)
    assert "Agreed by" in words(card_of(await poll.press("Emil", button(now, "Agree"))))


async def test_the_other_function_may_change_the_words_and_then_it_is_for_the_first_to_agree(
    poll: Poll,
) -> None:
    number = await closed(poll)
    await write(poll, "Hana", number)
    ((_, shown),) = await poll.sent()
    form = await poll.press("Emil", button(shown, "Change the words"))
    assert isinstance(form, Open)
    (asked,) = list(form.form.inputs())
    assert getattr(asked, "value", None) == WORDS
    await poll.submit("Emil", form, {"text": "Shorter."})
    assert "your own words" in await agree(poll, "Emil", number, "Shorter.")
    assert "Hana" in {who for who, _ in await poll.sent()}
    assert "Agreed by" in await agree(poll, "Hana", number, "Shorter.")


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_of_two_who_write_at_once_the_second_sees_both_and_decides(
    poll: Poll, platform: Platform
) -> None:
    number = await closed(poll)
    hers = await poll.press("Hana", respond(number), platform)
    his = await poll.press("Emil", respond(number), platform)
    await poll.submit("Hana", hers, {"text": WORDS}, platform)
    asked = await poll.submit("Emil", his, {"text": "Mine."}, platform)
    assert isinstance(asked, Open)
    said = form_words(asked.form)
    assert "Hana Reed (HR) saved other words since you opened this form" in said and WORDS in said
    (field,) = list(asked.form.inputs())
    assert getattr(field, "value", None) == "Mine."
    kept = await poll.store.read(lambda work: pulses.response(work, number))
    assert kept is not None and kept.text == WORDS
    # She changes hers meanwhile: what he decides on is not what he saw, so he sees it again.
    await poll.submit("Hana", await poll.press("Hana", respond(number)), {"text": "Hers anew."})
    again = await poll.submit("Emil", asked, {"text": "Both."}, platform)
    assert isinstance(again, Open) and "Hers anew." in form_words(again.form)
    sent = card_of(await poll.submit("Emil", again, {}, platform))
    assert "Your words are with HR now" in words(sent)
    kept = await poll.store.read(lambda work: pulses.response(work, number))
    assert kept is not None and kept.text == "Both."


async def test_what_was_written_while_others_agreed_is_given_back(poll: Poll) -> None:
    number = await closed(poll)
    await write(poll, "Hana", number)
    form = await poll.press("Emil", respond(number))
    await agree(poll, "Emil", number)
    said = words(card_of(await poll.submit("Emil", form, {"text": "Something better."})))
    assert "Both functions agreed on these words while you wrote" in said
    assert WORDS in said and "Something better." in said
    kept = await poll.store.read(lambda work: pulses.response(work, number))
    assert kept is not None and kept.text == WORDS


async def test_the_same_words_by_two_at_once_are_no_conflict(poll: Poll) -> None:
    number = await closed(poll)
    await give(poll, "Cleo", "hr")
    first = await poll.press("Hana", respond(number))
    second = await poll.press("Cleo", respond(number))
    for who, form in (("Hana", first), ("Cleo", second)):
        said = words(card_of(await poll.submit(who, form, {"text": WORDS})))
        assert "with the AI function now" in said


async def test_it_takes_two_people_of_two_functions(poll: Poll) -> None:
    number = await closed(poll)
    await give(poll, "Cleo", "hr")
    await write(poll, "Hana", number)
    assert "your own words" in await agree(poll, "Hana", number)
    assert "come from your own function" in await agree(poll, "Cleo", number)
    for who in ("Ada", "Ines"):
        assert "by HR and the AI function together" in await agree(poll, who, number)
        assert "by HR and the AI function together" in words(card_of(await poll.press(who, respond(number))))
    assert {who for who, _ in await poll.sent()} == {"Emil"}
    await give(poll, "Emil", "")
    assert "by HR and the AI function together" in await agree(poll, "Emil", number)
    said = await poll.store.read(lambda work: pulses.response(work, number))
    assert said is not None and not said.is_agreed


async def test_who_has_both_roles_makes_room_for_the_one_who_has_one(poll: Poll) -> None:
    number = await closed(poll)
    await give(poll, "Hana", "hr;ai")
    await give(poll, "Emil", "hr")
    await give(poll, "Cleo", "ai")
    await write(poll, "Hana", number)
    assert "Agreed by Emil Stone (HR) and Hana Reed (AI function)" in await agree(poll, "Emil", number)
    said = await poll.store.read(lambda work: pulses.response(work, number))
    assert said is not None and said.approvals.complete and len(set(said.approvals)) == 2


async def test_nobody_agrees_with_themselves_where_they_have_both_roles(poll: Poll) -> None:
    number = await closed(poll)
    await give(poll, "Hana", "hr;ai")
    await write(poll, "Hana", number)
    assert "your own words" in await agree(poll, "Hana", number)


async def test_without_anybody_in_the_other_function_nothing_is_kept(poll: Poll) -> None:
    number = await closed(poll)
    await give(poll, "Emil", "")
    reply = await poll.submit("Hana", await poll.press("Hana", respond(number)), {"text": WORDS})
    assert isinstance(reply, FieldErrors) and "Nobody has the other role" in reply.errors["text"]
    assert await poll.store.read(lambda work: pulses.response(work, number)) is None


async def test_agreeing_twice_and_by_two_at_once_tells_everybody_once(poll: Poll) -> None:
    number = await closed(poll)
    await give(poll, "Cleo", "ai")
    await write(poll, "Hana", number)
    await poll.sent()
    said = await asyncio.gather(*(agree(poll, who, number) for who in ("Emil", "Cleo", "Emil")))
    assert all("Agreed by" in one for one in said)
    sent = [who for who, one in await poll.sent() if "What happens next. " + WORDS in words(one)]
    assert sorted(sent) == sorted(poll.company.person)


async def test_what_both_agreed_on_stays(poll: Poll) -> None:
    number = await closed(poll)
    await write(poll, "Hana", number)
    await agree(poll, "Emil", number)
    assert "it stays as it is" in words(card_of(await poll.press("Hana", respond(number))))


@pytest.mark.parametrize(
    ("typed", "problem"), [("   \n ", "even if it is that nothing does"), ("x" * 601, "601 characters")]
)
async def test_what_cannot_be_kept_is_said_at_the_field(poll: Poll, typed: str, problem: str) -> None:
    number = await closed(poll)
    reply = await poll.submit("Hana", await poll.press("Hana", respond(number)), {"text": typed})
    assert isinstance(reply, FieldErrors) and problem in reply.errors["text"]
    assert reply.form is not None
    exactly = await poll.submit(
        "Hana", await poll.press("Hana", respond(number)), {"text": "x" * MAX_RESPONSE}
    )
    assert "with the AI function now" in words(card_of(exactly))


async def test_there_is_nothing_to_say_of_a_pulse_that_was_not_released(poll: Poll) -> None:
    number = await poll.launch(spec())
    assert "has no results yet" in words(card_of(await poll.press("Hana", respond(number))))
    await poll.close()
    assert "Nothing of this pulse was released" in words(card_of(await poll.press("Hana", respond(number))))
    for value in ("", "x", "9 9", "1"):
        reply = await poll.press("Hana", Button(label="", action="pulse.agree", value=value))
        assert words(card_of(reply))


async def test_both_functions_are_reminded_and_nobody_else(poll: Poll) -> None:
    number = await closed(poll)
    reminded: dict[str, set[str]] = {}
    for _ in range(24 * 6):
        poll.clock.move(hours=1)
        await poll.tick()
        for who, one in await poll.sent():
            if "Nobody has written one yet." in words(one):
                reminded.setdefault(f"{poll.clock.now:%a %H}", set()).add(who)
                assert labels(one) == ["Read the results", "Say what happens next"]
    # The answer is due on Monday: Friday and Monday, at 9 in Berlin, which the clock shows as it stands on the hour.
    assert list(reminded) == ["Fri 08", "Mon 08"]
    assert all(who == {"Hana", "Emil"} for who in reminded.values())
    assert number


async def test_a_reminder_says_whose_word_is_missing_and_stops_with_the_agreement(poll: Poll) -> None:
    number = await closed(poll)
    await write(poll, "Hana", number)
    await poll.sent()
    poll.clock.now = poll.clock.now.replace(day=27, hour=8, minute=30)
    await poll.tick()
    sent = await poll.sent()
    assert {who for who, _ in sent} == {"Hana", "Emil"}
    assert "Words from HR wait for the AI function to agree" in words(sent[0][1])
    await agree(poll, "Emil", number)
    await poll.sent()
    poll.clock.move(days=3)
    await poll.tick()
    assert await poll.sent() == []


async def test_the_cards_are_the_same_on_both_platforms(poll: Poll) -> None:
    number = await closed(poll)
    form = await poll.press("Hana", respond(number), "teams")
    assert isinstance(form, Open)
    await poll.submit("Hana", form, {"text": WORDS}, "teams")
    ((_, shown),) = await poll.sent()
    for said in (str(slack.messages(shown)), str(teams.pages(shown, "nonce"))):
        assert "We mend the two worst cases" in said and "Change the words" in said
    pressed = await poll.press("Emil", button(shown, "Agree"), "teams")
    assert "Agreed by" in words(card_of(pressed))


async def test_what_is_being_sent_just_now_keeps_its_lease_when_a_batch_is_hastened(poll: Poll) -> None:
    number = await closed(poll)
    batch = f"pulse.results/{number}"

    def lease(work: Work) -> None:
        first = work.connection.execute(
            sa.select(messages.c.id).where(messages.c.batch == batch).order_by(messages.c.id).limit(1)
        ).scalar_one()
        leased = work.now + timedelta(minutes=2)
        work.connection.execute(
            sa.update(messages).where(messages.c.id == first).values(attempts=1, due_at=leased)
        )

    await poll.store.write(lease)
    count = await poll.store.write(lambda work: outbox.hasten(work, batch))
    assert count == len(poll.company.person) - 1
    assert await poll.store.write(lambda work: outbox.hasten(work, batch)) == 0
    due = await poll.store.read(
        lambda work: list(
            work.connection.execute(
                sa.select(messages.c.due_at).where(messages.c.batch == batch, messages.c.attempts == 1)
            ).scalars()
        )
    )
    assert due == [poll.clock.now + timedelta(minutes=2)]


async def test_a_second_message_is_written_once_to_those_who_have_the_first(poll: Poll) -> None:
    number = await closed(poll)
    first, second = f"pulse.results/{number}", "pulse.response/test"
    assert await poll.store.write(lambda work: outbox.follow_up(work, second, first, "{}")) == 0
    poll.clock.move(days=6)
    await poll.sent()
    everybody = len(poll.company.person)
    assert await poll.store.write(lambda work: outbox.follow_up(work, second, first, "{}")) == everybody
    assert await poll.store.write(lambda work: outbox.follow_up(work, second, first, "{}")) == 0

"""Settings in chat, on both databases and both platforms."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from domain.people import Platform
from domain.preferences import Preferences
from handlers.capability import AnyReply
from handlers.cards import Button, MultiChoiceInput
from handlers.conversation import FieldErrors, Open, Replace, Say, Submission
from handlers.hours import may_send_at
from storage import people, preferences
from storage.people import person
from storage.store import Store, Work
from tests import company
from tests.chat import Chat, button, card_of, key, labels, words
from tests.conftest import MovedClock

EDIT = Button(label="Change", action="preferences.edit")


@pytest.fixture
async def chat(store: Store) -> AsyncIterator[Chat]:
    yield Chat(store, await company.founded(store))


async def chosen(chat: Chat, who: str) -> Preferences:
    return await chat.store.read(lambda work: preferences.of(work, chat.company.person[who]))


async def send(chat: Chat, who: str, **values: Any) -> AnyReply:
    """Open the form, change what is given, and send it in."""
    opened = await chat.press(who, EDIT)
    assert isinstance(opened, Open)
    filled: dict[str, Any] = {}
    for one in opened.form.inputs():
        if isinstance(one, MultiChoiceInput):
            filled[one.name] = one.values
        else:
            value = getattr(one, "value", None)
            filled[one.name] = None if value is None else str(value)
    assert values.keys() <= filled.keys()
    return await chat.send(
        Submission(key=key(), origin=chat.origin(who), form=opened.form.name, values=filled | values)
    )


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_what_holds_is_said_in_words(chat: Chat, platform: Platform) -> None:
    said = words(card_of(await chat.say("Ada", "tandem settings", platform)))
    assert (
        "Planned messages come Monday to Friday, 08:30 to 17:30, Berlin time; not on public holidays in Germany. "
        "They come where you were last, Slack or Teams."
    ) in said
    assert "On Fridays I do not ask you what you put in." in said
    assert "Your organisation" not in said


async def test_the_page_has_a_button_for_settings(chat: Chat) -> None:
    card = card_of(await chat.home("Ada"))
    page = card_of(await chat.press("Ada", button(card, "Settings")))
    assert page.summary.startswith("Your settings.")
    assert labels(page) == ["Change"]


async def test_changes_are_kept_and_said_back(chat: Chat) -> None:
    reply = await send(
        chat, "Ada", begins="9", ends="1:30 pm", weekdays=("1", "3"), nudge="yes", platform="teams"
    )
    said = words(card_of(reply))
    assert "Planned messages come Monday and Wednesday, 09:00 to 13:30, Berlin time" in said
    assert "They come on Teams." in said
    assert "On Fridays I may ask you" in said
    assert await chosen(chat, "Ada") == Preferences(
        from_minute=540, until_minute=810, weekdays=frozenset({1, 3}), platform="teams", nudge=True
    )
    assert await chosen(chat, "Bo") == Preferences()
    back = await send(
        chat, "Ada", begins="", ends=None, weekdays=("1", "2", "3", "4", "5"), nudge="no", platform="last"
    )
    assert "Monday to Friday, 08:30 to 17:30" in words(card_of(back))
    assert await chosen(chat, "Ada") == Preferences()  # the usual is not kept, so that it follows the usual


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"begins": "in the morning"}, "begins", "Examples: 08:30, 9 or 5:30 pm."),
        ({"begins": "24:00"}, "begins", "Examples"),
        ({"ends": "25:00"}, "ends", "Examples"),
        ({"begins": "18:00"}, "ends", "An example: 08:30 to 17:30."),
        ({"begins": "17:00"}, "ends", "at least an hour after they begin"),
        ({"weekdays": ()}, "weekdays", "at least one day"),
        ({"weekdays": ("8", "x")}, "weekdays", "at least one day"),
        ({"paused_until": "2026-11-17"}, "paused_until", "That day is over."),
        ({"paused_until": "2028-11-17"}, "paused_until", "a year at the most"),
        ({"paused_until": "soon"}, "paused_until", "An example: 2026-12-24."),
    ],
)
async def test_what_cannot_be_is_said_at_its_input_and_what_was_typed_stays(
    chat: Chat, values: dict[str, Any], field: str, sentence: str
) -> None:
    reply = await send(chat, "Ada", **values)
    assert isinstance(reply, FieldErrors)
    assert sentence in reply.errors[field]
    assert reply.form is not None
    shown = {one.name: one for one in reply.form.inputs()}
    if field in ("begins", "ends") and field in values:
        assert getattr(shown[field], "value", None) == values[field]
    assert await chosen(chat, "Ada") == Preferences()


async def test_all_that_is_wrong_is_said_at_once(chat: Chat) -> None:
    reply = await send(chat, "Ada", begins="x", ends="y", weekdays=(), paused_until="2020-01-01")
    assert isinstance(reply, FieldErrors)
    assert reply.errors.keys() == {"begins", "ends", "weekdays", "paused_until"}


@pytest.mark.parametrize(
    ("typed", "until", "again"),
    [
        ("until friday", date(2026, 11, 20), "Monday 23 November, 08:30"),
        ("until Friday", date(2026, 11, 20), "Monday 23 November, 08:30"),
        ("me until 24 December", date(2026, 12, 24), "Monday 28 December, 08:30"),
        ("for two weeks", date(2026, 12, 2), "Thursday 3 December, 08:30"),
        ("2026-11-22", date(2026, 11, 22), "Monday 23 November, 08:30"),
        ("until today", date(2026, 11, 18), "Thursday 19 November, 08:30"),
    ],
)
async def test_a_pause_in_words_says_its_end_and_when_messages_come_again(
    chat: Chat, typed: str, until: date, again: str
) -> None:
    said = words(card_of(await chat.say("Ada", f"tandem pause {typed}")))
    assert "Planned messages are paused until the end of" in said
    assert f"They come again from {again}." in said
    assert (await chosen(chat, "Ada")).paused_until == until


@pytest.mark.parametrize(
    "typed", ["until the cows come home", "until 17 December 2023", "until 2030-01-01", "until 2026-02-30"]
)
async def test_a_pause_that_cannot_be_gets_a_sentence(chat: Chat, typed: str) -> None:
    reply = await chat.say("Ada", f"tandem pause {typed}")
    assert isinstance(reply, Say)
    said = words(reply.card)
    assert "/tandem pause until friday" in said or "That day is over." in said or "a year at the most" in said
    assert (await chosen(chat, "Ada")).paused_until is None


async def test_pause_without_a_day_opens_the_form(chat: Chat) -> None:
    reply = await chat.say("Ada", "tandem pause")
    assert isinstance(reply, Open)
    assert "paused_until" in {one.name for one in reply.form.inputs()}


async def test_resume_ends_a_pause_by_word_and_by_press(chat: Chat) -> None:
    paused = card_of(await chat.say("Ada", "tandem pause until friday"))
    pressed = await chat.press("Ada", button(paused, "Resume"))
    assert isinstance(pressed, Replace)
    assert "The pause is over." in words(pressed.card)
    assert (await chosen(chat, "Ada")).paused_until is None
    await chat.say("Ada", "tandem pause until friday")
    assert "The pause is over." in words(card_of(await chat.say("Ada", "tandem resume")))
    assert "Nothing was paused." in words(card_of(await chat.say("Ada", "tandem resume")))


async def test_a_pause_that_is_over_is_not_spoken_of_and_does_not_stand_in_the_way(
    chat: Chat, clock: MovedClock
) -> None:
    await chat.say("Ada", "tandem pause until friday")
    clock.move(days=5)
    assert "paused" not in card_of(await chat.say("Ada", "tandem settings")).summary
    said = words(card_of(await send(chat, "Ada", begins="9:00")))
    assert "09:00 to 17:30" in said and "are paused" not in said


async def test_somebody_on_one_platform_is_not_asked_where(chat: Chat) -> None:
    def only_slack(work: Work) -> None:
        work.connection.execute(
            sa.delete(people.identity).where(
                people.identity.c.person_id == chat.company.person["Ada"],
                people.identity.c.platform == "teams",
            )
        )

    await chat.store.write(only_slack)
    opened = await chat.press("Ada", EDIT)
    assert isinstance(opened, Open)
    assert "platform" not in {one.name for one in opened.form.inputs()}
    assert "They come on Slack." in words(card_of(await chat.say("Ada", "tandem settings")))
    forged = await chat.send(
        Submission(
            key=key(),
            origin=chat.origin("Ada"),
            form=opened.form.name,
            values={"weekdays": "1,2", "platform": "teams"},
        )
    )
    assert isinstance(forged, FieldErrors)
    assert "I do not know you on Teams yet." in forged.errors["platform"]


async def test_another_country_has_another_week(chat: Chat) -> None:
    def move(work: Work) -> None:
        work.connection.execute(
            sa.update(person)
            .where(person.c.id == chat.company.person["Ada"])
            .values(time_zone="Asia/Riyadh", country="SA")
        )

    await chat.store.write(move)
    said = words(card_of(await chat.say("Ada", "tandem settings")))
    assert (
        "come Sunday to Thursday, 08:30 to 17:30, Riyadh time; not on public holidays in Saudi Arabia."
        in said
    )


async def test_choices_decide_when_a_planned_message_may_come(chat: Chat, clock: MovedClock) -> None:
    await send(chat, "Ada", begins="14:00", ends="16:00")
    ada = chat.company.person["Ada"]

    async def asked(now: datetime) -> datetime:
        return await chat.store.read(lambda work: may_send_at(work, ada, now))

    assert await asked(clock.now) == datetime(2026, 11, 18, 13, 0, tzinfo=UTC)
    christmas = datetime(
        2026, 12, 24, 16, 0, tzinfo=UTC
    )  # the 25th is a holiday in Germany, then comes a weekend
    assert await asked(christmas) == datetime(2026, 12, 28, 13, 0, tzinfo=UTC)


async def test_those_who_set_things_for_the_organisation_find_them_there(chat: Chat) -> None:
    for who in ("Hana", "Emil", "Ines"):
        said = words(card_of(await chat.say(who, "tandem settings")))
        assert "Your organisation" in said and "Weekly digests: " in said


async def test_help_still_says_everything_and_names_the_settings(chat: Chat) -> None:
    said = words(card_of(await chat.say("Ada", "tandem help")))
    assert "What Tandem can do" in said
    assert "/tandem settings when and where planned messages reach you" in said

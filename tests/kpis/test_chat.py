"""KPIs in chat, on both databases and both platforms."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
import sqlalchemy as sa

from domain.people import Platform
from handlers import kpis as capability
from handlers.capability import AnyReply
from handlers.cards import Card, Chart, Series
from handlers.conversation import FieldErrors, Open
from storage import kpis
from storage.people import person
from storage.store import Store, Work
from tests import company
from tests.chat import Chat, button, card_of, labels, words
from tests.conftest import MovedClock
from tests.keeping import close, section_of, told

JOINT = "Operations redesigned the work, the AI function built the tool: both names stand on this number."


@pytest.fixture
async def chat(store: Store) -> AsyncIterator[Chat]:
    yield Chat(store, await company.founded(store))


async def begun(
    chat: Chat, who: str = "Bo", platform: Platform = "slack", owner: str = "Ada", **values: str | None
) -> AnyReply:
    card = card_of(await chat.say(who, "initiative kpi claims", platform))
    opened = await chat.press(who, button(card, "New KPI"), platform)
    filled: dict[str, str | None] = {
        "name": "Handling time",
        "key": "handling-time",
        "unit": "minutes",
        "direction": "down",
        "baseline": "20.5",
        "target": "12",
        "owner": company.user_id(platform, owner),
    }
    return await chat.submit(who, opened, filled | values, platform)


async def noted(chat: Chat, line: str, who: str = "Ada", platform: Platform = "slack") -> Card:
    return card_of(await chat.say(who, f"initiative kpi {line}", platform))


async def readings(chat: Chat) -> dict[date, float]:
    number = chat.company.initiative["claims"]

    def unit(work: Work) -> dict[date, float]:
        ids = [one.id for one in kpis.of(work, number)]
        return {one.day: one.value for each in kpis.latest(work, ids, limit=50).values() for one in each}

    return await chat.store.read(unit)


def charts(card: Card) -> list[Chart]:
    return [element for element in card.elements if isinstance(element, Chart)]


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_number_is_added_with_a_name_and_its_readings_are_drawn(
    chat: Chat, platform: Platform, clock: MovedClock
) -> None:
    added = words(card_of(await begun(chat, platform=platform)))
    assert "Handling time is added." in added
    assert "no reading yet, from a baseline of 20.5 minutes; target 12." in added
    assert "Ada Fern's number; less is better." in added
    first = await noted(chat, "claims handling-time 16 yesterday", platform=platform)
    assert "Noted for yesterday: 16 minutes, 22 % less than the baseline of 20.5; target 12." in words(first)
    assert charts(first) == []
    card = await noted(chat, "claims handling-time 14,2", platform=platform)
    assert "14.2 minutes, 31 % less than the baseline of 20.5; target 12." in words(card)
    assert JOINT in words(card)
    [chart] = charts(card)
    assert (chart.kind, chart.unit, chart.categories) == ("line", "minutes", ("17 Nov", "18 Nov"))
    # The title says which number it is; a legend has no room for it.
    assert chart.series == (Series(name="Reading", values=(16, 14.2)),)


@pytest.mark.parametrize(
    ("line", "day", "value"),
    [
        ("claims handling-time 14.2", date(2026, 11, 18), 14.2),
        ("claims triage handling time 14.2 minutes", date(2026, 11, 18), 14.2),
        ("Claims Triage HANDLING-TIME: 14,2 on 3 November", date(2026, 11, 3), 14.2),
        ("claims handling-time 2026-11-02 12 500", date(2026, 11, 2), 12500),
        ("claims handling_time = 14.2 3.11.2026", date(2026, 11, 3), 14.2),
        ("clams triage handling-time 1,250 last friday", date(2026, 11, 13), 1250),
    ],
)
async def test_a_reading_is_understood_however_it_is_typed(
    chat: Chat, line: str, day: date, value: float
) -> None:
    await begun(chat)
    await noted(chat, line)
    assert await readings(chat) == {day: value}


async def test_people_with_a_decimal_comma_are_understood_their_way(chat: Chat) -> None:
    await begun(chat)
    await chat.store.write(
        lambda work: work.connection.execute(
            sa.update(person).where(person.c.name == "Ada Fern").values(locale="de-DE")
        )
    )
    await noted(chat, "claims handling-time 1,250")
    assert await readings(chat) == {date(2026, 11, 18): 1.25}


@pytest.mark.parametrize(
    "text", ["soon", "about 14", "14.2 15.3", "1e9", "nan", "yesterday", "14.2 today yesterday"]
)
async def test_nonsense_gets_a_sentence_with_an_example(chat: Chat, text: str) -> None:
    await begun(chat)
    said = words(await noted(chat, f"claims handling-time {text}"))
    assert "I could not read one number there." in said
    assert "/initiative kpi claims handling-time 14.2 yesterday" in said
    assert await readings(chat) == {}


async def test_a_day_to_come_is_refused(chat: Chat) -> None:
    await begun(chat)
    assert "still to come" in words(await noted(chat, "claims handling-time 14.2 2026-11-19"))
    assert "very long ago" in words(await noted(chat, "claims handling-time 14.2 1999-12-31"))
    assert await readings(chat) == {}


async def test_a_later_reading_of_a_day_takes_the_place_of_the_earlier_one(chat: Chat) -> None:
    await begun(chat)
    await noted(chat, "claims handling-time 14.2")
    card = await noted(chat, "claims handling-time 13")
    assert "It takes the place of 14.2 minutes, noted for that day before." in words(card)
    assert await readings(chat) == {date(2026, 11, 18): 13}


async def test_readings_are_noted_by_whose_number_it_is_and_by_keepers_alone(chat: Chat) -> None:
    await begun(chat)
    for who in ("Ada", "Bo", "Cleo", "Emil", "Ines"):
        assert "Noted for today" in words(await noted(chat, "claims handling-time 14.2", who))
    for who in ("Dara", "Hana"):
        assert "Only the person whose number it is" in words(await noted(chat, "claims handling-time 9", who))
    assert await readings(chat) == {date(2026, 11, 18): 14.2}


async def test_a_reading_can_be_filled_in(chat: Chat) -> None:
    card = card_of(await begun(chat))
    opened = await chat.press("Ada", button(card, "Note a reading"))
    wrong = await chat.submit("Ada", opened, {"value": "soon", "day": "2026-11-19"})
    assert isinstance(wrong, FieldErrors)
    assert wrong.errors.keys() == {"value", "day"}
    await chat.submit("Ada", opened, {"value": "14,2 minutes", "day": "2026-11-16"})
    assert await readings(chat) == {date(2026, 11, 16): 14.2}
    refused = await chat.submit("Dara", opened, {"value": "1"})
    assert isinstance(refused, FieldErrors)
    assert await readings(chat) == {date(2026, 11, 16): 14.2}


async def test_nobody_of_the_ai_function_can_be_the_name_on_a_number(chat: Chat) -> None:
    reply = await begun(chat, owner="Emil")
    assert isinstance(reply, FieldErrors)
    assert reply.errors.keys() == {"owner"}
    assert reply.errors["owner"].startswith("The name test: whose number is this?")
    number = chat.company.initiative["claims"]
    assert await chat.store.read(lambda work: kpis.of(work, number)) == []


async def test_a_number_with_a_business_name_makes_the_initiative_owned(chat: Chat) -> None:
    ids = set(chat.company.initiative.values())
    number = chat.company.initiative["claims"]
    assert await chat.store.read(lambda work: kpis.business_owned(work, ids)) == set()
    card = card_of(await begun(chat))
    assert await chat.store.read(lambda work: kpis.business_owned(work, ids)) == {number}
    assert await chat.store.read(lambda work: kpis.business_owned(work, ids - {number})) == set()
    retired = card_of(await chat.press("Bo", button(card, "Retire")))
    assert "Handling time is retired" in words(retired)
    assert await chat.store.read(lambda work: kpis.business_owned(work, ids)) == set()


async def test_whose_number_it_is_learns_of_it(chat: Chat) -> None:
    await begun(chat)
    messages = await told(chat)
    assert messages.keys() == {"Ada"}
    assert "Bo Lindqvist put your name on a number of Claims triage: Handling time." in words(messages["Ada"])
    await begun(chat, who="Cleo", owner="Cleo", key="cost", name="Cost per claim")
    assert await told(chat) == {}


async def test_a_key_is_taken_once_even_after_it_was_retired(chat: Chat) -> None:
    card = card_of(await begun(chat))
    twice = await begun(chat)
    assert isinstance(twice, FieldErrors)
    assert "has a KPI “handling-time”." in twice.errors["key"]
    await chat.press("Bo", button(card, "Retire"))
    again = await begun(chat)
    assert isinstance(again, FieldErrors)
    assert "that was retired" in again.errors["key"]


async def test_an_edit_keeps_the_key_and_the_owner_who_is_not_known_here(chat: Chat) -> None:
    card = card_of(await begun(chat))
    opened = await chat.press("Bo", button(card, "Edit"))
    assert isinstance(opened, Open)
    assert "key" not in {one.name for one in opened.form.inputs()}
    changed = card_of(await chat.submit("Bo", opened, {"target": "", "baseline": "22", "owner": None}))
    assert "no reading yet, from a baseline of 22 minutes." in words(changed)
    assert "Ada Fern's number" in words(changed)


async def test_only_keepers_add_edit_and_retire(chat: Chat) -> None:
    card = card_of(await begun(chat))
    for who in ("Ada", "Dara"):
        for label in ("New KPI", "Edit", "Retire"):
            refused = card_of(await chat.press(who, button(card, label)))
            assert "Only the sponsors, the product owner and administrators" in words(refused)
    for label in ("New KPI", "Edit"):
        opened = await chat.press("Bo", button(card, label))
        sent = await chat.submit("Ada", opened, {"name": "Another name"})
        assert isinstance(sent, FieldErrors)
        assert "Only the sponsors" in sent.errors["name"]
    seen = await noted(chat, "claims", "Ada")
    assert "Handling time" in words(seen)
    assert "Another name" not in words(seen)
    assert labels(seen) == ["Note a reading"]
    assert labels(await noted(chat, "claims", "Dara")) == []


async def test_a_closed_initiative_takes_no_more_readings(chat: Chat) -> None:
    await begun(chat)
    await close(chat)
    assert "closed" in words(await noted(chat, "claims handling-time 14.2"))
    assert labels(await noted(chat, "claims")) == []
    assert await readings(chat) == {}


async def test_words_that_lead_nowhere_say_what_there_is(chat: Chat) -> None:
    assert "has no KPI yet" in words(await noted(chat, "claims handling-time 14.2"))
    await begun(chat)
    assert "Claims triage has these: handling-time." in words(await noted(chat, "claims cost 14.2"))
    assert "no initiative like “zebra”" in words(await noted(chat, "zebra cost 14.2"))
    assert "/initiative kpi claims" in words(card_of(await chat.say("Ada", "initiative kpi")))


async def test_the_third_line_is_a_command_away(chat: Chat) -> None:
    for key in ("one", "two", "three"):
        await begun(chat, key=key, name=f"Number {key}")
        await noted(chat, f"claims {key} 14 yesterday")
        await noted(chat, f"claims {key} 13")
    card = await noted(chat, "claims")
    assert [chart.title for chart in charts(card)] == ["Number one", "Number two"]
    assert "/initiative kpi claims three shows its line." in words(card)
    assert "both names stand on these numbers" in words(card)
    alone = await noted(chat, "claims number three")
    assert [chart.title for chart in charts(alone)] == ["Number three"]


async def test_a_line_has_the_last_readings_only(chat: Chat, clock: MovedClock) -> None:
    await begun(chat)
    for number in range(14):
        card = await noted(chat, f"claims handling-time {number}")
        clock.move(days=7)
    [chart] = charts(card)
    assert chart.series[0].values == tuple(range(2, 14))


async def test_an_initiative_has_twelve_numbers_at_the_most(chat: Chat) -> None:
    for number in range(12):
        card = card_of(await begun(chat, key=f"number-{number}"))
    opened = await chat.press("Bo", button(card, "New KPI"))
    assert "twelve KPIs already" in words(card_of(opened))


async def test_the_section_begins_with_how_to_begin_and_then_says_how_it_stands(chat: Chat) -> None:
    empty = await section_of(chat, "Ada", capability.section)
    assert "/initiative kpi claims" in words(empty)
    assert labels(empty) == []
    assert labels(await section_of(chat, "Bo", capability.section)) == ["New KPI"]
    await begun(chat)
    assert JOINT not in words(await section_of(chat, "Ada", capability.section))
    await noted(chat, "claims handling-time 14.2")
    shown = words(await section_of(chat, "Ada", capability.section))
    assert "14.2 minutes, 31 % less than the baseline of 20.5; target 12 (Ada Fern's number)." in shown
    assert JOINT in shown
    assert labels(await section_of(chat, "Ada", capability.section)) == []
    assert labels(await section_of(chat, "Bo", capability.section)) == ["Edit the numbers"]

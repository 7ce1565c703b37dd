"""What is sent around a showcase by itself, each once, by its date as it is now."""

import asyncio
from datetime import UTC, datetime

import pytest

from handlers.cards import Card
from handlers.conversation import Open
from storage import audit, occurrences
from storage.occurrences import occurrence
from storage.store import Work
from tests.chat import button, card_of, words
from tests.showcases.conftest import Stage

OFFER = {"tried": "Triage on Mondays", "learned": "It sorts well.", "worked": "yes", "duration": "10"}
#: Of the agenda, the day and so on: how their cards begin.
CALL = "What did you try with AI lately?"


async def offered(stage: Stage, who: str = "Bo", presenter: str = "U-ADA") -> None:
    opened = await stage.say(who, "showcase offer")
    await stage.submit(who, opened, {**OFFER, "presenter": presenter})
    await stage.sent()


@pytest.fixture
async def planned(stage: Stage) -> Stage:
    """A showcase on Thursday 17 December, at 15:00 in Berlin, with a channel and something offered."""
    await stage.here()
    await stage.say("Hana", "showcase next 2026-12-17 15:00 Europe/Berlin")
    await offered(stage)
    return stage


def seen(found: list[tuple[str, Card]], text: str) -> list[str]:
    """Who got a card with these words, in order."""
    return [who for who, card in found if text in words(card)]


async def test_everybody_hears_of_everything_once(planned: Stage) -> None:
    found = await planned.run(days=32)
    assert seen(found, CALL) == ["#"]
    assert seen(found, "One week to go.") == ["#"]
    assert seen(found, "The showcase is a week away.") == ["Ada"]
    assert seen(found, "It is today.") == ["#"]
    assert seen(found, "The showcase is today.") == ["Ada"]
    assert seen(found, "Would you write down what came out of it?") == ["Hana"]


async def test_reminders_come_at_nine_where_the_showcase_is(planned: Stage) -> None:
    def due(work: Work) -> dict[str, datetime]:
        rows = work.connection.execute(
            occurrence.select().where(occurrence.c.schedule.startswith("showcase."))
        )
        return {row.schedule: row.due_at for row in rows if row.schedule != "showcase.following"}

    await planned.run(days=32)
    assert await planned.store.read(due) == {
        "showcase.call": datetime(2026, 12, 3, 8, tzinfo=UTC),
        "showcase.agenda": datetime(2026, 12, 10, 8, tzinfo=UTC),
        "showcase.day": datetime(2026, 12, 17, 8, tzinfo=UTC),
        "showcase.minutes": datetime(2026, 12, 18, 8, tzinfo=UTC),
    }


async def test_two_replicas_at_once_plan_each_once(planned: Stage) -> None:
    other = planned.another_planner()
    planned.clock.now = datetime(2026, 12, 10, 8, 0, 30, tzinfo=UTC)
    await asyncio.gather(planned.tick(), other.tick())
    found = await planned.sent()
    assert seen(found, "One week to go.") == ["#"]
    assert seen(found, "The showcase is a week away.") == ["Ada"]


async def test_a_reminder_missed_by_more_than_a_day_is_not_sent(planned: Stage) -> None:
    planned.clock.now = datetime(2026, 12, 11, 7, 0, tzinfo=UTC)
    await planned.tick()
    assert seen(await planned.sent(), "One week to go.") == ["#"]
    planned.clock.now = datetime(2026, 12, 18, 8, 2, tzinfo=UTC)
    await planned.tick()
    found = await planned.sent()
    assert seen(found, "It is today.") == []
    assert seen(found, "The showcase is today.") == []


async def test_a_moved_showcase_is_reminded_of_by_its_new_date_alone(planned: Stage) -> None:
    found = await planned.run(days=23)  # to 11 December: the call and the agenda are out
    assert seen(found, CALL) == ["#"]
    assert seen(found, "One week to go.") == ["#"]
    await planned.say("Hana", "showcase move 2026-12-30 10:00")
    moved = await planned.sent()
    assert seen(moved, "The date or the place has changed") == ["#"]
    assert seen(moved, "The showcase has changed its date") == ["Ada"]
    later = await planned.run(days=25)
    assert seen(later, CALL) == []
    assert seen(later, "One week to go.") == ["#"]
    assert seen(later, "The showcase is today.") == ["Ada"]
    [today] = [card for who, card in later if who == "#" and "It is today." in words(card)]
    assert "Wednesday 30 December 2026, 10:00" in words(today)


async def test_moved_within_its_week_the_agenda_still_holds(planned: Stage) -> None:
    await planned.run(days=23)
    await planned.say("Hana", "showcase move 2026-12-18 15:00")
    await planned.sent()
    later = await planned.run(days=8)
    assert seen(later, "One week to go.") == []
    assert seen(later, "It is today.") == ["#"]


async def test_moved_on_the_day_itself_to_a_later_hour_nobody_is_reminded_twice(planned: Stage) -> None:
    planned.clock.now = datetime(2026, 12, 17, 8, 1, tzinfo=UTC)
    await planned.tick()
    assert seen(await planned.sent(), "It is today.") == ["#"]
    await planned.say("Hana", "showcase move 2026-12-17 17:00")
    await planned.sent()
    later = await planned.run(days=0.3)
    assert seen(later, "It is today.") == []


async def test_a_cancelled_one_is_not_spoken_of(planned: Stage) -> None:
    asked = card_of(await planned.say("Hana", "showcase cancel"))
    await planned.press("Hana", button(asked, "Cancel it"))
    await planned.sent()
    assert await planned.run(days=32) == []


async def test_cards_in_the_channel_follow_what_is_offered(planned: Stage) -> None:
    await planned.run(days=23)
    await planned_offer(planned)
    cards = [card for who, card in await planned.sent() if who == "#"]
    assert cards
    assert all("2 things" in words(card) for card in cards)


async def planned_offer(stage: Stage) -> None:
    opened = await stage.say("Dara", "showcase offer")
    assert isinstance(opened, Open)
    await stage.submit("Dara", opened, {**OFFER, "tried": "Summaries for complaints"})


async def test_without_a_channel_only_people_are_written_to(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-17 15:00")
    await offered(stage)
    found = await stage.run(days=32)
    assert {who for who, _ in found} == {"Ada", "Hana"}


async def log(stage: Stage, who: str, line: str) -> None:
    card_of(await stage.say(who, f"contribute {line}"))


async def test_product_owners_are_asked_once_a_month_for_the_most_telling_entry(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-17 15:00")
    stage.clock.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    await log(stage, "Ada", "9h data on claims: labelled 400 claims")
    await log(stage, "Ada", "1h testing on claims: tried 30 old cases")
    await log(stage, "Ada", "2h training on complaints: showed it to two people")
    found = [one for one in await stage.run(days=4) if "Would you show this?" in words(one[1])]
    [(who, card)] = found
    assert who == "Bo"
    assert "“tried 30 old cases”" in words(card)
    opened = await stage.press("Bo", button(card, "Yes, fill in the form"))
    assert isinstance(opened, Open)
    values = {one.name: getattr(one, "value", None) for one in opened.form.inputs()}
    assert (values["tried"], values["initiative"]) == (
        "tried 30 old cases",
        str(stage.company.initiative["claims"]),
    )
    not_now = card_of(await stage.press("Bo", button(card, "Not this time")))
    assert "next month at the earliest" in words(not_now)
    # Another showcase in the same month: nobody is asked again.
    await stage.say("Hana", "showcase move 2026-12-18 15:00")
    asked = card_of(await stage.say("Hana", "showcase cancel"))
    await stage.press("Hana", button(asked, "Cancel it"))
    await stage.say("Hana", "showcase next 2026-12-28 15:00")
    assert seen(await stage.run(days=20), "Would you show this?") == []


async def test_somebody_else_who_presses_a_proposal_gets_an_empty_form(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-17 15:00")
    stage.clock.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    await log(stage, "Ada", "1h testing on claims: tried 30 old cases")
    [card] = [card for _, card in await stage.run(days=4) if "Would you show this?" in words(card)]
    opened = await stage.press("Dara", button(card, "Yes, fill in the form"))
    assert isinstance(opened, Open)
    values = {one.name: getattr(one, "value", None) for one in opened.form.inputs()}
    assert values["tried"] is None


async def test_what_was_stopped_is_proposed_before_what_was_logged(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-17 15:00")
    stage.clock.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    await log(stage, "Ada", "1h testing on complaints: tried 30 old cases")
    opened = await stage.say("Cleo", "initiative stop claims")
    learned = "The queue was not the problem; the letters were."
    await stage.submit("Cleo", opened, {"learned": learned})
    await stage.sent()
    [(who, card)] = [one for one in await stage.run(days=4) if "Would you show" in words(one[1])]
    assert (who, "Claims triage was stopped" in words(card)) == ("Bo", True)
    form = await stage.press("Bo", button(card, "Yes, fill in the form"))
    assert isinstance(form, Open)
    values = {one.name: getattr(one, "value", None) for one in form.form.inputs()}
    assert (values["learned"], values["worked"]) == (learned, "no")


async def test_who_set_the_rule_and_the_channel_is_in_the_audit_log(stage: Stage) -> None:
    before = await stage.store.read(audit.head)
    await stage.here()
    await stage.say("Hana", "showcase next last Thursday 15:00")
    after = await stage.store.read(audit.head)
    assert after.number - before.number == 2
    assert await stage.store.read(lambda work: occurrences.known(work, "showcase.following", ["0"])) == {"0"}

"""The Friday nudge: only to whoever wants it, once, at their own Friday afternoon, and off with one press."""

import asyncio
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from domain.contributions import Contribution
from handlers.cards import Card
from handlers.conversation import Open, Replace
from storage import contributions, nudges, preferences
from storage.outbox import outbox
from storage.people import person
from storage.store import Work
from tests.chat import button, card_of, labels, words
from tests.showcases.conftest import Stage

QUESTION = "did you put something into an AI initiative this week?"
#: Friday 20 November, 15:00 in Berlin.
FRIDAY = datetime(2026, 11, 20, 14, tzinfo=UTC)


async def wanting(stage: Stage, *names: str) -> None:
    """Bo, who owns claims, wants it for claims; so do these people for themselves."""
    await stage.say("Bo", "initiative nudge claims on")

    def choose(work: Work) -> None:
        for name in names:
            nudges.choose(work, stage.company.person[name], wants=True)

    await stage.store.write(choose)
    await stage.sent()


async def on_friday(stage: Stage, at: datetime = FRIDAY) -> list[tuple[str, Card]]:
    stage.clock.now = at
    await stage.tick()
    return [one for one in await stage.sent() if QUESTION in words(one[1])]


async def worked(
    stage: Stage, who: str, line: str = "2h testing on claims 2026-11-12: tried 30 cases"
) -> None:
    """Log something last week, so that this week is empty."""
    stage.clock.now = datetime(2026, 11, 12, 12, tzinfo=UTC)
    card_of(await stage.say(who, f"contribute {line}"))
    stage.clock.now = datetime(2026, 11, 18, 12, tzinfo=UTC)


async def entries(stage: Stage, who: str) -> list[Contribution]:
    number = stage.company.person[who]
    return await stage.store.read(lambda work: contributions.recent(work, number, skip=0, limit=20))


async def test_who_wants_it_worked_on_it_and_logged_nothing_is_asked_at_three_on_friday(stage: Stage) -> None:
    for name in ("Ada", "Dara", "Cleo"):
        await worked(stage, name)
    await wanting(stage, "Ada", "Dara", "Hana")  # Cleo does not want it, Hana has put nothing in
    card_of(await stage.say("Dara", "contribute 1h data on complaints: read ten letters"))
    assert await on_friday(stage, datetime(2026, 11, 20, 13, 59, tzinfo=UTC)) == []
    [(who, card)] = await on_friday(stage)
    assert who == "Ada"
    assert words(card).startswith("Ada, did you put something")
    assert "2 h of testing on Claims triage" in words(card)
    assert labels(card) == ["Nothing this week", "Like last week", "Something else", "Turn it off"]


async def test_never_twice_in_a_week_whatever_happens(stage: Stage) -> None:
    await worked(stage, "Ada")
    await wanting(stage, "Ada")
    other = stage.another_planner()
    stage.clock.now = FRIDAY
    await asyncio.gather(stage.tick(), other.tick())
    assert len(await stage.sent()) == 1

    def move_west(work: Work) -> None:
        # Three o'clock in New York is still to come for whoever travels there.
        number = stage.company.person["Ada"]
        work.connection.execute(
            sa.update(person).where(person.c.id == number).values(time_zone="America/New_York")
        )

    await stage.store.write(move_west)
    assert await on_friday(stage, datetime(2026, 11, 20, 20, 1, tzinfo=UTC)) == []
    # The week after there is another one.
    assert len(await on_friday(stage, datetime(2026, 11, 27, 20, 1, tzinfo=UTC))) == 1


async def test_each_zone_has_its_own_afternoon(stage: Stage) -> None:
    for name in ("Ada", "Dara"):
        await worked(stage, name)
    await wanting(stage, "Ada", "Dara")
    number = stage.company.person["Dara"]
    await stage.store.write(
        lambda work: work.connection.execute(
            sa.update(person).where(person.c.id == number).values(time_zone="Asia/Kolkata", country="IN")
        )
    )
    kolkata = await on_friday(stage, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    assert [who for who, _ in kolkata] == ["Dara"]
    assert [who for who, _ in await on_friday(stage)] == ["Ada"]


async def test_missed_by_hours_nobody_is_disturbed_in_the_evening(stage: Stage) -> None:
    await worked(stage, "Ada")
    await wanting(stage, "Ada")
    assert await on_friday(stage, datetime(2026, 11, 20, 16, 30, tzinfo=UTC)) == []


async def test_whoever_is_away_or_free_on_fridays_is_left_alone(stage: Stage) -> None:
    for name in ("Ada", "Dara"):
        await worked(stage, name)
    await wanting(stage, "Ada", "Dara")

    def choose(work: Work) -> None:
        for name, change in (
            ("Ada", {"paused_until": date(2026, 11, 22)}),
            ("Dara", {"weekdays": frozenset({1, 2})}),
        ):
            number = stage.company.person[name]
            chosen = preferences.of(work, number).model_copy(update=change)
            preferences.put(work, number, chosen)

    await stage.store.write(choose)
    assert await on_friday(stage) == []


async def test_whoever_logs_before_it_is_sent_does_not_get_it(stage: Stage) -> None:
    await worked(stage, "Ada")
    await wanting(stage, "Ada")
    stage.clock.now = FRIDAY
    await stage.tick()
    card_of(await stage.say("Ada", "contribute 1h review on complaints: read ten answers"))
    assert await stage.sent() == []


async def test_an_initiative_that_was_stopped_asks_nobody(stage: Stage) -> None:
    await worked(stage, "Ada")
    await wanting(stage, "Ada")
    opened = await stage.say("Cleo", "initiative stop claims")
    await stage.submit("Cleo", opened, {"learned": "Adjusters sort faster than they read."})
    await stage.sent()
    assert await on_friday(stage) == []


async def nudged(stage: Stage) -> Card:
    await worked(stage, "Ada")
    await wanting(stage, "Ada")
    [(_, card)] = await on_friday(stage)
    return card


async def test_like_last_week_logs_what_was_shown_and_only_then(stage: Stage) -> None:
    card = await nudged(stage)
    shown = card_of(await stage.press("Ada", button(card, "Like last week")))
    assert "This is what I would log, for today:" in words(shown)
    assert "2 h of testing on Claims triage\n“tried 30 cases”" in words(shown)
    assert len(await entries(stage, "Ada")) == 1
    press = button(shown, "Log it")
    logged = await stage.press("Ada", press)
    assert isinstance(logged, Replace)
    assert "Logged: 2 h of testing on Claims triage, today." in words(logged.card)
    assert {"Undo", "Edit"} <= set(labels(logged.card))
    newest, before = await entries(stage, "Ada")
    assert (newest.day, newest.what, newest.effort_minutes) == (date(2026, 11, 20), before.what, 120)
    again = card_of(await stage.press("Ada", press))
    assert "nothing was logged again" in words(again)
    assert len(await entries(stage, "Ada")) == 2


async def test_what_was_changed_since_it_was_shown_is_not_logged(stage: Stage) -> None:
    card = await nudged(stage)
    shown = card_of(await stage.press("Ada", button(card, "Like last week")))
    mine = card_of(await stage.say("Ada", "contribute list"))
    opened = await stage.press("Ada", button(mine, "Edit"))
    await stage.submit("Ada", opened, {"effort": "5h"})
    refused = card_of(await stage.press("Ada", button(shown, "Log it")))
    assert "were changed since, so nothing was logged" in words(refused)
    assert len(await entries(stage, "Ada")) == 1


async def test_a_rule_that_stands_against_it_opens_the_form_and_logs_nothing(stage: Stage) -> None:
    # Two long days of one week are too much for a single one.
    await worked(stage, "Ada", "20h testing on claims 2026-11-12: a long day")
    await worked(stage, "Ada", "6h data on claims 2026-11-11: and another")
    await wanting(stage, "Ada")
    [(_, card)] = await on_friday(stage)
    shown = card_of(await stage.press("Ada", button(card, "Like last week")))
    opened = await stage.press("Ada", button(shown, "Log it"))
    assert isinstance(opened, Open)
    assert [one.day for one in await entries(stage, "Ada")] == [date(2026, 11, 12), date(2026, 11, 11)]


async def test_nothing_this_week_and_the_form_are_one_press_away(stage: Stage) -> None:
    card = await nudged(stage)
    nothing = card_of(await stage.press("Ada", button(card, "Nothing this week")))
    assert "Nothing was written down about it" in words(nothing)
    assert isinstance(await stage.press("Ada", button(card, "Something else")), Open)
    assert len(await entries(stage, "Ada")) == 1


async def test_one_press_turns_it_off_and_one_on_again(stage: Stage) -> None:
    card = await nudged(stage)
    off = card_of(await stage.press("Ada", button(card, "Turn it off")))
    assert await on_friday(stage, datetime(2026, 11, 27, 14, tzinfo=UTC)) == []
    await stage.press("Ada", button(off, "Turn it on again"))
    assert len(await on_friday(stage, datetime(2026, 12, 4, 14, tzinfo=UTC))) == 1


async def test_a_question_of_long_ago_logs_nothing(stage: Stage) -> None:
    card = await nudged(stage)
    stage.clock.now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    late = card_of(await stage.press("Ada", button(card, "Like last week")))
    assert "about an earlier week" in words(late)


@pytest.mark.parametrize("who", ["Ada", "Cleo", "Emil", "Ines", "Hana"])
async def test_only_the_product_owner_turns_it_on_for_an_initiative(stage: Stage, who: str) -> None:
    await worked(stage, "Ada")
    refused = card_of(await stage.say(who, "initiative nudge claims on"))
    assert "Only its product owner decides" in words(refused)
    number = stage.company.initiative["claims"]
    assert not await stage.store.read(lambda work: nudges.is_wanted(work, number))
    assert "Nobody is asked about Claims triage" in words(
        card_of(await stage.say(who, "initiative nudge claims"))
    )


async def test_contributors_are_asked_once_ever_whether_they_want_it(stage: Stage) -> None:
    await worked(stage, "Ada")
    await worked(stage, "Bo")  # the product owner is not asked
    await stage.say("Bo", "initiative nudge claims on")
    [(who, card)] = await stage.sent()
    assert (who, "It stays off unless you say yes" in words(card)) == ("Ada", True)
    await stage.press("Ada", button(card, "No, thank you"))
    await stage.say("Bo", "initiative nudge claims off")
    # Though what was sent is forgotten after a while.
    await stage.store.write(lambda work: work.connection.execute(sa.delete(outbox)))
    await stage.say("Bo", "initiative nudge claims on")
    await worked(stage, "Ada", "2h testing on complaints 2026-11-12: tried")
    await stage.say("Bo", "initiative nudge complaints on")
    assert await stage.sent() == []
    assert await on_friday(stage) == []


async def test_saying_yes_is_what_turns_it_on(stage: Stage) -> None:
    await worked(stage, "Ada")
    await stage.say("Bo", "initiative nudge claims on")
    [(_, card)] = await stage.sent()
    yes = card_of(await stage.press("Ada", button(card, "Yes, on Fridays")))
    assert "/tandem settings" in words(yes)
    assert [who for who, _ in await on_friday(stage)] == ["Ada"]


async def test_turned_off_for_the_initiative_nobody_is_asked(stage: Stage) -> None:
    await worked(stage, "Ada")
    await wanting(stage, "Ada")
    said = card_of(await stage.say("Bo", "initiative nudge claims off"))
    assert "on Fridays any more" in words(said)
    assert await on_friday(stage) == []

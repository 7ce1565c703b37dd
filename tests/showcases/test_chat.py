"""The showcase in chat: its date, what is offered, its agenda, and what came out of it."""

import asyncio
from datetime import UTC, datetime

import pytest

from domain.people import Platform
from domain.showcases import Showcase, State
from handlers.cards import Buttons, Card, LinkButton
from handlers.conversation import FieldErrors, FileMessage, Open, Replace, Say
from handlers.showcases import calendars
from storage import organisation, showcases
from storage.store import Work
from tests.chat import button, card_of, labels, words
from tests.showcases.conftest import Stage

OFFER = {
    "tried": "Letting triage sort the Monday queue",
    "learned": "Storm claims need a person: 1 in 20 went to the wrong queue.",
    "worked": "no",
    "duration": "15",
}


async def offered(stage: Stage, who: str, **more: str | None) -> Card:
    opened = await stage.say(who, "showcase offer")
    return card_of(await stage.submit(who, opened, {**OFFER, **more}))


async def planned(stage: Stage) -> Showcase:
    found = await stage.next()
    assert found is not None
    return found


async def test_a_rule_makes_the_first_showcase_and_is_kept(stage: Stage) -> None:
    reply = card_of(await stage.say("Hana", "showcase next last Thursday 15:00 Europe/Berlin"))
    assert "the last Thursday of the month, 15:00 (Europe/Berlin)" in words(reply)
    assert "When: Thursday 26 November 2026, 15:00 (Europe/Berlin)" in words(reply)
    one = await planned(stage)
    assert one.starts_at == datetime(2026, 11, 26, 14, tzinfo=UTC)
    shown = card_of(await stage.say("Ada", "showcase next"))
    assert "nothing offered yet" in words(shown)
    assert "Cancel it" not in labels(shown)
    kept = await stage.store.read(lambda work: organisation.get(work, "showcase.rule"))
    assert kept == "last Thursday 15:00 Europe/Berlin"


@pytest.mark.parametrize("who", ["Hana", "Emil", "Ines"])
async def test_hr_the_ai_function_and_administrators_set_the_date(stage: Stage, who: str) -> None:
    card_of(await stage.say(who, "showcase next 2026-12-03 15:00"))
    assert (await planned(stage)).starts_at == datetime(2026, 12, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    ["showcase next 2026-12-10 15:00", "showcase move 2026-12-10 15:00", "showcase cancel", "showcase here"],
)
async def test_others_are_told_what_they_can_do_instead(stage: Stage, line: str) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    before = await planned(stage)
    reply = card_of(await stage.say("Ada", line, channel="C1"))
    assert "Everybody can offer something: /showcase offer" in words(reply)
    assert await planned(stage) == before


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_what_is_no_date_gets_a_sentence_with_an_example(stage: Stage, platform: Platform) -> None:
    for text in ("last Thursday 25:00", "banana o'clock", "x" * 3000):
        reply = words(card_of(await stage.say("Hana", f"showcase next {text}", platform)))
        typed = "/showcase next last Thursday" if platform == "slack" else "showcase next last Thursday"
        assert typed in reply
        assert "`" not in reply
    assert await stage.next() is None


async def test_without_a_date_people_read_who_sets_one(stage: Stage) -> None:
    for line in ("showcase", "showcase next", "showcase offer", "showcase agenda"):
        assert "No showcase is planned yet" in words(card_of(await stage.say("Ada", line)))


async def test_a_new_rule_leaves_the_planned_one_and_offers_to_move_it(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    reply = card_of(await stage.say("Hana", "showcase next first Tuesday 10:00"))
    assert "The one that is planned stays as it is." in words(reply)
    moved = card_of(await stage.press("Hana", button(reply, "Move it to 1 December, 10:00")))
    assert "It is moved." in words(moved)
    one = await planned(stage)
    assert (one.starts_at, one.sequence) == (datetime(2026, 12, 1, 9, tzinfo=UTC), 1)


async def test_an_offer_credits_department_names_and_the_ai_function(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    claims = str(stage.company.initiative["claims"])
    said = await offered(stage, "Emil", presenter="U-ADA", initiative=claims)
    assert "is shown by Ada Fern" in words(said)
    agenda = words(card_of(await stage.say("Cleo", "showcase agenda")))
    assert "Operations: Ada Fern and Emil Stone. Technical partner: the AI function." in agenda
    assert "1 thing to see, 15 minutes" in agenda
    assert "It did not work, and that is worth seeing." in agenda
    [(to, told)] = [(who, card) for who, card in await stage.sent() if who == "Ada"]
    assert to == "Ada"
    assert "Emil Stone would like you to show something" in words(told)


async def test_whoever_offers_or_shows_changes_and_withdraws_and_nobody_else(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    card = await offered(stage, "Bo", presenter="U-ADA")
    for label in ("Edit", "Withdraw"):
        refused = card_of(await stage.press("Cleo", button(card, label)))
        assert "Only whoever offered it, or shows it" in words(refused)
    opened = await stage.press("Ada", button(card, "Edit"))
    assert isinstance(opened, Open)
    assert opened.beside
    changed = card_of(await stage.submit("Ada", opened, {"duration": "20"}))
    assert "20 minutes" in words(changed)
    agenda = card_of(await stage.say("Ada", "showcase agenda"))
    await stage.press("Ada", button(agenda, "Withdraw"))
    assert "nothing offered yet" in words(card_of(await stage.say("Ada", "showcase next")))
    again = card_of(await stage.press("Ada", button(agenda, "Withdraw")))
    assert "cannot find that offer" in words(again)
    late = card_of(await stage.submit("Ada", opened, {"duration": "5"}))
    assert "cannot find that offer" in words(late)


async def test_a_form_with_errors_keeps_what_was_typed(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    opened = await stage.say("Bo", "showcase offer letting triage sort")
    reply = await stage.submit(
        "Bo", opened, {"learned": "x" * 2001, "worked": None, "duration": "0", "initiative": "9999"}
    )
    assert isinstance(reply, FieldErrors)
    assert set(reply.errors) == {"learned", "worked", "duration", "initiative"}
    assert "2,001 characters" in reply.errors["learned"]
    assert reply.form is not None
    values = {one.name: getattr(one, "value", None) for one in reply.form.inputs()}
    assert values["tried"] == "letting triage sort"


async def test_a_showcase_is_moved_by_the_form_and_calendars_know(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    opened = await stage.say("Hana", "showcase move")
    wrong = await stage.submit("Hana", opened, {"time": "29:00", "zone": "Nowhere", "day": "2026-12-10"})
    assert isinstance(wrong, FieldErrors)
    assert set(wrong.errors) == {"time", "zone"}
    values: dict[str, str | None] = {
        "day": "2026-12-10",
        "time": "9 am",
        "zone": "new york",
        "place": "Room Elm",
    }
    reply = card_of(await stage.submit("Hana", opened, values))
    assert "15:00 your time" in words(reply)
    assert "Where: Room Elm" in words(reply)
    one = await planned(stage)
    assert (one.starts_at, one.zone, one.sequence) == (
        datetime(2026, 12, 10, 14, tzinfo=UTC),
        "America/New_York",
        1,
    )
    stale = await stage.submit("Ines", opened, values)
    assert isinstance(stale, FieldErrors)
    assert "Somebody changed it meanwhile" in str(stale.errors)


async def test_a_cancelled_one_is_followed_by_the_rule_and_its_offers_come_along(stage: Stage) -> None:
    await stage.here()
    await stage.say("Hana", "showcase next last Thursday 15:00")
    await offered(stage, "Bo", presenter="U-ADA")
    await stage.sent()
    asked = card_of(await stage.say("Hana", "showcase cancel"))
    gone = await planned(stage)
    press = button(asked, "Cancel it")
    reply = await stage.press("Hana", press)
    assert isinstance(reply, Replace)
    assert "does not take place" in words(reply.card)
    one = await planned(stage)
    assert one.starts_at == datetime(2026, 12, 31, 14, tzinfo=UTC)
    assert "1 thing to see" in words(card_of(await stage.say("Ada", "showcase agenda")))
    told = await stage.sent()
    assert {who for who, card in told if "does not take place" in card.summary} == {"#", "Ada"}
    second = card_of(await stage.press("Ines", press))
    assert "was cancelled already" in words(second)
    text = await stage.store.read(lambda work: calendars.file(work, {"showcase": str(gone.id)}))
    assert "METHOD:CANCEL\r\n" in text
    assert "SEQUENCE:1\r\n" in text


async def test_without_a_rule_offers_of_a_cancelled_one_wait_for_the_next_date(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    await offered(stage, "Bo")
    asked = card_of(await stage.say("Hana", "showcase cancel"))
    await stage.press("Hana", button(asked, "Cancel it"))
    assert await stage.next() is None
    await stage.say("Hana", "showcase next 2026-12-10 15:00")
    assert "1 thing to see" in words(card_of(await stage.say("Ada", "showcase agenda")))


async def test_anybody_gets_the_calendar_file_and_links(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    card = card_of(await stage.say("Ada", "showcase next"))
    links = {
        one.label: one.url
        for element in card.elements
        if isinstance(element, Buttons)
        for one in element.items
        if isinstance(one, LinkButton)
    }
    assert "dates=20261203T140000Z%2F20261203T150000Z" in links["Google Calendar"]
    assert "startdt=2026-12-03T14%3A00%3A00Z" in links["Outlook"]
    reply = await stage.press("Ada", button(card, "Calendar file"))
    assert isinstance(reply, Say)

    def waiting(work: Work) -> str:
        from storage.outbox import outbox

        return str(
            work.connection.execute(
                outbox.select().where(outbox.c.key.startswith("file:")).with_only_columns(outbox.c.message)
            ).scalar_one()
        )

    message = FileMessage.model_validate_json(await stage.store.read(waiting))
    assert (message.export, message.filename) == ("showcase", "showcase-2026-12-03.ics")
    text = await stage.store.read(lambda work: calendars.file(work, message.params))
    assert "DTSTART:20261203T140000Z\r\n" in text


async def test_minutes_are_written_after_it_kept_and_sent_the_day_after_with_thanks(stage: Stage) -> None:
    await stage.here("Emil", "teams")
    await stage.say("Hana", "showcase next 2026-11-19 15:00")
    await offered(stage, "Bo", presenter="U-ADA")
    early = card_of(await stage.say("Hana", "showcase minutes"))
    assert "No showcase has taken place yet" in words(early)
    stage.clock.move(hours=27)
    await stage.sent()
    opened = await stage.say("Hana", "showcase minutes")
    empty = await stage.submit("Hana", opened, {"minutes": "  "})
    assert isinstance(empty, FieldErrors)
    long = await stage.submit("Hana", opened, {"minutes": "x" * 4001})
    assert isinstance(long, FieldErrors)
    assert "4,001 characters" in long.errors["minutes"]
    reply = card_of(await stage.submit("Hana", opened, {"minutes": "Complaints tries the same."}))
    assert "On Friday the channel" in words(reply)
    assert await stage.sent() == []
    stage.clock.move(hours=18)
    told = dict(await stage.sent())
    assert set(told) == {"#", "Ada"}
    for card in told.values():
        assert "Thank you, Ada Fern" in words(card)
        assert "It did not work, and now we know. Storm claims need a person" in words(card)
        assert "Minutes: Complaints tries the same." in words(card)
        assert "Edit the minutes" not in labels(card)
    page = card_of(await stage.say("Cleo", "showcase learnings"))
    assert "Complaints tries the same." in words(page)
    edited = await stage.press(
        "Ines", button(card_of(await stage.say("Ines", "showcase learnings")), "Edit the minutes")
    )
    await stage.submit("Ines", edited, {"minutes": "Complaints tries it in May."})
    assert {who for who, card in await stage.sent() if "in May" in words(card)} == {"#", "Ada"}


async def test_only_those_who_organise_write_minutes(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-11-19 15:00")
    stage.clock.move(hours=27)
    opened = await stage.say("Hana", "showcase minutes")
    assert isinstance(await stage.say("Ada", "showcase minutes"), Say)
    reply = await stage.submit("Ada", opened, {"minutes": "mine"})
    assert not isinstance(reply, Open)
    past = await stage.store.read(lambda work: showcases.past(work, limit=1))
    assert past[0].minutes is None


async def test_what_is_over_is_held_and_offers_stay_as_they_were_shown(stage: Stage) -> None:
    await stage.say("Hana", "showcase next last Thursday 15:00")
    card = await offered(stage, "Bo")
    first = await planned(stage)
    stage.clock.now = datetime(2026, 11, 26, 18, 1, tzinfo=UTC)
    await stage.tick()
    await stage.another_planner().tick()
    held = await stage.store.read(lambda work: showcases.by_id(work, first.id))
    assert held is not None
    assert held.state is State.HELD
    one = await planned(stage)
    assert (one.starts_at, one.created_by_id) == (
        datetime(2026, 12, 31, 14, tzinfo=UTC),
        stage.company.person["Hana"],
    )
    count = await stage.store.read(lambda work: showcases.newest_id(work))
    assert count == one.id
    refused = card_of(await stage.press("Bo", button(card, "Withdraw")))
    assert "what was shown stays as it was shown" in words(refused)


async def test_the_same_offer_sent_twice_at_once_is_one(stage: Stage) -> None:
    await stage.say("Hana", "showcase next 2026-12-03 15:00")
    opened = await stage.say("Bo", "showcase offer")
    assert isinstance(opened, Open)
    from handlers.conversation import Submission

    values: dict[str, str | tuple[str, ...] | None] = dict(OFFER)
    sent = Submission(
        key="once",
        origin=stage.origin("Bo"),
        form=opened.form.name,
        values=values,
        context=opened.form.context,
    )
    assert await stage.send(sent) == await stage.send(sent)
    assert "1 thing to see" in words(card_of(await stage.say("Bo", "showcase agenda")))


async def test_on_teams_the_channel_gets_the_news_too(stage: Stage) -> None:
    await stage.here("Emil", "teams")
    [(to, card)] = await stage.sent()
    assert (to, "come here" in words(card)) == ("#", True)
    again = card_of(
        await stage.say(
            "Emil", "showcase here", "teams", channel="19:showcase@thread.tacv2", conversation="{}"
        )
    )
    assert "already" in words(again)


async def test_the_settings_page_says_how_the_showcase_is_set_to_those_who_may(stage: Stage) -> None:
    await stage.here()
    await stage.say("Hana", "showcase next last Thursday 15:00")
    page = words(card_of(await stage.say("Ines", "tandem settings")))
    assert (
        "Showcase: it is on the last Thursday of the month, 15:00 (Europe/Berlin). Its news go to a channel."
        in page
    )
    assert "Showcase:" not in words(card_of(await stage.say("Ada", "tandem settings")))


async def test_two_who_set_a_date_at_the_same_moment_plan_one_showcase(stage: Stage) -> None:
    lines = ["showcase next 2026-12-03 15:00", "showcase next 2026-12-10 15:00"] * 3
    await asyncio.gather(
        *(stage.say(who, line) for who, line in zip(["Hana", "Emil"] * 3, lines, strict=True))
    )
    assert await stage.store.read(showcases.newest_id) == 1
    one = await planned(stage)
    assert one.starts_at.day in (3, 10)

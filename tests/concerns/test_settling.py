"""The reporter's own word on what came of a concern, and concerns that tell the same."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from domain.concerns import Concern, Severity, State
from handlers.concerns import settling
from storage.concerns import concern
from tests.chat import card_of, labels, words
from tests.concerns.conftest import Forum
from tests.concerns.handled import (
    action,
    answered,
    closed,
    errors,
    filled,
    handed,
    inbox,
    named,
    now,
    pressed,
    shown,
)
from tests.conftest import MovedClock


async def say_settled(forum: Forum, one: Concern) -> None:
    await forum.store.write(lambda work: settling.settled(work, one))


async def say_not(forum: Forum, one: Concern, text: str = "It goes on.") -> bool:
    return await forum.store.write(lambda work: settling.not_settled(work, one, text))


# -------------------------------------------------------------------------------------------------- the reporter's word


async def test_settled_in_the_reporters_own_word(forum: Forum) -> None:
    one = await named(forum)
    await say_settled(forum, one)
    assert (await now(forum, one)).state is State.NEW  # there is nothing to settle yet
    await closed(forum, "Bo", one)
    await forum.sent()
    for _ in range(2):
        await say_settled(forum, one)
    assert (await now(forum, one)).state is State.SETTLED
    card = words(await shown(forum, "Bo", one))
    assert "Usual · settled · with" in card
    assert card.count("Ada Fern: it is settled (week 47)") == 1
    assert "Bo" in [who for who, each in await forum.sent() if "Usual · settled · with" in words(each)]


async def test_not_settled_opens_it_once_for_both_sponsors_and_then_stays_closed(forum: Forum) -> None:
    one = await named(forum)
    await closed(forum, "Bo", one)
    await forum.sent()
    assert await say_not(forum, one, "It happened again.")
    after = await now(forum, one)
    assert (after.state, after.reopened, after.closed_at) == (State.REOPENED, 1, None)
    cards = {who: words(card) for who, card in await forum.sent() if "From: " in words(card)}
    assert set(cards) == {"Bo", "Cleo", "Emil", "Hana"}
    assert "The reporter says that it is not settled:\nIt happened again." in cards["Cleo"]
    assert "Ada Fern: it is not settled (week 47)\nIt happened again." in words(await shown(forum, "Bo", one))
    await closed(forum, "Cleo", one, "We stop it.")
    assert not await say_not(forum, one, "Still not.")
    assert not await say_not(forum, one, "Still not.")
    final = await now(forum, one)
    assert (final.state, final.reopened) == (State.CLOSED, 1)
    assert words(await shown(forum, "Hana", one)).count("Still not.") == 1


async def test_a_reporter_who_says_the_same_twice_opens_it_once(forum: Forum) -> None:
    one, _ = await handed(forum)
    await closed(forum, "Bo", one)
    assert await say_not(forum, one)
    assert await say_not(forum, one)
    assert words(await shown(forum, "Cleo", one)).count("It goes on.") == 1


async def test_a_return_address_is_dropped_when_it_is_settled_or_thirty_days_after_closing(
    forum: Forum, clock: MovedClock
) -> None:
    settled, _ = await handed(forum, also=("tell",))
    waits, _ = await handed(forum, also=("tell",))
    assert settled.push and waits.push
    for one in (settled, waits):
        await closed(forum, "Bo", one)
    await say_settled(forum, settled)
    assert not (await now(forum, settled)).push
    clock.move(days=29)
    await forum.tick()
    assert (await now(forum, waits)).push
    clock.move(days=2)
    await forum.tick()
    assert not (await now(forum, waits)).push


# ------------------------------------------------------------------------------------------------------------- merging


async def merged(forum: Forum, one: Concern, into: Concern) -> None:
    reply = await filled(forum, "Bo", one, "Merge or link", into=f"c{into.number}")
    assert f"is merged into C-{into.number}" in words(card_of(reply))


async def test_a_merged_one_answers_its_reporter_with_what_came_of_the_other(forum: Forum) -> None:
    main, (other, code) = await named(forum), await handed(forum)
    third = await named(forum, "Dara")
    await merged(forum, third, other)
    await merged(forum, other, main)
    assert [(await now(forum, each)).merged_into for each in (other, third)] == [main.number, main.number]
    assert labels(await shown(forum, "Bo", other)) == ["See C-1", "Ask or answer", "Note"]
    await forum.sent()
    reply = words(card_of(await closed(forum, "Bo", main, "The limit was lowered.")))
    numbers = sorted(each.number or 0 for each in (other, third))
    assert f"The reporters of C-{numbers[0]} and C-{numbers[1]} read it too." in reply
    assert await inbox(forum, code) == ["Explained: The limit was lowered."]
    own = {who for who, card in await forum.sent() if "What came of it" in words(card)}
    assert own == {"Ada", "Dara"}
    assert [(await now(forum, each)).state for each in (main, other, third)] == [State.CLOSED] * 3
    assert await say_not(forum, other)
    again = await now(forum, other)
    assert (again.state, again.merged_into) == (State.REOPENED, None)
    assert (await now(forum, main)).state is State.CLOSED


async def test_how_many_people_report_it_is_said_from_three_on(forum: Forum) -> None:
    main = await named(forum)
    for number, who in enumerate(("Dara", "Ada", "Ines"), start=1):
        card = words(await shown(forum, "Bo", main))
        assert "people report this" not in card
        other = await named(forum, who)
        await merged(forum, other, main)
        assert f"C-{number + 1}" in words(await shown(forum, "Bo", main))
    assert "3 people report this" in words(await shown(forum, "Bo", main))
    unnamed, _ = await handed(forum)
    await merged(forum, unnamed, main)
    assert "4 people report this" in words(await shown(forum, "Bo", main))


async def test_a_serious_one_makes_the_one_that_it_is_told_in_serious(forum: Forum) -> None:
    main, other = await named(forum), await named(forum, "Dara", severity="serious")
    await merged(forum, other, main)
    after = await now(forum, main)
    assert after.severity is Severity.SERIOUS
    assert main.due_at is not None and after.due_at is not None
    assert after.due_at < main.due_at


async def test_what_cannot_be_merged_is_said_with_why(forum: Forum) -> None:
    main, answered_one = await named(forum), await named(forum, "Dara")
    elsewhere, nowhere = (
        await named(forum, "Dara", initiative="complaints"),
        await named(forum, "Dara", initiative=None),
    )
    own = await named(forum, "Hana")
    await closed(forum, "Bo", answered_one)

    async def refused(who: str, into: str) -> str:
        return errors(await filled(forum, who, main, "Merge or link", into=into))["into"]

    assert "itself" in await refused("Bo", "C-1")
    assert "has its answer already" in await refused("Bo", f"C-{answered_one.number}")
    assert "another deployment" in await refused("Bo", f"C-{elsewhere.number}")
    assert "the other way round" in await refused("Hana", f"C-{nowhere.number}")
    assert await refused("Bo", "C-99") == "There is no open concern C-99 that you handle."
    assert "as in C-4" in await refused("Bo", "the other one")
    assert f"no open concern C-{nowhere.number} that you" in await refused("Bo", f"C-{nowhere.number}")
    assert f"no open concern C-{own.number} that you" in await refused("Hana", f"C-{own.number}")
    assert (await now(forum, main)).state is State.NEW
    await merged(forum, main, own)
    third = await named(forum)
    said = errors(await filled(forum, "Bo", third, "Merge or link", into="C-1"))["into"]
    assert f"is merged into C-{own.number}" in said


async def test_one_is_linked_to_a_milestone_and_back(forum: Forum) -> None:
    one = await named(forum)
    await filled(forum, "Bo", one, "Merge or link", milestone="go-live")
    assert (await now(forum, one)).milestone == "go-live"
    assert "Milestone: Go-live" in words(await shown(forum, "Hana", one))
    assert (
        "cannot find" in errors(await filled(forum, "Bo", one, "Merge or link", milestone="x"))["milestone"]
    )
    assert "nothing was changed" in words(card_of(await filled(forum, "Bo", one, "Merge or link")))
    await filled(forum, "Bo", one, "Merge or link", milestone="-")
    assert (await now(forum, one)).milestone is None


async def test_a_harassing_text_is_declined_with_a_reason_and_its_code_still_works(forum: Forum) -> None:
    one, code = await handed(forum, what="Somebody rude wrote rude things about the triage last week.")
    await filled(forum, "Hana", one, "Close", outcome="declined", words="It attacks a colleague.")
    assert await inbox(forum, code) == ["Not changed: It attacks a colleague.\nDecided by Hana Reed."]
    await answered(forum, "Hana", one, "You can tell us what the tool did.")
    assert len(await inbox(forum, code)) == 2


@pytest.mark.parametrize("initiative", ["claims", None])
async def test_one_that_is_not_settled_is_reopened_whatever_it_is_about(
    forum: Forum, initiative: str | None
) -> None:
    one = await named(forum, initiative=initiative)
    await closed(forum, "Hana", one)
    assert await say_not(forum, one)
    assert "Take it over" in labels(await shown(forum, "Emil", one))
    await pressed(forum, "Emil", one, "Take it over")
    after = await now(forum, one)
    assert (after.state, after.owner_id) == (State.REOPENED, forum.company.person["Emil"])
    assert after.week == "2026-W47"


async def test_sponsors_see_one_only_from_then_on(forum: Forum) -> None:
    one = await named(forum)
    assert "Only its product owner" in words(card_of(await forum.press("Cleo", action("concern.take", one))))
    await closed(forum, "Bo", one)
    await say_not(forum, one)
    await pressed(forum, "Cleo", one, "Take it over")
    assert (await now(forum, one)).owner_id == forum.company.person["Cleo"]


async def test_closing_keeps_when_and_by_whom_it_was_first_answered(forum: Forum, clock: MovedClock) -> None:
    one = await named(forum)
    clock.move(hours=1)
    await answered(forum, "Bo", one, "We look into it.")
    first = clock.now
    clock.move(days=2)
    await closed(forum, "Hana", one)
    after = await now(forum, one)
    assert (after.first_answer_at, after.closed_at) == (first, first + timedelta(days=2))
    assert after.owner_id == forum.company.person["Bo"]
    assert after.closed_at is not None and after.closed_at.date() == date(2026, 11, 20)
    rows = await forum.store.read(
        lambda work: work.connection.execute(sa.select(concern.c.outcome)).scalars().all()
    )
    assert rows == ["explained"]

"""What is open for long, not settled, or nobody's is put before somebody; and sponsors are those who are there."""

import sqlalchemy as sa

from storage.people import person
from tests.chat import button, card_of, words
from tests.concerns.conftest import Forum
from tests.concerns.handled import answered, closed, named, now
from tests.conftest import MovedClock


async def weeks(forum: Forum, clock: MovedClock, number: int) -> list[tuple[str, str]]:
    """Who is told in so many weeks of what waits, and what."""
    told: list[tuple[str, str]] = []
    for _ in range(7 * number):
        clock.move(days=1)
        await forum.tick()
        sent = [(who, words(card)) for who, card in await forum.sent()]
        told += [(who, said) for who, said in sent if "for what comes of" in said]
    return told


async def leaves(forum: Forum, *names: str) -> None:
    await forum.store.write(
        lambda work: work.connection.execute(
            sa.update(person)
            .where(person.c.id.in_([forum.company.person[name] for name in names]))
            .values(active=False)
        )
    )


async def test_what_was_answered_with_a_question_and_left_is_put_before_its_owner_each_week(
    forum: Forum, clock: MovedClock
) -> None:
    one = await named(forum)  # on a Wednesday
    await answered(forum, "Bo", one, "?", kind="asked")
    told = await weeks(forum, clock, 4)
    assert {who for who, _ in told} == {"Bo"}
    assert len(told) == 2  # two weeks are over on the third Monday
    assert (
        "1 concern waits for what comes of it:\n• C-1 about Claims triage, open since week 47" in told[0][1]
    )


async def test_one_that_is_not_settled_is_put_before_both_sponsors_too_until_it_is_answered(
    forum: Forum, clock: MovedClock
) -> None:
    one = await named(forum)
    await answered(forum, "Bo", one, "We look into it.")
    await closed(forum, "Bo", one)
    form = await forum.press("Ada", button(card_of(await forum.say("Ada", "concern mine 1")), "Not settled"))
    await forum.submit("Ada", form, {"words": "It still does it."})
    await forum.sent()
    told = await weeks(forum, clock, 1)
    assert sorted(who for who, _ in told) == ["Bo", "Cleo", "Emil"]
    assert "C-1 about Claims triage, not settled for its reporter" in told[0][1]
    await closed(forum, "Bo", await now(forum, one))
    assert await weeks(forum, clock, 3) == []


async def test_ten_are_named_and_the_others_counted(forum: Forum, clock: MovedClock) -> None:
    for _ in range(12):
        await named(forum)
    told = dict(await weeks(forum, clock, 3))
    assert "12 concerns wait for what comes of them:" in told["Bo"]
    assert told["Bo"].count("about Claims triage") == 10 and "and 2 more" in told["Bo"]


async def test_nobody_is_said_to_see_it_who_has_left(forum: Forum, clock: MovedClock) -> None:
    one = await named(forum, severity="serious")
    await leaves(forum, "Cleo")
    await forum.sent()
    clock.move(hours=25)
    await forum.tick()
    told = [words(card) for _, card in await forum.sent() if "had no answer by" in words(card)]
    assert told and all("Its sponsor sees it now." in said for said in told)
    other = await named(forum, "Dara", severity="serious")
    await leaves(forum, "Emil")
    clock.move(hours=25)
    await forum.tick()
    told = [words(card) for _, card in await forum.sent() if "C-2 about Claims triage had no" in words(card)]
    assert told and all("Its sponsors have left, so it stays with you." in said for said in told)
    assert (await now(forum, one)).escalated_at and (await now(forum, other)).escalated_at


async def test_where_nobody_is_there_to_answer_the_administrators_are_told(
    forum: Forum, clock: MovedClock
) -> None:
    await leaves(forum, "Emil", "Hana")
    await named(forum, initiative=None, severity="serious")
    clock.move(hours=25)
    for _ in range(2):
        await forum.tick()
    told = [(who, words(card)) for who, card in await forum.sent() if "nobody is there" in words(card)]
    assert [who for who, _ in told] == ["Ines"]
    assert "nobody has the role of HR or of the AI function" in told[0][1]

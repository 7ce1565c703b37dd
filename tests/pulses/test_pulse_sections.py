"""Pulses in the digests and the brief: what was heard and what waits, from stored values of what may be read alone."""

import json
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.digests import Audience, Week
from domain.pulses import Status
from handlers.cards import Card, Chart
from handlers.pulses.pulse_sections import ANSWERS, BRIEF, CLOSED, DEPARTMENTS, QUIET
from handlers.registry import capabilities
from handlers.sections import AnySection
from handlers.slack import render as slack
from handlers.teams import render as teams
from storage import pulses
from storage.releases import release as release_table
from storage.store import Work
from tests.chat import card_of, words
from tests.pulses.conftest import Poll, spec, three
from tests.pulses.test_responding import agree, write

BERLIN = ZoneInfo("Europe/Berlin")
#: The week of 24 November, on which the usual pulse closes.
WEEK = Week(2026, 48)


async def answered(poll: Poll, **changes: object) -> int:
    number = await poll.launch(three(**changes))
    await poll.sent()
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 5, 4, 2)
    for first in range(1, 10):
        await poll.answer(f"Receivables{first}", number, 5, 4, 2)
    for first in range(1, 4):
        await poll.answer(f"Payables{first}", number, 5, 4, 2)
    await poll.close()
    await poll.sent()
    return number


def shown(*elements: object) -> str:
    return words(Card.model_validate({"summary": "s", "elements": elements}))


async def gathered(poll: Poll, section: AnySection, week: Week = WEEK) -> Any:
    return await poll.store.read(lambda work: section.gather(work, week, BERLIN))


async def test_a_digest_says_what_was_heard_in_the_week_in_which_a_pulse_closed(poll: Poll) -> None:
    assert await gathered(poll, CLOSED) is None and await gathered(poll, DEPARTMENTS) is None
    await answered(poll)
    facts = await gathered(poll, CLOSED)
    said = shown(*CLOSED.show(facts))
    assert (
        "First pulse, until 24 November 2026: Between 40 and 60 of 100 who were asked have answered." in said
    )
    assert "as going against their own interests" in said and "Finance" not in said
    assert CLOSED.clause(facts) == "1 pulse closed"
    departments = shown(*DEPARTMENTS.show(await gathered(poll, DEPARTMENTS)))
    assert "Finance (between 80 and 100 of 100 answered): " in departments
    assert "Payables" not in departments and "Operations" not in departments
    for other in (WEEK.shifted(-1), WEEK.shifted(1)):
        assert (
            await gathered(poll, CLOSED, other) is None and await gathered(poll, DEPARTMENTS, other) is None
        )


async def test_the_facts_that_are_kept_have_no_count_and_make_the_same_words_for_ever(poll: Poll) -> None:
    await answered(poll)
    sections: tuple[tuple[AnySection, set[str]], ...] = (
        (CLOSED, {"title", "closed_on", "outcome", "heard"}),
        (DEPARTMENTS, {"title", "departments", "more"}),
    )
    for section, kept in sections:
        facts = await gathered(poll, section)
        stored = json.loads(facts.model_dump_json())
        assert set(stored["pulses"][0]) == kept
        assert section.show(section.facts.model_validate(stored)) == section.show(facts)
    assert set(stored["pulses"][0]["departments"][0]) == {"name", "response", "reading"}


async def test_a_pulse_that_was_not_read_says_why(poll: Poll) -> None:
    await poll.launch(spec())
    await poll.sent()
    await poll.close()
    said = shown(*CLOSED.show(await gathered(poll, CLOSED)))
    assert "Fewer than 5 people answered, so the answers were destroyed unread." in said
    assert await gathered(poll, DEPARTMENTS) is None


async def test_departments_are_for_the_two_functions_and_not_for_administrators_or_a_channel(
    poll: Poll,
) -> None:
    await answered(poll)
    poll.clock.move(days=5)
    hana, ines = [words(card_of(await poll.say(who, "tandem digest"))) for who in ("Hana", "Ines")]
    assert "What departments said" in hana and "Finance (between" in hana
    assert "1 pulse closed" in ines and "Finance (between" not in ines and "What departments said" not in ines
    view = poll.views["digest.week"]
    params = {"week": WEEK.key, "audiences": "hr"}
    channel = await poll.store.read(lambda work: view(work, params, None, "slack"))
    assert channel is not None and "1 pulse closed" in words(channel) and "Finance" not in words(channel)
    page = next(one.files["digest"] for one in capabilities() if "digest" in one.files)
    for who, seen in (("Hana", True), ("Ines", False)):
        asked = {"person_id": str(poll.company.person[who]), "week": WEEK.key, "audiences": "hr"}

        def read(work: Work, asked: dict[str, str] = asked) -> str:
            return page(work, asked)

        text = await poll.store.read(read)
        assert ("Finance" in text) is seen


async def test_what_is_to_do_is_to_answer_and_then_to_agree_and_then_nothing(poll: Poll) -> None:
    number = await answered(poll)
    facts = await gathered(poll, ANSWERS)
    line = "Say with the AI function what happens next after First pulse, by Monday 30 November."
    assert ANSWERS.to_do(facts, Audience.HR) == (line,)
    assert ANSWERS.to_do(facts, Audience.AI) == (line.replace("the AI function", "HR"),)
    await write(poll, "Hana", number)
    facts = await gathered(poll, ANSWERS)
    assert ANSWERS.to_do(facts, Audience.HR) == ()
    (line,) = ANSWERS.to_do(facts, Audience.AI)
    assert line == "Agree to what HR wrote about First pulse, or change it, by Monday 30 November."
    assert "HR wrote what happens next, and the AI function has not agreed yet" in shown(*ANSWERS.show(facts))
    assert ANSWERS.clause(facts) == "1 pulse waits for an answer"
    await agree(poll, "Emil", number)
    assert await gathered(poll, ANSWERS) is None


async def test_an_answer_that_is_overdue_goes_on_being_asked_for(poll: Poll) -> None:
    await answered(poll)
    poll.clock.move(days=20)
    facts = await gathered(poll, ANSWERS)
    assert facts.due[0].due_on == date(2026, 11, 30)


async def test_a_department_that_goes_quiet_is_named_with_the_question_why(poll: Poll) -> None:
    number = await answered(poll)

    def earlier(work: Work) -> None:
        """Two pulses before it, in which more and more of Finance answered."""
        one = pulses.by_id(work, number)
        assert one is not None
        tree = pulses.tree(work, number)
        rows = work.connection.execute(
            sa.select(release_table).where(release_table.c.pulse_id == number)
        ).all()
        finance = {row.node for row in rows} - {"others:0"}
        for weeks in (1, 2):
            before = one.spec.model_copy(
                update={
                    "opens_on": one.spec.opens_on - timedelta(weeks=weeks),
                    "closes_on": one.spec.closes_on - timedelta(weeks=weeks),
                }
            )
            other = pulses.schedule(work, one.plan_id, 100 + weeks, before)
            pulses.set_status(work, other, Status.RELEASED, tree=tree)
            work.connection.execute(
                sa.insert(release_table), [dict(row._mapping) | {"pulse_id": other} for row in rows]
            )
        work.connection.execute(
            sa.update(release_table)
            .where(release_table.c.pulse_id == number, release_table.c.node.in_(finance))
            .values(n=5, favourable_low=0, favourable_high=2, unfavourable_low=3, unfavourable_high=5)
        )

    await poll.store.write(earlier)
    facts = await gathered(poll, QUIET)
    assert [one.name for one in facts.departments] == ["Finance"]
    said = shown(*QUIET.show(facts))
    assert "Finance. Fewer people answer here than before" in said
    assert QUIET.clause(facts) == "1 department has gone quiet"
    assert "Ask in Finance why" in QUIET.to_do(facts, Audience.HR)[0]
    assert QUIET.to_do(facts, Audience.AI) == ()
    page = card_of(await poll.say("Hana", "pulse results"))
    assert "Finance has gone quiet." in words(page)
    assert any(isinstance(one, Chart) and one.kind == "line" for one in page.elements)


async def test_the_brief_of_an_initiative_says_what_its_last_pulse_said_and_what_to_decide(
    poll: Poll,
) -> None:
    claims, other = poll.company.initiative["claims"], poll.company.initiative["complaints"]
    number = await answered(poll, initiative_id=claims, tool="Claims triage")
    since = date(2026, 11, 1)
    said = await poll.store.read(lambda work: BRIEF.reported(work, claims, since))
    assert said[0].startswith("First pulse, until 24 November 2026: between ")
    assert "A trust gap" in said[0]
    assert not any("Finance" in one for one in said)
    assert any(one.startswith("Understanding: between 83 and 100 of 100 favourable") for one in said)
    (wanted,) = await poll.store.read(lambda work: BRIEF.wanted(work, claims))
    assert "what happens next, due on Monday 30 November. For HR: Say with the head" in wanted
    assert await poll.store.read(lambda work: BRIEF.reported(work, other, since)) == ()
    assert await poll.store.read(lambda work: BRIEF.wanted(work, other)) == ()
    await write(poll, "Hana", number)
    await agree(poll, "Emil", number)
    assert await poll.store.read(lambda work: BRIEF.wanted(work, claims)) == ()
    brief = words(card_of(await poll.say("Hana", "tandem brief")))
    assert "Understanding: between 83 and 100 of 100 favourable" in brief


async def test_the_digest_in_chat_has_both_sections_on_both_platforms(poll: Poll) -> None:
    await answered(poll)
    poll.clock.move(days=5)
    card = card_of(await poll.say("Hana", "tandem digest"))
    assert "1 pulse closed" in words(card) and "Say with the AI function what happens next" in words(card)
    for said in (str(slack.messages(card)), str(teams.pages(card, "nonce"))):
        assert "as going against their own interests" in said

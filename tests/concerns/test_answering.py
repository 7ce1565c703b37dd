"""Answering a concern: what its reporter gets, how soon, and what happens where nobody does."""

import pytest

from domain.concerns import Gap, Severity, State
from domain.people import Platform
from handlers.cards import Card, Text
from storage import concerns, organisation
from storage.store import Work
from tests.chat import buttons_of, card_of, words
from tests.concerns.conftest import WHAT, Forum
from tests.concerns.handled import (
    action,
    answered,
    closed,
    errors,
    filled,
    handed,
    named,
    now,
    pressed,
    shown,
)
from tests.conftest import MovedClock

BOTH = pytest.mark.parametrize("platform", ["slack", "teams"])


@BOTH
async def test_with_a_name_the_answer_comes_in_ones_own_chat(forum: Forum, platform: Platform) -> None:
    one = await named(forum)
    await forum.sent()
    await answered(forum, "Bo", one, "Which of the two claims was it?", "asked")
    own = [card for who, card in await forum.sent() if who == "Ada"]
    assert len(own) == 1
    assert "They ask you (week 47)\nWhich of the two claims was it?" in words(own[0])
    assert "Bo" not in words(own[0])
    await forum.submit(
        "Ada",
        await forum.press("Ada", next(b for b in buttons_of(own[0]) if b.label == "Write"), platform),
        {"words": "The one of Monday."},
        platform,
    )
    assert "Ada Fern writes (week 47)\nThe one of Monday." in words(await shown(forum, "Bo", one))


async def test_without_a_name_no_row_leaves_for_the_reporter_and_the_code_opens_the_answer(
    forum: Forum,
) -> None:
    one, code = await handed(forum)
    await forum.sent()
    await answered(forum, "Bo", one, "We lowered the limit.")
    assert {who for who, _ in await forum.sent()} == {"Bo", "Emil", "Hana"}

    def unit(work: Work) -> list[str]:
        return [message.text for message in concerns.inbox(work, code.replace("-", ""))]

    assert await forum.store.read(unit) == ["We lowered the limit."]


@pytest.mark.parametrize("kind", ["asked", "answered"])
async def test_the_first_of_either_counts_as_the_first_answer_and_takes_what_nobody_has(
    forum: Forum, clock: MovedClock, kind: str
) -> None:
    one = await named(forum)
    clock.move(hours=2)
    await answered(forum, "Bo", one, "We look into it.", kind)
    first = await now(forum, one)
    assert first.first_answer_at == clock.now
    assert (first.state, first.owner_id) == (State.TAKEN, forum.company.person["Bo"])
    clock.move(hours=2)
    await answered(forum, "Hana", one, "And there is more.")
    later = await now(forum, one)
    assert (later.first_answer_at, later.owner_id) == (first.first_answer_at, first.owner_id)


async def test_a_card_that_comes_for_a_word_of_the_reporter_says_so_first_until_it_is_answered(
    forum: Forum,
) -> None:
    one = await named(forum)
    await answered(forum, "Bo", one, "Which of the two claims was it?", "asked")
    await forum.sent()

    async def say(button: str, text: str) -> None:
        await forum.submit("Ada", await forum.press("Ada", action(button, one)), {"words": text})

    async def came(who: str = "Bo") -> list[Card]:
        return [card for name, card in await forum.sent() if name == who]

    await say("concern.mine.reply", "The one of Monday.")
    *_, card = await came()
    assert card.summary == "C-1 · Claims triage: the reporter wrote."
    assert words(card).splitlines()[:3] == [
        "C-1 · Claims triage",
        "The reporter wrote:",
        "The one of Monday.",
    ]
    assert words(card).count("The one of Monday.") == 1
    await filled(forum, "Hana", one, "Note", text="I ask the vendor.")
    assert any("The reporter wrote:" in words(card) for card in await came())
    await answered(forum, "Bo", one, "It is known.")
    cards = await came()
    assert cards and not any("The reporter wrote:" in words(card) for card in cards)
    assert all("Ada Fern writes (week 47)\nThe one of Monday." in words(card) for card in cards)
    await closed(forum, "Bo", one)
    await forum.sent()
    await say("concern.mine.not_settled", "It happened again.")
    *_, card = await came("Cleo")
    assert words(card).splitlines()[1:4] == [
        "The reporter says that it is not settled:",
        "It happened again.",
        "Usual · not settled · with Bo Lindqvist · with both sponsors",
    ]
    kept = str([tuple(row) for row in await forum.rows("outbox")])
    assert "It happened again." not in kept
    assert "word" in kept


async def test_too_long_or_empty_words_come_back_with_what_was_typed(forum: Forum) -> None:
    one = await named(forum)
    long = "a" * 2001
    reply = await answered(forum, "Bo", one, long)
    assert "2,001 characters" in errors(reply)["text"]
    assert "Please write" in errors(await answered(forum, "Bo", one, "  \u202e "))["text"]
    assert "choose one" in errors(await answered(forum, "Bo", one, "Yes.", "nonsense"))["kind"]
    assert (await now(forum, one)).first_answer_at is None


async def test_notes_are_among_those_who_handle_it(forum: Forum) -> None:
    one, code = await handed(forum)
    await filled(forum, "Bo", one, "Note", text="Ask the vendor first.")
    assert "Bo Lindqvist, among you (Thursday 19 November, 13:00)\nAsk the vendor first." in words(
        await shown(forum, "Hana", one)
    )
    assert await forum.store.read(lambda work: concerns.inbox(work, code.replace("-", ""))) == []
    mine = await named(forum, "Dara")
    await filled(forum, "Bo", mine, "Note", text="Ask the vendor first.")
    assert "vendor" not in words(card_of(await forum.say("Dara", f"concern mine C-{mine.number}")))
    assert (await now(forum, mine)).first_answer_at is None


async def test_a_long_thread_shows_its_newest_and_all_of_it_when_asked(forum: Forum) -> None:
    one = await named(forum)
    for number in range(6):
        await answered(forum, "Bo", one, f"number {number} " + "word " * 250)
    card = words(await shown(forum, "Bo", one))
    assert "number 5" in card
    assert "number 1" not in card
    assert "earlier messages are under /concern thread C-1" in card
    on_teams = words(card_of(await forum.say("Bo", "concern show C-1", "teams")))
    assert "earlier messages are under concern thread C-1" in on_teams
    whole = words(card_of(await forum.say("Bo", "concern thread C-1")))
    assert all(f"number {number}" in whole for number in range(6))


# ----------------------------------------------------------------------------------------------------- severity and gap


async def test_a_severity_with_its_reason_moves_when_the_first_answer_is_due(forum: Forum) -> None:
    one = await named(forum)
    assert one.handed_at is not None
    assert "why" in errors(await filled(forum, "Bo", one, "Severity and gap", severity="serious"))["reason"]
    await filled(
        forum, "Bo", one, "Severity and gap", severity="serious", gap="trust", reason="Customers are hurt."
    )
    after = await now(forum, one)
    assert (after.severity, after.gap) == (Severity.SERIOUS, Gap.TRUST)
    assert after.due_at is not None
    assert (after.due_at - one.handed_at).total_seconds() == 24 * 3600
    said = words(await shown(forum, "Hana", one))
    assert "Serious. Where the answer lies: the organisation around it. Customers are hurt." in said
    same = await filled(forum, "Bo", one, "Severity and gap", reason="Nothing new.")
    assert "nothing was changed" in words(card_of(same))


async def test_an_organisation_sets_how_soon_a_first_answer_is_due(forum: Forum) -> None:
    await forum.store.write(
        lambda work: organisation.put(work, "concern.levels", {"serious_hours": 4, "usual_days": "x"}, None)
    )
    serious = await named(forum, severity="serious")
    assert serious.due_at is not None and serious.handed_at is not None
    assert (serious.due_at - serious.handed_at).total_seconds() == 4 * 3600
    usual = await named(forum, "Dara")
    assert usual.due_at is not None
    assert usual.due_at.date().isoformat() == "2026-11-25"


# ---------------------------------------------------------------------------------------------------------- escalation


async def test_a_missed_time_is_escalated_once_to_both_sponsors_who_then_see_and_decide(
    forum: Forum, clock: MovedClock
) -> None:
    one = await named(forum, severity="serious")
    await forum.sent()
    clock.move(hours=23)
    await forum.tick()
    assert (await now(forum, one)).escalated_at is None
    clock.move(hours=2)
    for _ in range(2):
        await forum.tick()
    assert (await now(forum, one)).escalated_at == clock.now
    sent = await forum.sent()
    told = [(who, words(card)) for who, card in sent if "had no answer by" in words(card)]
    assert sorted(who for who, _ in told) == ["Bo", "Emil", "Hana"]
    assert "C-1 about Claims triage had no answer by Thursday 19 November, 13:00" in told[0][1]
    assert WHAT not in told[0][1]
    card = await shown(forum, "Cleo", one)
    assert "Serious · new · nobody has it · overdue since Thursday 19 November, with both sponsors" in words(
        card
    )
    bold = [
        run.text
        for each in card.elements
        if isinstance(each, Text)
        for run in each.runs
        if run.style == "strong"
    ]
    assert "overdue since Thursday 19 November" in bold
    await pressed(forum, "Cleo", one, "Take it")
    assert (await now(forum, one)).owner_id == forum.company.person["Cleo"]
    clock.move(days=3)
    await forum.tick()
    assert not [who for who, card in await forum.sent() if "had no answer by" in words(card)]


async def test_an_answer_in_time_is_not_escalated(forum: Forum, clock: MovedClock) -> None:
    one = await named(forum, severity="serious")
    await answered(forum, "Bo", one, "We look into it.")
    clock.move(days=9)
    await forum.tick()
    assert (await now(forum, one)).escalated_at is None


async def test_about_no_deployment_those_who_handle_it_are_told_that_it_is_late(
    forum: Forum, clock: MovedClock
) -> None:
    one = await named(forum, initiative=None, severity="serious")
    await forum.sent()
    clock.move(hours=25)
    await forum.tick()
    told = [who for who, card in await forum.sent() if "stays with you" in words(card)]
    assert sorted(told) == ["Emil", "Hana"]
    assert (await now(forum, one)).escalated_at is not None


async def test_the_owner_is_reminded_on_the_working_day_before(forum: Forum, clock: MovedClock) -> None:
    one = await named(forum)  # on a Wednesday: due on the next Wednesday at 17:30
    await pressed(forum, "Bo", one, "Take it")
    await forum.sent()
    reminded: list[tuple[int, str]] = []
    for day in range(1, 9):
        clock.move(days=1)
        await forum.tick()
        reminded += [
            (day, who) for who, card in await forum.sent() if "should have a first answer" in words(card)
        ]
    assert reminded == [(6, "Bo")]

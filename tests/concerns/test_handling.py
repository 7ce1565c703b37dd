"""Handling a concern: who sees what, who owns it, what its reporter gets, and what is left behind."""

import json

import pytest
import sqlalchemy as sa

from domain.concerns import Gap, Kind, Severity, State
from domain.people import Platform
from handlers.cards import Buttons
from handlers.slack import render as slack
from handlers.teams import render as teams
from storage import concerns, initiatives, organisation, publications
from storage.concerns import concern
from storage.people import person
from storage.store import Work
from storage.vault import VaultProblem
from tests.chat import buttons_of, card_of, labels, words
from tests.company import user_id
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

CANARY = "zebrafinch"
BOTH = pytest.mark.parametrize("platform", ["slack", "teams"])


async def everywhere(forum: Forum) -> str:
    """All that is stored, as a thief of the database reads it."""

    def unit(work: Work) -> str:
        tables = sa.inspect(work.connection).get_table_names()
        rows = [
            str(row)
            for table in tables
            for row in work.connection.execute(sa.text(f'SELECT * FROM "{table}"'))
        ]
        return "\n".join(rows)

    return await forum.store.read(unit)


# --------------------------------------------------------------------------------------------------------- who sees it


async def test_the_product_owner_the_ai_function_and_hr_get_its_card_and_nobody_else_does(
    forum: Forum,
) -> None:
    one = await named(forum)
    cards = {who: card for who, card in await forum.sent() if card.summary.startswith("C-")}
    assert set(cards) == {"Bo", "Emil", "Hana"}
    assert all(WHAT in words(card) for card in cards.values())
    for who in ("Cleo", "Dara", "Ines"):
        said = words(card_of(await forum.say(who, f"concern show C-{one.number}")))
        assert WHAT not in said
        assert "Only its product owner" in said


@BOTH
async def test_a_card_says_what_is_known_with_a_week_and_six_buttons(
    forum: Forum, platform: Platform
) -> None:
    one, _ = await handed(forum, cause="trust", when="Twice last week", severity="serious")
    card = card_of(await forum.say("Bo", f"concern show {one.number}", platform))
    said = words(card)
    for expected in (
        "C-1 · Claims triage",
        "State: New",
        "Owner: nobody",
        "From: somebody without a name",
        "Raised: week 47 of 2026",
        "Severity: Serious",
        "In their view: I cannot rely on it here",
        "First answer due: Friday 20 November, 13:00",
        f"What happened\n{WHAT}",
        "When, and how often\nTwice last week",
    ):
        assert expected in said
    assert labels(card) == ["Take it", "Ask or answer", "Note", "Severity and gap", "Merge or link", "Close"]


async def test_a_handler_who_raised_one_with_their_name_does_not_handle_it(forum: Forum) -> None:
    one = await named(forum, "Bo")
    assert {who for who, card in await forum.sent() if "State:" in words(card)} == {"Emil", "Hana"}
    for reply in (
        await forum.say("Bo", f"concern show C-{one.number}"),
        await forum.press("Bo", action("concern.take", one)),
    ):
        assert "You raised this one yourself" in words(card_of(reply))
    assert (await now(forum, one)).owner_id is None
    assert "There are none." in words(card_of(await forum.say("Bo", "concern list")))
    await pressed(forum, "Hana", one, "Take it")
    refused = await filled(forum, "Hana", one, "Hand it on", to=user_id("slack", "Bo"))
    assert "Bo Lindqvist does not handle this one" in errors(refused)["to"]


async def test_about_no_deployment_only_hr_and_the_ai_function_handle_it(forum: Forum) -> None:
    one = await named(forum, initiative=None)
    assert {who for who, card in await forum.sent() if "State:" in words(card)} == {"Emil", "Hana"}
    assert "Only its product owner" in words(card_of(await forum.say("Bo", f"concern show C-{one.number}")))
    await answered(forum, "Hana", one, "Which tool was it?", "asked")
    assert (await now(forum, one)).first_answer_at is not None


async def test_a_press_is_asked_for_its_right_again(forum: Forum) -> None:
    one = await named(forum)

    def unit(work: Work) -> None:
        work.connection.execute(sa.update(person).where(person.c.name == "Hana Reed").values(roles=""))

    card = await shown(forum, "Hana", one)
    await forum.store.write(unit)
    for button in buttons_of(card):
        assert "Only its product owner" in words(card_of(await forum.press("Hana", button)))
    await forum.store.write(lambda work: concerns.change(work, one.case_id, gap=None))
    live = await forum.store.read(
        lambda work: forum.views["concern"](work, {"number": "1"}, forum.company.person["Hana"], "slack")
    )
    assert live is not None
    assert WHAT not in words(live)
    assert not [element for element in live.elements if isinstance(element, Buttons)]


async def test_where_others_read_along_its_card_comes_in_ones_own_chat(forum: Forum) -> None:
    one = await named(forum)
    await forum.sent()
    for line in (f"concern show C-{one.number}", f"concern thread C-{one.number}"):
        reply = await forum.say("Bo", line, "teams", private=False, conversation="19:team")
        assert WHAT not in words(card_of(reply))
    assert [who for who, card in await forum.sent() if WHAT in words(card)] == ["Bo", "Bo"]


# -------------------------------------------------------------------------------------------------------------- owning


async def test_taken_by_one_the_others_see_it_in_the_same_card(forum: Forum) -> None:
    one = await named(forum)
    await forum.sent()
    await pressed(forum, "Bo", one, "Take it")
    cards = {who: card for who, card in await forum.sent() if "State:" in words(card)}
    assert set(cards) == {"Bo", "Emil", "Hana"}
    assert all("Owner: Bo Lindqvist" in words(card) for card in cards.values())
    assert "Hand it on" in labels(cards["Bo"])
    assert "Take it over" in labels(cards["Hana"])
    assert (await now(forum, one)).state is State.TAKEN


async def test_two_who_take_it_at_once_are_both_answered_and_the_second_owns_it(forum: Forum) -> None:
    one = await named(forum)
    for who in ("Bo", "Hana"):
        assert "is yours" in words(card_of(await forum.press(who, action("concern.take", one))))
    assert (await now(forum, one)).owner_id == forum.company.person["Hana"]


async def test_handed_on_to_another_handler_who_gets_its_card_and_to_nobody_else(forum: Forum) -> None:
    one = await named(forum)
    await pressed(forum, "Bo", one, "Take it")
    await forum.sent()
    refused = await filled(forum, "Bo", one, "Hand it on", to=user_id("slack", "Dara"))
    assert "Dara Quill does not handle this one" in errors(refused)["to"]
    await filled(forum, "Bo", one, "Hand it on", to=user_id("slack", "Hana"))
    assert (await now(forum, one)).owner_id == forum.company.person["Hana"]
    assert "Hana" in [who for who, card in await forum.sent() if "Owner: Hana Reed" in words(card)]


async def test_whoever_left_or_lost_the_role_owns_it_no_more(forum: Forum) -> None:
    one = await named(forum)
    for name, change in (("Hana", {"active": False}), ("Emil", {"roles": ""})):
        await forum.press(name, action("concern.take", one))

        def unit(work: Work, name: str = name, change: dict[str, object] = change) -> None:
            work.connection.execute(
                sa.update(person).where(person.c.id == forum.company.person[name]).values(**change)
            )

        await forum.store.write(unit)
        card = await shown(forum, "Bo", one)
        assert "Owner: nobody" in words(card)
        assert "Take it" in labels(card)


async def test_a_button_of_an_older_card_leads_to_the_present_one(forum: Forum) -> None:
    one = await named(forum)
    await closed(forum, "Bo", one)
    for name in ("take", "hand", "sort", "merge", "close"):
        reply = card_of(await forum.press("Hana", action(f"concern.{name}", one)))
        assert "is past that by now: answered" in words(reply)
        assert labels(reply) == ["See it as it is now"]
    assert "State: Answered" in words(card_of(await forum.press("Hana", next(buttons_of(reply)))))


async def test_a_number_that_nobody_has_or_that_is_none_is_refused_kindly(forum: Forum) -> None:
    for text in ("C-99", "zebra", "999999999", "-1", "²"):
        said = words(card_of(await forum.say("Bo", f"concern show {text}")))
        assert "I know no such concern" in said


# ------------------------------------------------------------------------------------------------- asking and answering


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
    assert "earlier messages are under concern thread C-1" in card
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
    assert "State: New, without an answer in time, with both sponsors" in words(
        await shown(forum, "Cleo", one)
    )
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


# ------------------------------------------------------------------------------------------------------- what is around


async def test_what_solved_the_like_before_is_offered_in_published_words_alone(forum: Forum) -> None:
    first = await named(forum, what="Correct claims were flagged as fraud, and customers were called.")
    await closed(forum, "Bo", first, "The fraud limit was lowered in secret.")

    def publish(work: Work) -> None:
        for observed in ("Correct claims were flagged as fraud.", "The canteen ran out of lentils."):
            publications.publish(
                work,
                number=first.number or 0,
                initiative_id=first.initiative_id,
                outcome=(concerns.by_case(work, first.case_id) or first).outcome,  # type: ignore[arg-type]
                observed=observed,
                text="Fewer false alarms since.",
                from_day=None,
                by=forum.company.person["Bo"],
            )

    await forum.store.write(publish)
    second = await named(forum, "Dara")
    said = words(await shown(forum, "Bo", second))
    assert "What came of the like before" in said
    assert "C-1, 18 November 2026: Correct claims were flagged as fraud." in said
    assert "lentils" not in said
    assert "in secret" not in said
    assert "customers were called" not in said


async def test_one_about_an_archived_initiative_is_still_answered(forum: Forum) -> None:
    one, code = await handed(forum)
    await forum.store.write(lambda work: initiatives.archive(work, forum.company.initiative["claims"]))
    await answered(forum, "Bo", one, "The tool is switched off now.")
    await closed(forum, "Bo", one)
    texts = await forum.store.read(lambda work: concerns.inbox(work, code.replace("-", "")))
    assert [message.kind for message in texts] == [Kind.ANSWERED, Kind.OUTCOME]


async def test_nothing_that_was_written_is_in_any_table(forum: Forum) -> None:
    one, _ = await handed(forum, what=f"The claims triage lost the {CANARY} file last week.")
    other = await named(forum, "Dara", f"The claims triage lost the {CANARY} file twice last week.")
    for each in (one, other):
        await pressed(forum, "Bo", each, "Take it")
        await answered(forum, "Bo", each, f"The {CANARY} file is back.")
        await answered(forum, "Bo", each, f"{CANARY} " * 400)  # too long
        await filled(forum, "Bo", each, "Note", text=f"The {CANARY} file was in a drawer.")
        await filled(forum, "Bo", each, "Severity and gap", severity="serious", reason=f"All {CANARY} files.")
        await forum.say("Bo", f"concern show C-{each.number}", "teams", private=False, conversation="19:team")
        await forum.say("Bo", "concern list")
        await closed(forum, "Bo", each, f"The {CANARY} file is found.")
        await forum.sent()
    stored = await everywhere(forum)
    assert CANARY not in stored
    assert "is yours" in stored  # what is answered is kept: the search above looks at the right place


async def test_of_an_anonymous_one_nothing_is_in_the_audit_log(forum: Forum) -> None:
    one, _ = await handed(forum)
    await pressed(forum, "Bo", one, "Take it")
    await answered(forum, "Bo", one, "It is known.")
    await forum.press("Dara", action("concern.take", one))
    await closed(forum, "Bo", one)
    assert not [row for row in await forum.rows("audit") if "concern" in str(row)]


async def test_a_text_that_looks_like_markup_or_a_formula_is_kept_as_it_was_typed(forum: Forum) -> None:
    odd = "=SUM(A1) <!channel> <@U-HANA> *bold* [link](https://example.com) flagged a claim last week."
    one = await named(forum, what=odd)
    await answered(forum, "Bo", one, odd)
    assert words(await shown(forum, "Bo", one)).count(odd) == 2


async def test_a_key_that_is_gone_leaves_the_card_without_text(forum: Forum) -> None:
    one = await named(forum)
    await forum.store.write(
        lambda work: (
            work.connection.execute(
                sa.update(concern).where(concern.c.case_id == one.case_id).values(body=b"x" * 100)
            ).rowcount
        )
    )
    assert "cannot be opened just now" in words(await shown(forum, "Bo", one))


async def test_of_a_product_owner_who_left_the_others_are_told(forum: Forum) -> None:
    one = await named(forum)
    await forum.press("Bo", action("concern.take", one))
    await forum.store.write(
        lambda work: (
            work.connection.execute(
                sa.update(person).where(person.c.id == forum.company.person["Bo"]).values(active=False)
            ).rowcount
        )
    )
    await forum.sent()
    opened = await forum.press("Ada", action("concern.mine.reply", one))
    await forum.submit("Ada", opened, {"words": "It happened once more."})
    told = {who for who, card in await forum.sent() if "It happened once more." in words(card)}
    assert {"Emil", "Hana"} <= told


async def test_words_that_cannot_be_locked_are_not_kept_and_it_says_so(
    forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await named(forum)

    def broken(*whatever: object, **more: object) -> None:
        raise VaultProblem("it is away")

    monkeypatch.setattr(concerns, "write", broken)
    reply = await answered(forum, "Bo", one, "We look into it.")
    assert "cannot be locked away just now" in str(errors(reply))
    after = await now(forum, one)
    assert (after.state, after.first_answer_at) == (State.NEW, None)


async def test_the_longest_card_has_its_buttons_in_its_first_message_on_both_platforms(forum: Forum) -> None:
    long = {
        name: f"{name} last week " + "word & " * 65 for name in ("when", "led_to", "was_told", "would_settle")
    }
    one = await named(forum, what="It flagged a claim last week. " + "word & " * 200, **long)
    await answered(forum, "Bo", one, "answer & " * 200)
    await filled(forum, "Bo", one, "Note", text="note & " * 280)
    card = await shown(forum, "Bo", one)
    for pages in (slack.messages(card), teams.pages(card, "nonce")):
        assert "concern.close" in json.dumps(pages[0])
        everything = json.dumps(pages)
        for name in long:
            assert f"{name} last week" in everything
        assert everything.count("note &") == 280

"""Drafting a pulse in chat: what the draft shows, what it comes to, and what is told at a field."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from domain.pulses import PlanState, Rhythm
from handlers.cards import Button
from handlers.conversation import FieldErrors, Open, Say
from handlers.slack import render as slack
from handlers.teams import limits
from handlers.teams import render as teams
from storage import pulses
from storage.audit import audit
from storage.sealing import trustee_key
from tests.chat import button, card_of, labels, words
from tests.pulses.conftest import Poll
from tests.pulses.plans import (
    approved,
    changed,
    department,
    drafted,
    errors,
    filled,
    latest,
    send,
    show,
    the_plan,
)

# ------------------------------------------------------------------------------------------------------------ the draft


async def test_hr_in_a_hurry_sends_the_form_as_it_opens(poll: Poll) -> None:
    opened = await poll.say("Hana", "pulse new")
    assert isinstance(opened, Open)
    assert len(list(opened.form.inputs())) == 6
    shown = words(await drafted(poll))
    assert "Thursday 19 November to Wednesday 25 November, 7 days" in shown
    assert "I can say what the AI tools we use should make easier in my own work." in shown
    assert "everyone, 41 people" in shown
    kept = await the_plan(poll)
    assert (kept.state, kept.plan.spec.k, kept.plan.spec.m) == (PlanState.DRAFT, 5, 2)
    assert kept.plan.spec.zone == "Europe/Berlin"


async def test_nobody_else_plans_and_nothing_is_kept(poll: Poll) -> None:
    shown = await drafted(poll)
    for who in ("Ada", "Ines"):
        for line in ("pulse new", "pulse plans"):
            assert "planned by HR and the AI function" in words(card_of(await poll.say(who, line)))
        for label in labels(shown):
            reply = await poll.press(who, button(shown, label))
            assert words(card_of(reply)) == "Pulses are planned by HR and the AI function together."
    opened = await poll.say("Hana", "pulse new")
    assert "planned by HR" in words(card_of(await send(poll, "Ada", opened)))
    assert (await the_plan(poll)).approvals == (None, None)
    rows = await poll.store.read(
        lambda work: work.connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one()
    )
    await approved(poll)
    after = await poll.store.read(
        lambda work: work.connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one()
    )
    assert rows == after


async def test_the_initiative_names_the_tool_and_its_department_is_asked(poll: Poll) -> None:
    number = str(poll.company.initiative["claims"])
    shown = words(await drafted(poll, initiative=number, audience="initiative", what="after"))
    assert "Operations, 24 people" in shown
    assert "After go-live: Claims triage" in shown
    assert "How confident are you in the results of Claims triage when a case is unusual?" in shown
    assert (await the_plan(poll)).plan.spec.tool == "Claims triage"


async def test_chosen_departments_are_asked_and_only_they_can_be_read(poll: Poll) -> None:
    finance = await department(poll, "Finance")
    shown = words(await drafted(poll, audience="departments", departments=(finance,), what="after"))
    assert "Finance, 14 people" in shown
    assert "Operations" not in shown


async def test_the_draft_names_the_groups_that_could_be_read(poll: Poll) -> None:
    """Claims has 14 people, Complaints 9, Receivables 9, Payables 3, Audit 2; one sits directly in Operations, and
    three in functions of their own, who are counted with the smallest group."""
    shown = words(await drafted(poll, what="after"))
    assert "• 50%: 3 groups: Finance; Operations/Claims; Other teams, across departments" in shown
    assert "• 90%: 3 groups: Finance/Receivables; Operations/Claims; Other teams, across departments" in shown
    assert "sensitive" not in shown


async def test_a_sensitive_question_makes_all_groups_larger_and_the_draft_says_so(poll: Poll) -> None:
    shown = words(await drafted(poll))
    assert (
        "Question 3 is sensitive, so groups have at least 10 answers here, and not 5: for all questions of this pulse."
    ) in shown
    assert "Groups of at least: 10 answers" in shown
    assert "• 50%: Everyone, as one group" in shown


async def test_what_people_are_promised_is_shown_from_the_draft(poll: Poll) -> None:
    shown = await drafted(poll)
    reply = await poll.press("Hana", button(shown, "What people are promised"), "teams")
    assert "Microsoft Teams and the bot see what you click" in words(card_of(reply))
    assert "groups of at least 10 answers" in words(card_of(reply))


@pytest.mark.parametrize("state", ["draft", "half", "late", "approved"])
async def test_no_card_has_more_than_six_buttons_and_both_platforms_take_it(poll: Poll, state: str) -> None:
    shown = await drafted(poll)
    if state in ("half", "approved"):
        await poll.press("Hana", button(shown, "Approve"))
        shown = await latest(poll, "Emil")
    if state == "approved":
        shown = card_of(await poll.press("Emil", button(shown, "Approve")))
    if state == "late":
        poll.clock.move(days=3)
        shown = card_of(await poll.press("Hana", button(shown, "Approve")))
    assert 1 <= len(labels(shown)) <= 6
    assert slack.card_modal(shown)["blocks"]
    for page in teams.pages(shown, "n"):
        assert limits.problems(page) == []


async def test_both_platforms_take_every_form(poll: Poll) -> None:
    shown = await drafted(poll)
    for label in ("Change", "Other questions", "Details"):
        opened = await poll.press("Hana", button(shown, label))
        assert isinstance(opened, Open) and opened.beside
        assert len(slack.modal(opened.form)["blocks"]) == len(opened.form.elements)
        assert limits.problems(teams.form(opened.form, "n")) == []


async def test_the_draft_is_the_same_whoever_wants_no_pulses(poll: Poll) -> None:
    before = await drafted(poll, what="after")
    for number in range(1, 11):
        await poll.press(f"Claims{number}", Button(label="", action="pulse.off"))
    number = (await the_plan(poll)).id
    assert card_of(await poll.press("Hana", show(number))) == before


# ----------------------------------------------------------------------------------------------- questions of one's own


async def test_questions_are_chosen_in_a_second_step(poll: Poll) -> None:
    second = await send(poll, "Hana", await poll.say("Hana", "pulse new"), what="others", closes="2026-11-20")
    assert isinstance(second, Open)
    assert "choose a question" in (await errors(poll, "Hana", second))["bank"]
    keys = ("trust.exceptions", "help.whom", "use.around", "role.fits")
    assert "4 questions" in (await errors(poll, "Hana", second, bank=keys))["bank"]
    reply = await send(poll, "Hana", second, bank=keys[:2])
    assert isinstance(reply, Say)
    spec = (await the_plan(poll)).plan.spec
    assert tuple(one.key for one in spec.questions) == keys[:2]
    assert spec.closes_on == date(2026, 11, 20)
    assert spec.title == "Trust in the results and Someone to ask"


async def test_doubts_about_an_own_question_are_shown_and_it_is_kept_all_the_same(poll: Poll) -> None:
    second = await send(poll, "Hana", await poll.say("Hana", "pulse new"), what="others")
    leading = "Surely {tool} saves Cleo time and effort."
    assert "what your question is about" in (await errors(poll, "Hana", second, own=leading))["driver"]
    await send(poll, "Hana", second, own=leading, driver="time")
    card = await latest(poll, "Hana")
    shown = words(card)
    assert "About your own wording" in shown and "leans towards one answer" in shown
    assert "points at one person" in shown
    assert "Surely the AI tools we use saves Cleo time and effort." in shown
    assert "Good news is “Strongly agree”" in shown
    assert "Change the wording" in labels(card)
    opened = await poll.press("Hana", button(card, "Change the wording"))
    assert isinstance(opened, Open)
    assert filled(opened.form)["own"] == leading
    after = card_of(await send(poll, "Hana", opened, own="{tool} saves me time."))
    assert "About your own wording" not in words(after)
    assert (await the_plan(poll)).plan.spec.questions[0].text == "{tool} saves me time."


async def test_an_own_question_that_is_too_long_or_too_short_is_told_at_its_field(poll: Poll) -> None:
    second = await send(poll, "Hana", await poll.say("Hana", "pulse new"), what="others")
    assert (
        "keep a question to 150" in (await errors(poll, "Hana", second, own="why " * 60, driver="use"))["own"]
    )
    assert "whole sentence" in (await errors(poll, "Hana", second, own="Why?", driver="use"))["own"]


async def test_a_change_keeps_own_questions_and_a_name_that_somebody_gave(poll: Poll) -> None:
    second = await send(poll, "Hana", await poll.say("Hana", "pulse new"), what="others")
    await send(poll, "Hana", second, own="{tool} saves me time.", driver="time")
    card = await changed(poll, "Hana", await latest(poll, "Hana"), "Details", title="Autumn")
    after = await changed(poll, "Hana", card, "Change", closes="2026-11-27")
    assert "Autumn" in words(after) and "27 November" in words(after)
    assert (await the_plan(poll)).plan.spec.questions[0].key.startswith("own.")
    last = await changed(poll, "Hana", after, "Change", what="after")
    assert "Autumn" in words(last)
    assert (await the_plan(poll)).plan.spec.questions[0].key == "trust.exceptions"


# ------------------------------------------------------------------------------------------------- what is not possible


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"opens": "2026-11-17"}, "opens", "That day is over"),
        ({"opens": "2028-11-20", "closes": "2028-11-21"}, "opens", "more than a year"),
        ({"closes": "2026-11-18"}, "closes", "before the first"),
        ({"closes": "2026-12-24"}, "closes", "36 days"),
        ({"opens": "2026-11-21", "closes": "2026-11-22"}, "closes", "whole working day"),
        ({"opens": "2026-11-18", "closes": "2026-11-18"}, "closes", "whole working day"),
        ({"opens": None}, "opens", "choose the first day"),
        ({"audience": "initiative"}, "initiative", "choose the initiative"),
        ({"audience": "departments"}, "departments", "choose the departments"),
        ({"audience": "departments", "departments": ("999",)}, "departments", "choose the departments"),
        ({"initiative": "99999999999999999999"}, "initiative", "no such initiative"),
        ({"what": "keep"}, "what", "what you want to know"),
        ({"audience": "everybody"}, "audience", "who is asked"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(
    poll: Poll, values: dict[str, Any], field: str, sentence: str
) -> None:
    opened = await poll.say("Hana", "pulse new")
    found = await errors(poll, "Hana", opened, **values)
    assert list(found) == [field]
    assert sentence in found[field]


async def test_departments_beside_everyone_are_asked_about_and_not_left_out(poll: Poll) -> None:
    opened = await poll.say("Hana", "pulse new")
    hr = (await department(poll, "People"),)
    found = await errors(poll, "Hana", opened, departments=hr)
    assert "clear them there" in found["audience"]
    found = await errors(poll, "Hana", opened, audience="departments", departments=hr)
    assert found == {
        "audience": "This asks 1 person, and groups have at least 10 answers, so nothing could ever be read. "
        "Please ask more people."
    }


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"k": "4"}, "k", "at least 5"),
        ({"k": "51"}, "k", "at most 50"),
        ({"k": "many"}, "k", "whole number"),
        ({"m": "1"}, "m", "this is 2"),
        ({"m": "3"}, "m", "With groups of 5"),
        ({"title": " "}, "title", "give it a name"),
        ({"title": "x" * 81}, "title", "81 characters"),
        ({"rhythm": "weekly", "gap": "0"}, "gap", "1 to 26 weeks"),
        ({"rhythm": "fortnightly", "gap": "3"}, "gap", "even number"),
        ({"rhythm": "weekly", "until": "2026-11-20"}, "until", "Thursday 26 November"),
        ({"rhythm": "weekly", "until": "2029-11-20"}, "until", "within a year"),
        ({"k": "50"}, "k", "This asks 41 people"),
        ({"rhythm": "weekly", "gap": "26"}, "rhythm", "each time"),
        ({"trustee": "the works council"}, "key", "paste the public key"),
        ({"trustee": "the works council", "key": "nonsense"}, "key", "no key file"),
        ({"key": "Tandem public key 1: x"}, "trustee", "who holds the other half"),
    ],
)
async def test_details_that_cannot_be_are_said_at_their_field(
    poll: Poll, values: dict[str, Any], field: str, sentence: str
) -> None:
    shown = await drafted(poll, what="after")
    opened = await poll.press("Hana", button(shown, "Details"))
    found = await errors(poll, "Hana", opened, **values)
    assert list(found) == [field], found
    assert sentence in found[field]


# ---------------------------------------------------------------------------------------------------------- the details


async def test_a_rotating_panel_is_told_in_numbers(poll: Poll) -> None:
    shown = await drafted(poll, what="after")
    after = words(await changed(poll, "Hana", shown, "Details", rhythm="weekly", until="2026-12-31"))
    assert "every week, 7 times, the last from Thursday 31 December" in after
    assert (
        "Each time another part is asked: about 10 of 41 people. Nobody is asked again within 4 weeks."
        in after
    )
    plan = (await the_plan(poll)).plan
    assert (plan.rhythm, plan.gap_weeks, plan.until) == (Rhythm.WEEKLY, 4, date(2026, 12, 31))
    after = words(
        await changed(poll, "Hana", shown, "Details", rhythm="fortnightly", gap="4", until="2026-12-31")
    )
    assert "about 20 of 41 people, which is about 10 a week" in after


async def test_a_pulse_open_for_longer_than_its_rhythm_is_refused(poll: Poll) -> None:
    shown = await drafted(poll, what="after", closes="2026-11-26")
    opened = await poll.press("Hana", button(shown, "Details"))
    assert "open for 8 days" in (await errors(poll, "Hana", opened, rhythm="weekly"))["rhythm"]
    after = await changed(poll, "Hana", shown, "Details", rhythm="fortnightly")
    opened = await poll.press("Hana", button(after, "Change"))
    assert (
        "would open before it closes" in (await errors(poll, "Hana", opened, closes="2026-12-05"))["closes"]
    )


async def test_a_third_party_opens_one_pulse_with_a_key_of_its_own(poll: Poll) -> None:
    private, public = trustee_key()
    shown = await drafted(poll)
    opened = await poll.press("Hana", button(shown, "Details"))
    reply = await send(poll, "Hana", opened, trustee="the works council", key=private)
    assert isinstance(reply, FieldErrors) and "must not come here" in reply.errors["key"]
    assert "private" not in reply.model_dump_json()
    after = await changed(poll, "Hana", shown, "Details", trustee="the works council", key=public)
    assert "Answers are opened by: the works council" in words(after)
    promised = card_of(await poll.press("Hana", button(after, "What people are promised")))
    assert "held by the works council" in words(promised)
    again = await poll.press("Hana", button(after, "Details"))
    assert "one pulse only" in (await errors(poll, "Hana", again, rhythm="weekly"))["rhythm"]
    assert "It is changed" in words(card_of(await send(poll, "Hana", again, comments="no")))
    assert (await the_plan(poll)).plan.spec.trustee_key is not None
    other = await drafted(poll)
    opened = await poll.press("Hana", button(other, "Details"))
    found = await errors(poll, "Hana", opened, trustee="the works council", key=public)
    assert "belongs to another pulse" in found["key"]


async def test_a_key_that_two_plans_got_at_once_is_approved_for_neither(poll: Poll) -> None:
    shown = await drafted(poll)
    await changed(poll, "Hana", shown, "Details", trustee="the works council", key=trustee_key()[1])
    kept = await the_plan(poll)
    other = await poll.store.write(lambda work: pulses.draft(work, kept.plan, kept.created_by_id))
    for number in (kept.id, other):
        card = card_of(await poll.press("Hana", show(number)))
        assert "a key of its own" in words(card_of(await poll.press("Hana", button(card, "Approve"))))
    await poll.press("Hana", button(card_of(await poll.press("Hana", show(other))), "Withdraw"))
    card = card_of(await poll.press("Hana", show(kept.id)))
    assert "Half approved" in words(card_of(await poll.press("Hana", button(card, "Approve"))))

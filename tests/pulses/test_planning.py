"""Planning a pulse in chat: what the draft shows, who approves it, and what a change or a late press comes to."""

import asyncio
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from domain.people import Platform
from domain.pulses import PlanState, Rhythm, Status
from handlers.capability import AnyReply
from handlers.cards import Button, Card, Form, MultiChoiceInput
from handlers.conversation import FieldErrors, Open, Say, Submission
from handlers.slack import render as slack
from handlers.teams import limits
from handlers.teams import render as teams
from storage import people, pulses
from storage.audit import audit
from storage.people import person
from storage.pulses import Kept
from storage.sealing import trustee_key
from storage.store import Work
from tests.chat import button, buttons_of, card_of, key, labels, words
from tests.pulses.conftest import Poll


def filled(form: Form) -> dict[str, Any]:
    """What a form shows, as it is sent in unchanged."""
    values: dict[str, Any] = {}
    for one in form.inputs():
        if isinstance(one, MultiChoiceInput):
            values[one.name] = one.values
        else:
            value = getattr(one, "value", None)
            values[one.name] = None if value is None else str(value)
    return values


async def send(
    poll: Poll, who: str, opened: AnyReply, platform: Platform = "slack", **values: Any
) -> AnyReply:
    """Send in a form as it was opened, with these inputs changed."""
    assert isinstance(opened, Open | FieldErrors), opened
    form = opened.form
    assert form is not None
    shown = filled(form)
    assert values.keys() <= shown.keys(), (values.keys(), shown.keys())
    return await poll.send(
        Submission(
            key=key(),
            origin=poll.origin(who, platform),
            form=form.name,
            values=shown | values,
            context=form.context,
        )
    )


async def drafted(poll: Poll, who: str = "Hana", **values: Any) -> Card:
    """The card of a new draft, as its drafter gets it."""
    reply = await send(poll, who, await poll.say(who, "pulse new"), **values)
    assert isinstance(reply, Say), reply
    assert "is a draft" in words(reply.card)
    return await latest(poll, who)


async def latest(poll: Poll, who: str) -> Card:
    """The last card of a plan that somebody was sent just now."""
    sent = await poll.sent()
    return [card for to, card in sent if to == who and "What people are promised" in labels(card)][-1]


async def changed(poll: Poll, who: str, card: Card, label: str, **values: Any) -> Card:
    """Press a button that opens a form, send it in changed, and see the draft."""
    return card_of(await send(poll, who, await poll.press(who, button(card, label)), **values))


async def errors(poll: Poll, who: str, opened: AnyReply, **values: Any) -> dict[str, str]:
    reply = await send(poll, who, opened, **values)
    assert isinstance(reply, FieldErrors), reply
    return reply.errors


async def the_plan(poll: Poll) -> Kept:
    """The plan that was made last."""

    def unit(work: Work) -> Kept:
        number = work.connection.execute(sa.select(sa.func.max(pulses.pulse_plan.c.id))).scalar_one()
        kept = pulses.kept(work, number)
        assert kept is not None
        return kept

    return await poll.store.read(unit)


async def department(poll: Poll, name: str) -> str:
    """The id of a department, as a form gives it."""
    known = await poll.store.read(people.departments)
    return str(next(number for number, path in known if path == name))


async def has_roles(poll: Poll, who: str, roles: str) -> None:
    number = poll.company.person[who]
    await poll.store.write(
        lambda work: work.connection.execute(
            sa.update(person).where(person.c.id == number).values(roles=roles)
        )
    )


# ------------------------------------------------------------------------------------------------------ the draft


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


# ---------------------------------------------------------------------------------------- questions of one's own


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


# ------------------------------------------------------------------------------------------------------ the details


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


# ----------------------------------------------------------------------------------------------------- approving


async def approved(poll: Poll, **values: Any) -> int:
    """Draft a pulse and have both approve it; the plan's id."""
    shown = await drafted(poll, **values)
    await poll.press("Hana", button(shown, "Approve"))
    await poll.press("Emil", button(await latest(poll, "Emil"), "Approve"))
    return (await the_plan(poll)).id


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_two_people_of_two_functions_approve_and_it_opens_on_its_day(
    poll: Poll, platform: Platform
) -> None:
    shown = await drafted(poll)
    after = card_of(await poll.press("Hana", button(shown, "Approve"), platform))
    assert "Half approved: Hana Reed for HR. Somebody of the AI function approves it too." in words(after)
    assert "Approve" not in labels(after)
    theirs = [(to, card) for to, card in await poll.sent() if to != "Hana"]
    assert [to for to, _ in theirs] == ["Emil"]
    after = card_of(await poll.press("Emil", button(theirs[0][1], "Approve"), platform))
    assert "Approved: Hana Reed for HR and Emil Stone for the AI function." in words(after)
    told = [to for to, card in await poll.sent() if "It opens on Thursday 19 November." in words(card)]
    assert {"Hana", "Emil"} <= set(told)
    kept = await the_plan(poll)
    assert kept.state is PlanState.APPROVED
    await poll.tick()
    (first,) = await poll.store.read(lambda work: pulses.of_plan(work, kept.id))
    assert first.status is Status.PLANNED
    poll.clock.move(days=1)
    await poll.tick()
    assert (await poll.pulse(first.id)).status is Status.OPEN
    sent = await poll.sent()
    assert {to for to, card in sent if "Who can see this?" in labels(card)} == set(poll.company.person)
    assert {to for to, card in sent if "It is open until the end of" in words(card)} == {"Hana", "Emil"}


async def test_an_approval_of_what_it_was_before_is_refused_with_what_it_is_now(poll: Poll) -> None:
    shown = await drafted(poll)
    await changed(poll, "Hana", shown, "Change", closes="2026-11-24")
    reply = card_of(await poll.press("Hana", button(shown, "Approve")))
    assert "changed since you got that card" in words(reply) and "24 November" in words(reply)
    assert (await the_plan(poll)).approvals == (None, None)
    await poll.press("Hana", button(reply, "Approve"))
    assert (await the_plan(poll)).approvals.hr == poll.company.person["Hana"]


async def test_a_change_after_an_approval_asks_both_again_and_tells_who_approved(poll: Poll) -> None:
    shown = await drafted(poll)
    await poll.press("Hana", button(shown, "Approve"))
    theirs = await latest(poll, "Emil")
    after = await changed(poll, "Emil", theirs, "Details", comments="no")
    assert "both functions approve it anew" in words(after)
    assert (await the_plan(poll)).approvals == (None, None)
    sent = [card for to, card in await poll.sent() if to == "Hana"]
    assert any("changed by Emil Stone after you approved it" in words(card) for card in sent)
    reply = card_of(await poll.press("Hana", button(shown, "Approve")))
    assert "changed since" in words(reply)
    assert "Half approved" in words(card_of(await poll.press("Emil", button(after, "Approve"))))
    told = [words(card) for to, card in await poll.sent() if to == "Hana"]
    assert any("It waits for HR." in one for one in told)


async def test_a_repeated_press_counts_once_and_one_person_never_twice(poll: Poll) -> None:
    shown = await drafted(poll)
    once = key()
    first = await poll.press("Hana", button(shown, "Approve"), once=once)
    assert await poll.press("Hana", button(shown, "Approve"), once=once) == first
    again = card_of(await poll.press("Hana", button(shown, "Approve")))
    assert "You have approved this already." in words(again)
    assert (await the_plan(poll)).approvals.ai is None


async def test_somebody_with_both_roles_stands_for_one_function_only(poll: Poll) -> None:
    await has_roles(poll, "Hana", "ai;hr")
    shown = await drafted(poll)
    await poll.press("Hana", button(shown, "Approve"))
    assert "approved this already" in words(card_of(await poll.press("Hana", button(shown, "Approve"))))
    assert (await the_plan(poll)).approvals == (poll.company.person["Hana"], None)
    assert "Hana" not in {to for to, card in await poll.sent() if "Approve" in labels(card)}
    await poll.press("Emil", button(shown, "Approve"))
    assert (await the_plan(poll)).state is PlanState.APPROVED


async def test_somebody_with_both_roles_takes_the_side_that_is_free(poll: Poll) -> None:
    await has_roles(poll, "Hana", "ai;hr")
    shown = await drafted(poll, "Emil")
    await has_roles(poll, "Ines", "hr")
    await poll.press("Ines", button(shown, "Approve"))
    await poll.press("Hana", button(shown, "Approve"))
    assert (await the_plan(poll)).approvals == (poll.company.person["Ines"], poll.company.person["Hana"])


async def test_a_second_person_of_the_same_function_is_told_that_it_is_approved(poll: Poll) -> None:
    await has_roles(poll, "Ines", "hr")
    shown = await drafted(poll)
    await poll.press("Hana", button(shown, "Approve"))
    reply = card_of(await poll.press("Ines", button(shown, "Approve")))
    assert "HR has approved this already." in words(reply)
    assert (await the_plan(poll)).approvals.ai is None


async def test_who_lost_the_role_between_card_and_press_approves_nothing(poll: Poll) -> None:
    shown = await drafted(poll)
    await poll.press("Hana", button(shown, "Approve"))
    theirs = await latest(poll, "Emil")
    await has_roles(poll, "Emil", "")
    assert "planned by HR and the AI function" in words(
        card_of(await poll.press("Emil", button(theirs, "Approve")))
    )
    assert (await the_plan(poll)).approvals.ai is None
    await has_roles(poll, "Ines", "ai")
    await poll.press("Ines", button(theirs, "Approve"))
    cards = [words(card) for to, card in await poll.sent() if to == "Emil"]
    assert cards == ["This pulse is planned by HR and the AI function, and you are in neither any more."]


async def test_an_approval_of_somebody_who_left_the_function_does_not_count_any_more(poll: Poll) -> None:
    shown = await drafted(poll)
    await poll.press("Hana", button(shown, "Approve"))
    await has_roles(poll, "Hana", "")
    await has_roles(poll, "Ines", "hr")
    after = card_of(await poll.press("Emil", button(shown, "Approve")))
    assert "Half approved: Emil Stone for the AI function. Somebody of HR approves it too." in words(after)
    assert (await the_plan(poll)).state is PlanState.DRAFT
    await poll.press("Ines", button(await latest(poll, "Ines"), "Approve"))
    kept = await the_plan(poll)
    assert (kept.state, kept.approvals) == (
        PlanState.APPROVED,
        (poll.company.person["Ines"], poll.company.person["Emil"]),
    )


async def test_both_may_approve_at_the_same_moment(poll: Poll) -> None:
    shown = await drafted(poll)
    await asyncio.gather(
        poll.press("Hana", button(shown, "Approve")), poll.press("Emil", button(shown, "Approve"))
    )
    kept = await the_plan(poll)
    assert kept.state is PlanState.APPROVED and kept.approvals.complete
    assert len(await poll.store.read(lambda work: pulses.of_plan(work, kept.id))) == 1


async def test_what_opens_today_is_launched_at_the_next_tick(poll: Poll) -> None:
    number = await approved(poll, opens="2026-11-18")
    assert any("It opens in a few minutes." in words(card) for _, card in await poll.sent())
    await poll.tick()
    (first,) = await poll.store.read(lambda work: pulses.of_plan(work, number))
    assert first.status is Status.OPEN


async def test_a_draft_whose_first_day_went_by_asks_for_new_days(poll: Poll) -> None:
    shown = await drafted(poll)
    await poll.press("Hana", button(shown, "Approve"))
    theirs = await latest(poll, "Emil")
    await poll.tick()
    poll.clock.move(days=2)
    late = card_of(await poll.press("Emil", button(theirs, "Approve")))
    assert "Late: its first day, Thursday 19 November, came before both had approved it." in words(late)
    assert "Approve" not in labels(late)
    assert (await the_plan(poll)).state is PlanState.DRAFT
    await poll.tick()
    sent = await poll.sent()
    assert any(to == "Hana" and "did not open" in words(card) for to, card in sent)
    assert any(to == "Emil" and words(card).startswith("First pulse\nLate") for to, card in sent)
    opened = await poll.press("Emil", button(late, "Change"))
    assert "That day is over" in (await errors(poll, "Emil", opened))["opens"]
    after = card_of(await send(poll, "Emil", opened, opens="2026-11-23", closes="2026-11-27"))
    assert "Approve" in labels(after)


# --------------------------------------------------------------------------------------- forms that come too late


async def test_a_form_that_somebody_overtook_says_so_and_may_be_sent_again(poll: Poll) -> None:
    shown = await drafted(poll)
    mine = await poll.press("Hana", button(shown, "Change"))
    await changed(poll, "Emil", shown, "Change", closes="2026-11-24")
    reply = await send(poll, "Hana", mine, closes="2026-11-27")
    assert isinstance(reply, FieldErrors)
    assert "Somebody changed this plan" in next(iter(reply.errors.values()))
    assert (await the_plan(poll)).plan.spec.closes_on == date(2026, 11, 24)
    await send(poll, "Hana", reply)
    assert (await the_plan(poll)).plan.spec.closes_on == date(2026, 11, 27)


async def test_an_approved_plan_is_not_changed(poll: Poll) -> None:
    shown = await drafted(poll)
    opened = await poll.press("Hana", button(shown, "Details"))
    await poll.press("Hana", button(shown, "Approve"))
    await poll.press("Emil", button(shown, "Approve"))
    before = await the_plan(poll)
    assert "no draft any more" in words(card_of(await send(poll, "Hana", opened, comments="no")))
    assert "no draft any more" in words(card_of(await poll.press("Hana", button(shown, "Change"))))
    assert await the_plan(poll) == before


async def test_a_broken_button_or_form_gets_a_sentence(poll: Poll) -> None:
    shown = await drafted(poll)
    for value in ("", "x", "999999 0123456789abcdef", "99999999999999999999 0123456789abcdef", "1 1 1"):
        for label in labels(shown):
            reply = await poll.press("Hana", button(shown, label).model_copy(update={"value": value}))
            assert "cannot find that plan" in words(card_of(reply))
    opened = await poll.press("Hana", button(shown, "Change"))
    assert isinstance(opened, Open)
    broken = Open(form=opened.form.model_copy(update={"context": "{"}))
    assert "cannot read that form" in words(card_of(await send(poll, "Hana", broken)))


# ------------------------------------------------------------------------------------------------- taking it back


async def test_a_draft_and_an_approved_plan_can_be_withdrawn_before_the_launch(poll: Poll) -> None:
    shown = await drafted(poll)
    after = card_of(await poll.press("Emil", button(shown, "Withdraw")))
    assert "Withdrawn: nobody is asked." in words(after)
    assert any(to == "Hana" and "withdrawn by Emil Stone" in words(card) for to, card in await poll.sent())
    assert "Withdrawn" in words(card_of(await poll.press("Hana", button(shown, "Approve"))))
    number = await approved(poll)
    shown = card_of(await poll.press("Hana", show(number)))
    await poll.press("Hana", button(shown, "Withdraw"))
    assert (await the_plan(poll)).state is PlanState.WITHDRAWN
    poll.clock.move(days=1)
    await poll.sent()
    await poll.tick()
    assert [card for _, card in await poll.sent() if "Who can see this?" in labels(card)] == []
    (only,) = await poll.store.read(lambda work: pulses.of_plan(work, number))
    assert only.status is Status.WITHDRAWN


async def test_what_is_open_is_not_withdrawn(poll: Poll) -> None:
    number = await approved(poll)
    before = card_of(await poll.press("Hana", show(number)))
    poll.clock.move(days=1)
    await poll.tick()
    after = card_of(await poll.press("Hana", button(before, "Withdraw")))
    assert "It is open until the end of Wednesday 25 November." in words(after)
    assert labels(after) == ["What people are promised"]
    (only,) = await poll.store.read(lambda work: pulses.of_plan(work, number))
    assert only.status is Status.OPEN


async def test_a_rhythm_ends_after_the_one_that_is_open(poll: Poll) -> None:
    shown = await drafted(poll, what="after")
    shown = await changed(poll, "Hana", shown, "Details", rhythm="weekly", until="2026-12-31")
    await poll.press("Hana", button(shown, "Approve"))
    await poll.press("Emil", button(shown, "Approve"))
    poll.clock.move(days=1)
    await poll.tick()
    number = (await the_plan(poll)).id
    shown = card_of(await poll.press("Emil", show(number)))
    assert "It is open until the end of Wednesday 25 November. The next one opens on Thursday 26" in words(
        shown
    )
    after = card_of(await poll.press("Emil", button(shown, "End after this one")))
    assert "It is open until the end of Wednesday 25 November." in words(after)
    assert "The next one" not in words(after)
    poll.clock.move(days=8)
    await poll.tick()
    states = [one.status for one in await poll.store.read(lambda work: pulses.of_plan(work, number))]
    assert states[1:] == [Status.WITHDRAWN] and states[0] is not Status.OPEN


def show(number: int) -> Button:
    """The button of a list that shows a plan."""
    return Button(label="", action="pulse.plan.show", value=str(number))


# ------------------------------------------------------------------------------------------------------- the list


async def test_the_list_has_drafts_approved_plans_and_open_pulses(poll: Poll) -> None:
    nothing = card_of(await poll.say("Emil", "pulse plans"))
    assert "/pulse new plans one" in words(nothing)
    opened = await approved(poll, opens="2026-11-18")
    await poll.tick()
    await approved(poll, what="after")
    await drafted(poll, what="before")
    withdrawn = await drafted(poll, what="investment")
    await poll.press("Hana", button(withdrawn, "Withdraw"))
    shown = card_of(await poll.say("Emil", "pulse plans"))
    said = words(shown)
    assert "First pulse\nOpen. Wednesday 18 November to" in said
    assert "After go-live\nApproved. Thursday 19" in said
    assert "Before scaling\nDraft, not approved yet." in said
    assert "Investment" not in said
    assert len(labels(shown)) == 3
    reply = await poll.press("Emil", next(one for one in buttons_of(shown) if one.value == str(opened)))
    assert "It is open until" in words(card_of(reply))


async def test_a_long_list_goes_on_with_a_press(poll: Poll) -> None:
    await drafted(poll)
    plan = (await the_plan(poll)).plan
    for _ in range(7):
        await poll.store.write(lambda work: pulses.draft(work, plan, poll.company.person["Hana"]))
    shown = card_of(await poll.say("Hana", "pulse plans"))
    assert labels(shown) == ["Show"] * 5 + ["Show 3 more"]
    rest = card_of(await poll.press("Hana", button(shown, "Show 3 more")))
    assert labels(rest) == ["Show"] * 3

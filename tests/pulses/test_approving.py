"""Approving a plan together, taking it back, and the list of what is planned and open."""

import asyncio
from datetime import date

import pytest

from domain.people import Platform
from domain.pulses import PlanState, Status
from handlers.conversation import FieldErrors, Open
from storage import pulses
from tests.chat import button, buttons_of, card_of, key, labels, words
from tests.pulses.conftest import Poll
from tests.pulses.plans import (
    approved,
    changed,
    drafted,
    errors,
    has_roles,
    latest,
    send,
    show,
    the_plan,
)

# ------------------------------------------------------------------------------------------------------------ approving


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


# --------------------------------------------------------------------------------------------- forms that come too late


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


# ------------------------------------------------------------------------------------------------------- taking it back


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


# ------------------------------------------------------------------------------------------------------------- the list


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


# ------------------------------------------------------------------------------------------------------ on one's page


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_plan_half_approved_stands_first_on_the_page_of_whoever_it_waits_for(
    poll: Poll, platform: Platform
) -> None:
    shown = await drafted(poll)
    title = (await the_plan(poll)).plan.spec.title

    async def page(who: str) -> str:
        home = words(card_of(await poll.say(who, "home", platform)))
        assert home == words(card_of(await poll.home(who)))
        return home

    for who in ("Hana", "Emil", "Ada"):
        assert title not in await page(who)
    await poll.press("Hana", button(shown, "Approve"), platform)
    assert (await page("Emil")).startswith(f"{title} waits for the AI function: HR has approved it.")
    for who in ("Hana", "Ada", "Ines"):
        assert title not in await page(who)
    opened = await poll.press(
        "Emil", button(card_of(await poll.home("Emil")), "See it and approve"), platform
    )
    await poll.press("Emil", button(card_of(opened), "Approve"), platform)
    assert (await the_plan(poll)).state is PlanState.APPROVED
    assert title not in await page("Emil")


async def test_a_plan_that_was_withdrawn_or_whose_day_is_over_waits_for_nobody(poll: Poll) -> None:
    shown = await drafted(poll)
    half = card_of(await poll.press("Hana", button(shown, "Approve")))
    assert "See it and approve" in labels(card_of(await poll.home("Emil")))
    before = poll.clock.now
    poll.clock.move(days=60)
    assert "See it and approve" not in labels(card_of(await poll.home("Emil")))
    poll.clock.now = before
    await poll.press("Hana", button(half, "Withdraw"))
    assert "See it and approve" not in labels(card_of(await poll.home("Emil")))


async def test_of_many_plans_that_wait_two_are_shown_and_the_list_is_named(poll: Poll) -> None:
    for _ in range(3):
        await poll.press("Hana", button(await drafted(poll), "Approve"))
    home = card_of(await poll.home("Emil"))
    assert labels(home).count("See it and approve") == 2
    assert "pulse plans shows the others that wait." in words(home)

"""Handling a concern: who sees it, and whose it is."""

from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from domain.concerns import State
from domain.people import Platform
from handlers.cards import Buttons, ChoiceInput
from handlers.concerns import handling
from handlers.conversation import Open
from storage import concerns
from storage.people import person
from storage.store import Work
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

BOTH = pytest.mark.parametrize("platform", ["slack", "teams"])


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
        "Serious · new · nobody has it · first answer by Friday 20 November, 13:00",
        "From: somebody without a name, week 47 of 2026",
        "In their view: I cannot rely on it here",
        f"What happened\n{WHAT}",
        "When, and how often\nTwice last week",
    ):
        assert expected in said
    order = [said.index(each) for each in ("Serious ·", "What happened", "When, and how", "From: ")]
    assert order == sorted(order)
    assert labels(card) == ["Take it", "Ask or answer", "Note", "Severity and gap", "Merge or link", "Close"]


async def test_a_handler_who_raised_one_with_their_name_does_not_handle_it(forum: Forum) -> None:
    one = await named(forum, "Bo")
    assert {who for who, card in await forum.sent() if "From: " in words(card)} == {"Emil", "Hana"}
    for reply in (
        await forum.say("Bo", f"concern show C-{one.number}"),
        await forum.press("Bo", action("concern.take", one)),
    ):
        assert "You raised this one yourself" in words(card_of(reply))
    assert (await now(forum, one)).owner_id is None
    assert "There are none." in words(card_of(await forum.say("Bo", "concern list")))
    await pressed(forum, "Hana", one, "Take it")
    refused = await filled(forum, "Hana", one, "Hand it on", to=f"person:{forum.company.person['Bo']}")
    assert "Bo Lindqvist does not handle this one" in errors(refused)["to"]


async def test_about_no_deployment_only_hr_and_the_ai_function_handle_it(forum: Forum) -> None:
    one = await named(forum, initiative=None)
    assert {who for who, card in await forum.sent() if "From: " in words(card)} == {"Emil", "Hana"}
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
    cards = {who: card for who, card in await forum.sent() if "From: " in words(card)}
    assert set(cards) == {"Bo", "Emil", "Hana"}
    assert all("being looked into · with Bo Lindqvist" in words(card) for card in cards.values())
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
    people = forum.company.person
    for name, why in (("Dara", "Dara Quill does not handle this one"), ("Ada", "Ada Fern does not handle")):
        refused = await filled(forum, "Bo", one, "Hand it on", to=f"person:{people[name]}")
        assert why in errors(refused)["to"]
    for value in ("person:", "person:x", "person:999999"):
        refused = await filled(forum, "Bo", one, "Hand it on", to=value)
        assert "do not work here any more" in errors(refused)["to"]
    await filled(forum, "Bo", one, "Hand it on", to=f"person:{people['Hana']}")
    assert (await now(forum, one)).owner_id == people["Hana"]
    assert "Hana" in [who for who, card in await forum.sent() if "· with Hana Reed" in words(card)]


async def test_it_is_handed_on_to_one_of_those_who_handle_it(
    forum: Forum, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def offered() -> list[str]:
        form = await pressed(forum, "Bo", one, "Hand it on")
        assert isinstance(form, Open)
        (choice,) = form.form.inputs()
        return [each.label for each in choice.options] if isinstance(choice, ChoiceInput) else [choice.type]

    one = await named(forum, "Hana", severity="serious")
    await pressed(forum, "Bo", one, "Take it")
    assert await offered() == ["Emil Stone"]
    clock.move(hours=25)
    await forum.tick()
    assert await offered() == ["Cleo Marsh", "Emil Stone"]
    # Where they are too many for a choice, anybody can be picked.
    monkeypatch.setattr(handling, "MOST_OFFERED", 1)
    assert await offered() == ["person_input"]
    await filled(forum, "Bo", one, "Hand it on", to=user_id("slack", "Emil"))
    assert (await now(forum, one)).owner_id == forum.company.person["Emil"]


async def test_whoever_left_or_lost_the_role_owns_it_no_more(forum: Forum) -> None:
    one = await named(forum)
    for name, change in (("Hana", {"active": False}), ("Emil", {"roles": ""})):
        await forum.press(name, action("concern.take", one))

        def unit(work: Work, name: str = name, change: Mapping[str, object] = change) -> None:
            work.connection.execute(
                sa.update(person).where(person.c.id == forum.company.person[name]).values(**change)
            )

        await forum.store.write(unit)
        card = await shown(forum, "Bo", one)
        assert "nobody has it" in words(card)
        assert "Take it" in labels(card)


async def test_a_button_of_an_older_card_leads_to_the_present_one(forum: Forum) -> None:
    one = await named(forum)
    await closed(forum, "Bo", one)
    for name in ("take", "hand", "sort", "merge", "close"):
        reply = card_of(await forum.press("Hana", action(f"concern.{name}", one)))
        assert "is past that by now: answered" in words(reply)
        assert labels(reply) == ["See it as it is now"]
    assert "Usual · answered · with Bo Lindqvist" in words(
        card_of(await forum.press("Hana", next(buttons_of(reply))))
    )


async def test_a_number_that_nobody_has_or_that_is_none_is_refused_kindly(forum: Forum) -> None:
    for text in ("C-99", "zebra", "999999999", "-1", "²"):
        said = words(card_of(await forum.say("Bo", f"concern show {text}")))
        assert "I know no such concern" in said

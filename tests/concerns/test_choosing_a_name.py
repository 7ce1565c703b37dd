"""With a name or without: what is said of either before it is chosen, and what can be wished for with each."""

import pytest

from handlers.cards import Context, MultiChoiceInput, Text, plain
from handlers.conversation import FieldErrors
from handlers.slack import limits
from tests.concerns.conftest import Forum
from tests.concerns.test_raising import opened, told, value


async def test_both_promises_stand_above_the_choice(forum: Forum) -> None:
    form = opened(await forum.say("Ada", "concern"))
    marks = ("your name is not kept with it", "see both")
    at = [
        number
        for number, one in enumerate(form.elements)
        if isinstance(one, Text) and any(mark in plain(one.runs) for mark in marks)
    ]
    choice = next(number for number, one in enumerate(form.elements) if getattr(one, "name", "") == "name")
    assert len(at) == 2
    assert max(at) < choice


async def test_the_form_begins_with_that_it_goes_without_a_name(forum: Forum) -> None:
    form = opened(await forum.say("Ada", "concern"))
    first = form.elements[0]
    assert isinstance(first, Context)
    assert "It goes without your name, unless you choose otherwise below." in plain(first.runs)
    assert form.submit == "Go on"  # nothing is sent unseen


async def test_each_tick_says_for_which_choice_it_is(forum: Forum) -> None:
    form = opened(await forum.say("Ada", "concern"))
    ticks = next(one for one in form.inputs() if isinstance(one, MultiChoiceInput))
    assert [one.label for one in ticks.options] == [
        "Tell me when there is an answer (only without my name; protects you less)",
        "Quote me in the digest (only with my name)",
    ]
    assert all(len(one.label) <= limits.OPTION_CHARACTERS for one in ticks.options)  # none is cut


async def test_quoting_is_only_allowed_by_whoever_ticked_it_with_their_name(forum: Forum) -> None:
    await forum.raised("Ada", name="named", also=("quote",))
    await forum.raised("Bo", name="named")
    assert sorted(one.may_quote for one in await told(forum)) == [False, True]


async def test_a_return_address_is_kept_only_by_wish(forum: Forum) -> None:
    await forum.raised("Ada", also=("tell",))
    await forum.raised("Dara")
    await forum.hand_over()
    kept = [row.return_address is not None for row in await forum.rows("concern")]
    assert kept.count(True) == 1


@pytest.mark.parametrize(("name", "tick"), [("anonymous", "quote"), ("named", "tell")])
async def test_a_tick_that_does_not_go_with_the_choice_of_name_is_said_at_its_field(
    forum: Forum, name: str, tick: str
) -> None:
    reply = await forum.raised("Ada", name=name, also=(tick,))
    assert isinstance(reply, FieldErrors)
    assert list(reply.errors) == ["also"]
    assert reply.form is not None and value(reply.form, "also") == (tick,)
    assert await told(forum) == []

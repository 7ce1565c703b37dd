"""Raising a concern: what is asked, what is warned of, and what is left behind."""

import asyncio
import re

import pytest
import sqlalchemy as sa

from domain.people import Platform
from domain.specificity import Told
from handlers.cards import Form, LinkInput, Text, TextInput, plain
from handlers.conversation import Command, FieldErrors, MessageAction, Open, Press, Say, Submission
from storage import concerns, initiatives
from storage.concerns import concern
from storage.store import Work
from tests.chat import buttons_of, card_of, key, words
from tests.concerns.conftest import WHAT, Forum, code_in

BOTH = pytest.mark.parametrize("platform", ["slack", "teams"])
#: Names no deployment's occasion: three questions could be asked.
VAGUE = "I do not like where this is going."


def opened(reply: object) -> Form:
    assert isinstance(reply, Open), reply
    return reply.form


def said(form: Form) -> str:
    """What a form says, beside what it asks."""
    return "\n".join(plain(one.runs) for one in form.elements if isinstance(one, Text))


def value(form: Form, name: str) -> object:
    found = next(one for one in form.inputs() if one.name == name)
    return getattr(found, "value", None) or getattr(found, "values", None)


def names(form: Form) -> list[str]:
    return [one.name for one in form.inputs()]


async def told(forum: Forum) -> list[Told]:
    """What the store holds, opened by those who handle it."""

    def unit(work: Work) -> list[Told]:
        cases = work.connection.execute(sa.select(concern.c.case_id)).scalars()
        return [Told.model_validate_json(concerns.body(work, bytes(one))) for one in cases]

    return await forum.store.read(unit)


# ---------------------------------------------------------------------------------------------------------- the form


@BOTH
async def test_a_line_fills_the_form_with_what_was_understood(forum: Forum, platform: Platform) -> None:
    form = opened(await forum.say("Ada", f"concern {WHAT}", platform))
    assert form.window
    assert value(form, "what") == WHAT
    assert value(form, "when") == "last week"
    assert value(form, "initiative") == str(forum.company.initiative["claims"])
    assert value(form, "name") == "anonymous"
    assert await forum.rows("inbound") == []


async def test_the_fields_stand_in_their_order_and_only_two_have_to_be_filled_in(forum: Forum) -> None:
    form = opened(await forum.say("Ada", "concern"))
    assert names(form) == [
        *(
            "initiative",
            "what",
            "when",
            "led_to",
            "was_told",
            "would_settle",
            "cause",
            "severity",
            "name",
            "also",
        )
    ]
    open_fields = [one.name for one in form.inputs() if not one.optional and value(form, one.name) is None]
    assert open_fields == ["initiative", "what"]


async def test_an_archived_initiative_is_not_offered_and_taken_where_it_was_archived_meanwhile(
    forum: Forum,
) -> None:
    claims = forum.company.initiative["claims"]
    before = await forum.say("Ada", "concern")
    await forum.store.write(lambda work: initiatives.archive(work, claims))
    after = opened(await forum.say("Ada", "concern"))
    assert "Claims triage" in str(opened(before).elements)
    assert "Claims triage" not in str(after.elements)
    reply = await forum.submit(
        "Ada", before, {"initiative": str(claims), "what": "It flagged two correct claims as fraud."}
    )
    reply = await forum.sent_on("Ada", reply)
    assert "archived meanwhile" in words(card_of(reply))
    assert len(await told(forum)) == 1


@BOTH
async def test_where_no_window_can_be_opened_a_button_leads_to_one_and_nothing_typed_is_kept(
    forum: Forum, platform: Platform
) -> None:
    for more in ({"can_ask": False}, {"private": False, "can_ask": False}):
        reply = await forum.say("Ada", f"concern {WHAT}", platform, **more)
        assert not isinstance(reply, Open)
    card = card_of(await forum.say("Ada", f"concern {WHAT}", platform, can_ask=False))
    [button] = buttons_of(card)
    form = opened(await forum.press("Ada", button, platform))
    assert form.window
    assert value(form, "what") == WHAT
    assert "triage" not in str(await forum.rows("inbound")) + str(await forum.rows("outbox"))


@BOTH
async def test_from_a_message_only_its_link_is_taken(forum: Forum, platform: Platform) -> None:
    link = "https://alder.example/messages/12"
    action = MessageAction(key=key(), origin=forum.origin("Ada", platform), action="raise_concern", link=link)
    reply = await forum.send(action)
    form = opened(reply)
    field = next(one for one in form.inputs() if isinstance(one, LinkInput))
    assert (field.label, field.value) == ("About this message", link)
    reply = await forum.submit("Ada", reply, {"initiative": "-", "what": WHAT, "name": "named"}, platform)
    assert isinstance(await forum.sent_on("Ada", reply, platform), Say)
    [kept] = await told(forum)
    assert kept.link == link


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("what", ""),
        ("what", "\u202e\u0007 "),
        ("what", "x" * 1501),
        ("when", "x" * 501),
        ("initiative", None),
    ],
)
async def test_what_cannot_be_taken_is_said_at_its_field_and_the_rest_stays(
    forum: Forum, field: str, typed: str | None
) -> None:
    before = await forum.say("Ada", "concern")
    filled = {"initiative": "-", "what": WHAT, "led_to": "We checked by hand", field: typed}
    reply = await forum.submit("Ada", before, filled)
    assert isinstance(reply, FieldErrors)
    assert list(reply.errors) == [field]
    assert reply.form is not None
    assert value(reply.form, "led_to") == "We checked by hand"
    assert await told(forum) == []
    assert await forum.rows("inbound") == []


async def test_of_a_line_that_no_field_holds_nothing_is_lost_silently(forum: Forum) -> None:
    line = " ".join(f"word{number}" for number in range(400))
    form = opened(await forum.say("Ada", f"concern {line}"))
    begin = value(form, "what")
    assert isinstance(begin, str) and len(begin) <= 1500
    shown = plain(next(one.runs for one in form.elements if isinstance(one, Text)))
    assert "3,089 characters" in shown and "holds 1,500" in shown
    assert f"{begin} {shown.partition('The rest is: ')[2]}" == line
    # Where a window has to be opened first, its button could not carry the line.
    door = card_of(await forum.say("Ada", f"concern {line}", can_ask=False))
    assert "longer than the 1,500 characters that it holds" in words(door)
    assert [one.value for one in buttons_of(door)] == [""]


# ------------------------------------------------------------------------------------------------- specific, kindly


async def test_a_specific_concern_is_taken_without_a_question(forum: Forum) -> None:
    before = await forum.say("Ada", f"concern {WHAT}")
    look = await forum.submit("Ada", before, {})
    assert names(opened(look)) == names(opened(before))
    code_in(await forum.submit("Ada", look, {}))


@pytest.mark.parametrize("name", ["anonymous", "named"])
async def test_a_vague_one_is_asked_three_questions_at_most_and_taken_then(forum: Forum, name: str) -> None:
    reply = await forum.say("Ada", "concern")
    reply = await forum.submit("Ada", reply, {"initiative": "-", "what": VAGUE, "name": name})
    asked = []
    while "ready" in names(opened(reply)):
        form = opened(reply)
        asked.append(next(form.inputs()))
        assert VAGUE in said(form)
        assert value(form, "what") == VAGUE
        reply = await forum.submit("Ada", reply, {})
    assert [one.name for one in asked] == ["what", "what", "when"]
    assert len({one.label for one in asked}) == 3
    assert "Readers will see exactly this:" in said(opened(reply))
    assert isinstance(await forum.submit("Ada", reply, {}), Say)
    [kept] = await forum.store.read(
        lambda work: list(work.connection.execute(sa.select(concern.c.is_specific)).scalars())
    )
    assert not kept
    assert "where this is going" not in str(await forum.rows("inbound")) + str(await forum.rows("outbox"))


async def test_whoever_is_not_sure_is_asked_for_a_name_where_one_can_be_typed(forum: Forum) -> None:
    reply = await forum.say("Ada", "concern")
    reply = await forum.submit(
        "Ada", reply, {"initiative": "-", "what": "It flagged two correct claims as fraud."}
    )
    first = next(opened(reply).inputs())
    assert isinstance(first, TextInput)
    assert first.label.startswith("What do people call the tool? Add it to what happened.")
    assert value(opened(reply), "initiative") == "-"
    reply = await forum.submit("Ada", reply, {"what": WHAT})
    assert "ready" not in names(opened(reply))
    code_in(await forum.submit("Ada", reply, {}))


async def test_an_answer_that_makes_it_specific_ends_the_questions(forum: Forum) -> None:
    reply = await forum.say("Ada", "concern")
    reply = await forum.submit(
        "Ada", reply, {"initiative": "-", "what": "It flagged two correct claims as fraud."}
    )
    assert "ready" in names(opened(reply))
    reply = await forum.submit("Ada", reply, {"initiative": str(forum.company.initiative["claims"])})
    assert "ready" not in names(opened(reply))
    code_in(await forum.submit("Ada", reply, {}))


async def test_whoever_wants_it_sent_as_it_is_has_it_so_after_a_look(forum: Forum) -> None:
    reply = await forum.say("Ada", "concern")
    reply = await forum.submit("Ada", reply, {"initiative": "-", "what": VAGUE})
    reply = await forum.submit("Ada", reply, {"ready": "send"})
    assert f"What happened\n{VAGUE}" in said(opened(reply))
    assert "ready" not in names(opened(reply))
    code_in(await forum.submit("Ada", reply, {}))


# ------------------------------------------------------------------------------------------------- sent with a name


@BOTH
async def test_a_named_one_is_with_its_handlers_at_once_and_says_who_reads_it(
    forum: Forum, platform: Platform
) -> None:
    reply = await forum.raised("Ada", platform=platform, name="named", severity="serious", cause="trust")
    assert isinstance(reply, Say)
    assert not reply.window
    shown = words(reply.card)
    assert "C-1 is with those who handle it" in shown
    assert "Bo Lindqvist as its product owner, the AI function and HR" in shown
    assert "Thursday 19 November, 13:00" in shown
    to = {row.person_id for row in await forum.rows("outbox")}
    assert to == {forum.company.person[name] for name in ("Bo", "Emil", "Hana")}


async def test_about_no_deployment_the_ai_function_and_hr_read_it(forum: Forum) -> None:
    reply = await forum.raised("Ada", initiative=None, name="named")
    assert "Readers: the AI function and HR." in words(card_of(reply))
    assert forum.company.person["Bo"] not in {row.person_id for row in await forum.rows("outbox")}


@pytest.mark.parametrize("name", ["anonymous", "named"])
async def test_the_same_form_sent_twice_is_one_concern(forum: Forum, name: str) -> None:
    first = await forum.say("Ada", f"concern {WHAT}")
    before = opened(await forum.submit("Ada", first, {"name": name}))
    filled = {one.name: value(before, one.name) for one in before.inputs()}
    replies = [
        await forum.send(
            Submission(
                key=key(), origin=forum.origin("Ada"), form=before.name, values=filled, context=before.context
            )
        )
        for _ in range(2)
    ]
    assert replies[0] == replies[1]
    assert len(await told(forum)) == 1
    assert len(await forum.rows("outbox")) == (0 if name == "anonymous" else 3)


async def test_many_at_once_have_numbers_of_their_own_without_a_gap(forum: Forum) -> None:
    who = ("Ada", "Bo", "Cleo", "Emil", "Hana")
    replies = await asyncio.gather(*(forum.raised(name, name="named") for name in who for _ in range(3)))
    shown = [words(card_of(reply)) for reply in replies]
    numbers = {int(found[1]) for one in shown if (found := re.search(r"C-(\d+) is with", one))}
    assert numbers == set(range(1, 16))


# ---------------------------------------------------------------------------------------------- sent without a name


@BOTH
async def test_without_a_name_nothing_is_written_but_the_locked_case(
    forum: Forum, platform: Platform
) -> None:
    before = {name: await forum.rows(name) for name in ("inbound", "outbox", "identity", "person", "audit")}
    code_in(await forum.raised("Ada", platform=platform))
    assert before == {name: await forum.rows(name) for name in before}
    [row] = await forum.rows("concern")
    assert (row.reporter_id, row.return_address, row.number, row.state) == (None, None, None, "sent")
    assert "triage" not in str(row)


async def test_without_a_vault_nothing_is_taken_and_the_words_stay(forum: Forum) -> None:
    from storage.vault import VaultProblem

    before = await forum.say("Ada", f"concern {WHAT}")
    vault = forum.store.vault
    assert vault is not None

    def broken(name: str) -> bytes:
        raise VaultProblem("The disk is gone.")

    vault.get = broken  # type: ignore[method-assign]
    reply = await forum.submit("Ada", before, {})
    assert isinstance(reply, FieldErrors)
    assert "cannot be locked away" in str(reply.errors)
    assert reply.form is not None
    assert value(reply.form, "what") == WHAT


async def test_five_a_day_without_a_name_and_more_with_one(forum: Forum) -> None:
    for _ in range(5):
        code_in(await forum.raised("Ada"))
    reply = await forum.raised("Ada")
    assert isinstance(reply, FieldErrors)
    assert "Several concerns came from you today" in str(reply.errors)
    assert isinstance(await forum.raised("Ada", name="named"), Say)
    code_in(await forum.raised("Bo"))
    forum.clock.move(days=1)
    code_in(await forum.raised("Ada"))


async def test_questions_do_not_count_against_the_limit(forum: Forum) -> None:
    for _ in range(5):
        reply = await forum.say("Ada", "concern")
        for _ in range(4):
            reply = await forum.submit("Ada", reply, {"initiative": "-", "what": VAGUE})
    code_in(await forum.raised("Ada"))


async def test_the_window_is_opened_by_repeating_the_command(forum: Forum) -> None:
    press = Press(key=key(), origin=forum.origin("Ada", "teams"), action="form.open", value=f"concern {WHAT}")
    assert value(opened(await forum.send(press)), "what") == WHAT
    command = Command(key=key(), origin=forum.origin("Ada", "teams"), name="concern", text="code")
    assert opened(await forum.send(command)).name == "concern.code.form"

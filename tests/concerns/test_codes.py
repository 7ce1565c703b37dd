"""Following a concern by its code, the times at which concerns are handed over, and how people learn of answers."""

import pytest
import sqlalchemy as sa

from domain.concerns import Kind, NoSuchCode, Outcome, State
from domain.people import Platform
from handlers.capability import AnyReply
from handlers.cards import Form, Text, plain
from handlers.conversation import FieldErrors, Open, Say
from handlers.teams import limits, render
from storage import case_locks, concerns
from storage.store import Work
from tests.chat import button, card_of, words
from tests.concerns.conftest import WHAT, Forum

BOTH = pytest.mark.parametrize("platform", ["slack", "teams"])
WRONG = "00000-00000-00000-00000-00001"


def opened(reply: object) -> Form:
    assert isinstance(reply, Open), reply
    return reply.form


def said(reply: AnyReply) -> str:
    if isinstance(reply, Say):
        return words(reply.card)
    return "\n".join(plain(one.runs) for one in opened(reply).elements if isinstance(one, Text))


async def look(forum: Forum, who: str, code: str, platform: Platform = "slack") -> AnyReply:
    """Look a case up by its code, in a window."""
    reply = await forum.say(who, "concern code", platform)
    return await forum.submit(who, reply, {"code": code}, platform)


async def answered(
    forum: Forum, text: str, kind: Kind = Kind.ANSWERED, *, number: int = 1, **columns: object
) -> None:
    """Somebody who handles it writes, and it is put somewhere."""

    def unit(work: Work) -> None:
        one = concerns.by_number(work, number)
        assert one is not None
        concerns.write(work, one, kind, text, author_id=forum.company.person["Bo"])
        if columns:
            concerns.change(work, one.case_id, **columns)

    await forum.store.write(unit)


async def closed(forum: Forum, number: int = 1) -> None:
    await answered(
        forum,
        "The limit was raised.",
        Kind.OUTCOME,
        number=number,
        state=State.CLOSED.value,
        outcome=Outcome.CHANGED.value,
    )


# ------------------------------------------------------------------------------------------------------------- codes


@BOTH
async def test_the_code_opens_the_case_and_its_thread(forum: Forum, platform: Platform) -> None:
    code = await forum.code("Ada")
    assert "handed to its readers at the next of two fixed times" in said(
        await look(forum, "Ada", code, platform)
    )
    await forum.hand_over()
    await answered(forum, "Which of the two claims was it?", Kind.ASKED)
    await answered(forum, "Emil should look at this", Kind.NOTE)
    for typed in (code, code.lower().replace("-", " "), code.replace("0", "O").replace("1", "l")):
        shown = said(await look(forum, "Ada", typed, platform))
        assert "Claims triage" in shown
        assert "They ask you (week 47)\nWhich of the two claims was it?" in shown
        assert "Emil" not in shown


async def test_the_code_can_be_typed_on_slack_and_is_asked_for_in_a_window_on_teams(forum: Forum) -> None:
    code = await forum.code("Ada")
    reply = await forum.say("Ada", f"concern code {code}")
    assert isinstance(reply, Say)
    assert reply.window
    assert "Claims triage" in said(reply)
    await forum.hand_over()
    assert isinstance(await forum.say("Ada", f"concern code {code}"), Open)
    reply = await forum.say("Ada", f"concern code {code}", "teams")
    assert isinstance(reply, Open)
    assert (reply.form.name, reply.again) == ("concern.code.form", "concern code")
    assert code not in reply.model_dump_json()


async def test_where_no_window_can_be_opened_a_button_leads_to_one(forum: Forum) -> None:
    code = await forum.code("Ada")
    for more in ({"can_ask": False}, {"private": False, "can_ask": False}):
        reply = await forum.say("Ada", f"concern code {code}", "slack", **more)
        assert code not in reply.model_dump_json()
    card = card_of(await forum.say("Ada", f"concern code {code}", can_ask=False))
    assert opened(await forum.press("Ada", button(card, "Enter my code"))).name == "concern.code.form"


async def test_anybody_with_the_code_may_read_as_nobody_is_known_to_be_its_owner(forum: Forum) -> None:
    code = await forum.code("Ada")
    assert "Claims triage" in said(await look(forum, "Dara", code))


async def test_a_wrong_code_is_one_sentence_however_wrong_it_is(forum: Forum) -> None:
    await forum.code("Ada")
    for typed in (WRONG, "nonsense", "U" * 25, "'; DROP TABLE concern; --"):
        reply = await look(forum, "Ada", typed)
        assert isinstance(reply, FieldErrors)
        assert reply.errors == {"code": NoSuchCode().sentence}
    assert words(card_of(await forum.say("Ada", f"concern code {WRONG}"))) == NoSuchCode().sentence


async def test_a_wrong_code_takes_the_same_statements_as_a_right_one(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    waiting = await forum.code("Dara")
    seen: list[list[str]] = []

    def listen(connection: object, cursor: object, statement: str, *more: object) -> None:
        seen[-1].append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        for typed in (code, WRONG, "nonsense", waiting):
            seen.append([])
            await forum.say("Ada", f"concern code {typed}")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    assert seen[0]
    assert seen[0] == seen[1] == seen[2] == seen[3]


async def test_the_code_of_a_named_concern_opens_nothing(forum: Forum) -> None:
    before = opened(await forum.say("Ada", f"concern {WHAT}"))
    await forum.submit("Ada", Open(form=before), {"name": "named"})
    nonce = before.context.split('"')[3]

    def made(work: Work) -> str:
        return case_locks.code(concerns.handlers_keys(work).private, nonce)

    code = await forum.store.read(made)
    assert isinstance(await look(forum, "Ada", code), FieldErrors)


async def test_looking_up_is_limited_and_leaves_nothing_behind(forum: Forum) -> None:
    code = await forum.code("Ada")
    tables = ("inbound", "outbox", "identity", "audit", "person", "concern")
    before = {name: await forum.rows(name) for name in tables}
    for number in range(15):
        assert isinstance(await look(forum, "Ada", code if number % 2 else WRONG), Say | FieldErrors)
    reply = await look(forum, "Ada", code)
    assert isinstance(reply, FieldErrors)
    assert "Many codes were looked up" in str(reply.errors)
    assert "Many codes" in words(card_of(await forum.say("Ada", f"concern code {code}")))
    assert "Claims triage" in said(await look(forum, "Bo", code))
    forum.clock.move(hours=1)
    assert "Claims triage" in said(await look(forum, "Ada", code))
    assert before == {name: await forum.rows(name) for name in tables}


# ------------------------------------------------------------------------------------------------------- writing back


@BOTH
async def test_a_reply_is_in_the_thread_and_nowhere_else(forum: Forum, platform: Platform) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    tables = ("inbound", "outbox", "identity", "audit")
    before = {name: await forum.rows(name) for name in tables}
    form = await look(forum, "Ada", code, platform)
    for _ in range(2):  # sent twice, it is one
        reply = await forum.submit(
            "Ada", form, {"do": "reply", "words": "It was the water damage."}, platform
        )
        assert isinstance(reply, Say)
        assert reply.window
    assert before == {name: await forum.rows(name) for name in tables}
    shown = said(await look(forum, "Ada", code, platform))
    assert shown.count("You (week 47)\nIt was the water damage.") == 1


async def test_an_empty_or_too_long_reply_is_asked_for_again_with_its_words(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    form = await look(forum, "Ada", code)
    assert isinstance(await forum.submit("Ada", form, {"do": "reply"}), FieldErrors)
    reply = await forum.submit("Ada", form, {"do": "reply", "words": "x" * 2001})
    assert isinstance(reply, FieldErrors)
    assert "2,001 characters" in str(reply.errors)


async def test_twenty_replies_a_day(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    form = await look(forum, "Ada", code)
    for _ in range(20):
        assert isinstance(await forum.submit("Ada", form, {"do": "reply", "words": "It goes on."}), Say)
    assert isinstance(await forum.submit("Ada", form, {"do": "reply", "words": "more"}), FieldErrors)


async def test_a_long_thread_is_read_page_by_page(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    for number in range(8):
        await answered(forum, f"answer {number}")
    form = await look(forum, "Ada", code)
    assert "answer 7" in said(form)
    assert "answer 1" not in said(form)
    earlier = await forum.submit("Ada", form, {"do": "earlier"})
    assert "answer 1" in said(earlier)
    assert "answer 7" not in said(earlier)


# ------------------------------------------------------------------------------------------------------ their own word


async def test_settled_is_kept_and_shown(forum: Forum) -> None:
    code = await forum.code("Ada", also=("tell",))
    await forum.hand_over()
    await closed(forum)
    form = await look(forum, "Ada", code)
    assert "Is it settled for you?" in said(form)
    assert isinstance(await forum.submit("Ada", form, {"do": "settled"}), Say)
    shown = await look(forum, "Ada", code)
    assert isinstance(shown, Say)
    assert shown.window
    assert "You said that it is settled" in said(shown)
    await forum.hand_over()
    [row] = await forum.rows("concern")
    assert (row.state, row.return_address) == ("settled", None)


async def test_not_settled_wants_a_word_and_opens_it_once(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    await closed(forum)
    form = await look(forum, "Ada", code)
    assert isinstance(await forum.submit("Ada", form, {"do": "not_settled"}), FieldErrors)
    reply = await forum.submit("Ada", form, {"do": "not_settled", "words": "It still does it."})
    assert "It is then open again, and with its sponsors too." in said(reply)
    assert "It is open again, and with its sponsors too." in said(await look(forum, "Ada", code))
    await forum.hand_over()
    await closed(forum)
    form = await look(forum, "Ada", code)
    reply = await forum.submit("Ada", form, {"do": "not_settled", "words": "And again."})
    assert "stays closed" in said(reply)
    assert "You said twice that it is not settled." in said(await look(forum, "Ada", code))
    await forum.hand_over()
    [row] = await forum.rows("concern")
    assert (row.state, row.reopened) == ("closed", 1)


async def test_a_window_that_is_out_of_date_shows_how_things_are(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    form = await look(forum, "Ada", code)
    await closed(forum)
    late = await look(forum, "Ada", code)
    await forum.submit("Ada", late, {"do": "settled"})
    for stale, do in ((form, "reply"), (late, "settled"), (late, "not_settled")):
        reply = await forum.submit("Ada", stale, {"do": do, "words": "x"})
        assert "You said that it is settled" in said(reply)


async def test_a_concern_about_code_is_no_code(forum: Forum) -> None:
    reply = await forum.say("Ada", "concern code suggestions of the claims triage leaked a password")
    form = opened(reply)
    assert form.name == "concern.form"
    assert "code suggestions" in str(form.elements)


async def test_long_answers_are_shown_whole_on_both_platforms(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    for _ in range(6):
        await answered(forum, "字" * 2000)
    form = opened(await look(forum, "Ada", code))
    shown = render.form(form, "nonce", dialog=True)
    assert limits.problems(shown) == []
    assert "字" * 2000 in str(shown)
    assert "…" not in str(shown)
    assert "earlier" in str(form.elements)

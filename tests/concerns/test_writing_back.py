"""By a code one reads what one wrote and by when an answer is due, and is warned before one writes more."""

import pytest
import sqlalchemy as sa

from domain.concerns import Kind
from domain.people import Platform
from handlers.cards import Context, Text, plain
from handlers.concerns import levels
from handlers.conversation import Open, Say
from handlers.teams import limits, render
from storage import organisation
from storage.people import person
from storage.vault import VaultProblem
from tests.attack.statements import every_statement
from tests.chat import card_of, words
from tests.concerns.conftest import WHAT, Forum
from tests.concerns.test_codes import BOTH, WRONG, answered, closed, look, opened, said

GIVING = "I, Ada Fern, rang claim 4711-223 on 12 Nov with Bo."
HARMLESS = "Both were storm claims."


async def thread(forum: Forum, code: str) -> str:
    """All that a code shows."""
    reply = await look(forum, "Ada", code)
    if isinstance(reply, Say):
        return words(reply.card)
    return "\n".join(plain(one.runs) for one in opened(reply).elements if isinstance(one, Text | Context))


# ------------------------------------------------------------------------------------- what could give them away


@BOTH
async def test_words_that_could_give_somebody_away_are_warned_of_once(
    forum: Forum, platform: Platform
) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    form = await look(forum, "Ada", code, platform)
    warned = await forum.submit("Ada", form, {"do": "reply", "words": GIVING}, platform)
    shown = opened(warned)
    for phrase in ("Ada Fern", "claim 4711-223", "12 Nov", "Bo"):
        assert f"• “{phrase}”:" in said(warned), phrase
    inputs = {one.name: getattr(one, "value", None) for one in shown.inputs()}
    assert inputs == {"do": "reply", "words": GIVING}
    # It stands above the words.
    places = {one.name: at for at, one in enumerate(shown.elements) if hasattr(one, "name")}
    warning = next(at for at, one in enumerate(shown.elements) if isinstance(one, Text) and at > 0)
    assert warning < places["words"]
    assert await forum.rows("concern_message") == []
    assert "It is sent." in said(await forum.submit("Ada", warned, {}, platform))
    assert f"You (week 47)\n{GIVING}" in await thread(forum, code)


async def test_words_that_are_changed_after_the_warning_are_searched_again(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    warned = await forum.submit("Ada", await look(forum, "Ada", code), {"do": "reply", "words": GIVING})
    again = await forum.submit("Ada", warned, {"words": "Ask Bo."})
    assert "“Bo”" in said(again) and "4711" not in said(again)
    assert "It is sent." in said(await forum.submit("Ada", again, {"words": HARMLESS}))
    shown = await thread(forum, code)
    assert HARMLESS in shown and "Ask Bo" not in shown


async def test_what_gives_nobody_away_is_written_at_once(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    reply = await forum.submit("Ada", await look(forum, "Ada", code), {"do": "reply", "words": HARMLESS})
    assert "It is sent." in said(reply)


async def test_that_it_is_not_settled_is_warned_of_too(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    await closed(forum)
    form = await look(forum, "Ada", code)
    warned = await forum.submit("Ada", form, {"do": "not_settled", "words": GIVING})
    assert "These could give you away:" in said(warned)
    assert [row.state for row in await forum.rows("concern")] == ["closed"]
    assert "It is then open again" in said(await forum.submit("Ada", warned, {}))


async def test_what_is_settled_needs_no_words_and_those_that_are_there_are_kept(forum: Forum) -> None:
    for given in ("", HARMLESS):
        code = await forum.code("Ada")
        await forum.hand_over()
        number = len(await forum.rows("concern"))
        await closed(forum, number)
        form = await look(forum, "Ada", code)
        if given:
            assert "“Bo”" in said(await forum.submit("Ada", form, {"do": "settled", "words": GIVING}))
        assert "Thank you." in said(await forum.submit("Ada", form, {"do": "settled", "words": given}))
        await forum.hand_over()
        assert f"You: it is settled (week 47)\n{given}".strip() in await thread(forum, code)


async def test_the_window_of_a_warning_carries_nothing_of_the_words(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    form = await look(forum, "Ada", code)
    tables = ("inbound", "outbox", "identity", "audit", "concern", "concern_message")
    before = {name: await forum.rows(name) for name in tables}
    warned = opened(await forum.submit("Ada", form, {"do": "reply", "words": GIVING}))
    assert before == {name: await forum.rows(name) for name in tables}
    plain_code, page, looked = warned.context.split(" ")
    assert (plain_code, page, len(looked)) == (code.replace("-", ""), "0", 32)
    forged = Open(form=warned.model_copy(update={"context": f"{plain_code} 0 {'0' * 32}"}))
    assert isinstance(await forum.submit("Ada", forged, {}), Open)


async def test_a_wrong_code_is_never_searched(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    form = opened(await look(forum, "Ada", code))
    seen: list[list[str]] = []
    for text in (GIVING, HARMLESS):
        wrong = Open(form=form.model_copy(update={"context": f"{WRONG.replace('-', '')} 0"}))
        seen.append([])
        with every_statement(lambda text, values: seen[-1].append(text)):
            reply = await forum.submit("Ada", wrong, {"do": "reply", "words": text})
        assert "No concern has this code." in words(card_of(reply))
    assert seen[0] == seen[1]
    assert not [text for text in seen[0] if "group_concat" in text or "string_agg" in text]


# ------------------------------------------------------------------------------------------ what was written


@BOTH
async def test_by_its_code_one_reads_what_one_wrote(forum: Forum, platform: Platform) -> None:
    code = await forum.code("Ada", led_to="We checked both by hand.")
    wrote = f"What happened\n{WHAT}\nWhat it led to\nWe checked both by hand."
    assert wrote in said(await look(forum, "Ada", code, platform))  # not handed over yet
    await forum.hand_over()
    await answered(forum, "Were these claims from the coast?", Kind.ASKED)
    shown = said(await look(forum, "Ada", code, platform))
    assert wrote in shown
    assert shown.index(wrote) < shown.index("They ask you")


async def test_a_page_of_earlier_messages_does_not_repeat_it(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    for number in range(8):
        await answered(forum, f"answer {number}")
    earlier = await forum.submit("Ada", await look(forum, "Ada", code), {"do": "earlier"})
    assert WHAT not in said(earlier)


async def test_where_it_cannot_be_opened_the_thread_is_read_and_it_says_so(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    await answered(forum, "We look at it.")
    vault = forum.store.vault
    assert vault is not None

    def broken(name: str) -> bytes:
        raise VaultProblem("The disk is gone.")

    vault.get = broken  # type: ignore[method-assign]
    shown = await thread(forum, code)
    assert "We look at it." in shown and WHAT not in shown
    assert "What you wrote when you raised it cannot be opened just now." in shown


@pytest.mark.parametrize("sign", ["字", "🙂"])
async def test_the_longest_of_everything_is_shown_whole(forum: Forum, sign: str) -> None:
    more = dict.fromkeys(("when", "led_to", "was_told", "would_settle"), sign * 500)
    code = await forum.code("Ada", sign * 1500, **more)
    await forum.hand_over()
    for _ in range(6):
        await answered(forum, sign * 2000)
    form = opened(await look(forum, "Ada", code))
    shown = render.form(form, "nonce", dialog=True)
    assert limits.problems(shown) == []
    assert "…" not in str(shown)
    assert sign * 1500 in str(shown) and sign * 2000 in str(shown)


# ---------------------------------------------------------------------------------------------- by when


@pytest.mark.parametrize(
    ("severity", "kept", "said_so"),
    [
        ("usual", None, "within 5 working days of when they get it"),
        ("serious", None, "within 24 hours of when they get it"),
        ("usual", {"usual_days": 1}, "by the end of the working day after they get it"),
        ("serious", {"serious_hours": 1}, "within 1 hour of when they get it"),
        ("usual", {"usual_days": 10}, "within 10 working days of when they get it"),
    ],
)
async def test_without_a_name_one_is_told_by_when_there_is_an_answer(
    forum: Forum, severity: str, kept: dict[str, int] | None, said_so: str
) -> None:
    if kept is not None:
        await forum.store.write(lambda work: organisation.put(work, levels.SETTING, kept, None))
    shown = words(card_of(await forum.raised("Ada", severity=severity)))
    assert f"A first answer is due {said_so}." in shown


async def test_by_the_code_one_reads_by_which_day_until_there_is_one(forum: Forum) -> None:
    code = await forum.code("Ada")
    assert "first answer" not in await thread(forum, code)
    await forum.hand_over()
    assert "Nobody has taken it on yet. A first answer is due by Thursday 26 November." in await thread(
        forum, code
    )
    await answered(forum, "We look at it.", first_answer_at=forum.clock())
    assert "first answer" not in await thread(forum, code)


async def test_the_day_is_that_of_where_the_reader_is(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    far = sa.update(person).where(person.c.name == "Dara Quill").values(time_zone="Pacific/Auckland")
    await forum.store.write(lambda work: work.connection.execute(far))
    assert "due by Friday 27 November." in said(await look(forum, "Dara", code))


async def test_where_it_is_late_the_day_is_said_to_be_past(forum: Forum) -> None:
    code = await forum.code("Ada", severity="serious")
    await forum.hand_over()
    forum.clock.move(days=3)
    await forum.tick()
    assert "A first answer was due by Friday 20 November." in await thread(forum, code)

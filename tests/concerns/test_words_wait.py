"""What is written by a code waits until it is handed over, like a new concern: nobody can tell when it came."""

import asyncio
from functools import partial
from typing import Any

import sqlalchemy as sa

from domain.concerns import Kind, State
from handlers.cards import Button
from handlers.concerns.exporting import exported
from handlers.conversation import Say
from storage import case_locks, concern_words, concerns
from storage.concern_words import EnoughForNow
from storage.concerns import concern
from tests.attack.statements import every_statement
from tests.chat import card_of, words
from tests.concerns.conftest import Forum
from tests.concerns.handled import answered, closed, handed, inbox, newest, now
from tests.concerns.test_codes import look, opened, said
from tests.conftest import MovedClock

SAID = "It was the water damage."


async def writes(forum: Forum, code: str, text: str = SAID, do: str = "reply") -> str:
    return said(await forum.submit("Ada", await look(forum, "Ada", code), {"do": do, "words": text}))


async def seen(forum: Forum) -> str:
    """All that those who handle concerns can look at, and every row that is about them."""
    shown = [
        await forum.say("Hana", line)
        for line in (
            "concern show 1",
            "concern thread 1",
            "concern show 2",
            "concern list",
            "concern list closed",
        )
    ]
    shown.append(await forum.press("Hana", Button(label="", action="concern.list", value="waiting")))
    shown.append(await forum.home("Hana"))
    rows = [
        str(sorted(map(str, await forum.rows(name))))
        for name in ("outbox", "inbound", "audit", "concern_message")
    ]
    kept = await forum.store.read(
        lambda work: str(
            list(work.connection.execute(sa.select(*concerns.COLUMNS).where(concern.c.number > 0)))
        )
    )
    table = await forum.store.read(lambda work: exported(work, "csv"))
    return "\n".join([*(words(card_of(one)) for one in shown), *rows, kept, table])


async def test_nobody_who_looks_again_and_again_sees_when_something_was_written(
    forum: Forum, clock: MovedClock
) -> None:
    asked, asked_code = await handed(forum)
    ended, ended_code = await handed(forum)
    await answered(forum, "Bo", asked, "Which claims?", kind="asked")
    await closed(forum, "Bo", ended)
    await forum.sent()
    clock.move(hours=1)
    before = await seen(forum)
    clock.move(hours=1)
    assert "It is sent." in await writes(forum, asked_code)
    assert "Thank you." in await writes(forum, ended_code, "Thanks to all.", "settled")
    clock.move(hours=-1)  # what is shown has the time in it
    assert await seen(forum) == before
    await forum.hand_over()
    after = await seen(forum)
    assert SAID in after and "Thanks to all." in after  # so that the comparison would find it
    assert (await now(forum, ended)).state is State.SETTLED
    stamp = clock.now.strftime("%Y-%m-%d")
    assert not [
        row for row in await forum.rows("concern_message") if row.author_id is None and stamp in str(row)
    ]


async def test_a_word_is_written_as_a_new_concern_is(forum: Forum) -> None:
    """The same last statement, and a row of the same shape and length, whatever is said."""
    _, code = await handed(forum)
    ways: dict[str, tuple[list[str], list[Any]]] = {}

    async def way(name: str, doing: Any) -> None:
        written: list[str] = []
        with every_statement(lambda text, values: written.append(text)):
            await doing()
        rows = [row for row in await forum.rows("concern") if row.state == "sent"]
        [new] = [row for row in rows if row.case_id not in before]
        before.add(new.case_id)
        shape = [len(value) if isinstance(value, bytes) else value for value in new]
        ways[name] = [text for text in written if text.startswith(("INSERT", "UPDATE", "DELETE"))], shape

    before: set[bytes] = set()
    await way("raised", lambda: forum.code("Dara"))
    await way("short", lambda: writes(forum, code, "Yes."))
    await way("long", lambda: writes(forum, code, "It goes on. " * 160))
    assert len(ways) == 3
    assert ways["raised"] == ways["short"] == ways["long"]


async def test_words_come_in_the_order_in_which_they_were_written_each_with_its_week(
    forum: Forum, clock: MovedClock
) -> None:
    first, code = await handed(forum)
    _, other = await handed(forum)
    for number in range(3):
        await writes(forum, code, f"word {number}")
        await writes(forum, other, f"other {number}")
    assert await inbox(forum, code) == []
    shown = said(await look(forum, "Ada", code))
    assert [shown.index(f"word {number}") for number in range(3)] == sorted(
        shown.index(f"word {number}") for number in range(3)
    )
    clock.move(days=5)  # into the next week
    await forum.hand_over()
    assert await inbox(forum, code) == ["word 0", "word 1", "word 2"]
    assert await inbox(forum, other) == ["other 0", "other 1", "other 2"]
    assert {row.week for row in await forum.rows("concern_message")} == {first.week}
    assert "What you wrote last waits" not in str(opened(await look(forum, "Ada", code)).elements)


async def test_the_window_says_that_ones_words_wait(forum: Forum) -> None:
    _, code = await handed(forum)
    assert "What you wrote last waits" not in str(opened(await look(forum, "Ada", code)).elements)
    await writes(forum, code)
    assert "What you wrote last waits" in str(opened(await look(forum, "Ada", code)).elements)


async def test_the_same_sent_twice_is_written_once_also_with_a_hand_over_between(forum: Forum) -> None:
    _, code = await handed(forum)
    form = await look(forum, "Ada", code)
    for _ in range(2):
        assert isinstance(await forum.submit("Ada", form, {"do": "reply", "words": SAID}), Say)
    await forum.hand_over()
    assert isinstance(await forum.submit("Ada", form, {"do": "reply", "words": SAID}), Say)
    await forum.hand_over()
    assert await inbox(forum, code) == [SAID]
    one = await newest(forum)
    await answered(forum, "Bo", one, "Which one?", kind="asked")
    await writes(forum, code)  # the same words again, once something stands between them
    await forum.hand_over()
    assert await inbox(forum, code) == [SAID, "Which one?", SAID]


async def test_two_that_come_at_once_are_both_kept(forum: Forum) -> None:
    _, code = await handed(forum)
    plain = code.replace("-", "")
    # All of them have looked before the first is kept.
    known = await forum.store.read(lambda work: concern_words.of_code(work, plain))
    leave = partial(concern_words.leave, code=plain, kind=Kind.REPLY, known=known)
    kept = await asyncio.gather(
        *(forum.store.write(partial(leave, text=f"at once {number}")) for number in range(4))
    )
    assert kept == [True] * 4
    await forum.hand_over()
    assert sorted(await inbox(forum, code)) == [f"at once {number}" for number in range(4)]


async def test_no_box_has_a_name_that_one_had_before(forum: Forum) -> None:
    """Else copies of the database would tell that the same person wrote again, and so what is no new concern."""
    _, code = await handed(forum)
    seen: list[bytes] = []
    for number in range(3):
        for again in range(2):
            await writes(forum, code, f"word {number} {again}")
        seen += [bytes(row.case_id) for row in await forum.rows("concern") if row.state == "sent"]
        await forum.hand_over()
    assert len(seen) == len(set(seen)) == 6


async def test_after_several_words_one_waits_for_the_hand_over(forum: Forum) -> None:
    _, code = await handed(forum)
    for number in range(case_locks.MOST_WORDS):
        assert "It is sent." in await writes(forum, code, f"word {number}")
    refused = await forum.submit("Ada", await look(forum, "Ada", code), {"do": "reply", "words": "one more"})
    assert EnoughForNow().sentence in str(refused)
    await forum.hand_over()
    assert "It is sent." in await writes(forum, code, "one more")


async def test_a_word_that_comes_too_late_for_what_it_is_about_is_kept_as_words(forum: Forum) -> None:
    one, code = await handed(forum)
    await closed(forum, "Bo", one)
    await writes(forum, code, "It still does it.", "not_settled")
    await forum.store.write(lambda work: concerns.change(work, one.case_id, state=State.TAKEN.value))
    await forum.hand_over()
    after = await now(forum, one)
    assert (after.state, after.reopened) == (State.TAKEN, 0)
    assert (await inbox(forum, code))[-1] == "It still does it."


async def test_a_word_that_cannot_be_opened_is_set_aside_and_the_others_are_heard(forum: Forum) -> None:
    _, code = await handed(forum)
    _, other = await handed(forum)
    await writes(forum, code)
    [broken] = [bytes(row.case_id) for row in await forum.rows("concern") if row.state == "sent"]
    await forum.store.write(lambda work: concerns.change(work, broken, body=b"\0" * 40))
    await writes(forum, other)
    await forum.hand_over()
    assert await inbox(forum, other) == [SAID]
    assert "It is sent." in await writes(forum, code, "Once more.")  # in a place beside it
    await forum.hand_over()
    assert await inbox(forum, code) == ["Once more."]
    assert [row.state for row in await forum.rows("concern") if bytes(row.case_id) == broken] == ["unusable"]

"""The times at which anonymous concerns are handed over, and how people learn of answers without being pointed at."""

import os
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from structlog.testing import capture_logs

from domain.concerns import Kind, State
from handlers.concerns.handing import WORD
from handlers.conversation import MESSAGE, CardMessage, Replace
from storage import case_locks, concern_figures, concerns
from storage.concerns import concern
from storage.store import Work
from storage.vault import MemoryVault
from tests.chat import button, card_of, words
from tests.concerns.conftest import Forum
from tests.concerns.test_codes import answered, look, said


async def test_anonymous_ones_are_handed_over_at_fixed_times_only(forum: Forum) -> None:
    await forum.tick()  # Wednesday at 13:00 in Berlin
    await forum.code("Ada", severity="serious")
    forum.clock.move(minutes=59)
    await forum.tick()
    assert await forum.rows("outbox") == []
    forum.clock.move(minutes=1)
    await forum.tick()
    [row] = await forum.rows("concern")
    assert (row.number, row.state) == (1, "new")
    one = await forum.store.read(lambda work: concerns.by_number(work, 1))
    assert one is not None
    assert one.due_at == forum.clock.now + timedelta(hours=24)
    # As they were written: where they lie hangs on what was deleted before.
    sent = sorted(await forum.rows("outbox"), key=lambda row: row.id)
    assert [row.person_id for row in sent] == [forum.company.person[name] for name in ("Bo", "Emil", "Hana")]
    messages = [row.message for row in sent]
    assert all('"params":{"number":"1"}' in one and "triage" not in one for one in messages)


async def test_numbers_are_not_in_the_order_in_which_they_came(forum: Forum) -> None:
    codes = [
        await forum.code(who)
        for who in ("Ada", "Bo", "Cleo", "Dara", "Emil", "Hana", "Ines")
        for _ in range(2)
    ]
    await forum.hand_over()
    numbers = [
        one.number
        for code in codes
        if (one := await forum.store.read(partial(concerns.by_code, code=code.replace("-", ""))))
        and one.number
    ]
    assert sorted(numbers) == list(range(1, 15))
    assert numbers != sorted(numbers)


async def test_two_planners_hand_over_once(forum: Forum) -> None:
    await forum.code("Ada")
    other = Forum(forum.store, forum.company, forum.clock)
    forum.clock.move(hours=24)
    await forum.tick()
    await other.tick()
    assert len(await forum.rows("outbox")) == 3


# ----------------------------------------------------------------------------------------------- boxes that do not open


async def states(forum: Forum) -> dict[str, int]:
    found = [row.state for row in await forum.rows("concern")]
    return {state: found.count(state) for state in set(found)}


async def spoil(forum: Forum) -> None:
    """Write over every box that waits, as somebody with the database could."""

    def unit(work: Work) -> None:
        waiting = concern.c.state == State.SENT.value
        work.connection.execute(sa.update(concern).where(waiting).values(body=os.urandom(24_000)))

    await forum.store.write(unit)


async def test_a_box_that_somebody_wrote_over_is_set_aside_and_told_of_once_and_the_others_are_handed_over(
    forum: Forum,
) -> None:
    code = await forum.code("Ada")
    await spoil(forum)
    await forum.code("Dara")
    with capture_logs() as logs:
        await forum.hand_over()
        await forum.hand_over()
    assert await states(forum) == {"unusable": 1, "new": 1}
    assert [one for one in logs if one["event"] == "concern_box_unusable"] == [
        {"event": "concern_box_unusable", "log_level": "error", "boxes": 1}
    ]
    told = [row for row in await forum.rows("outbox") if "cannot be opened" in row.message]
    must_act = [forum.company.person[name] for name in ("Emil", "Hana", "Ines")]
    assert sorted(row.person_id for row in told) == sorted(must_act)
    assert all("One concern that was raised without a name" in row.message for row in told)
    refused = await look(forum, "Ada", code)
    assert not isinstance(refused, Replace)
    assert "triage" not in str(refused)


async def test_a_box_that_was_closed_for_another_vault_is_handed_over_when_that_vault_is_back(
    forum: Forum,
) -> None:
    code = await forum.code("Ada")
    vault = forum.store.vault
    assert isinstance(vault, MemoryVault)
    key = vault.get(case_locks.HANDLERS_KEY)
    assert key is not None
    vault.destroy(case_locks.HANDLERS_KEY)
    await forum.hand_over()
    assert await states(forum) == {"unusable": 1}
    vault.destroy(case_locks.HANDLERS_KEY)
    vault.put(case_locks.HANDLERS_KEY, key)
    assert "handed to its readers at the next" in said(await look(forum, "Ada", code))
    forum.clock.move(days=14)
    await forum.tick()
    [row] = await forum.rows("concern")
    assert (row.number, row.state, row.week) == (1, "new", "2026-W49")
    shown = [words(card) for _, card in await forum.sent()]
    assert any("flagged two correct claims" in one for one in shown)


async def test_a_box_that_does_not_open_holds_no_figure_back_and_is_in_none(forum: Forum) -> None:
    for who in ("Ada", "Bo", "Cleo", "Dara", "Emil", "Hana", "Ines"):
        for _ in range(2):
            await forum.code(who)
    await forum.hand_over()
    await forum.code("Ada")
    await spoil(forum)
    forum.clock.move(days=14)
    await forum.tick()
    assert await states(forum) == {"unusable": 1, "new": 14}
    found = await forum.store.read(lambda work: concern_figures.figures(work, "2026-W01"))
    assert found is not None
    assert found.concerns == found.cause.concerns == found.word.concerns == 14


# ------------------------------------------------------------------------------------------------------ who is told


async def test_whoever_asked_for_it_is_told_of_an_answer_without_a_word_of_it(forum: Forum) -> None:
    await forum.code("Ada", also=("tell",))
    await forum.code("Dara")
    await forum.hand_over()
    await answered(forum, "It was the limit.", number=1)
    await answered(forum, "It was the limit.", number=2)
    forum.clock.move(hours=24)
    await forum.tick()
    told = [row for row in await forum.rows("outbox") if WORD in row.message]
    assert [row.person_id for row in told] == [forum.company.person["Ada"]]
    assert "limit" not in str(told)
    assert "concern:" not in str(told[0].key)
    assert told[0].subject is None
    forum.clock.move(hours=24)
    await forum.tick()
    assert len([row for row in await forum.rows("outbox") if WORD in row.message]) == 1


async def lines(forum: Forum) -> list[int]:
    return [row.person_id for row in await forum.rows("outbox") if "an answer may be waiting" in row.message]


async def test_everybody_gets_the_line_in_a_week_with_an_answer_and_whoever_does_without_does_not(
    forum: Forum,
) -> None:
    await forum.code("Ada")
    await forum.hand_over()  # Thursday at noon, after the line's time
    assert await lines(forum) == []
    await answered(forum, "It was the limit.")
    forum.clock.move(days=7)
    await forum.tick()
    assert sorted(await lines(forum)) == sorted(forum.company.person.values())
    row = next(row for row in await forum.rows("outbox") if "may be waiting" in row.message)
    card = MESSAGE.validate_json(row.message)
    assert isinstance(card, CardMessage)
    # It is made for no platform, on which a command may begin with a slash: there is a button.
    assert "concern code" not in words(card.card)
    assert button(card.card, "Enter my code").action == "concern.code"
    off = await forum.press("Ada", button(card.card, "Spare me this line"))
    assert isinstance(off, Replace)
    await answered(forum, "And one more.")
    forum.clock.move(days=7)
    await forum.tick()
    told = await lines(forum)
    assert (told.count(forum.company.person["Ada"]), told.count(forum.company.person["Bo"])) == (1, 2)
    again = await forum.press("Ada", button(off.card, "Get it again"))
    assert "again" in words(card_of(again))


async def test_without_an_answer_in_the_week_nobody_gets_the_line(forum: Forum) -> None:
    await forum.code("Ada")
    await forum.hand_over()
    await answered(forum, "Only among us.", Kind.NOTE)
    forum.clock.move(days=7)
    await forum.tick()
    assert await lines(forum) == []


async def test_an_answer_in_a_time_that_nobody_planned_is_told_afterwards(forum: Forum) -> None:
    await forum.code("Ada", also=("tell",))
    await forum.hand_over()
    await answered(forum, "It was the limit.")
    forum.clock.move(days=10)
    await forum.tick()
    assert len([row for row in await forum.rows("outbox") if WORD in row.message]) == 1


async def test_handlers_hear_of_a_reply_with_the_next_hand_over_and_once(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    handlers = len(await forum.rows("outbox"))
    form = await look(forum, "Ada", code)
    await forum.submit("Ada", form, {"do": "reply", "words": "It was the water damage."})
    assert len(await forum.rows("outbox")) == handlers
    await forum.hand_over()
    assert len(await forum.rows("outbox")) == 2 * handlers
    await forum.hand_over()
    assert len(await forum.rows("outbox")) == 2 * handlers

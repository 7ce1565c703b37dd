"""A pulse from its launch to its release: every answer that was acknowledged is counted, once, and nothing else."""

import os
from datetime import date
from functools import partial

import pytest
import sqlalchemy as sa

from domain.pulses import Status
from handlers.capability import place
from handlers.pulses import counting, plan_card
from handlers.pulses.plan_card import subject
from storage import ballots, inbox, releases
from storage.ballots import slot
from storage.people import identity
from storage.rosters import roster
from storage.sealing import Forged
from storage.store import Work
from tests.chat import button, card_of, labels, words
from tests.pulses.conftest import Poll, points, spec, three


async def count(poll: Poll, table: sa.Table) -> int:
    return await poll.store.read(
        lambda work: work.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    )


async def boxes(poll: Poll) -> dict[bytes, bytes]:
    return await poll.store.read(
        lambda work: {
            bytes(row[0]): bytes(row[1])
            for row in work.connection.execute(sa.select(slot.c.slot_id, slot.c.box))
        }
    )


async def test_everybody_gets_an_empty_box_and_an_invitation(poll: Poll) -> None:
    number = await poll.launch()
    everybody = len(poll.company.person)
    assert await count(poll, slot) == await count(poll, roster) == everybody
    assert {len(box) for box in (await boxes(poll)).values()} == {
        len(next(iter((await boxes(poll)).values())))
    }
    sent = await poll.sent()
    assert {who for who, _ in sent} == set(poll.company.person)
    shown = sent[0][1]
    assert "Open until the end of Tuesday 24 November" in words(shown)
    assert len(labels(shown)) == 6 and labels(shown)[-1] == "Who can see this?"
    assert (await poll.pulse(number)).status is Status.OPEN


async def test_a_block_is_written_whole_or_not_at_all(poll: Poll) -> None:
    number = await poll.launch()
    before = await boxes(poll)

    def write(work: Work, *, whole: bool) -> None:
        held = ballots.ballot(work, number, poll.company.person["Ada"])
        new = {one: os.urandom(len(box)) for one, box in held.boxes.items()}
        if not whole:
            del new[held.mine]
        ballots._rewrite(work, number, held.block, new)

    with pytest.raises(Forged):
        await poll.store.write(partial(write, whole=False))
    assert await boxes(poll) == before
    await poll.store.write(partial(write, whole=True))
    after = await boxes(poll)
    changed = [one for one, box in after.items() if box != before[one]]
    assert before.keys() == after.keys() and len(changed) >= min(len(before), ballots.BLOCK)


async def test_an_answer_shows_as_given_can_be_changed_and_is_counted_once(poll: Poll) -> None:
    number = await poll.launch(three())
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 5, 4, 2)
    reply = await poll.answer("Ada", number, 1, 1, 1)
    shown = card_of(reply)
    assert labels(shown) == [
        "Change 1",
        "Change 2",
        "Change 3",
        "Add a comment",
        "Withdraw",
        "Who can see this?",
    ]
    reply = await poll.press("Ada", button(shown, "Change 1"))
    reply = await poll.press("Ada", points(reply)[4])
    assert "Thank you" in words(card_of(reply))
    await poll.close()
    assert (await poll.pulse(number)).status is Status.RELEASED
    released = await poll.store.read(lambda work: releases.of(work, number))
    assert {one.n for one in released} == {13}
    favourable = {one.question: tuple(one.favourable) for one in released}
    assert set(favourable.values()) == {(10, 13), (0, 3)} or len(favourable) == 3
    assert await count(poll, slot) == await count(poll, roster) == 0
    assert poll.store.vault is not None
    assert poll.store.vault.names() == {"mac.key"}


async def test_an_answer_leaves_no_trace_but_in_its_block(poll: Poll) -> None:
    number = await poll.launch(three())
    before = await boxes(poll)

    def traces(work: Work) -> tuple[int, list[tuple[object, ...]]]:
        kept = work.connection.execute(sa.select(sa.func.count()).select_from(inbox.inbound)).scalar_one()
        return kept, [
            tuple(row) for row in work.connection.execute(sa.select(identity).order_by(identity.c.user_id))
        ]

    poll.clock.move(hours=3)
    untouched = await poll.store.read(traces)
    reply = await poll.answer("Ada", number, 3, 3, 3)
    assert await poll.store.read(traces) == untouched
    after = await boxes(poll)
    changed = {one for one in before if before[one] != after[one]}
    assert ballots.BLOCK <= len(changed) < 2 * ballots.BLOCK
    assert {len(box) for box in after.values()} == {len(box) for box in before.values()}
    await poll.press("Ada", button(card_of(reply), "Withdraw"))
    later = await boxes(poll)
    assert {one for one in after if after[one] != later[one]} == changed


async def test_a_withdrawn_answer_is_not_counted(poll: Poll) -> None:
    number = await poll.launch(three())
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 5, 4, 2)
    shown = card_of(await poll.answer("Ada", number, 1, 1, 1))
    await poll.press("Ada", button(shown, "Withdraw"))
    await poll.close()
    released = await poll.store.read(lambda work: releases.of(work, number))
    assert {one.n for one in released} == {12}


async def test_too_few_answers_are_destroyed_unread(poll: Poll) -> None:
    number = await poll.launch()
    for first in range(1, 5):
        await poll.answer(f"Claims{first}", number, 5)
    await poll.close()
    assert (await poll.pulse(number)).status is Status.UNREAD
    assert await poll.store.read(lambda work: releases.of(work, number)) == ()
    assert await count(poll, slot) == 0


async def test_late_and_uninvited_presses_get_a_sentence(poll: Poll) -> None:
    number = await poll.launch()
    shown = await poll.answer("Ada", number)
    poll.clock.move(days=7)
    late = await poll.press("Ada", points(shown)[0])
    assert "This pulse is closed" in words(card_of(late))


async def test_a_forged_box_stops_the_release_and_tells_who_must_act(poll: Poll) -> None:
    number = await poll.launch()
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 5)
    stored = await boxes(poll)
    one, other = sorted(stored)[:2]

    def swap(work: Work) -> None:
        for mine, theirs in ((one, other), (other, one)):
            work.connection.execute(sa.update(slot).where(slot.c.slot_id == mine).values(box=stored[theirs]))

    await poll.store.write(swap)
    await poll.close()
    assert (await poll.pulse(number)).status is Status.STOPPED
    assert await poll.store.read(lambda work: releases.of(work, number)) == ()
    told = [who for who, shown in await poll.sent() if "was stopped" in words(shown)]
    assert set(told) == {"Hana", "Emil", "Ines"}


async def test_the_reminder_goes_to_those_who_have_not_answered_and_says_so_nowhere(poll: Poll) -> None:
    number = await poll.launch()
    await poll.sent()
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 5)
    poll.clock.move(days=5)
    await poll.tick()
    reminded = {who for who, shown in await poll.sent() if "only reminder" in words(shown)}
    assert reminded == set(poll.company.person) - {f"Claims{first}" for first in range(1, 13)}
    await poll.tick()
    assert await poll.sent() == []


async def test_the_reminder_comes_on_a_working_day_while_there_is_time(poll: Poll) -> None:
    """On a weekend it would wait until Monday, and the pulse would be closed by then."""
    await poll.launch(spec(opens_on=date(2026, 11, 18), closes_on=date(2026, 11, 22)))
    await poll.sent()
    poll.clock.move(days=2)
    await poll.tick()
    assert {who for who, shown in await poll.sent() if "only reminder" in words(shown)} == set(
        poll.company.person
    )


async def test_who_is_asked_for_one_working_day_alone_is_not_reminded(poll: Poll) -> None:
    await poll.launch(spec(opens_on=date(2026, 11, 18), closes_on=date(2026, 11, 19)))
    await poll.sent()
    poll.clock.move(days=1)
    await poll.tick()
    assert await poll.sent() == []


async def test_the_boxes_of_a_large_pulse_are_opened_by_all_cores_and_counted_alike(
    poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MANY_BOXES", 1)
    monkeypatch.setattr(
        counting, "_page", lambda pulse_id, after: lambda work: ballots.boxes(work, pulse_id, after, 7)
    )
    number = await poll.launch(three())
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 5, 4, 2)
    await poll.close()
    released = await poll.store.read(lambda work: releases.of(work, number))
    assert {(one.n, tuple(one.favourable), tuple(one.unfavourable)) for one in released} == {
        (12, (10, 12), (0, 2)),
        (12, (0, 3), (9, 12)),
    }


async def test_the_card_of_the_plan_says_that_its_pulse_is_over(poll: Poll) -> None:
    number = await poll.launch()
    plan = (await poll.pulse(number)).plan_id

    def place_card(work: Work) -> None:
        place(
            work,
            "card",
            subject(plan),
            plan_card.VIEW,
            {"plan": str(plan)},
            person_id=poll.company.person["Hana"],
        )

    await poll.store.write(place_card)
    before = [words(shown) for who, shown in await poll.sent() if who == "Hana"]
    await poll.close()
    after = [words(shown) for who, shown in await poll.sent() if who == "Hana"]
    assert any("open until" in one.lower() for one in before), before
    assert [one for one in after if "First pulse" in one and "open until" not in one.lower()], after

"""Copies of the database tell nobody who raised which concern without a name, nor when within a hand-over it came."""

import os
import random

import pytest
import sqlalchemy as sa

from storage.store import Work
from tests.attack import concern_thieves
from tests.attack.concern_crowd import BATCH, HANDLERS, Crowd, crowd
from tests.attack.concern_thieves import Ordered, Orders, as_they_come
from tests.attack.thieves import LEVEL, Guessed

LONG = os.environ.get("TANDEM_ATTACK") == "long"
LOTS = 5 if LONG else 3
SEED = 20261121
KINDS = pytest.mark.parametrize(("push", "long"), [(False, False), (True, False), (False, True)])


async def attacked(c: Crowd, **how: bool) -> tuple[list[Guessed], list[Ordered]]:
    """People raise concerns in an order that is known; a copy is taken after each hand-over, and one in the end."""
    chance = random.Random(SEED)
    soon: Orders = {}
    for _ in range(LOTS):
        await c.come(1, chance, **how)
        truth, orders = await c.truth(), await concern_thieves.orders(c)
        for name, rank in orders.items():
            mine = {case: place for case, place in rank.items() if truth[case] in c.lots[-1]}
            soon[f"{name}, soon"] = soon.get(f"{name}, soon", {}) | mine
    return await looked(c, soon)


async def looked(c: Crowd, soon: Orders | None = None) -> tuple[list[Guessed], list[Ordered]]:
    truth, orders = await c.truth(), await concern_thieves.orders(c) | (soon or {})
    return concern_thieves.link(c.lots, truth, orders), concern_thieves.agree(c.lots, truth, orders)


def assert_chance(found: tuple[list[Guessed], list[Ordered]]) -> None:
    guessed, ordered = found
    assert guessed and ordered
    for one in guessed:
        assert one.of == LOTS * BATCH
        assert one.likely > LEVEL, one
    for each in ordered:
        assert each.likely > LEVEL, each


@KINDS
async def test_nothing_that_stands_in_an_order_links_anybody_with_a_case(
    database_url: str, push: bool, long: bool
) -> None:
    async with crowd(database_url) as c:
        assert_chance(await attacked(c, push=push, long=long))
        if c.store.dialect == "postgresql":
            await c.alone("VACUUM FULL")
            assert_chance(await looked(c))


async def test_the_attack_finds_a_number_that_counts_up_as_concerns_come(database_url: str) -> None:
    async with crowd(database_url) as c:
        with as_they_come(counted=True):
            guessed, ordered = await attacked(c)
    assert next(one for one in guessed if one.how == "number").share == 1.0
    assert next(one for one in ordered if one.how == "number").likely < LEVEL


async def test_the_attack_finds_cases_that_are_written_when_they_come(database_url: str) -> None:
    """Also why a shuffled number alone would not do: the log, dead rows and counters keep the order."""
    async with crowd(database_url) as c:
        with as_they_come():
            _, ordered = await attacked(c, long=c.store.dialect == "postgresql")
    found = {one.how: one.likely for one in ordered}
    assert found["number"] > LEVEL
    telling = "chunk" if c.store.dialect == "postgresql" else "log"
    assert min(likely for how, likely in found.items() if telling in how) < LEVEL


async def test_a_copy_after_every_concern_does_not_say_which_case_each_becomes(database_url: str) -> None:
    """It shows which box is whose; boxes are alike, and nothing of one is in the case that it becomes."""
    async with crowd(database_url) as c:
        await c.planner.tick()
        boxes: dict[int, sa.Row[tuple[object, ...]]] = {}
        lot = c.people[HANDLERS : HANDLERS + BATCH]
        for at, one in enumerate(lot):
            before = {row.case_id for row in await rows(c)}
            await c.raises(one, push=at % 2 == 0, long=at % 3 == 0)
            [boxes[one]] = [row for row in await rows(c) if row.case_id not in before]
        said = {alike(row) for row in boxes.values()}
        assert len(said) == 1
        await c.hand_over()
        cases = {bytes(row.case_id): row for row in await rows(c)}
        truth = {person: case for case, person in (await c.truth()).items()}
        assert len(truth) == len(lot)
        for one, box in boxes.items():
            assert bytes(box.case_id) not in cases
            assert shared(box, cases[truth[one]]) == 0
        found = concern_thieves.agree(
            [lot],
            {case: person for person, case in truth.items()},
            {"name": {truth[one]: int.from_bytes(bytes(row.case_id)[:6]) for one, row in boxes.items()}},
        )
        assert found[0].likely > LEVEL


async def test_that_comparison_finds_a_box_that_keeps_its_name(database_url: str) -> None:
    async with crowd(database_url) as c:
        with as_they_come():
            await c.raises(c.people[HANDLERS])
            [box] = await rows(c)
            await c.planner.tick()
            await c.hand_over()
            [case] = await rows(c)
    assert shared(box, case) > 0 and case.number == 1


async def rows(c: Crowd) -> list[sa.Row[tuple[object, ...]]]:
    def unit(work: Work) -> list[sa.Row[tuple[object, ...]]]:
        return list(work.connection.execute(sa.text("SELECT * FROM concern")))

    return await c.store.read(unit)


def alike(row: sa.Row[tuple[object, ...]]) -> tuple[object, ...]:
    """All that a box says without its key: values, and of bytes how many."""
    return tuple(len(bytes(one)) if isinstance(one, bytes) else one for one in row)


def shared(one: sa.Row[tuple[object, ...]], other: sa.Row[tuple[object, ...]]) -> int:
    """How many pieces of eight bytes both rows hold."""
    pieces = [
        {
            bytes(value)[at : at + 8]
            for value in row
            if isinstance(value, bytes)
            for at in range(len(value) - 7)
        }
        for row in (one, other)
    ]
    return len(pieces[0] & pieces[1])


# ------------------------------------------------------------------------------------------------ what is left behind


async def test_raising_writes_one_row_and_looking_in_writes_none(database_url: str) -> None:
    async with crowd(database_url) as c:
        one = c.people[HANDLERS]
        before = await c.everything("concern")
        await c.raises(one)
        assert await c.everything("concern") == before
        assert len(await rows(c)) == 1
        kept = await c.everything()
        for typed in (c.codes[one], "0" * 25, "A" * 25, "nonsense"):
            await c.says(one, f"concern code {typed}")
        assert await c.everything() == kept
        # Positive control: the same person's usual commands do leave something.
        await c.says(one, "contribute 2h data on claims: labelled 40 cases")
        assert await c.everything("concern") != before


async def test_what_handlers_get_says_nothing_of_when_within_a_hand_over_it_came(database_url: str) -> None:
    async with crowd(database_url) as c:
        await c.come(2, random.Random(SEED))
        cases = {row.number: row for row in await rows(c)}
        truth = await c.truth()
        order = {one: at for lot in c.lots for at, one in enumerate(lot)}
        for lot in c.lots:
            mine = [row for row in cases.values() if truth[bytes(row.case_id)] in lot]
            assert {row.week for row in mine} == {mine[0].week}
            assert {(str(row.handed_at), str(row.due_at)) for row in mine} == {
                (str(mine[0].handed_at), str(mine[0].due_at))
            }
        told = await c.store.read(told_of)
        assert len(told) == len(cases) * 3  # its owner, the AI function and HR
        for number in (1, 2):
            lot = c.lots[number - 1]
            moments = {
                (str(row.created_at), str(row.due_at))
                for row in told
                if truth[bytes(cases[int(row.subject.split(":")[1])].case_id)] in lot
            }
            assert len(moments) == 1
        # In what order they are told.
        by_row = {bytes(cases[int(row.subject.split(":")[1])].case_id): row.id for row in reversed(told)}
        for found in concern_thieves.agree(c.lots, truth, {"row": by_row}):
            assert found.likely > LEVEL
        # Positive control: the order in which they came is found.
        came = {case: order[person] for case, person in truth.items()}
        assert concern_thieves.agree(c.lots, truth, {"came": came})[0].likely < LEVEL


async def test_escalation_says_nothing_of_when_it_came_either(database_url: str) -> None:
    async with crowd(database_url) as c:
        await c.come(2, random.Random(SEED))
        c.clock.move(days=15)
        await c.planner.tick()
        found = await rows(c)
        assert len({str(row.escalated_at) for row in found}) == 1
        assert None not in {row.escalated_at for row in found}


def told_of(work: Work) -> list[sa.Row[tuple[object, ...]]]:
    return list(
        work.connection.execute(
            sa.text(
                "SELECT id, subject, created_at, due_at, person_id FROM outbox "
                "WHERE subject LIKE 'concern:%' ORDER BY id"
            )
        )
    )

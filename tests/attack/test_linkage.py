"""Copies of the database link nobody with a box or a comment better than guessing within a block does."""

import contextlib
import os
import random
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from tests.attack import thieves
from tests.attack.electorate import Electorate, alone, electorate, neighbours
from tests.attack.thieves import LEVEL, Guessed

LONG = os.environ.get("TANDEM_ATTACK") == "long"
PEOPLE = 200 if LONG else 56
#: Enough to be found, where there is a leak.
FEW = 24
SEED = 20261118


async def boxes(
    url: str, count: int, variant: Callable[[], contextlib.AbstractContextManager[None]], rounds: int = 2
) -> list[Guessed]:
    """People answer in an order that is known, and a copy is taken after each press."""
    chance = random.Random(SEED)
    async with electorate(url, count) as e:
        await e.launch()
        with variant():
            watched = await thieves.watch(e, thieves.presses(e.people, chance, rounds))
        return await thieves.link_boxes(e, watched, chance)


async def comments(e: Electorate) -> list[Guessed]:
    """People comment in an order that is known, and what is released is read as it lies on the disk."""
    await e.launch()
    for one in in_order(e):
        e.clock.move(seconds=61)
        await e.answer(one, q0=b"\2", comment=thieves.name_of(one).encode())
    if e.is_plain:
        # The other part of an answer is kept in the same table; the thief looks at the comments.
        await e.store.write(
            lambda work: work.connection.execute(
                sa.text("DELETE FROM plain_answer WHERE text NOT LIKE 'I am%'")
            )
        )
    else:
        assert (await e.close()).status == "released"
    return await thieves.link_comments(e, in_order(e))


def in_order(e: Electorate) -> list[int]:
    """In which order people come, which the thief knows."""
    order = list(e.people)
    random.Random(SEED).shuffle(order)
    return order


def assert_chance(found: Sequence[Guessed]) -> None:
    assert found
    for one in found:
        assert one.of >= FEW
        assert one.likely > LEVEL, one


async def test_a_copy_after_every_press_links_nobody_with_a_box_beyond_the_block(database_url: str) -> None:
    assert_chance(await boxes(database_url, PEOPLE, contextlib.nullcontext))


async def test_the_attack_on_boxes_finds_neighbours_that_are_drawn_anew_each_time(database_url: str) -> None:
    found = await boxes(database_url, FEW, neighbours, rounds=5)
    assert found[0].share > 0.5 and found[0].likely < LEVEL


async def test_the_attack_on_boxes_finds_the_one_that_is_written_alone(database_url: str) -> None:
    found = await boxes(database_url, FEW, alone, rounds=1)
    assert found[0].share == 1.0


async def test_where_comments_lie_links_nobody_with_one_also_when_all_is_written_anew(
    database_url: str,
) -> None:
    async with electorate(database_url, PEOPLE) as e:
        before = await comments(e)
        assert_chance(before)
        await rewritten(e)
        after = await thieves.link_comments(e, in_order(e))
        assert_chance(after)
        assert len(after) == len(before)


async def test_the_attack_on_comments_finds_plain_rows_whatever_is_looked_at(database_url: str) -> None:
    async with electorate(database_url, FEW, is_plain=True) as e:
        found = {one.how: one.share for one in await comments(e)}
        assert {how: share for how, share in found.items() if how.endswith("by time")} == {
            how: 1.0 for how in found if how.endswith("by time")
        }
        await rewritten(e)
        again = await thieves.link_comments(e, in_order(e))
        assert all(one.share == 1.0 for one in again if one.how.endswith("by time"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_of_a_box_is_left_in_the_files_after_the_close(database_url: str) -> None:
    async with electorate(database_url, FEW) as e:
        assert await leftovers(e) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_search_of_the_files_finds_what_was_not_overwritten(database_url: str) -> None:
    async with electorate(database_url, FEW) as e:
        with thieves.without_secure_delete(e):
            assert await leftovers(e) > FEW


async def leftovers(e: Electorate) -> int:
    """How many of the boxes and slots that ever were stand in the files after the close."""
    await e.launch()
    pieces: set[bytes] = set()
    for one in e.people:
        await e.answer(one, q0=b"\2", comment=b"a comment")
        seen = await thieves.copy(e)
        pieces |= {box[:32] for box in seen.boxes.values()} | set(seen.boxes)
    assert thieves.left_in_files(e, pieces) > 0
    await e.close()
    return thieves.left_in_files(e, pieces)


async def rewritten(e: Electorate) -> None:
    """Let the database write all its tables anew."""
    if e.store.dialect == "sqlite":
        with sa.create_engine(e.url, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM")
        return
    engine = create_async_engine(e.url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as asynchronous:
        await asynchronous.exec_driver_sql("VACUUM FULL")
    await engine.dispose()

"""Forty copies of the database tell next to nothing about who answered."""

import contextlib
import random

from tests.attack import thieves
from tests.attack.electorate import alone, electorate

#: What is promised (shared by docs/privacy.md and the tests): 0.5 is chance, 1 is certainty.
MOST_AUC = 0.65
#: With fewer people chance alone would come near to what is promised.
PEOPLE = 200
SEED = 3


async def took_part(
    url: str, *, is_refreshed: bool, one_box: bool = False, each: bool = False
) -> thieves.TookPart:
    """Three of ten answer in the course of a week, of which a thief has forty copies.

    A thief who knows whose box is which (k_slot, without k_wrap) ranks people as this one ranks boxes: what then is
    left are the blocks, and that no copy tells which of eight it was.
    """
    async with electorate(url, PEOPLE) as e:
        await e.launch()
        with alone() if one_box else contextlib.nullcontext():
            return await thieves.week(e, random.Random(SEED), is_refreshed=is_refreshed, each=each)


async def test_forty_copies_hardly_tell_who_took_part(database_url: str) -> None:
    assert (await took_part(database_url, is_refreshed=True)).few <= MOST_AUC


async def test_the_attack_finds_busy_blocks_where_nothing_is_locked_anew(database_url: str) -> None:
    """Also why blocks of eight alone would not do."""
    assert (await took_part(database_url, is_refreshed=False)).few > 0.6


async def test_the_attack_finds_who_took_part_where_boxes_are_written_alone(database_url: str) -> None:
    assert (await took_part(database_url, is_refreshed=False, one_box=True)).few > 0.99

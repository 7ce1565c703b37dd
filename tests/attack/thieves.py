"""What somebody with copies of the database makes of them: links of people with boxes and comments, and who took part.

A thief knows the code, who is asked, and when each of them pressed a button; not the vault.
"""

import asyncio
import contextlib
import math
import random
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from handlers.pulses import launching
from storage import ballots
from storage.store import Work
from tests.attack.electorate import Electorate

#: How seldom chance alone may be called a link, for each way of guessing.
LEVEL = 1e-6
PAGE = 4096


class Copy(NamedTuple):
    """The database at one moment."""

    boxes: Mapping[bytes, bytes]
    #: Where each box stands: its last place in the log of changes (SQLite), its ctid (PostgreSQL).
    place: Mapping[bytes, int]
    #: What wrote it: nothing (SQLite), its xmin (PostgreSQL).
    writer: Mapping[bytes, int]


class Guessed(NamedTuple):
    """How a way of guessing did."""

    how: str
    linked: int
    of: int
    chance: float

    @property
    def share(self) -> float:
        return self.linked / self.of

    @property
    def likely(self) -> float:
        """How likely chance alone links so many: the binomial's upper tail."""
        p = self.chance
        return min(
            1.0,
            sum(
                math.comb(self.of, n) * p**n * (1 - p) ** (self.of - n)
                for n in range(self.linked, self.of + 1)
            ),
        )


async def copy(e: Electorate, before: Copy | None = None) -> Copy:
    """Take what a thief takes; places in the log of changes are looked up for what is not as it was before."""
    if e.store.dialect == "sqlite":
        return await asyncio.to_thread(_copy_of_files, file_of(e), before)
    return await e.store.read(_copy_by_query)


def file_of(e: Electorate) -> Path:
    database = sa.make_url(e.url).database
    assert database is not None
    return Path(database)


def wal_of(e: Electorate) -> Path:
    path = file_of(e)
    return path.with_name(f"{path.name}-wal")


def _copy_of_files(path: Path, before: Copy | None) -> Copy:
    """The committed rows, and where in the log of changes their bytes stand."""
    connection = sqlite3.connect(path)
    boxes = {bytes(slot): bytes(box) for slot, box in connection.execute("SELECT slot_id, box FROM slot")}
    connection.close()
    new = {slot: box for slot, box in boxes.items() if before and before.boxes[slot] != box}
    wal = path.with_name(f"{path.name}-wal").read_bytes() if new else b""
    return Copy(boxes, {slot: wal.rfind(box[-16:]) for slot, box in new.items()}, {})


def _copy_by_query(work: Work) -> Copy:
    rows = work.connection.execute(
        sa.text("SELECT slot_id, box, ctid::text AS place, xmin::text AS writer FROM slot")
    ).all()
    return Copy(
        {bytes(row.slot_id): bytes(row.box) for row in rows},
        {bytes(row.slot_id): ctid(row.place) for row in rows},
        {bytes(row.slot_id): int(row.writer) for row in rows},
    )


def ctid(text: str) -> int:
    page, _, row = text.strip("()").partition(",")
    return int(page) * 10_000 + int(row)


# ------------------------------------------------------------------------------------------------ people and boxes

Event = tuple[int, Mapping[str, bytes]]


class Watched(NamedTuple):
    """One press, and what changed by it."""

    person_id: int
    changed: frozenset[bytes]
    after: Copy


async def watch(e: Electorate, events: Sequence[Event]) -> list[Watched]:
    """Have people answer one after the other, and take a copy after each press."""
    seen: list[Watched] = []
    before = await copy(e)
    for person_id, parts in events:
        e.clock.move(seconds=7)
        await e.answer(person_id, **parts)
        after = await copy(e, before)
        changed = frozenset(slot for slot, box in after.boxes.items() if before.boxes[slot] != box)
        seen.append(Watched(person_id, changed, after))
        before = after
    return seen


def presses(people: Sequence[int], chance: random.Random, rounds: int = 2) -> list[Event]:
    """Everybody answers each of three questions, and then again, in an order that the thief knows."""
    events: list[Event] = []
    for number in range(rounds):
        order = list(people)
        chance.shuffle(order)
        events += [(one, {f"q{number % 3}": bytes([chance.randint(1, 5)])}) for one in order]
    return events


async def link_boxes(e: Electorate, watched: Sequence[Watched], chance: random.Random) -> list[Guessed]:
    """Guess the box of everybody who pressed, in every way that we know."""
    of: dict[int, list[Watched]] = defaultdict(list)
    heat: dict[bytes, int] = defaultdict(int)
    for one in watched:
        of[one.person_id].append(one)
        for slot in one.changed:
            heat[slot] += 1
    common = {
        person: sorted(frozenset.intersection(*(one.changed for one in some))) for person, some in of.items()
    }
    sizes = await _block_sizes(e)
    truth = {person: e.slot_of(person) for person in of}
    level = sum(1 / sizes[slot] for slot in truth.values()) / len(truth)

    def last(person: int) -> Copy:
        return of[person][-1].after

    def lonely(person: int) -> Callable[[bytes], int]:
        """How many of those that changed stand on the same page."""
        after, changed = last(person), of[person][-1].changed
        page = {slot: after.place[slot] // (PAGE + 24 if not after.writer else 10_000) for slot in changed}
        return lambda slot: sum(one == page[slot] for one in page.values())

    ways: dict[str, Callable[[int, list[bytes]], bytes]] = {
        "what changed every time": lambda person, some: chance.choice(some),
        "written first": lambda person, some: min(some, key=last(person).place.__getitem__),
        "written last": lambda person, some: max(some, key=last(person).place.__getitem__),
        "alone on its page": lambda person, some: min(some, key=lonely(person)),
        "written most often": lambda person, some: max(some, key=lambda slot: (heat[slot], slot)),
        "lowest name": lambda person, some: some[0],
    }
    if any(one.after.writer for one in watched):
        ways["oldest writer"] = lambda person, some: min(some, key=last(person).writer.__getitem__)
        ways["newest writer"] = lambda person, some: max(some, key=last(person).writer.__getitem__)
    return [
        Guessed(
            how,
            sum(bool(some) and pick(person, some) == truth[person] for person, some in common.items()),
            len(truth),
            level,
        )
        for how, pick in ways.items()
    ]


async def _block_sizes(e: Electorate) -> dict[bytes, int]:
    rows = await e.store.read(
        lambda work: work.connection.execute(
            sa.text("SELECT slot_id, block FROM slot WHERE pulse_id = :one"), {"one": e.pulse_id}
        ).all()
    )
    count: dict[int, int] = defaultdict(int)
    for row in rows:
        count[row.block] += 1
    return {bytes(row.slot_id): count[row.block] for row in rows}


# ------------------------------------------------------------------------------------------------ what is left behind


def left_in_files(e: Electorate, pieces: Collection[bytes]) -> int:
    """How many of these stand anywhere in the database's files, unused pages included."""
    wal = wal_of(e)
    content = file_of(e).read_bytes() + (wal.read_bytes() if wal.exists() else b"")
    return sum(one in content for one in pieces)


@contextlib.contextmanager
def without_secure_delete(e: Electorate) -> Iterator[None]:
    """A leaky variant: what is deleted stays in the unused pages of the file."""
    engine = e.store._engine  # type: ignore[attr-defined]

    def _loosen(connection: sqlite3.Connection, record: object, proxy: object) -> None:
        connection.execute("PRAGMA secure_delete=OFF")

    sa.event.listen(engine, "checkout", _loosen)
    try:
        yield
    finally:
        sa.event.remove(engine, "checkout", _loosen)


# ------------------------------------------------------------------------------------------------ people and comments


def name_of(person_id: int) -> str:
    """What somebody writes, by which the truth is known."""
    return f"I am number {person_id} and I say so"


async def link_comments(e: Electorate, order: Sequence[int]) -> list[Guessed]:
    """Guess who wrote which comment, from where comments stand and in which order people wrote them."""
    stored: dict[str, dict[int, list[str]]] = await e.store.read(
        _plain_orders if e.is_plain else _comment_orders
    )
    found = []
    for how, blocks in stored.items():
        for whose, writers in (
            ("time", list(order)),
            ("time, turned round", list(reversed(order))),
            ("id", sorted(order)),
        ):
            linked = of = 0
            level = 0.0
            for block, texts in blocks.items():
                mine = [one for one in writers if not block or e.department[one] == block]
                linked += sum(name_of(one) == text for one, text in zip(mine, texts, strict=False))
                of += len(texts)
                level += 1.0
            found.append(Guessed(f"{how} by {whose}", linked, of, level / of))
    return found


def _comment_orders(work: Work) -> dict[str, dict[int, list[str]]]:
    rows = work.connection.execute(sa.text("SELECT * FROM comment")).all()
    orders = {"dump": [(row.block, row.text) for row in rows]}
    if work.connection.dialect.name == "postgresql":
        rows = work.connection.execute(
            sa.text("SELECT block, text, xmin::text AS writer, ctid::text AS place FROM comment")
        ).all()
        orders["ctid"] = [(row.block, row.text) for row in sorted(rows, key=lambda row: ctid(row.place))]
        orders["xmin"] = [(row.block, row.text) for row in sorted(rows, key=lambda row: int(row.writer))]
    return {how: _by_block(some) for how, some in orders.items()}


def _plain_orders(work: Work) -> dict[str, dict[int, list[str]]]:
    by = ["id", "answered_at"]
    by += ["ctid", "xmin::text::bigint"] if work.connection.dialect.name == "postgresql" else ["rowid"]
    return {
        how: {
            0: list(
                work.connection.execute(sa.text(f"SELECT text FROM plain_answer ORDER BY {how}")).scalars()
            )
        }
        for how in by
    }


def _by_block(rows: Sequence[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for block, text in rows:
        found[block].append(text)
    return found


# ------------------------------------------------------------------------------------------------ who took part


def auc(scores: Mapping[Any, float], took_part: Collection[Any]) -> float:
    """How often one who took part scores higher than one who did not; 0.5 is chance."""
    yes = [score for one, score in scores.items() if one in took_part]
    no = [score for one, score in scores.items() if one not in took_part]
    won = sum((a > b) + (a == b) / 2 for a in yes for b in no)
    return won / (len(yes) * len(no))


def activity(copies: Sequence[Copy]) -> dict[bytes, float]:
    """Between how many copies each box changed."""
    found = dict.fromkeys(copies[0].boxes, 0.0)
    for before, after in pairwise(copies):
        for slot, box in after.boxes.items():
            found[slot] += before.boxes[slot] != box
    return found


class TookPart(NamedTuple):
    """How well it is told who took part."""

    #: From forty copies.
    few: float
    #: From a copy after every commit.
    every: float


async def week(
    e: Electorate,
    chance: random.Random,
    *,
    share: float = 0.3,
    is_refreshed: bool = True,
    copies: int = 40,
    each: bool = False,
) -> TookPart:
    """Some answer all questions in the course of a week, and blocks are locked anew; who took part?

    Between two copies each block is locked anew with the chance that it has of that with a planner that ticks every
    minute. `each` takes a copy after every commit too.
    """
    took_part = chance.sample(e.people, round(len(e.people) * share))
    blocks = await e.store.read(lambda work: ballots.blocks(work, e.pulse_id))
    ticks = 7 * 24 * 60 / copies
    drawn = -(-blocks // launching.REFRESH_PART) / launching.REFRESH_TICKS
    often = 1 - (1 - 1 / blocks) ** (ticks * drawn)
    todo: list[tuple[float, int | None, int | None]] = [
        (chance.uniform(0, copies), person_id, None) for person_id in took_part
    ]
    if is_refreshed:
        todo += [
            (chance.uniform(number, number + 1), None, block)
            for number in range(copies)
            for block in range(blocks)
            if chance.random() < often
        ]
    taken = [await copy(e)]
    every = [taken[0]]
    for at, person_id, block in sorted(todo, key=lambda one: one[0]):
        while at > len(taken):
            taken.append(await copy(e))
        if block is not None:
            await e.store.write(partial(launching._refresh, pulse_id=e.pulse_id, block=block))
        else:
            assert person_id is not None
            await e.answer(person_id, **{f"q{n}": b"\3" for n in range(len(e.one.spec.questions))})
        if each:
            every.append(await copy(e))
    taken.append(await copy(e))
    truth = {e.slot_of(one) for one in took_part}
    return TookPart(auc(activity(taken), truth), auc(activity(every), truth) if each else 0.5)

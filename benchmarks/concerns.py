"""Concerns, 100,000 of them: figures against hand-written SQL, the first page of a list, and raising against logging.

Run `python -m benchmarks.concerns [--rows 100000] [--only sqlite|postgresql] [--times 9] [--seconds 3] [--rounds 3]`.
Targets: figures take at most twice the time of hand-written SQL through the bare driver, a first page less than 50 ms,
and raising one and writing back at most 1.5 times that of logging a contribution: through the dispatcher in this
process, and over HTTP against `tandem serve` (`benchmarks.concern_requests`).
"""

import argparse
import asyncio
import itertools
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks import concern_requests
from benchmarks.contributions import create_database
from benchmarks.reports import (
    INITIATIVES,
    NOW,
    PostgresByHand,
    SqliteByHand,
    bare,
    databases,
    median_ms,
)
from domain.concerns import Cause, Gap, Severity, State, code_words, read_code
from domain.contributions import Policy
from domain.schedules import week_of
from handlers.capability import AnyReply
from handlers.cards import Heading
from handlers.conversation import Command, Open, Origin, Say, Submission
from handlers.dispatch import Dispatcher
from handlers.registry import capabilities
from storage import concern_boxes, concern_figures, concern_lists, migrate, people
from storage.concern_lists import Part, Reader
from storage.store import Store, Work, open_store
from storage.vault import FileVault

MOST_TIMES, MOST_OF_A_CONTRIBUTION, MOST_MS = 2.0, 1.5, 50.0
WEEKS = 208
#: People who raise, log and write back in turn: nobody comes to the limit of a day.
PEOPLE = 200
WAYS = {
    "looked": "looked at without a name",
    "anonymous": "sent without a name",
    "looked named": "looked at with a name",
    "named": "sent with a name",
    "written": "written back by code",
}

COLUMNS = [
    *(
        "case_id",
        "number",
        "initiative_id",
        "week",
        "severity",
        "cause",
        "gap",
        "is_specific",
        "body",
        "state",
    ),
    *("handed_at", "due_at", "first_answer_at", "reopened"),
]

_WITHIN = "week BETWEEN {0} AND {1}"
_SUMS = ", ".join(
    f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)"
    for condition in (
        *(f"cause = '{cause.value}'" for cause in Cause),
        "cause IS NULL",
        *(f"gap = '{gap.value}'" for gap in Gap),
        "gap IS NULL",
        *("is_specific", "NOT is_specific"),
        *("state = 'settled'", "state IN ('closed', 'reopened')"),
        "state NOT IN ('settled', 'closed', 'reopened')",
    )
)
BY_WEEK = "SELECT week, count(*) FROM concern WHERE week < {0} GROUP BY week"
COUNTS = (
    f"SELECT week, initiative_id, count(*), {_SUMS} FROM concern WHERE {_WITHIN} GROUP BY week, initiative_id"
)
MEDIAN = {
    "sqlite": f"""WITH e AS (SELECT (julianday(first_answer_at) - julianday(handed_at)) * 24 AS h FROM concern
WHERE {_WITHIN} AND first_answer_at IS NOT NULL),
r AS (SELECT h, row_number() OVER (ORDER BY h) AS p, count(*) OVER () AS n FROM e)
SELECT max(n), avg(h) FROM r WHERE p BETWEEN n / 2.0 AND n / 2.0 + 1""",
    "postgresql": f"""SELECT count(*), percentile_cont(0.5) WITHIN GROUP
(ORDER BY extract(epoch FROM first_answer_at - handed_at) / 3600) FROM concern
WHERE {_WITHIN} AND first_answer_at IS NOT NULL""",
}


def rows(number: int) -> Iterator[tuple[Any, ...]]:
    """Deterministic concerns of four years, most of them over, in the order of COLUMNS; as long as locked ones."""
    chance = random.Random(5)
    states = (
        [State.SETTLED] * 60 + [State.CLOSED] * 30 + [State.TAKEN] * 6 + [State.NEW] * 3 + [State.REOPENED]
    )
    for one in range(1, number + 1):
        handed = NOW - timedelta(days=7 * WEEKS * (1 - one / number) + 7)
        state = states[int(chance.random() * 100)]
        answered = state is not State.NEW
        yield (
            chance.randbytes(16),
            one,
            None if one % 20 == 0 else 1 + int(chance.random() * INITIATIVES),
            week_of(handed.date()),
            "serious" if chance.random() < 0.1 else "usual",
            chance.choice([None, *(cause.value for cause in Cause)]),
            chance.choice([None, *(gap.value for gap in Gap)]),
            chance.random() < 0.7,
            chance.randbytes(1100),
            state.value,
            handed,
            handed + timedelta(days=7),
            handed + timedelta(hours=chance.random() * 150) if answered else None,
            0,
        )


def fill_sqlite(path: str, number: int) -> None:
    connection = sqlite3.connect(path)
    marks = ",".join("?" * len(COLUMNS))
    connection.executemany(
        f"INSERT INTO concern ({','.join(COLUMNS)}) VALUES ({marks})",
        (
            [f"{cell:%Y-%m-%d %H:%M:%S.%f}" if hasattr(cell, "strftime") else cell for cell in row]
            for row in rows(number)
        ),
    )
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()


async def fill_postgres(url: str, number: int) -> None:
    connection = await asyncpg.connect(bare(url))
    await connection.copy_records_to_table("concern", columns=COLUMNS, records=rows(number))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def figures(store: Store, hand: SqliteByHand | PostgresByHand, weeks: int, times: int) -> bool:
    first, until = week_of((NOW - timedelta(weeks=weeks)).date()), week_of(NOW.date())

    async def by_hand() -> None:
        await hand.run(BY_WEEK, until)
        await hand.run(COUNTS, first, until)
        await hand.run(MEDIAN[store.dialect], first, until)

    async def ours() -> None:
        await store.read(lambda work: concern_figures.figures(work, first))

    floor, mine = await median_ms(times, by_hand, ours)
    good = mine <= MOST_TIMES * floor
    print(
        f"  figures of {weeks} weeks: by hand {floor:.1f} ms, ours {mine:.1f} ms, "
        f"ratio {mine / floor:.2f} {_verdict(good)}"
    )
    return good


async def first_pages(store: Store, times: int) -> bool:
    """The first page of each list, for HR, for the product owner of one initiative of 40, and for a sponsor of one."""
    readers = {
        "HR": Reader(1, True),
        "a product owner": Reader(3, False, owned=(7,)),
        "a sponsor": Reader(4, False, sponsored=(7,)),
    }
    overdue = (Part.OVERDUE_SERIOUS, Part.OVERDUE)
    lists: dict[str, Callable[[Work, Reader], object]] = {
        "open": concern_lists.open_page,
        "overdue": partial(concern_lists.open_page, parts=overdue),
        "new": partial(concern_lists.page, states=(State.NEW,)),
        "closed": partial(concern_lists.page, states=(State.CLOSED, State.SETTLED)),
    }
    slowest, which = 0.0, ""
    for (who, reader), (name, found) in itertools.product(readers.items(), lists.items()):

        async def page(reader: Reader = reader, found: Callable[[Work, Reader], object] = found) -> object:
            return await store.read(lambda work: found(work, reader))

        (taken,) = await median_ms(times, page)
        slowest, which = max((slowest, which), (taken, f"{name}, for {who}"))
    print(f"  first page, slowest list ({which}): {slowest:.1f} ms {_verdict(slowest < MOST_MS)}")
    return slowest < MOST_MS


async def writing(store: Store) -> bool:
    """Raise without a name, raise with one, and write back by code, each in turn with logging, by the dispatcher."""

    def link(work: Work) -> None:
        for number in range(1, PEOPLE + 1):
            people.link(work, "slack", "T1", f"U{number}", number)

    await store.write(link)
    dispatch = Dispatcher(store, capabilities(), policy=Policy(), profiles={})
    keys = itertools.count(1)
    codes: dict[int, str] = {}
    looks: dict[int, Open] = {}

    def origin(number: int) -> Origin:
        return Origin(platform="slack", tenant="T1", user_id=f"U{number}", channel="D1")

    async def logged(number: int) -> None:
        text = "10m data on use-case-1: labelled 400 exceptions"
        reply = await dispatch(
            Command(key=f"c{next(keys)}", origin=origin(number), name="contribute", text=text)
        )
        assert isinstance(reply, Say), reply

    async def opened(number: int) -> Open:
        reply = await dispatch(Command(key=f"o{next(keys)}", origin=origin(number), name="concern"))
        assert isinstance(reply, Open), reply
        return reply

    async def submitted(number: int, form: Open, name: str) -> AnyReply:
        values = {
            "initiative": "1",
            "what": "It flagged two correct claims as fraud last week.",
            "name": name,
        }
        return await dispatch(
            Submission(
                key=f"s{next(keys)}",
                origin=origin(number),
                form=form.form.name,
                values=dict(values),
                context=form.form.context,
            )
        )

    async def looked(number: int, form: Open, name: str) -> None:
        reply = await submitted(number, form, name)
        assert isinstance(reply, Open), reply
        looks[number] = reply

    async def named(number: int) -> None:
        reply = await submitted(number, looks[number], "named")
        assert isinstance(reply, Say), reply

    async def anonymous(number: int) -> None:
        reply = await submitted(number, looks[number], "anonymous")
        assert isinstance(reply, Say), reply
        shown = next(one.text for one in reply.card.elements if isinstance(one, Heading))
        codes[number] = read_code(shown) or ""

    async def written(number: int, form: Open) -> None:
        reply = await dispatch(
            Submission(
                key=f"w{next(keys)}",
                origin=origin(number),
                form=form.form.name,
                values={"do": "reply", "words": "It happened again this morning."},
                context=form.form.context,
            )
        )
        assert isinstance(reply, Open | Say), reply

    ours: dict[str, list[float]] = {name: [] for name in WAYS}
    floors: dict[str, list[float]] = {name: [] for name in WAYS}

    async def timed(name: str, number: int, way: Awaitable[object]) -> None:
        """One contribution, then one of these."""
        for taken, one in ((floors, logged(number)), (ours, way)):
            begun = time.perf_counter()
            await one
            taken[name].append((time.perf_counter() - begun) * 1000)

    for number in range(1, PEOPLE + 1):
        form = await opened(number)
        await timed("looked", number, looked(number, form, "anonymous"))
        await timed("anonymous", number, anonymous(number))
    for number in range(1, PEOPLE + 1):
        form = await opened(number)
        await timed("looked named", number, looked(number, form, "named"))
        await timed("named", number, named(number))
    due = dict.fromkeys(Severity, NOW + timedelta(days=5))
    begun = time.perf_counter()
    handed = await store.write(lambda work: concern_boxes.hand_over(work, due, random.Random(3)))
    print(f"  handing over {len(handed.given)}: {(time.perf_counter() - begun) * 1000:.0f} ms")
    for number in range(1, PEOPLE + 1):
        command = Command(
            key=f"l{next(keys)}",
            origin=origin(number),
            name="concern",
            text=f"code {code_words(codes[number])}",
        )
        thread = await dispatch(command)
        assert isinstance(thread, Open), thread
        await timed("written", number, written(number, thread))
    good = True
    for name, label in WAYS.items():
        floor, mine = (statistics.median(taken[name][PEOPLE // 10 :]) for taken in (floors, ours))
        is_good = mine <= MOST_OF_A_CONTRIBUTION * floor
        good = good and is_good
        print(
            f"  in the process: {label} {mine:.2f} ms, a contribution {floor:.2f} ms, "
            f"ratio {mine / floor:.2f} {_verdict(is_good)}"
        )
    return good


def _verdict(good: bool) -> str:
    return "ok" if good else "TOO SLOW"


async def measure(url: str, times: int, vault: Path) -> bool:
    """Print the figures of one database; whether they are good enough."""
    store = open_store(url, lambda: NOW, vault=FileVault(vault))
    hand = (
        SqliteByHand(url) if store.dialect == "sqlite" else PostgresByHand(await asyncpg.connect(bare(url)))
    )
    good = [
        await figures(store, hand, 13, times),
        await figures(store, hand, WEEKS, times),
        await first_pages(store, times),
        await writing(store),
    ]
    await hand.close()
    await store.close()
    return all(good)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.umask(0o077)
    good = True
    with databases(given.only, 1000) as urls, tempfile.TemporaryDirectory() as folder:
        for name, url in urls.items():
            print(f"{name}, {given.rows:,} concerns", flush=True)
            if name == "sqlite":
                fill_sqlite(url.removeprefix("sqlite:///"), given.rows)
            else:
                asyncio.run(fill_postgres(url, given.rows))
            good = asyncio.run(measure(url, given.times, Path(folder) / name)) and good
            empty = f"{url.removesuffix('.db')}_requests.db"
            if name == "postgresql":
                empty = f"{url}_requests"
                asyncio.run(create_database(url, empty.rpartition("/")[2]))
            migrate.upgrade(empty)
            requests = concern_requests.measure(
                empty, Path(folder) / f"{name}-requests", seconds=given.seconds, rounds=given.rounds
            )
            good = asyncio.run(requests) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

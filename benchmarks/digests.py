"""The weekly digest over a million contributions, against hand-written SQL in the same run.

Run `python -m benchmarks.digests [--rows 1000000] [--only sqlite|postgresql]`. Target: gathering the week's facts and
making the card takes at most twice the time of hand-written SQL through the bare driver that answers the same
questions.
"""

import argparse
import asyncio
import sys
from datetime import timedelta
from zoneinfo import ZoneInfo

import asyncpg

from benchmarks.reports import (
    NOW,
    TODAY,
    PostgresByHand,
    SqliteByHand,
    bare,
    databases,
    median_ms,
)
from domain.digests import Audience, Week
from handlers.digests import making, page, sections
from handlers.registry import capabilities
from storage.store import open_store

ZONE = ZoneInfo("Europe/Berlin")
MOST_TIMES = 2.0

_COUNTED = "c.status = 'counted' AND c.day BETWEEN {0} AND {1}"
TOTALS = f"""SELECT count(*), count(DISTINCT c.person_id), count(c.effort_minutes)
FROM contribution c WHERE {_COUNTED}"""
NEW = f"""SELECT p.name, t.path FROM
(SELECT c.person_id AS id, min(c.team_id) AS team_id FROM contribution c WHERE {_COUNTED} AND NOT EXISTS (
  SELECT 1 FROM contribution e WHERE e.person_id = c.person_id AND e.day < {{0}} AND e.status = 'counted')
 GROUP BY 1) n JOIN person p ON p.id = n.id JOIN team t ON t.id = n.team_id"""
SUMS = f"""SELECT g.week, DEPARTMENT AS department, g.kind, sum(g.n), sum(g.m) FROM (
  SELECT {{2}} - WEEKS AS week, c.team_id, c.kind, count(*) AS n, coalesce(sum(c.effort_minutes), 0) AS m
  FROM contribution c WHERE {_COUNTED} GROUP BY 1, 2, 3) g
JOIN team t ON t.id = g.team_id GROUP BY 1, 2, 3"""
THANKS = f"""WITH k AS (
  SELECT c.initiative_id, c.kind, count(*) AS n FROM contribution c WHERE {_COUNTED} GROUP BY 1, 2),
w AS (SELECT c.id, c.person_id, c.team_id, k.n, NOT EXISTS (
  SELECT 1 FROM contribution e WHERE e.person_id = c.person_id AND e.day < {{2}} AND e.status = 'counted') AS fresh
  FROM contribution c JOIN k ON k.initiative_id = c.initiative_id AND k.kind = c.kind
  WHERE c.status = 'counted' AND c.day BETWEEN {{2}} AND {{1}}),
o AS (SELECT w.*, row_number() OVER (PARTITION BY person_id ORDER BY fresh DESC, n, id) AS p FROM w),
d AS (SELECT o.id, o.fresh, o.n, row_number() OVER (PARTITION BY DEPARTMENT ORDER BY fresh DESC, n, o.id) AS q
  FROM o JOIN team t ON t.id = o.team_id WHERE p = 1)
SELECT e.name, c.kind, c.what, i.name FROM (SELECT * FROM d ORDER BY q, fresh DESC, n, id LIMIT 3) x
JOIN contribution c ON c.id = x.id JOIN person e ON e.id = c.person_id JOIN initiative i ON i.id = c.initiative_id"""
DIALECT = {
    "sqlite": {
        "DEPARTMENT": "substr(t.path, 1, instr(t.path || '/', '/') - 1)",
        "WEEKS": "CAST((julianday(c.day) - 1721425.5) / 7 AS INTEGER)",
    },
    "postgresql": {
        "DEPARTMENT": "split_part(t.path, '/', 1)",
        "WEEKS": "(c.day - DATE '0001-01-01') / 7",
    },
}


async def measure(url: str, times: int) -> bool:
    """Print the figures of one database; whether they are good enough."""
    store = open_store(url, lambda: NOW)
    hand = (
        SqliteByHand(url) if store.dialect == "sqlite" else PostgresByHand(await asyncpg.connect(bare(url)))
    )
    week = Week.of(TODAY).shifted(-1)
    known = sections(capabilities())
    earliest = week.first - timedelta(weeks=8)

    def own(statement: str) -> str:
        for name, text in DIALECT[store.dialect].items():
            statement = statement.replace(name, text)
        return statement

    async def by_hand() -> None:
        await hand.run(own(TOTALS), week.first, week.last)
        await hand.run(own(NEW), week.first, week.last)
        await hand.run(own(SUMS), earliest, week.last, (week.first.toordinal() - 1) // 7)
        await hand.run(own(THANKS), earliest, week.last, week.first)

    async def ours() -> None:
        found = await store.read(lambda work: making.fresh(work, known, week, ZONE))
        page.card(known, found, [Audience.HR])

    floor, mine = await median_ms(times, by_hand, ours)
    found = await store.read(lambda work: making.fresh(work, known, week, ZONE))
    good = mine <= MOST_TIMES * floor
    size = len(found.digest.text)
    print(
        f"  digest of a week: by hand {floor:.1f} ms, ours {mine:.1f} ms, ratio {mine / floor:.2f} "
        f"{'ok' if good else 'TOO SLOW'}; {size / 1000:.1f} kB of facts"
    )
    print(f"    {page.sentence(known, found)}")
    await hand.close()
    await store.close()
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--times", type=int, default=15)
    given = parser.parse_args()
    good = True
    with databases(given.only, given.rows) as urls:
        for name, url in urls.items():
            print(f"{name}, {given.rows:,} contributions")
            good = asyncio.run(measure(url, given.times)) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""What a thief who knows in which order people raised concerns makes of the database: whose case is which.

Cases that were handed over together are matched with the people who raised one before that, by whatever stands in an
order: numbers, places on the disk, what wrote a row, counters, the log of changes.
"""

import contextlib
import math
import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.concerns import Cause, Severity, State
from storage import case_locks, concern_boxes, concerns
from storage.store import Work
from tests.attack.concern_crowd import Crowd
from tests.attack.thieves import Guessed, ctid

#: A rank of each case in something: {how: {case: rank}}.
Orders = dict[str, dict[bytes, int]]


class Ordered(NamedTuple):
    """How far an order agrees with that in which people came, lots apart."""

    how: str
    #: Kendall's S over all lots in standard deviations of its distribution under chance (about a normal one).
    z: float

    @property
    def likely(self) -> float:
        """How likely chance alone is so far from nothing, either way."""
        return math.erfc(abs(self.z) / math.sqrt(2))


def link(lots: Sequence[Sequence[int]], truth: Mapping[bytes, int], orders: Orders) -> list[Guessed]:
    """Give the i-th of those who came the i-th case of their lot, and the other way round."""
    case = {person: one for one, person in truth.items()}
    found = []
    for how, rank in orders.items():
        for turned in (False, True):
            linked = 0
            for lot in lots:
                cases = sorted((case[one] for one in lot), key=lambda one: (rank[one], one), reverse=turned)
                linked += sum(truth[one] == person for one, person in zip(cases, lot, strict=True))
            people = sum(len(lot) for lot in lots)
            found.append(Guessed(f"{how}{', turned round' * turned}", linked, people, len(lots) / people))
    return found


def agree(lots: Sequence[Sequence[int]], truth: Mapping[bytes, int], orders: Orders) -> list[Ordered]:
    """How far each order says who came before whom."""
    case = {person: one for one, person in truth.items()}
    found = []
    for how, rank in orders.items():
        score = variance = 0.0
        for lot in lots:
            ranks = [rank[case[one]] for one in lot]
            score += sum((a < b) - (a > b) for at, a in enumerate(ranks) for b in ranks[at + 1 :])
            variance += len(lot) * (len(lot) - 1) * (2 * len(lot) + 5) / 18
        found.append(Ordered(how, score / math.sqrt(variance)))
    return found


async def orders(c: Crowd) -> Orders:
    """Every order of the cases that the database holds, one copy of it and its log of changes."""
    rows = await c.store.read(_rows)
    found = {
        name: {case: int(row[name]) for case, row in rows.items()}
        for name in next(iter(rows.values()))
        if name != "body"
    }
    if c.store.dialect == "sqlite":
        return found | _in_files(Path(sa.make_url(c.url).database or ""), rows)
    return found | {"heap": await _in_heap(c, list(rows))}


def _rows(work: Work) -> dict[bytes, dict[str, Any]]:
    more = ""
    if work.connection.dialect.name == "postgresql":
        more = (
            ", ctid::text AS place, xmin::text AS writer, pg_column_toast_chunk_id(body)::text AS chunk"
            ", pg_column_toast_chunk_id(return_address)::text AS address_chunk"
        )
    query = sa.text(f"SELECT case_id, number, body{more} FROM concern")
    found: dict[bytes, dict[str, Any]] = {}
    for at, row in enumerate(work.connection.execute(query)):
        case = bytes(row.case_id)
        found[case] = {
            "number": row.number,
            "dump": at,
            "name": int.from_bytes(case[:8]),
            "body": bytes(row.body),
        }
        if more:
            found[case] |= {
                "ctid": ctid(row.place),
                "xmin": row.writer,
                "chunk": row.chunk or 0,
                "address chunk": row.address_chunk or 0,
            }
    return found


def _in_files(path: Path, rows: Mapping[bytes, Mapping[str, Any]]) -> Orders:
    """Where names and bodies of cases stand in the file and in its log, the first and the last time."""
    connection = sqlite3.connect(path)
    connection.execute("SELECT 1 FROM concern LIMIT 1").fetchall()
    log = path.with_name(f"{path.name}-wal").read_bytes()
    file = path.read_bytes()
    connection.close()
    found: dict[str, dict[bytes, int]] = {}
    for place, content in (("file", file), ("log", log)):
        for part in ("name", "body"):
            pieces = {case: case if part == "name" else rows[case]["body"][-16:] for case in rows}
            found[f"{part} in the {place}"] = {case: content.find(one) for case, one in pieces.items()}
            found[f"{part} last in the {place}"] = {case: content.rfind(one) for case, one in pieces.items()}
    return found


async def _in_heap(c: Crowd, cases: Sequence[bytes]) -> dict[bytes, int]:
    """Where a case is first named in the table's own file, rows that are dead included."""

    def path(work: Work) -> Path:
        folder, name = work.connection.execute(
            sa.text("SELECT current_setting('data_directory'), pg_relation_filepath('concern')")
        ).one()
        return Path(str(folder)) / str(name)

    found = await c.store.read(path)
    await c.alone("CHECKPOINT")
    content = found.read_bytes()
    return {case: content.find(case) for case in cases}


# ------------------------------------------------------------------------------------------------ leaky variants


@contextlib.contextmanager
def as_they_come(*, counted: bool = False) -> Iterator[None]:
    """A bot that writes a case when it is raised and only gives it a number later; `counted`: at once, counting up."""
    real = concern_boxes.raise_anonymous, concern_boxes.hand_over

    def raise_anonymous(
        work: Work,
        body: str,
        *,
        initiative_id: int | None,
        severity: Severity,
        cause: Cause | None,
        is_specific: bool,
        nonce: str,
        return_to: int | None = None,
    ) -> str:
        keys = concerns.handlers_keys(work)
        code = case_locks.code(keys.private, nonce)
        opened = case_locks.opened_by(code)
        values = concern_boxes._row(
            work,
            opened.case_id,
            initiative_id,
            severity.value,
            None,
            is_specific=is_specific,
            body=case_locks.seal(keys.public, opened.case_id, body.encode()),
        )
        values |= {"state": State.SENT.value, "inbox_key": case_locks.public_of(opened.private)}
        if counted:
            values |= {"number": concern_boxes.next_number(work)}
        concern_boxes._insert(work, values)
        return code

    def hand_over(work: Work, due_at: Any, chance: random.Random) -> concern_boxes.Handed:
        table = concerns.concern
        cases = list(
            work.connection.execute(
                sa.select(table.c.case_id, table.c.number).where(table.c.state == State.SENT.value)
            )
        )
        chance.shuffle(cases)
        first = concern_boxes.next_number(work)
        for at, (case, number) in enumerate(cases):
            number = first + at if number is None else number
            state = State.NEW.value
            concerns.change(
                work, case, state=state, number=number, handed_at=work.now, due_at=due_at[Severity.USUAL]
            )
        found = [concerns.by_case(work, case) for case, _ in cases]
        return concern_boxes.Handed([one for one in found if one is not None], [], 0)

    concern_boxes.raise_anonymous, concern_boxes.hand_over = raise_anonymous, hand_over
    try:
        yield
    finally:
        concern_boxes.raise_anonymous, concern_boxes.hand_over = real

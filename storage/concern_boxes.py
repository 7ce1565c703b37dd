"""How concerns come: at once with a name, and without one in a closed box until it is handed over with others.

Rows have no sequence of their own; the number that handlers use is given out when a concern is handed over, to several
of them in an order drawn by chance. What was raised without a name waits for that in a row of its own, a closed box
under another id; its case is written when it is handed over. Where rows lie, what wrote them and what the log of
changes holds would tell the order in which they came otherwise.
"""

import os
import random
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from domain.concerns import Cause, Concern, Severity, State
from domain.schedules import week_of
from storage import case_locks, concern_handlers
from storage.concerns import (
    COLUMNS,
    WAITING,
    by_case,
    change,
    concern,
    concern_of,
    handlers_keys,
    locked,
    waiting,
)
from storage.ready import Ready
from storage.schema import insert_into
from storage.sealing import Forged
from storage.store import Work

# --------------------------------------------------------------------------------------------------------- raising


class Raised(NamedTuple):
    """A concern with a name, and whether it came just now."""

    concern: Concern
    is_new: bool


def raise_named(
    work: Work,
    body: str,
    *,
    reporter_id: int,
    initiative_id: int | None,
    severity: Severity,
    cause: Cause | None,
    is_specific: bool,
    due_at: datetime,
    nonce: str | None = None,
    told: concern_handlers.Message | None = None,
) -> Raised:
    """Keep a concern of somebody who gave their name; its handlers are sent what is `told`. Raises VaultProblem.

    What comes from one window, which has one `nonce`, is kept once. Numbers have to be held already, by `hold_numbers`
    or with what `concern_ground.of_named` reads.
    """
    keys = handlers_keys(work)
    case_id = (
        os.urandom(case_locks.CASE_BYTES) if nonce is None else case_locks.named_case(keys.private, nonce)
    )
    values = _row(
        work,
        case_id,
        initiative_id,
        severity.value,
        None if cause is None else cause.value,
        is_specific=is_specific,
        body=case_locks.seal(keys.public, case_id, body.encode()),
    )
    values |= {
        "reporter_id": reporter_id,
        "state": State.NEW.value,
        "handed_at": work.now,
        "due_at": due_at,
    }
    one = _numbered(work, values, told)
    if one is not None:
        return Raised(one, is_new=True)
    before = by_case(work, case_id)
    assert before is not None
    return Raised(before, is_new=False)


def _numbered(work: Work, values: dict[str, Any], told: concern_handlers.Message | None) -> Concern | None:
    """Insert a case under the next number and tell its handlers; nothing if it is there already."""
    if told is None or work.connection.dialect.name == "sqlite":
        kept = _NUMBERED.rows(work, _given(values))
        one = concern_of(kept[0]) if kept else None
        if one is not None and told is not None:
            concern_handlers.tell(work, one, told)
        return one
    who = concern_handlers.who_of(values["initiative_id"], values["reporter_id"], with_sponsors=False)
    kept = _TOLD.rows(work, {**_given(values), **who, **concern_handlers.written_of(told, work.now)})
    work.enqueued = work.enqueued or bool(kept)
    return concern_of(kept[0]) if kept else None


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
    """Keep a concern without a name; the code that its writer gets. Raises VaultProblem.

    What comes from one window, which has one `nonce`, has one code and is kept once. `return_to` is whom to tell of an
    answer, if they asked for it. Nothing else is written: nobody is told before concerns are handed over.
    """
    keys = handlers_keys(work)
    code = case_locks.code(keys.private, nonce)
    opened = case_locks.opened_by(code)
    told = case_locks.Waiting(
        opened.case_id,
        case_locks.public_of(opened.private),
        body,
        initiative_id,
        severity.value,
        None if cause is None else cause.value,
        is_specific,
        return_to,
    )
    # Not where it was handed over since: then its box is gone, and its case stands under its own id.
    put_box(work, opened.waiting_id, told.dump(), unless=opened.case_id)
    return code


def put_box(work: Work, box_id: bytes, payload: bytes, *, unless: bytes) -> bool:
    """Keep a box until it is handed over; False where there is it, or the case `unless`. Raises VaultProblem.

    What has to be in its row says nothing but the week.
    """
    box = case_locks.seal(handlers_keys(work).public, box_id, payload, least=case_locks.WAITING)
    values = _row(work, box_id, None, Severity.USUAL.value, None, is_specific=False, body=box)
    values |= {"state": State.SENT.value}
    return _OF_BOX.count(work, {**_given(values), "case_of_box": unless}) == 1


def _insert(work: Work, values: dict[str, Any]) -> bool:
    """Keep a case; False if it is there already, as when two replicas are sent the same form at once."""
    return _PLAIN.count(work, _given(values)) == 1


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{column.name}": values.get(column.name) for column in concern.c}


def _put(
    dialect: Dialect, number: "sa.ColumnElement[int] | None" = None, *, of_box: bool = False
) -> "sa.Insert":
    """The ways to insert a case: with a number worked out by the database, or where no case has the box."""
    new: dict[str, sa.ColumnElement[Any]] = {
        column.name: sa.bindparam(f"new_{column.name}", type_=column.type) for column in concern.c
    }
    if number is not None:
        new["number"] = number
    insert = insert_into(dialect, concern)
    if of_box:
        other = concern.alias("other")
        same = sa.select(other.c.case_id).where(other.c.case_id == sa.bindparam("case_of_box"))
        insert = insert.from_select(list(new), sa.select(*new.values()).where(~same.exists()))
    else:
        insert = insert.values(new)
    insert = insert.on_conflict_do_nothing(index_elements=["case_id"])
    return insert if number is None else insert.returning(*COLUMNS)


def _row(
    work: Work,
    case_id: bytes,
    initiative_id: int | None,
    severity: str,
    cause: str | None,
    *,
    is_specific: bool,
    body: bytes,
) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "initiative_id": initiative_id,
        "week": week_of(work.now.date()),
        "severity": severity,
        "cause": cause,
        "is_specific": is_specific,
        "body": body,
        "reopened": 0,
    }


def next_number(work: Work) -> int:
    """The next number of a concern; two transactions that want one at once wait for each other."""
    hold_numbers(work)
    return int(work.connection.execute(sa.select(_NEXT)).scalar_one())


def hold_numbers(work: Work) -> None:
    """Let nobody else give out numbers until the commit."""
    for column in holding(work.connection.dialect):
        work.connection.execute(sa.select(column))


def holding(dialect: Dialect) -> "list[sa.ColumnElement[Any]]":
    """The columns of a query that lets nobody else give out numbers until the commit: none where one writes at once."""
    return [sa.func.pg_advisory_xact_lock(_NUMBERS)] if dialect.name == "postgresql" else []


#: Of the lock under which numbers are given out.
_NUMBERS = 7_061_989
_before = concern.alias("before")
_NEXT = sa.select(sa.func.coalesce(sa.func.max(_before.c.number), 0) + 1).scalar_subquery()
_PLAIN = Ready(_put)
_OF_BOX = Ready(partial(_put, of_box=True))
_NUMBERED = Ready(partial(_put, number=_NEXT))


def _put_and_tell(dialect: Dialect) -> "sa.Select[*tuple[Any, ...]]":
    """Insert a case with the next number, and a message to each of its handlers, in one round trip."""
    new = _put(dialect, _NEXT).cte("new")
    told = concern_handlers.telling(dialect, new.c.number).cte("told")
    return sa.select(*new.c).add_cte(told)


_TOLD = Ready(_put_and_tell)


class Handed(NamedTuple):
    """What came of handing over."""

    given: list[Concern]
    #: What reporters wrote of cases that were there, and in which week: of each case in the order in which it came.
    words: list[tuple[case_locks.Word, str]]
    #: How many boxes turned out only now to be such as nobody can open.
    unusable: int


def hand_over(work: Work, due_at: "dict[Severity, datetime]", chance: random.Random) -> Handed:
    """Take everything that came without a name since the last time out of its boxes, in an order drawn by chance.

    Cases are written for their handlers; the words on earlier ones are left to whoever knows what they mean.

    A box that does not open was written by somebody else, or for another vault. It is set aside and tried again each
    time, as the right vault may come back; it counts for the week in which it opens, since figures of its own week may
    have been told by then. Raises VaultProblem.
    """
    rows = work.connection.execute(
        sa.select(concern.c.case_id, concern.c.body, concern.c.week, concern.c.state)
        .where(concern.c.state.in_([one.value for one in WAITING]))
        .order_by(concern.c.case_id)
        .with_for_update()
    ).all()
    opened: list[tuple[bytes, str, case_locks.Waiting | case_locks.Word]] = []
    unusable: list[bytes] = []
    for waiting_id, box, week, state in rows:
        is_late = state == State.UNUSABLE.value
        try:
            told = waiting(work, bytes(waiting_id), bytes(box))
        except Forged:
            if not is_late:
                unusable.append(bytes(waiting_id))
            continue
        opened.append((bytes(waiting_id), week_of(work.now.date()) if is_late else week, told))
    for waiting_id in unusable:
        change(work, waiting_id, state=State.UNUSABLE.value)
    # All of them go before the first case is written: else SQLite puts each into the place that its box leaves free.
    for waiting_id, _, _ in opened:
        work.connection.execute(sa.delete(concern).where(concern.c.case_id == waiting_id))
    chance.shuffle(opened)
    cases = [(told, week) for _, week, told in opened if isinstance(told, case_locks.Waiting)]
    words = [(told, week) for _, week, told in opened if isinstance(told, case_locks.Word)]
    handed: list[Concern] = []
    number = next_number(work) if cases else 0
    for told, week in cases:
        if by_case(work, told.case_id) is not None:
            continue  # sent in once more while it was handed over
        return_to = None if told.return_to is None else str(told.return_to).rjust(20)
        values = _row(
            work,
            told.case_id,
            told.initiative_id,
            told.severity,
            told.cause,
            is_specific=told.is_specific,
            body=locked(work, told.case_id, told.body),
        )
        values |= {
            "week": week,
            "inbox_key": told.inbox_key,
            "return_address": None if return_to is None else locked(work, told.case_id, return_to),
            "state": State.NEW.value,
            "number": number + len(handed),
            "handed_at": work.now,
            "due_at": due_at[Severity(told.severity)],
        }
        _insert(work, values)
        one = by_case(work, told.case_id)
        assert one is not None
        handed.append(one)
    return Handed(handed, _in_turn(words), len(unusable))


def _in_turn(words: list[tuple[case_locks.Word, str]]) -> list[tuple[case_locks.Word, str]]:
    """The cases in the order that chance gave them, what was written of each in the order in which it came."""
    drawn = {word.case_id: at for at, (word, _) in enumerate(words)}
    return sorted(words, key=lambda one: (drawn[one[0].case_id], one[0].place))

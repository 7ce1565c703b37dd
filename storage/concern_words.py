"""What is written by the code of a concern: until it is handed over, it waits in boxes like those of new concerns.

So neither those who handle it nor copies of the database tell when in that time somebody wrote, nor that it was no new
concern.
"""

import os
from contextlib import suppress
from typing import NamedTuple

import sqlalchemy as sa

from domain.concerns import MOST_REOPENED, Concern, Kind, State
from domain.errors import Refused
from storage import case_locks
from storage.concern_boxes import put_box
from storage.concerns import (
    COLUMNS,
    Message,
    concern,
    concern_message,
    concern_of,
    last_in_inbox,
    waiting,
)
from storage.ready import Ready
from storage.sealing import Forged
from storage.store import Work


class EnoughForNow(Refused):
    """You wrote several times since your last words were handed over. They go at the next of two fixed times a day; \
please go on after that."""


class OfCode(NamedTuple):
    """What a code opens."""

    #: The case that its handlers have; None where there is none.
    case: Concern | None
    #: What its reporter wrote since the last hand-over, in its order.
    words: list[Message]
    #: Where more of it can wait.
    free: list[tuple[int, bytes]]


def of_code(work: Work, code: str) -> OfCode:
    """The case of a code, and what waits of it; the same statements whether there is one or not. Raises VaultProblem.

    A box that does not open is left to the hand-over, which tells of it.
    """
    case_id = case_locks.opened_by(code).case_id
    [(heard,)] = _HEARD.rows(work, {"of_case": case_id})
    ids = case_locks.word_ids(code, heard)
    rows = _OF_CODE.rows(work, {f"id_{at}": one for at, one in enumerate((case_id, *ids))})
    found = {bytes(row[0]): row for row in rows}
    case = found.get(case_id)
    words = []
    for box_id in ids:
        if (row := found.get(box_id)) is not None:
            with suppress(Forged):
                word = waiting(work, box_id, bytes(row[-1]))
                assert isinstance(word, case_locks.Word)
                words.append(Message(Kind(word.kind), word.text, concern_of(row).week, None, None))
    free = [(place, box_id) for place, box_id in enumerate(ids) if box_id not in found]
    return OfCode(None if case is None else concern_of(case), words, free)


def leave(work: Work, code: str, kind: Kind, text: str, known: OfCode) -> bool:
    """Keep what the reporter with this code says until it is handed over; False where it is the last that they said.

    `known` is what `of_code` gave. A form that comes twice so comes to the same. Raises EnoughForNow, Forged or
    VaultProblem.
    """
    while known.free:
        last = known.words[-1:] or last_in_inbox(work, code)
        if [(one.kind, one.text) for one in last] == [(kind, text)]:
            return False
        place, box_id = known.free[0]
        word = case_locks.Word(case_locks.opened_by(code).case_id, place, kind.value, text)
        if put_box(work, box_id, word.dump(), unless=os.urandom(case_locks.CASE_BYTES)):
            return True
        # Another came at the same moment, and has the place.
        known = of_code(work, code)
    raise EnoughForNow


def as_said(one: Concern, words: list[Message]) -> Concern:
    """A case as its reporter left it: what waits to be handed over counts for them."""
    for word in words:
        if one.state is State.CLOSED and word.kind is Kind.SETTLED:
            one = one.model_copy(update={"state": State.SETTLED})
        elif one.state is State.CLOSED and one.reopened < MOST_REOPENED and word.kind is Kind.NOT_SETTLED:
            one = one.model_copy(update={"state": State.REOPENED, "reopened": one.reopened + 1})
    return one


#: How many words of a case's reporter were handed over.
_HEARD = Ready(
    sa.select(sa.func.count())
    .select_from(concern_message)
    .where(
        concern_message.c.case_id == sa.bindparam("of_case"),
        sa.or_(*(concern_message.c.kind == kind.value for kind in Kind if kind.of_reporter)),
    )
)
_OF_CODE = Ready(
    sa.select(*COLUMNS, concern.c.body).where(
        concern.c.case_id.in_([sa.bindparam(f"id_{at}") for at in range(1 + case_locks.MOST_WORDS)])
    )
)

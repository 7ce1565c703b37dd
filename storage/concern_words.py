"""What is written by the code of a concern: until it is handed over, it waits in boxes like those of new concerns.

So neither those who handle it nor copies of the database tell when in that time somebody wrote, nor that it was no new
concern.
"""

import os

import sqlalchemy as sa

from domain.concerns import MOST_REOPENED, Concern, Kind, State
from domain.errors import Refused
from storage import case_locks
from storage.concern_boxes import put_box
from storage.concerns import COLUMNS, Message, concern, concern_of, last_in_inbox, waiting
from storage.ready import Ready
from storage.store import Work


class EnoughForNow(Refused):
    """You wrote several times since your last words were handed over. They go at the next of two fixed times a day; \
please go on after that."""


def of_code(work: Work, code: str) -> tuple[Concern | None, list[Message]]:
    """The case of a code that its handlers have, and what its reporter wrote since the last hand-over, in its order.

    The same statement whether there is one or not. Raises Forged or VaultProblem.
    """
    opened = case_locks.opened_by(code)
    ids = (opened.case_id, *opened.word_ids)
    rows = _OF_CODE.rows(work, {f"id_{at}": one for at, one in enumerate(ids)})
    found = {bytes(row[0]): row for row in rows}
    case = found.pop(opened.case_id, None)
    words = []
    for box_id in opened.word_ids:
        if (row := found.get(box_id)) is not None:
            word = waiting(work, box_id, bytes(row[-1]))
            assert isinstance(word, case_locks.Word)
            words.append(Message(Kind(word.kind), word.text, concern_of(row).week, None, None))
    return None if case is None else concern_of(case), words


def leave(work: Work, code: str, kind: Kind, text: str, words: list[Message]) -> bool:
    """Keep what the reporter with this code says until it is handed over; False where it is the last that they said.

    `words` are those that wait, as `of_code` gave them. A form that comes twice so comes to the same. Raises
    EnoughForNow, Forged or VaultProblem.
    """
    opened = case_locks.opened_by(code)
    for place in range(len(words), case_locks.MOST_WORDS):
        last = words[-1:] or last_in_inbox(work, code)
        if [(one.kind, one.text) for one in last] == [(kind, text)]:
            return False
        word = case_locks.Word(opened.case_id, place, kind.value, text)
        if put_box(work, opened.word_ids[place], word.dump(), unless=os.urandom(case_locks.CASE_BYTES)):
            return True
        # Another came at the same moment, and has the place.
        _, words = of_code(work, code)
    raise EnoughForNow


def as_said(one: Concern, words: list[Message]) -> Concern:
    """A case as its reporter left it: what waits to be handed over counts for them."""
    for word in words:
        if one.state is State.CLOSED and word.kind is Kind.SETTLED:
            one = one.model_copy(update={"state": State.SETTLED})
        elif one.state is State.CLOSED and one.reopened < MOST_REOPENED and word.kind is Kind.NOT_SETTLED:
            one = one.model_copy(update={"state": State.REOPENED, "reopened": one.reopened + 1})
    return one


_OF_CODE = Ready(
    sa.select(*COLUMNS, concern.c.body).where(
        concern.c.case_id.in_([sa.bindparam(f"id_{at}") for at in range(1 + case_locks.MOST_WORDS)])
    )
)

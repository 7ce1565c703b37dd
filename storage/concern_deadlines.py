"""What the planner looks for among concerns: those that are late, wait too long, or are over."""

from datetime import datetime

import sqlalchemy as sa

from domain.concerns import OPEN, Concern, State
from storage.concerns import COLUMNS, concern, concern_of
from storage.store import Work

_IS_OPEN = [state.value for state in OPEN]


def lingering(work: Work, since: datetime, *, limit: int) -> list[Concern]:
    """Open ones that were handed over before then, and all that their reporter found not settled; the oldest first."""
    rows = work.connection.execute(
        sa.select(*COLUMNS)
        .where(
            concern.c.state.in_(_IS_OPEN),
            sa.or_(concern.c.handed_at < since, concern.c.state == State.REOPENED.value),
        )
        .order_by(concern.c.number)
        .limit(limit)
    )
    return [concern_of(row) for row in rows]


def overdue(work: Work, *, limit: int) -> list[int]:
    """The numbers of open ones without a first answer in time, and not escalated yet."""
    rows = work.connection.execute(
        sa.select(concern.c.number)
        .where(
            concern.c.state.in_(_IS_OPEN),
            concern.c.first_answer_at.is_(None),
            concern.c.escalated_at.is_(None),
            concern.c.due_at < work.now,
        )
        .order_by(concern.c.number)
        .limit(limit)
    )
    return list(rows.scalars())


def due_until(work: Work, until: datetime) -> list[Concern]:
    """Open ones whose first answer is due by then, and not overdue yet."""
    rows = work.connection.execute(
        sa.select(*COLUMNS)
        .where(
            concern.c.state.in_(_IS_OPEN),
            concern.c.first_answer_at.is_(None),
            concern.c.due_at >= work.now,
            concern.c.due_at <= until,
        )
        .order_by(concern.c.number)
    )
    return [concern_of(row) for row in rows]


def with_address(work: Work, closed_before: datetime, *, limit: int) -> list[int]:
    """The numbers of those that were closed before then and still keep whom to tell of an answer."""
    rows = work.connection.execute(
        sa.select(concern.c.number)
        .where(
            concern.c.state == State.CLOSED.value,
            concern.c.closed_at < closed_before,
            concern.c.return_address.is_not(None),
        )
        .order_by(concern.c.number)
        .limit(limit)
    )
    return list(rows.scalars())

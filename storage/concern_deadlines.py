"""What the planner looks for among concerns: those that have waited too long."""

from datetime import datetime

import sqlalchemy as sa

from domain.concerns import OPEN, Concern, State
from storage.concerns import COLUMNS, concern, concern_of
from storage.store import Work


def lingering(work: Work, since: datetime, *, limit: int) -> list[Concern]:
    """Open ones that were handed over before then, and all that their reporter found not settled; the oldest first."""
    rows = work.connection.execute(
        sa.select(*COLUMNS)
        .where(
            concern.c.state.in_([state.value for state in OPEN]),
            sa.or_(concern.c.handed_at < since, concern.c.state == State.REOPENED.value),
        )
        .order_by(concern.c.number)
        .limit(limit)
    )
    return [concern_of(row) for row in rows]

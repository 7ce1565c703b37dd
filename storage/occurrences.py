"""What was planned: one row for each happening of a schedule, so that nothing is planned twice."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from domain.schedules import Happening, Outcome
from storage.people import person
from storage.schema import UtcDateTime, insert_into, metadata
from storage.store import Work

occurrence = sa.Table(
    "occurrence",
    metadata,
    #: "digest.weekly".
    sa.Column("schedule", sa.String(60), primary_key=True),
    #: Which happening: "2026-W47", or with a zone where each has its own: "2026-W47@Europe/Berlin".
    sa.Column("period", sa.String(100), primary_key=True),
    #: When it was to happen, and when it was planned.
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("planned_at", UtcDateTime, nullable=False),
    #: "planned", or "dropped" where it was too late to be of use.
    sa.Column("outcome", sa.String(10), nullable=False),
    #: How many messages it made.
    sa.Column("messages", sa.Integer, nullable=False),
)

#: Of how many periods one statement asks.
_CHUNK = 500


def begin(work: Work, schedule: str, happening: Happening, outcome: Outcome | str) -> bool:
    """Make a happening known; False if it was before, here or on another replica.

    Whoever is second waits for the commit of whoever was first, and if there is none, is first.
    """
    insert = insert_into(work.connection.dialect, occurrence)
    result = work.connection.execute(
        insert.on_conflict_do_nothing(index_elements=["schedule", "period"]),
        {
            "schedule": schedule,
            "period": happening.period,
            "due_at": happening.due_at,
            "planned_at": work.now,
            "outcome": str(outcome),
            "messages": 0,
        },
    )
    return result.rowcount == 1


def finish(work: Work, schedule: str, happening: Happening, messages: int) -> None:
    """Keep how many messages a happening made."""
    work.connection.execute(
        sa.update(occurrence)
        .where(occurrence.c.schedule == schedule, occurrence.c.period == happening.period)
        .values(messages=messages)
    )


def known(work: Work, schedule: str, periods: Collection[str]) -> set[str]:
    """Which of these periods were planned or dropped before."""
    asked = sorted(periods)
    found: set[str] = set()
    for start in range(0, len(asked), _CHUNK):
        rows = work.connection.execute(
            sa.select(occurrence.c.period).where(
                occurrence.c.schedule == schedule, occurrence.c.period.in_(asked[start : start + _CHUNK])
            )
        )
        found.update(row[0] for row in rows)
    return found


def newest(work: Work, schedule: str) -> datetime | None:
    """When the newest happening of a schedule that is known was due."""
    due: datetime | None = work.connection.execute(
        sa.select(sa.func.max(occurrence.c.due_at)).where(occurrence.c.schedule == schedule)
    ).scalar_one_or_none()
    return due


def planned_before(work: Work, schedule: str, due_at: datetime) -> datetime | None:
    """When the newest happening that was due earlier, and was not dropped, was due."""
    due: datetime | None = work.connection.execute(
        sa.select(sa.func.max(occurrence.c.due_at)).where(
            occurrence.c.schedule == schedule,
            occurrence.c.due_at < due_at,
            occurrence.c.outcome == Outcome.PLANNED.value,
        )
    ).scalar_one_or_none()
    return due


def begun(work: Work) -> datetime | None:
    """When the first person came into the directory; None while it is empty."""
    first: datetime | None = work.connection.execute(
        sa.select(sa.func.min(person.c.created_at))
    ).scalar_one_or_none()
    return first

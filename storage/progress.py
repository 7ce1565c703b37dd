"""How far the outbox got: counts by batch and priority, what was given up and why; never a word of what was said."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage.channels import channel
from storage.outbox import outbox
from storage.people import person
from storage.store import Work

#: Over how long a rate is measured.
RATE_OVER = timedelta(seconds=60)
STATES = ("waiting", "sent", "dead", "expired")


class Batch(NamedTuple):
    """Messages that were planned together, or (without a name) all that were not."""

    name: str
    priority: int
    #: How many are in each of STATES.
    states: dict[str, int]
    #: When the last of those that wait is due.
    last_due_at: datetime | None
    #: Sent in the last minute, a second.
    per_second: float

    @property
    def planned(self) -> int:
        return sum(self.states.values())

    def time_left(self, now: datetime) -> timedelta | None:
        """How long it takes until nothing waits; None where that cannot be said."""
        waiting = self.states["waiting"]
        if not waiting:
            return timedelta(0)
        until_due = max(timedelta(0), (self.last_due_at or now) - now)
        if not self.per_second:
            return until_due or None
        return max(until_due, timedelta(seconds=waiting / self.per_second))


class Dead(NamedTuple):
    """A message that was given up."""

    key: str
    #: A person's name, or a channel of a platform.
    to: str
    attempts: int
    reason: str


class Overview(NamedTuple):
    now: datetime
    #: In order of what was planned last.
    batches: list[Batch]
    #: Since when the oldest that could go waits.
    oldest_due_at: datetime | None
    #: The newest first.
    dead: list[Dead]


def overview(work: Work, *, most_dead: int, most_batches: int = 20) -> Overview:
    """Everything that is shown of the outbox."""
    oldest: datetime | None = work.connection.execute(
        sa.select(sa.func.min(outbox.c.due_at)).where(
            outbox.c.state == "waiting", outbox.c.due_at <= work.now
        )
    ).scalar_one_or_none()
    return Overview(work.now, batches(work)[:most_batches], oldest, dead(work, most_dead))


def batches(work: Work, *, under_way: bool = False) -> list[Batch]:
    """Counts by batch and priority, what was planned last first; `under_way` leaves out where nothing waits."""
    query = sa.select(
        outbox.c.batch,
        outbox.c.priority,
        outbox.c.state,
        sa.func.count(),
        sa.func.max(outbox.c.due_at),
        sa.func.max(outbox.c.id),
        sa.func.sum(sa.case((outbox.c.sent_at > work.now - RATE_OVER, 1), else_=0)),
    ).group_by(outbox.c.batch, outbox.c.priority, outbox.c.state)
    if under_way:
        waiting = sa.select(outbox.c.batch).where(outbox.c.state == "waiting", outbox.c.batch.is_not(None))
        query = query.where(outbox.c.batch.in_(waiting))
    groups: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for row in work.connection.execute(query):
        groups[row[0] or "", row[1]].append(row)
    newest = sorted(groups, key=lambda group: max(row[5] for row in groups[group]), reverse=True)
    return [
        Batch(
            name,
            priority,
            {**dict.fromkeys(STATES, 0), **{row[2]: row[3] for row in groups[name, priority]}},
            next((row[4] for row in groups[name, priority] if row[2] == "waiting"), None),
            sum(row[6] for row in groups[name, priority]) / RATE_OVER.total_seconds(),
        )
        for name, priority in newest
    ]


def dead(work: Work, most: int) -> list[Dead]:
    """What was given up, the newest first."""
    rows = work.connection.execute(
        sa.select(
            outbox.c.key,
            person.c.name,
            channel.c.platform,
            channel.c.channel,
            outbox.c.attempts,
            outbox.c.reason,
        )
        .select_from(
            outbox.outerjoin(person, person.c.id == outbox.c.person_id).outerjoin(
                channel, channel.c.id == outbox.c.channel_id
            )
        )
        .where(outbox.c.state == "dead")
        .order_by(outbox.c.id.desc())
        .limit(most)
    )
    return [Dead(row[0], row[1] or f"{row[2]} channel {row[3]}", row[4], row[5] or "") for row in rows]

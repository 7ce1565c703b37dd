"""One message to many people: written by the database in one statement, in the hours of each."""

from collections.abc import Callable, Collection
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import sqlalchemy as sa

from domain.preferences import Preferences
from storage.outbox import Priority, outbox
from storage.people import person
from storage.preferences import preference, read_weekdays
from storage.schema import UtcDateTime, insert_into
from storage.store import Work

#: A condition on people, made by a function of `storage` and handed on by handlers.
Who = sa.ColumnElement[bool]

_COLUMNS = (
    *("key", "person_id", "subject", "revision", "priority", "polite", "expires_at", "batch", "message"),
    *("state", "attempts", "due_at", "created_at"),
)

#: How many buckets go into one statement.
_CHUNK = 10_000


class Bucket(NamedTuple):
    """People whose hours are the same."""

    time_zone: str
    country: str | None
    chosen: Preferences
    people: int
    #: As the database compares it.
    key: str


def everybody() -> Who:
    """All who are active."""
    return sa.true()


def among(person_ids: Collection[int]) -> Who:
    """These people, few enough to be named."""
    return person.c.id.in_(list(person_ids))


def in_zones(time_zones: Collection[str]) -> Who:
    """Everybody in these time zones."""
    return person.c.time_zone.in_(list(time_zones))


def zones(work: Work, who: Who | None = None) -> list[str]:
    """The time zones of the active people, in order of name."""
    query = sa.select(person.c.time_zone).where(person.c.active).distinct().order_by(person.c.time_zone)
    return list(work.connection.execute(query if who is None else query.where(who)).scalars())


# What decides when somebody may be written to, in one word, so that both databases can join on it at once.
_KEY = (
    person.c.time_zone
    + "|"
    + sa.func.coalesce(person.c.country, "")
    + "|"
    + sa.func.coalesce(sa.cast(preference.c.from_minute, sa.String), "")
    + "|"
    + sa.func.coalesce(sa.cast(preference.c.until_minute, sa.String), "")
    + "|"
    + sa.func.coalesce(preference.c.weekdays, "")
    + "|"
    + sa.func.coalesce(sa.cast(preference.c.paused_until, sa.String), "")
)
_PEOPLE = person.outerjoin(preference, preference.c.person_id == person.c.id)


def buckets(work: Work, who: Who) -> list[Bucket]:
    """The active people bucketed by what decides when they may be written to."""
    chosen = (
        preference.c.from_minute,
        preference.c.until_minute,
        preference.c.weekdays,
        preference.c.paused_until,
    )
    rows = work.connection.execute(
        sa.select(person.c.time_zone, person.c.country, *chosen, sa.func.count(), sa.func.min(_KEY))
        .select_from(_PEOPLE)
        .where(person.c.active, who)
        .group_by(person.c.time_zone, person.c.country, *chosen)
        .order_by(person.c.time_zone)
    )
    return [
        Bucket(
            row[0],
            row[1],
            Preferences.model_construct(
                from_minute=row[2],
                until_minute=row[3],
                weekdays=None if row[4] is None else read_weekdays(row[4]),
                paused_until=row[5],
            ),
            row[6],
            row[7],
        )
        for row in rows
    ]


def write(
    work: Work,
    who: Who,
    due: Callable[[Bucket], datetime | None],
    *,
    batch: str,
    message: str,
    subject: str | None = None,
    priority: Priority = Priority.NORMAL,
    polite: bool = True,
    expires_at: datetime | None = None,
) -> int:
    """Write a message to all these active people, each once per `batch`; how many were written.

    `due` says when, for each bucket; None leaves the bucket out. The key of each row is "batch:person". The rows
    never leave the database.
    """
    on_sqlite = work.connection.dialect.name == "sqlite"
    insert = insert_into(work.connection.dialect, outbox)
    written = 0
    timed = ((one.key, at) for one in buckets(work, who) if (at := due(one)) is not None)
    while chunk := list(islice(timed, _CHUNK)):
        bucket = (
            sa.values(sa.column("key", sa.String), sa.column("due_at", UtcDateTime), name="bucket")
            .data(chunk)
            .cte("bucket")
        )
        # Made beforehand, so that whichever way SQLite joins it has an index to look the other side up in.
        each = (
            sa.select(person.c.id, _KEY.label("hours"))
            .select_from(_PEOPLE)
            .where(person.c.active, who)
            .cte("each")
            .prefix_with("MATERIALIZED", dialect="sqlite")
        )
        rows = sa.select(
            sa.literal(f"{batch}:") + sa.cast(each.c.id, sa.String),
            each.c.id,
            sa.literal(subject, sa.String),
            sa.literal(0),
            sa.literal(int(priority)),
            sa.literal(polite),
            sa.literal(expires_at, UtcDateTime),
            sa.literal(batch),
            sa.literal(message),
            sa.literal("waiting"),
            sa.literal(0),
            bucket.c.due_at,
            sa.literal(work.now, UtcDateTime),
        ).select_from(each.join(bucket, bucket.c.key == each.c.hours))
        if (
            on_sqlite
        ):  # whose indexes then grow at their ends, and which would take ON CONFLICT for a join's ON
            rows = rows.order_by(each.c.id)
        result = work.connection.execute(
            insert.from_select(_COLUMNS, rows, include_defaults=False).on_conflict_do_nothing(
                index_elements=["key"]
            )
        )
        # Python's sqlite3 does not count what a statement that begins with a CTE wrote.
        written += (
            work.connection.execute(sa.select(sa.func.changes())).scalar_one()
            if on_sqlite
            else result.rowcount
        )
    work.enqueued = work.enqueued or written > 0
    return written

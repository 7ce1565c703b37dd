"""How many rows of which table refer to a person: for that person's own eyes."""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage.ballots import slot
from storage.people import person
from storage.rosters import roster
from storage.store import Work
from storage.tables import ALL


class Found(NamedTuple):
    """The rows in which one column names somebody."""

    rows: int
    #: The day of the newest (UTC), where rows have a day.
    newest: date | None


#: What says of when a row is, the first of these that a table has.
_DAYS = ("day", "at", "sent_at", "seen_at", "created_at", "changed_at", "noted_at", "replaced_at", "asked_on")
#: Where the newest row has no day that is worth a word, or is to have none.
_TIMELESS = frozenset({"roster", "preference", "concern", "concern_message"})


def references() -> tuple[str, ...]:
    """Every column that refers to a person: "contribution.person_id"."""
    return tuple(
        f"{table.name}.{column.name}"
        for table in ALL
        for column in table.columns
        if any(key.column.table is person for key in column.foreign_keys)
    )


def about(work: Work, person_id: int) -> dict[str, Found]:
    """What there is about somebody, by column; columns that name them nowhere are left out."""
    selects = []
    for table in ALL:
        day = next((table.c[name] for name in _DAYS if name in table.c and table.name not in _TIMELESS), None)
        newest = sa.null() if day is None else sa.func.max(sa.cast(day, sa.String))
        selects += [
            sa.select(
                sa.literal(f"{table.name}.{column.name}"), sa.func.count(), sa.cast(newest, sa.String)
            ).where(column == person_id)
            for column in table.columns
            if any(key.column.table is person for key in column.foreign_keys)
        ]
    rows = work.connection.execute(sa.union_all(*selects))
    return {name: Found(count, _day(newest)) for name, count, newest in rows if count}


def boxes(work: Work, person_id: int) -> dict[int, int]:
    """How many locked boxes each open pulse has that asks somebody: theirs is one of them, and nothing says which."""
    mine = sa.select(roster.c.pulse_id).where(roster.c.person_id == person_id)
    rows = work.connection.execute(
        sa.select(slot.c.pulse_id, sa.func.count()).where(slot.c.pulse_id.in_(mine)).group_by(slot.c.pulse_id)
    )
    return {row[0]: row[1] for row in rows}


def _day(text: Any) -> date | None:
    """The day of a date or a time as either database writes it."""
    if text is None:
        return None
    found = datetime.fromisoformat(str(text))
    return (found if found.tzinfo is None else found.astimezone(UTC)).date()

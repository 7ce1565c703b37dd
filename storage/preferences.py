"""What people chose for themselves: when and where they want to be written to."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from domain.preferences import Preferences
from storage.schema import BigId, UtcDateTime, insert_into, metadata
from storage.store import Work

preference = sa.Table(
    "preference",
    metadata,
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), primary_key=True),
    #: Minutes after midnight, in the person's zone, between which planned messages may come; None for the usual.
    sa.Column("from_minute", sa.Integer, nullable=True),
    sa.Column("until_minute", sa.Integer, nullable=True),
    #: ISO weekdays on which they may come ("12345"); None for those of the person's country.
    sa.Column("weekdays", sa.String(7), nullable=True),
    #: Nothing that is planned comes up to this day, which is included.
    sa.Column("paused_until", sa.Date, nullable=True),
    #: Where they want messages; None for where they were last.
    sa.Column("platform", sa.String(10), nullable=True),
    #: Whether they want to be asked on Fridays what they put in.
    sa.Column("nudge", sa.Boolean, nullable=False),
    #: Whether they want no word of pulses at all, or none up to this day, which is included.
    sa.Column("pulses_off", sa.Boolean, nullable=False),
    sa.Column("pulses_snoozed_until", sa.Date, nullable=True),
    #: Whether they do without the weekly line that an answer to a concern may be waiting.
    sa.Column("answers_line_off", sa.Boolean, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)


def of(work: Work, person_id: int) -> Preferences:
    """What a person chose; the usual where they chose nothing."""
    row = work.connection.execute(
        sa.select(
            preference.c.from_minute,
            preference.c.until_minute,
            preference.c.weekdays,
            preference.c.paused_until,
            preference.c.platform,
            preference.c.nudge,
            preference.c.pulses_off,
            preference.c.pulses_snoozed_until,
            preference.c.answers_line_off,
        ).where(preference.c.person_id == person_id)
    ).first()
    if row is None:
        return Preferences()
    return Preferences.model_construct(
        from_minute=row.from_minute,
        until_minute=row.until_minute,
        weekdays=None if row.weekdays is None else read_weekdays(row.weekdays),
        paused_until=row.paused_until,
        platform=row.platform,
        nudge=row.nudge,
        pulses_off=row.pulses_off,
        pulses_snoozed_until=row.pulses_snoozed_until,
        answers_line_off=row.answers_line_off,
    )


def put(work: Work, person_id: int, chosen: Preferences) -> None:
    """Keep what a person chose."""
    values = _values(chosen) | {"changed_at": work.now}
    _keep(work, {"person_id": person_id, **values}, values)


def set_pulses(work: Work, person_id: int, *, off: bool, snoozed_until: date | None) -> None:
    """Keep whether somebody wants to hear of pulses; not when they said so, which may be when they answered one."""
    usual = {"person_id": person_id, **_values(Preferences()), "changed_at": _NO_TIME}
    values = {"pulses_off": off, "pulses_snoozed_until": snoozed_until}
    _keep(work, usual | values, values)


def _values(chosen: Preferences) -> dict[str, Any]:
    return {
        "from_minute": chosen.from_minute,
        "until_minute": chosen.until_minute,
        "weekdays": None if chosen.weekdays is None else "".join(map(str, sorted(chosen.weekdays))),
        "paused_until": chosen.paused_until,
        "platform": chosen.platform,
        "nudge": chosen.nudge,
        "pulses_off": chosen.pulses_off,
        "pulses_snoozed_until": chosen.pulses_snoozed_until,
        "answers_line_off": chosen.answers_line_off,
    }


def _keep(work: Work, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Insert the row, or change these values of the one that is there."""
    insert = insert_into(work.connection.dialect, preference)
    work.connection.execute(
        insert.values(**row).on_conflict_do_update(index_elements=["person_id"], set_=dict(values))
    )


#: Of those who chose nothing but what `set_pulses` keeps.
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def wants_pulses(day: date) -> "sa.ColumnElement[bool]":
    """A condition on `preference`, joined from outside: whoever may be written to about pulses on a day."""
    return sa.and_(
        sa.or_(preference.c.pulses_off.is_(None), sa.not_(preference.c.pulses_off)),
        sa.or_(preference.c.pulses_snoozed_until.is_(None), preference.c.pulses_snoozed_until < day),
    )


def read_weekdays(text: str) -> frozenset[int]:
    """ISO weekdays as they are stored: "12345"."""
    return frozenset(int(digit) for digit in text)

"""Who has the last word in threads of concerns, and whom to tell that something was answered."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.concerns import Concern, Kind
from domain.schedules import week_of
from storage.concerns import COLUMNS, concern, concern_message, concern_of
from storage.fanout import Who
from storage.preferences import preference
from storage.store import Work

_OF_REPORTER = [kind.value for kind in Kind if kind.of_reporter]
_TO_REPORTER = [kind.value for kind in (Kind.ASKED, Kind.ANSWERED, Kind.OUTCOME)]


def last_kinds(work: Work, case_ids: Collection[bytes]) -> dict[bytes, Kind]:
    """What the newest message of each of these cases is, notes left out."""
    newest = (
        sa.select(concern_message.c.case_id, sa.func.max(concern_message.c.position).label("position"))
        .where(concern_message.c.case_id.in_(list(case_ids)), concern_message.c.kind != Kind.NOTE.value)
        .group_by(concern_message.c.case_id)
        .subquery()
    )
    rows = work.connection.execute(
        sa.select(concern_message.c.case_id, concern_message.c.kind).join(
            newest,
            sa.and_(
                concern_message.c.case_id == newest.c.case_id,
                concern_message.c.position == newest.c.position,
            ),
        )
    )
    return {bytes(case_id): Kind(kind) for case_id, kind in rows}


def with_the_last_word(work: Work, *, since: datetime) -> list[tuple[Concern, int]]:
    """The anonymous cases that handlers have in which the reporter wrote last, in the week of `since` or after it.

    Each with the position of that message.
    """
    theirs = (concern.c.reporter_id.is_(None), concern.c.number.is_not(None))
    weeks = _weeks(since, work.now)
    newest = (
        sa.select(concern_message.c.case_id, sa.func.max(concern_message.c.position).label("position"))
        .where(
            concern_message.c.kind != Kind.NOTE.value,
            concern_message.c.case_id.in_(
                sa.select(concern_message.c.case_id).where(
                    concern_message.c.week.in_(weeks), concern_message.c.kind.in_(_OF_REPORTER)
                )
            ),
        )
        .group_by(concern_message.c.case_id)
        .subquery()
    )
    rows = work.connection.execute(
        sa.select(*COLUMNS, newest.c.position)
        .join(newest, concern.c.case_id == newest.c.case_id)
        .join(
            concern_message,
            sa.and_(
                concern_message.c.case_id == newest.c.case_id,
                concern_message.c.position == newest.c.position,
            ),
        )
        .where(*theirs, concern_message.c.kind.in_(_OF_REPORTER))
        .order_by(concern.c.number)
    )
    return [(concern_of(row), row[-1]) for row in rows]


def to_tell(work: Work, after: datetime, until: datetime) -> list[Concern]:
    """The anonymous cases that were answered in (after, until], and whose reporter wants to be told."""
    rows = work.connection.execute(
        sa.select(*COLUMNS).where(
            concern.c.reporter_id.is_(None),
            concern.c.return_address.is_not(None),
            concern.c.case_id.in_(_answered(after, until)),
        )
    )
    return [concern_of(row) for row in rows]


def anonymous_answered(work: Work, after: datetime, until: datetime) -> bool:
    """Whether any anonymous case was answered in (after, until]."""
    answered = sa.select(concern.c.case_id).where(
        concern.c.reporter_id.is_(None), concern.c.case_id.in_(_answered(after, until))
    )
    return work.connection.execute(answered.limit(1)).first() is not None


def _answered(after: datetime, until: datetime) -> "sa.Select[tuple[bytes]]":
    return sa.select(concern_message.c.case_id).where(
        concern_message.c.week.in_(_weeks(after, until)),
        concern_message.c.kind.in_(_TO_REPORTER),
        concern_message.c.at > after,
        concern_message.c.at <= until,
    )


def _weeks(after: datetime, until: datetime) -> list[str]:
    days = range((until.date() - after.date()).days + 1)
    return sorted({week_of(after.date() + timedelta(days=day)) for day in days})


def wants_the_line() -> Who:
    """Everybody who did not say that they do without the weekly line."""
    return sa.or_(preference.c.answers_line_off.is_(None), sa.not_(preference.c.answers_line_off))

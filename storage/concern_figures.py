"""Counts over concerns, worked out by the database; what of them may be told is for `domain.concern_figures`."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.concern_figures import (
    NO_DEPLOYMENT,
    NOT_SETTLED,
    OTHER,
    SETTLED,
    SPECIFIC,
    UNKNOWN,
    VAGUE,
    Figures,
    Lot,
    lots,
    split,
    within,
)
from domain.concerns import LEAST_IN_FIGURES, OPEN, Cause, Concern, Gap, Kind, Severity, State
from domain.schedules import week_of
from storage.concerns import COLUMNS, WAITING, concern, concern_message, concern_of
from storage.initiatives import initiative
from storage.people import team
from storage.schema import BigId
from storage.store import Work

#: For how long a concern can wait to be handed over, even if nothing was planned meanwhile.
WAITS_AT_MOST = timedelta(weeks=4)
_IS_OPEN = concern.c.state.in_([one.value for one in OPEN])
_IS_UNUSABLE = concern.c.state == State.UNUSABLE.value
_CLOSED = (State.CLOSED.value, State.REOPENED.value)

#: What is counted of each week and initiative: (dimension, label, condition).
_COUNTED: tuple[tuple[str, str, sa.ColumnElement[bool]], ...] = (
    *(("cause", cause.value, concern.c.cause == cause.value) for cause in Cause),
    ("cause", UNKNOWN, concern.c.cause.is_(None)),
    *(("gap", gap.value, concern.c.gap == gap.value) for gap in Gap),
    ("gap", UNKNOWN, concern.c.gap.is_(None)),
    ("specific", SPECIFIC, concern.c.is_specific),
    ("specific", VAGUE, sa.not_(concern.c.is_specific)),
    ("word", SETTLED, concern.c.state == State.SETTLED.value),
    ("word", NOT_SETTLED, concern.c.state.in_(_CLOSED)),
    ("word", OTHER, concern.c.state.not_in((State.SETTLED.value, *_CLOSED))),
)


def figures(work: Work, first_week: str, initiative_id: int | None = None) -> Figures | None:
    """What may be told from an ISO week on, of all concerns or of one initiative's; None where nothing may."""
    chosen = within(closed_lots(work, initiative_id), first_week)
    if not chosen:
        return None
    counts = _counts(work, chosen, initiative_id)
    cause, gap = split(chosen, counts["cause"]), split(chosen, counts["gap"])
    specific, word = split(chosen, counts["specific"]), split(chosen, counts["word"])
    assert cause is not None and gap is not None and specific is not None and word is not None
    answered, median = median_hours(work, chosen[0].weeks[0], chosen[-1].weeks[-1], initiative_id)
    return Figures(
        first_week=chosen[0].weeks[0],
        last_week=chosen[-1].weeks[-1],
        concerns=sum(lot.concerns for lot in chosen),
        median_hours=median if answered >= LEAST_IN_FIGURES else None,
        cause=cause,
        gap=gap,
        specific=specific,
        word=word,
        department=split(chosen, counts["department"]) if initiative_id is None else None,
    )


def closed_lots(work: Work, initiative_id: int | None = None) -> tuple[Lot, ...]:
    """The lots of weeks that are over and whose concerns are all handed over, the oldest first."""
    # Both are few, and found by their state. Grouped by week, SQLite would look through all concerns for them instead.
    apart = work.connection.execute(
        sa.select(concern.c.state, concern.c.week, concern.c.initiative_id).where(
            concern.c.state.in_([one.value for one in WAITING])
        )
    ).all()
    until = min([week_of(work.now.date()), *(week for state, week, _ in apart if state == State.SENT.value)])
    not_told = Counter(
        week
        for state, week, about in apart
        if state == State.UNUSABLE.value and (initiative_id is None or about == initiative_id)
    )
    query = sa.select(concern.c.week, sa.func.count()).where(concern.c.week < until).group_by(concern.c.week)
    found = {
        row[0]: row[1] - not_told[row[0]] for row in work.connection.execute(_of(work, query, initiative_id))
    }
    return lots({week: number for week, number in found.items() if number})


def median_hours(
    work: Work, first_week: str, last_week: str, initiative_id: int | None = None
) -> tuple[int, float | None]:
    """How many concerns of these weeks (both included) have a first answer, and the median hours until it came."""
    on_sqlite = work.connection.dialect.name == "sqlite"
    if on_sqlite:
        days = sa.func.julianday(concern.c.first_answer_at) - sa.func.julianday(concern.c.handed_at)
        hours = (days * 24).label("hours")
    else:
        seconds = sa.func.extract("epoch", concern.c.first_answer_at - concern.c.handed_at)
        hours = (seconds / 3600).label("hours")
    taken = _of(
        work,
        sa.select(hours).where(
            concern.c.week.between(first_week, last_week),
            concern.c.first_answer_at.is_not(None),
            concern.c.handed_at.is_not(None),
        ),
        initiative_id,
    )
    each = taken.subquery()
    query: sa.Select[Any]
    if on_sqlite:
        place = sa.func.row_number().over(order_by=each.c.hours).label("place")
        ranked = sa.select(each.c.hours, place, sa.func.count().over().label("number")).subquery()
        middle = ranked.c.place.between(ranked.c.number / 2.0, ranked.c.number / 2.0 + 1)
        query = sa.select(sa.func.max(ranked.c.number), sa.func.avg(ranked.c.hours)).where(middle)
    else:
        query = sa.select(sa.func.count(), sa.func.percentile_cont(0.5).within_group(each.c.hours))
    row = work.connection.execute(query).one()
    return row[0] or 0, None if row[1] is None else float(row[1])


def open_serious(work: Work, initiative_id: int) -> list[Concern]:
    """The serious concerns about an initiative that are open and handed over, in order of their numbers."""
    return _found(
        work,
        concern.c.initiative_id == initiative_id,
        _IS_OPEN,
        concern.c.severity == Severity.SERIOUS.value,
    )


def pressing(work: Work, initiative_id: int | None = None) -> list[Concern]:
    """The open ones without an answer in time, and those that are with the sponsors, in order of their numbers."""
    is_overdue = sa.and_(concern.c.first_answer_at.is_(None), concern.c.due_at < work.now)
    is_with_sponsors = sa.or_(concern.c.escalated_at.is_not(None), concern.c.state == State.REOPENED.value)
    about = [] if initiative_id is None else [concern.c.initiative_id == initiative_id]
    return _found(work, _IS_OPEN, sa.or_(is_overdue, is_with_sponsors), *about)


def new_between(work: Work, begins: datetime, ends: datetime) -> list[Concern]:
    """Those that were handed over in [begins, ends), in order of their numbers."""
    earliest = week_of((begins - WAITS_AT_MOST).date())
    return _found(
        work,
        concern.c.week.between(earliest, week_of(ends.date())),
        concern.c.handed_at >= begins,
        concern.c.handed_at < ends,
    )


def settled_in(work: Work, week: str) -> list[Concern]:
    """Those whose reporter said in an ISO week that they are settled, in order of their numbers."""
    said = sa.select(concern_message.c.case_id).where(
        concern_message.c.week == week, concern_message.c.kind == Kind.SETTLED.value
    )
    return _found(work, concern.c.case_id.in_(said))


def open_in_all(work: Work) -> int:
    """How many are open."""
    return int(work.connection.execute(sa.select(sa.func.count()).where(_IS_OPEN)).scalar_one())


def numbered_after(work: Work, number: int, *, limit: int) -> list[Concern]:
    """The concerns behind a number, in order of their numbers."""
    rows = work.connection.execute(
        sa.select(*COLUMNS).where(concern.c.number > number).order_by(concern.c.number).limit(limit)
    )
    return [concern_of(row) for row in rows]


def _found(work: Work, *conditions: sa.ColumnElement[bool]) -> list[Concern]:
    rows = work.connection.execute(
        sa.select(*COLUMNS).where(concern.c.number.is_not(None), *conditions).order_by(concern.c.number)
    )
    return [concern_of(row) for row in rows]


def open_by_state(work: Work, initiative_id: int) -> dict[State, int]:
    """How many concerns about an initiative are open, by state."""
    rows = work.connection.execute(
        sa.select(concern.c.state, sa.func.count())
        .where(concern.c.initiative_id == initiative_id, _IS_OPEN)
        .group_by(concern.c.state)
    )
    return {State(state): count for state, count in rows}


def _counts(
    work: Work, chosen: Sequence[Lot], initiative_id: int | None
) -> dict[str, dict[str, dict[str, int]]]:
    """Dimension -> week -> label -> how many: one look at each concern."""
    week = concern.c.week
    query = (
        sa.select(
            week,
            concern.c.initiative_id,
            sa.func.count(),
            *(sa.func.count().filter(condition) for _, _, condition in _COUNTED),
        )
        .where(week.between(chosen[0].weeks[0], chosen[-1].weeks[-1]), sa.not_(_IS_UNUSABLE))
        .group_by(week, concern.c.initiative_id)
    )
    names = _departments(work)
    found: dict[str, dict[str, dict[str, int]]] = {
        name: {} for name in ("cause", "gap", "specific", "word", "department")
    }
    for in_week, about, number, *sums in work.connection.execute(_of(work, query, initiative_id)):
        department = NO_DEPLOYMENT if about is None else names[about]
        by_label = found["department"].setdefault(in_week, {})
        by_label[department] = by_label.get(department, 0) + number
        for (dimension, label, _), count in zip(_COUNTED, sums, strict=True):
            by_label = found[dimension].setdefault(in_week, {})
            by_label[label] = by_label.get(label, 0) + count
    return found


def _departments(work: Work) -> dict[int, str]:
    """The department of each initiative, by the initiative's id."""
    rows = work.connection.execute(
        sa.select(initiative.c.id, team.c.path).join_from(
            initiative, team, team.c.id == initiative.c.department_id
        )
    )
    return {row[0]: row[1] for row in rows}


def _of(work: Work, query: "sa.Select[Any]", initiative_id: int | None) -> "sa.Select[Any]":
    """Of one initiative alone, and still found by week, since that index holds all that is counted."""
    if initiative_id is None:
        return query
    if work.connection.dialect.name == "sqlite":
        return query.where(sa.literal_column("+concern.initiative_id", BigId) == initiative_id)
    return query.where(concern.c.initiative_id == initiative_id)

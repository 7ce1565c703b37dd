"""What people put in during a week, summed up by the database: for digests and briefs."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.contributions import Kind, Status
from domain.digest_facts import MOST_THANKED, USUAL_WEEKS, Candidate, Newcomer, Told, WeekSum
from domain.digests import Week
from storage.contributions import contribution
from storage.initiatives import initiative
from storage.people import person, team
from storage.store import Work

_COUNTED = contribution.c.status == Status.COUNTED.value


def _department(work: Work) -> Any:
    """The top of a team's path."""
    if work.connection.dialect.name == "sqlite":
        return sa.func.substr(team.c.path, 1, sa.func.instr(team.c.path.concat("/"), "/") - 1)
    return sa.func.split_part(team.c.path, "/", 1)


def plan_for_these_values(work: Work) -> None:
    """Have PostgreSQL plan the queries of this transaction for the days that are asked for (see storage/reports.py)."""
    if work.connection.dialect.name == "postgresql":
        work.connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")


class Totals(NamedTuple):
    """The counted entries of a week."""

    entries: int
    people: int
    without_effort: int


def totals(work: Work, week: Week) -> Totals:
    row = work.connection.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(sa.distinct(contribution.c.person_id)),
            sa.func.count() - sa.func.count(contribution.c.effort_minutes),
        ).where(_COUNTED, contribution.c.day.between(week.first, week.last))
    ).one()
    return Totals(*row)


def sums(work: Work, week: Week) -> list[WeekSum]:
    """A week and the `USUAL_WEEKS` before it, by department and kind."""
    weeks_ago = sa.case(
        *(
            (contribution.c.day >= week.shifted(-weeks).first, sa.literal_column(str(weeks)))
            for weeks in range(USUAL_WEEKS)
        ),
        else_=sa.literal_column(str(USUAL_WEEKS)),
    )
    grouped = (
        sa.select(
            weeks_ago.label("weeks_ago"),
            contribution.c.team_id,
            contribution.c.kind,
            sa.func.count().label("entries"),
            sa.func.coalesce(sa.func.sum(contribution.c.effort_minutes), 0).label("minutes"),
        )
        .where(_COUNTED, contribution.c.day.between(week.shifted(-USUAL_WEEKS).first, week.last))
        .group_by(sa.literal_column("1"), contribution.c.team_id, contribution.c.kind)
        .subquery()
    )
    rows = work.connection.execute(
        sa.select(
            grouped.c.weeks_ago,
            _department(work),
            grouped.c.kind,
            sa.func.sum(grouped.c.entries),
            sa.func.sum(grouped.c.minutes),
        )
        .join_from(grouped, team, grouped.c.team_id == team.c.id)
        .group_by(sa.literal_column("1"), sa.literal_column("2"), grouped.c.kind)
    )
    return [WeekSum(row[0], row[1], Kind.of(row[2]), int(row[3]), int(row[4])) for row in rows]


def _newcomers(week: Week) -> sa.CTE:
    """People whose first counted entry is of this week."""
    earlier = contribution.alias("earlier")
    return (
        sa.select(contribution.c.person_id, sa.func.min(contribution.c.team_id).label("team_id"))
        .where(
            _COUNTED,
            contribution.c.day.between(week.first, week.last),
            sa.not_(
                sa.select(earlier.c.id)
                .where(
                    earlier.c.person_id == contribution.c.person_id,
                    earlier.c.day < week.first,
                    earlier.c.status == Status.COUNTED.value,
                )
                .exists()
            ),
        )
        .group_by(contribution.c.person_id)
        .cte("newcomer")
    )


def newcomers(work: Work, week: Week) -> list[Newcomer]:
    """Everybody who logged for the first time ever, with the department of then, in no order."""
    new = _newcomers(week)
    rows = work.connection.execute(
        sa.select(person.c.name, _department(work))
        .join_from(new, person, person.c.id == new.c.person_id)
        .join(team, team.c.id == new.c.team_id)
    )
    return [Newcomer(name=name, department=department) for name, department in rows]


def candidates(work: Work, week: Week) -> list[Candidate]:
    """Entries that may be told: of each person the one that goes first, of each department the first few."""
    new = _newcomers(week)
    of_kind = (
        sa.select(contribution.c.initiative_id, contribution.c.kind, sa.func.count().label("entries"))
        .where(_COUNTED, contribution.c.day.between(week.shifted(-USUAL_WEEKS).first, week.last))
        .group_by(contribution.c.initiative_id, contribution.c.kind)
        .cte("of_kind")
    )
    fresh = sa.case((new.c.person_id.is_not(None), 0), else_=1)
    order = (fresh, of_kind.c.entries, contribution.c.id)
    own = (
        sa.select(
            contribution.c.id,
            contribution.c.person_id,
            contribution.c.team_id,
            fresh.label("fresh"),
            of_kind.c.entries,
            sa.func.row_number().over(partition_by=contribution.c.person_id, order_by=order).label("place"),
        )
        .join_from(
            contribution,
            of_kind,
            sa.and_(
                of_kind.c.initiative_id == contribution.c.initiative_id,
                of_kind.c.kind == contribution.c.kind,
            ),
        )
        .outerjoin(new, new.c.person_id == contribution.c.person_id)
        .where(_COUNTED, contribution.c.day.between(week.first, week.last))
        .subquery()
    )
    department = _department(work)
    best = (
        sa.select(
            own.c.id,
            own.c.person_id,
            department.label("department"),
            own.c.fresh,
            own.c.entries,
            sa.func.row_number()
            .over(partition_by=department, order_by=(own.c.fresh, own.c.entries, own.c.id))
            .label("place"),
        )
        .join_from(own, team, team.c.id == own.c.team_id)
        .where(own.c.place == 1)
        .subquery()
    )
    rows = work.connection.execute(
        sa.select(best.c.id, best.c.person_id, best.c.department, best.c.fresh, best.c.entries).where(
            best.c.place <= MOST_THANKED
        )
    )
    return [Candidate(row[0], row[1], row[2], row[3] == 0, row[4]) for row in rows]


def told(work: Work, chosen: Sequence[Candidate]) -> tuple[Told, ...]:
    """The words of some entries, in their order."""
    rows = work.connection.execute(
        sa.select(
            contribution.c.id, person.c.name, initiative.c.name, contribution.c.kind, contribution.c.what
        )
        .join_from(contribution, person, person.c.id == contribution.c.person_id)
        .join(initiative, initiative.c.id == contribution.c.initiative_id)
        .where(contribution.c.id.in_([one.entry_id for one in chosen]))
    )
    found = {row[0]: row for row in rows}
    return tuple(
        Told(
            name=found[one.entry_id][1],
            department=one.department,
            initiative=found[one.entry_id][2],
            kind=found[one.entry_id][3],
            what=found[one.entry_id][4],
            newcomer=one.newcomer,
        )
        for one in chosen
    )


class Given(NamedTuple):
    """What was put into an initiative in some days."""

    entries: int
    people: int
    effort_minutes: int


def given(work: Work, first: date, last: date) -> dict[int, Given]:
    """The counted entries of some days, both included, by initiative."""
    rows = work.connection.execute(
        sa.select(
            contribution.c.initiative_id,
            sa.func.count(),
            sa.func.count(sa.distinct(contribution.c.person_id)),
            sa.func.coalesce(sa.func.sum(contribution.c.effort_minutes), 0),
        )
        .where(_COUNTED, contribution.c.day.between(first, last))
        .group_by(contribution.c.initiative_id)
    )
    return {row[0]: Given(row[1], row[2], int(row[3])) for row in rows}

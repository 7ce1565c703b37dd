"""How sign-offs, numbers and plans stand, over all initiatives at once: for digests and briefs."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from domain.initiatives import Stage
from domain.kpis import Direction
from domain.signoffs import Side, State
from storage.initiatives import initiative
from storage.kpis import kpi, kpi_reading
from storage.milestones import milestone
from storage.people import person, team
from storage.signoffs import decision, signoff, signoff_version
from storage.store import Work
from storage.transitions import transition_step

_GOING = sa.and_(sa.not_(initiative.c.archived), initiative.c.stage != Stage.STOPPED.value)


class Ended(NamedTuple):
    """A sign-off that came to an end, and what each side decided on its last version."""

    id: int
    milestone: str
    initiative: str
    state: State
    at: datetime
    #: Names in order of their side: who decided, and for whom if not for themselves.
    decided: tuple[tuple[str, str | None], ...]


def ended(work: Work, begins: datetime, ends: datetime) -> list[Ended]:
    """Sign-offs that were signed off, declined or expired in [begins, ends), aware, in order of time."""
    rows = work.connection.execute(
        sa.select(
            signoff.c.id,
            milestone.c.title,
            initiative.c.name,
            signoff.c.state,
            signoff.c.settled_at,
            signoff.c.version,
        )
        .join_from(signoff, milestone, milestone.c.id == signoff.c.milestone_id)
        .join(initiative, initiative.c.id == milestone.c.initiative_id)
        .where(
            signoff.c.settled_at >= begins,
            signoff.c.settled_at < ends,
            signoff.c.state.in_([State.SIGNED_OFF.value, State.DECLINED.value, State.EXPIRED.value]),
        )
        .order_by(signoff.c.settled_at, signoff.c.id)
    ).all()
    said: dict[int, list[tuple[str, str | None]]] = {}
    sponsor = person.alias("sponsor")
    decisions = work.connection.execute(
        sa.select(decision.c.signoff_id, person.c.name, sponsor.c.name)
        .join_from(decision, person, person.c.id == decision.c.person_id)
        .join(
            signoff,
            sa.and_(signoff.c.id == decision.c.signoff_id, signoff.c.version == decision.c.version),
        )
        .outerjoin(sponsor, sponsor.c.id == decision.c.acting_for_id)
        .where(decision.c.signoff_id.in_([row[0] for row in rows]))
        .order_by(decision.c.side)
    )
    for signoff_id, name, acting_for in decisions:
        said.setdefault(signoff_id, []).append((name, acting_for))
    return [Ended(row[0], row[1], row[2], State(row[3]), row[4], tuple(said.get(row[0], ()))) for row in rows]


class Open(NamedTuple):
    """A sign-off under way."""

    id: int
    initiative_id: int
    milestone: str
    initiative: str
    state: State
    approved_side: Side | None
    #: Since when its present version is to be decided.
    since: datetime
    expires_at: datetime
    requested_by: str
    #: The sponsors' ids.
    sponsors: dict[Side, int]

    def waits_for(self) -> tuple[Side, ...]:
        """The sides whose decision is missing; none where changes are wanted."""
        if self.state is not State.PENDING:
            return ()
        return tuple(side for side in Side if side is not self.approved_side)


def open_signoffs(work: Work, initiative_id: int | None = None) -> list[Open]:
    """What is to be signed off at this moment, of one initiative or of all; what waits longest first."""
    query = (
        sa.select(
            signoff.c.id,
            initiative.c.id,
            milestone.c.title,
            initiative.c.name,
            signoff.c.state,
            signoff.c.approved_side,
            signoff_version.c.at,
            signoff.c.expires_at,
            person.c.name,
            initiative.c.business_sponsor_id,
            initiative.c.technical_sponsor_id,
        )
        .join_from(signoff, milestone, milestone.c.id == signoff.c.milestone_id)
        .join(initiative, initiative.c.id == milestone.c.initiative_id)
        .join(
            signoff_version,
            sa.and_(
                signoff_version.c.signoff_id == signoff.c.id, signoff_version.c.version == signoff.c.version
            ),
        )
        .join(person, person.c.id == signoff.c.requested_by_id)
        .where(
            signoff.c.state.in_([State.PENDING.value, State.CHANGES.value]),
            signoff.c.expires_at > work.now,
            _GOING,
        )
        .order_by(signoff_version.c.at, signoff.c.id)
    )
    if initiative_id is not None:
        query = query.where(initiative.c.id == initiative_id)
    return [
        Open(
            *row[:4],
            State(row[4]),
            None if row[5] is None else Side(row[5]),
            *row[6:9],
            {Side.BUSINESS: row[9], Side.TECHNICAL: row[10]},
        )
        for row in work.connection.execute(query)
    ]


class Read(NamedTuple):
    """A KPI with its newest reading of some days, and the one before them."""

    initiative: str
    #: The path of the department that owns the initiative.
    department: str
    name: str
    unit: str
    direction: Direction
    baseline: float
    target: float | None
    owner: str
    on: date
    value: float
    before: float | None


def readings(work: Work, first: date, last: date, initiative_id: int | None = None) -> list[Read]:
    """The KPIs that were read between two days, both included, in order of initiative and name."""
    newest = (
        sa.select(kpi_reading.c.kpi_id, sa.func.max(kpi_reading.c.day).label("day"))
        .where(kpi_reading.c.day.between(first, last))
        .group_by(kpi_reading.c.kpi_id)
        .subquery()
    )
    earlier = kpi_reading.alias("earlier")
    before = (
        sa.select(earlier.c.value)
        .where(earlier.c.kpi_id == kpi.c.id, earlier.c.day < first)
        .order_by(earlier.c.day.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(
            initiative.c.name,
            team.c.path,
            kpi.c.name,
            kpi.c.unit,
            kpi.c.direction,
            kpi.c.baseline,
            kpi.c.target,
            person.c.name,
            kpi_reading.c.day,
            kpi_reading.c.value,
            before,
        )
        .join_from(
            newest,
            kpi_reading,
            sa.and_(kpi_reading.c.kpi_id == newest.c.kpi_id, kpi_reading.c.day == newest.c.day),
        )
        .join(kpi, kpi.c.id == kpi_reading.c.kpi_id)
        .join(initiative, initiative.c.id == kpi.c.initiative_id)
        .join(team, team.c.id == initiative.c.department_id)
        .join(person, person.c.id == kpi.c.owner_id)
        .where(sa.not_(kpi.c.archived))
        .order_by(initiative.c.name, kpi.c.name, kpi.c.id)
    )
    if initiative_id is not None:
        query = query.where(initiative.c.id == initiative_id)
    return [Read(*row[:4], Direction(row[4]), *row[5:]) for row in work.connection.execute(query)]


def unread(work: Work, *, since: date) -> list[tuple[str, str, str, date | None]]:
    """Initiative, name, owner and last day of the KPIs that nobody read since a day; those of that age only."""
    last = sa.select(sa.func.max(kpi_reading.c.day)).where(kpi_reading.c.kpi_id == kpi.c.id).scalar_subquery()
    rows = work.connection.execute(
        sa.select(initiative.c.name, kpi.c.name, person.c.name, last)
        .join_from(kpi, initiative, initiative.c.id == kpi.c.initiative_id)
        .join(person, person.c.id == kpi.c.owner_id)
        .where(
            sa.not_(kpi.c.archived),
            _GOING,
            kpi.c.created_at < work.now - timedelta(days=(work.now.date() - since).days),
            sa.or_(last.is_(None), last < since),
        )
        .order_by(initiative.c.name, kpi.c.name, kpi.c.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def late_steps(
    work: Work, *, today: date, initiative_id: int | None = None
) -> list[tuple[str, str, str | None, date]]:
    """Initiative, text, owner and day of the steps of transition plans whose day is over."""
    query = (
        sa.select(initiative.c.name, transition_step.c.text, person.c.name, transition_step.c.due_on)
        .join_from(transition_step, initiative, initiative.c.id == transition_step.c.initiative_id)
        .outerjoin(person, person.c.id == transition_step.c.owner_id)
        .where(transition_step.c.done_on.is_(None), transition_step.c.due_on < today, _GOING)
        .order_by(initiative.c.name, transition_step.c.due_on, transition_step.c.id)
    )
    if initiative_id is not None:
        query = query.where(initiative.c.id == initiative_id)
    return [(row[0], row[1], row[2], row[3]) for row in work.connection.execute(query)]

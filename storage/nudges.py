"""The Friday nudge: the initiatives whose product owner wants it."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from domain.contributions import Contribution, Status
from domain.initiatives import Stage
from domain.nudges import FOUR_WEEKS
from storage.contributions import contribution, contribution_of, select_entries
from storage.fanout import Who
from storage.initiatives import initiative
from storage.occurrences import occurrence
from storage.people import person
from storage.preferences import preference
from storage.schema import BigId, UtcDateTime, insert_into, metadata
from storage.store import Work

nudge = sa.Table(
    "nudge",
    metadata,
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), primary_key=True),
    sa.Column("wanted_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("wanted_at", UtcDateTime, nullable=False),
)

#: The name under which `occurrence` knows who was asked whether they want it.
ASKED = "nudge.asked"


def set_wanted(work: Work, initiative_id: int, wanted_by_id: int | None) -> bool:
    """Ask about an initiative on Fridays (who wants it), or no longer (None); False if it was so already."""
    if wanted_by_id is None:
        result = work.connection.execute(sa.delete(nudge).where(nudge.c.initiative_id == initiative_id))
        return result.rowcount == 1
    insert = insert_into(work.connection.dialect, nudge)
    result = work.connection.execute(
        insert.values(
            initiative_id=initiative_id, wanted_by_id=wanted_by_id, wanted_at=work.now
        ).on_conflict_do_nothing(index_elements=["initiative_id"])
    )
    return result.rowcount == 1


def is_wanted(work: Work, initiative_id: int) -> bool:
    """Whether contributors to an initiative may be asked on Fridays."""
    return (
        work.connection.execute(
            sa.select(nudge.c.initiative_id).where(nudge.c.initiative_id == initiative_id)
        ).first()
        is not None
    )


def zones(work: Work) -> list[str]:
    """The zones of everybody who wants to be asked, if any initiative does."""
    rows = work.connection.execute(
        sa.select(person.c.time_zone)
        .join_from(preference, person, preference.c.person_id == person.c.id)
        .where(preference.c.nudge, person.c.active, sa.exists(sa.select(nudge.c.initiative_id)))
        .distinct()
        .order_by(person.c.time_zone)
    )
    return list(rows.scalars())


def to_ask(zone: str, friday: date, *, since: datetime) -> Who:
    """Everybody in a zone who is to be asked: a condition for `storage.fanout`.

    That is whoever wants it, contributed in the four weeks up to `friday` to an initiative that wants it, and logged
    nothing for the week of that day, nor in it (from the instant `since`).
    """
    return sa.and_(person.c.time_zone == zone, _due(friday, since))


def is_due(work: Work, person_id: int, friday: date, *, since: datetime) -> bool:
    """Whether somebody is still to be asked: they want it, and have logged nothing for the week meanwhile."""
    found = work.connection.execute(
        sa.select(person.c.id).where(person.c.id == person_id, person.c.active, _due(friday, since))
    )
    return found.first() is not None


def last_entries(work: Work, person_id: int, friday: date, *, limit: int) -> list[Contribution]:
    """What somebody put into initiatives that want it in the latest week of the four before, the latest day first."""
    wanted = select_entries().where(
        contribution.c.person_id == person_id,
        contribution.c.status == Status.COUNTED.value,
        contribution.c.initiative_id.in_(_wanted()),
    )
    monday = friday - timedelta(days=friday.weekday())
    before = wanted.where(contribution.c.day < monday, contribution.c.day > friday - FOUR_WEEKS)
    latest = work.connection.execute(
        before.order_by(contribution.c.day.desc(), contribution.c.id.desc()).limit(1)
    ).first()
    if latest is None:
        return []
    day = contribution_of(latest).day
    first = day - timedelta(days=day.weekday())
    rows = work.connection.execute(
        wanted.where(contribution.c.day.between(first, first + timedelta(days=6)))
        .order_by(contribution.c.day.desc(), contribution.c.id.desc())
        .limit(limit)
    )
    return [contribution_of(row) for row in rows]


def logged_week(work: Work, person_id: int, friday: date, *, since: datetime) -> bool:
    """Whether somebody logged anything for the week of a day, or in it."""
    found = work.connection.execute(
        sa.select(person.c.id).where(person.c.id == person_id, person.c.id.in_(_logged(friday, since)))
    )
    return found.first() is not None


def newly_asked(work: Work, initiative_id: int, *, since: date, besides: int) -> list[int]:
    """Who contributed to an initiative since a day, does not get the question yet and was never asked about it.

    From now on they were: whoever is here is asked by the caller, in the same transaction.
    """
    chose = sa.select(preference.c.person_id).where(preference.c.nudge)
    asked = (
        sa.select(
            sa.literal(ASKED),
            sa.cast(person.c.id, sa.String),
            sa.literal(work.now, UtcDateTime),
            sa.literal(work.now, UtcDateTime),
            sa.literal("planned"),
            sa.literal(1),
        )
        .where(
            person.c.active,
            person.c.id != besides,
            person.c.id.not_in(chose),
            person.c.id.in_(
                sa.select(contribution.c.person_id).where(
                    contribution.c.initiative_id == initiative_id,
                    contribution.c.day >= since,
                    contribution.c.status == Status.COUNTED.value,
                )
            ),
        )
        .order_by(person.c.id)
    )
    insert = insert_into(work.connection.dialect, occurrence)
    rows = work.connection.execute(
        insert.from_select(["schedule", "period", "due_at", "planned_at", "outcome", "messages"], asked)
        .on_conflict_do_nothing(index_elements=["schedule", "period"])
        .returning(occurrence.c.period)
    )
    return sorted(int(period) for period in rows.scalars())


def choose(work: Work, person_id: int, *, wants: bool) -> None:
    """Keep whether somebody wants to be asked on Fridays."""
    values = {"nudge": wants, "changed_at": work.now}
    insert = insert_into(work.connection.dialect, preference)
    work.connection.execute(
        insert.values(
            person_id=person_id, pulses_off=False, answers_line_off=False, **values
        ).on_conflict_do_update(index_elements=["person_id"], set_=values)
    )


def _due(friday: date, since: datetime) -> Who:
    return sa.and_(
        person.c.id.in_(sa.select(preference.c.person_id).where(preference.c.nudge)),
        person.c.id.in_(_contributors(friday)),
        person.c.id.not_in(_logged(friday, since)),
    )


def _wanted() -> sa.Select[tuple[int]]:
    """The initiatives that want it and still go on."""
    return (
        sa.select(nudge.c.initiative_id)
        .join_from(nudge, initiative, nudge.c.initiative_id == initiative.c.id)
        .where(sa.not_(initiative.c.archived), initiative.c.stage != Stage.STOPPED.value)
    )


def _contributors(friday: date) -> sa.Select[tuple[int]]:
    return sa.select(contribution.c.person_id).where(
        contribution.c.initiative_id.in_(_wanted()),
        contribution.c.day.between(friday - FOUR_WEEKS + timedelta(days=1), friday),
        contribution.c.status == Status.COUNTED.value,
    )


def _logged(friday: date, since: datetime) -> sa.Select[tuple[int]]:
    monday = friday - timedelta(days=friday.weekday())
    stands = contribution.c.status.in_([Status.COUNTED.value, Status.AWAITING.value])
    # Somebody who wrote down last week's work on Monday has not forgotten the log either.
    return sa.select(contribution.c.person_id).where(
        stands,
        sa.or_(
            contribution.c.day.between(monday, monday + timedelta(days=6)),
            sa.and_(contribution.c.day >= monday - FOUR_WEEKS, contribution.c.created_at >= since),
        ),
    )

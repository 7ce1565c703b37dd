"""Showcases: the monthly session where teams show what they tried, and what is offered for it."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.contributions import Kind, Status
from domain.initiatives import Stage
from domain.showcases import Offer, OfferDraft, Showcase, State
from storage.audit import audit
from storage.contributions import contribution
from storage.initiatives import initiative
from storage.people import person
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

showcase = sa.Table(
    "showcase",
    metadata,
    counted_id(),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    #: The zone in which its date was set.
    sa.Column("zone", sa.String(64), nullable=False),
    #: A room or a link.
    sa.Column("place", sa.String(500), nullable=True),
    #: "planned", "held" or "cancelled".
    sa.Column("state", sa.String(10), nullable=False),
    #: What came out of it, in words.
    sa.Column("minutes", sa.Text, nullable=True),
    #: Counts up when it is moved, for calendars.
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("created_by_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_showcase_starts_at", "starts_at"),
)

showcase_offer = sa.Table(
    "showcase_offer",
    metadata,
    counted_id(),
    sa.Column("showcase_id", BigId, sa.ForeignKey("showcase.id"), nullable=False),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=True),
    sa.Column("offered_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("presenter_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("tried", sa.String(300), nullable=False),
    sa.Column("learned", sa.Text, nullable=False),
    sa.Column("worked", sa.Boolean, nullable=False),
    #: How long it takes to show.
    sa.Column("duration_minutes", sa.Integer, nullable=False),
    #: "offered" or "withdrawn".
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_showcase_offer_showcase_id", "showcase_id"),
)

#: For how long after its start a session may still be under way.
UNDER_WAY = timedelta(hours=4)

_SELECT = sa.select(
    showcase.c.id,
    showcase.c.starts_at,
    showcase.c.zone,
    showcase.c.place,
    showcase.c.state,
    showcase.c.minutes,
    showcase.c.sequence,
    showcase.c.created_by_id,
    showcase.c.created_at,
)
_PLANNED = _SELECT.where(showcase.c.state == State.PLANNED.value).order_by(
    showcase.c.starts_at, showcase.c.id
)
_NOT_CANCELLED = _SELECT.where(showcase.c.state != State.CANCELLED.value)
_OFFERED, _WITHDRAWN = "offered", "withdrawn"
_SELECT_OFFERS = sa.select(
    showcase_offer.c.id,
    showcase_offer.c.showcase_id,
    showcase_offer.c.initiative_id,
    showcase_offer.c.offered_by_id,
    showcase_offer.c.presenter_id,
    showcase_offer.c.tried,
    showcase_offer.c.learned,
    showcase_offer.c.worked,
    showcase_offer.c.duration_minutes,
    showcase_offer.c.state,
)
#: What is proposed first of what was logged: what was tried before what was given. Effort plays no part.
_TELLING = (Kind.RISK, Kind.TESTING, Kind.CHANGE, Kind.DESIGN, Kind.DATA)


class Proposal(NamedTuple):
    """Something that a product owner may want to show: an entry, or an initiative that was stopped."""

    person_id: int
    initiative_id: int
    contribution_id: int | None


def _showcase(row: Sequence[Any]) -> Showcase:
    return Showcase.model_construct(
        id=row[0],
        starts_at=row[1],
        zone=row[2],
        place=row[3],
        state=State(row[4]),
        minutes=row[5],
        sequence=row[6],
        created_by_id=row[7],
        created_at=row[8],
    )


def _offer(row: Sequence[Any]) -> Offer:
    return Offer.model_construct(
        id=row[0],
        showcase_id=row[1],
        initiative_id=row[2],
        offered_by_id=row[3],
        presenter_id=row[4],
        tried=row[5],
        learned=row[6],
        worked=row[7],
        duration_minutes=row[8],
        withdrawn=row[9] == _WITHDRAWN,
    )


def by_id(work: Work, showcase_id: int) -> Showcase | None:
    row = work.connection.execute(_SELECT.where(showcase.c.id == showcase_id)).first()
    return None if row is None else _showcase(row)


def current(work: Work) -> Showcase | None:
    """The next one that is planned, or the one that is under way."""
    row = work.connection.execute(
        _PLANNED.where(showcase.c.starts_at > work.now - UNDER_WAY).limit(1)
    ).first()
    return None if row is None else _showcase(row)


def newest_id(work: Work) -> int:
    """The id of the one that was planned last, whatever became of it; 0 where there never was one."""
    return work.connection.execute(sa.select(sa.func.max(showcase.c.id))).scalar_one_or_none() or 0


def planned(work: Work, *, after: datetime, until: datetime) -> list[Showcase]:
    """Those planned to begin later than `after` and not later than `until`."""
    rows = work.connection.execute(
        _PLANNED.where(showcase.c.starts_at > after, showcase.c.starts_at <= until)
    )
    return [_showcase(row) for row in rows]


def over(work: Work, *, before: datetime) -> list[int]:
    """The ids of those that began before and are still said to be planned."""
    rows = work.connection.execute(
        sa.select(showcase.c.id)
        .where(showcase.c.state == State.PLANNED.value, showcase.c.starts_at <= before)
        .order_by(showcase.c.starts_at)
    )
    return list(rows.scalars())


def past(work: Work, *, limit: int) -> list[Showcase]:
    """Those that have begun and were not cancelled, the latest first."""
    rows = work.connection.execute(
        _NOT_CANCELLED.where(showcase.c.starts_at <= work.now)
        .order_by(showcase.c.starts_at.desc(), showcase.c.id.desc())
        .limit(limit)
    )
    return [_showcase(row) for row in rows]


def without_minutes(work: Work, *, after: datetime, until: datetime) -> list[Showcase]:
    """Those that began later than `after` and not later than `until`, and whose minutes nobody has written."""
    rows = work.connection.execute(
        _NOT_CANCELLED.where(
            showcase.c.starts_at > after, showcase.c.starts_at <= until, showcase.c.minutes.is_(None)
        ).order_by(showcase.c.starts_at)
    )
    return [_showcase(row) for row in rows]


def add(
    work: Work, starts_at: datetime, zone: str, *, place: str | None, created_by_id: int | None
) -> Showcase:
    """Plan one. What was offered for one that was cancelled comes along."""
    row = work.connection.execute(
        sa.insert(showcase)
        .values(
            starts_at=starts_at,
            zone=zone,
            place=place,
            state=State.PLANNED.value,
            sequence=0,
            created_by_id=created_by_id,
            created_at=work.now,
        )
        .returning(*_SELECT.selected_columns)
    ).one()
    made = _showcase(row)
    cancelled = sa.select(showcase.c.id).where(showcase.c.state == State.CANCELLED.value)
    work.connection.execute(
        sa.update(showcase_offer)
        .where(showcase_offer.c.state == _OFFERED, showcase_offer.c.showcase_id.in_(cancelled))
        .values(showcase_id=made.id)
    )
    return made


def move(work: Work, one: Showcase, starts_at: datetime, zone: str, *, place: str | None) -> bool:
    """Give it another date or place; False if somebody changed it since `one` was read."""
    result = work.connection.execute(
        _unchanged(one).values(starts_at=starts_at, zone=zone, place=place, sequence=one.sequence + 1)
    )
    return result.rowcount == 1


def cancel(work: Work, one: Showcase) -> bool:
    """Call it off; False if somebody changed it since `one` was read."""
    result = work.connection.execute(
        _unchanged(one).values(state=State.CANCELLED.value, sequence=one.sequence + 1)
    )
    return result.rowcount == 1


def hold(work: Work, showcase_id: int) -> bool:
    """Keep that it took place; False if it is not planned (any more)."""
    result = work.connection.execute(
        sa.update(showcase)
        .where(showcase.c.id == showcase_id, showcase.c.state == State.PLANNED.value)
        .values(state=State.HELD.value)
    )
    return result.rowcount == 1


def set_minutes(work: Work, showcase_id: int, minutes: str) -> None:
    """Keep what came out of it, and so that it took place."""
    work.connection.execute(
        sa.update(showcase)
        .where(showcase.c.id == showcase_id, showcase.c.state != State.CANCELLED.value)
        .values(minutes=minutes, state=State.HELD.value)
    )


def offers(work: Work, showcase_id: int) -> list[Offer]:
    """What is offered and was not withdrawn, in the order in which it was offered."""
    rows = work.connection.execute(
        _SELECT_OFFERS.where(
            showcase_offer.c.showcase_id == showcase_id, showcase_offer.c.state == _OFFERED
        ).order_by(showcase_offer.c.id)
    )
    return [_offer(row) for row in rows]


def offer_by_id(work: Work, offer_id: int) -> Offer | None:
    row = work.connection.execute(_SELECT_OFFERS.where(showcase_offer.c.id == offer_id)).first()
    return None if row is None else _offer(row)


def add_offer(work: Work, showcase_id: int, draft: OfferDraft, *, offered_by_id: int) -> int:
    """Store an offer; its id."""
    return int(
        work.connection.execute(
            sa.insert(showcase_offer)
            .values(
                **draft.model_dump(),
                showcase_id=showcase_id,
                offered_by_id=offered_by_id,
                state=_OFFERED,
                created_at=work.now,
            )
            .returning(showcase_offer.c.id)
        ).scalar_one()
    )


def change_offer(work: Work, offer_id: int, draft: OfferDraft) -> bool:
    """Store what an offer says now; False if it was withdrawn."""
    result = work.connection.execute(_standing(offer_id).values(**draft.model_dump()))
    return result.rowcount == 1


def withdraw_offer(work: Work, offer_id: int) -> bool:
    """Take an offer off the agenda; False if it was off already."""
    return work.connection.execute(_standing(offer_id).values(state=_WITHDRAWN)).rowcount == 1


def entries_to_propose(work: Work, showcase_id: int, *, since: date) -> list[Proposal]:
    """For each product owner one counted entry since a day, of what has nothing on this agenda yet.

    Of several the one that tells most: risk taken, testing, operational change, co-design, data, then the others; the
    latest first.
    """
    offered = sa.select(showcase_offer.c.initiative_id).where(
        showcase_offer.c.showcase_id == showcase_id,
        showcase_offer.c.state == _OFFERED,
        showcase_offer.c.initiative_id.is_not(None),
    )
    rank = sa.case(
        {kind.key: number for number, kind in enumerate(_TELLING)},
        value=contribution.c.kind,
        else_=len(_TELLING),
    )
    ranked = (
        sa.select(
            initiative.c.product_owner_id,
            contribution.c.initiative_id,
            contribution.c.id,
            sa.func.row_number()
            .over(
                partition_by=initiative.c.product_owner_id,
                order_by=(rank, contribution.c.day.desc(), contribution.c.id.desc()),
            )
            .label("place"),
        )
        .join_from(contribution, initiative, contribution.c.initiative_id == initiative.c.id)
        .join(person, person.c.id == initiative.c.product_owner_id)
        .where(
            contribution.c.day >= since,
            contribution.c.status == Status.COUNTED.value,
            sa.not_(initiative.c.archived),
            initiative.c.stage != Stage.STOPPED.value,
            person.c.active,
            initiative.c.id.not_in(offered),
        )
        .subquery()
    )
    rows = work.connection.execute(
        sa.select(ranked.c.product_owner_id, ranked.c.initiative_id, ranked.c.id)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.product_owner_id)
    )
    return [Proposal(*row) for row in rows]


def stopped_to_propose(work: Work, *, since: datetime) -> list[Proposal]:
    """The initiatives that were stopped since then and never shown, with their product owners."""
    stopped = work.connection.execute(
        sa.select(audit.c.content).where(audit.c.event == "initiative.stopped", audit.c.at >= since)
    ).scalars()
    subjects = {str(json.loads(content)["subject"]) for content in stopped}
    numbers = {int(one.removeprefix("initiative:")) for one in subjects}
    if not numbers:
        return []
    shown = sa.select(showcase_offer.c.initiative_id).where(
        showcase_offer.c.state == _OFFERED, showcase_offer.c.initiative_id.is_not(None)
    )
    rows = work.connection.execute(
        sa.select(initiative.c.product_owner_id, initiative.c.id)
        .join(person, person.c.id == initiative.c.product_owner_id)
        .where(
            initiative.c.id.in_(numbers),
            initiative.c.stage == Stage.STOPPED.value,
            sa.not_(initiative.c.archived),
            person.c.active,
            initiative.c.id.not_in(shown),
        )
        .order_by(initiative.c.id)
    )
    return [Proposal(owner, number, None) for owner, number in rows]


def _unchanged(one: Showcase) -> sa.Update:
    return sa.update(showcase).where(
        showcase.c.id == one.id,
        showcase.c.state == State.PLANNED.value,
        showcase.c.sequence == one.sequence,
    )


def _standing(offer_id: int) -> sa.Update:
    return sa.update(showcase_offer).where(
        showcase_offer.c.id == offer_id, showcase_offer.c.state == _OFFERED
    )

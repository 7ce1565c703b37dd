"""Whose turn it is, where a pulse comes again and again: when each person was last asked, not what came of it."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from domain.pulses import Audience, Turn
from storage.fanout import Who
from storage.initiatives import initiative
from storage.people import person, team
from storage.schema import BigId, insert_into, metadata
from storage.store import Work

pulse_turn = sa.Table(
    "pulse_turn",
    metadata,
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("asked_on", sa.Date, nullable=False),
)


def people_in(audience: Audience) -> Who:
    """A condition on people: whoever is in an audience. An initiative's users are its department."""
    if audience.kind == "everyone":
        return sa.true()
    roots = sa.select(team.c.path).where(team.c.id.in_(audience.ids))
    if audience.kind == "initiative":
        roots = (
            sa.select(team.c.path)
            .join_from(initiative, team, initiative.c.department_id == team.c.id)
            .where(initiative.c.id.in_(audience.ids))
        )
    root = roots.subquery()
    inside = sa.select(team.c.id).where(
        sa.exists().where(sa.or_(team.c.path == root.c.path, team.c.path.startswith(root.c.path + "/")))
    )
    return person.c.team_id.in_(inside)


def turns(work: Work, audience: Audience) -> list[Turn]:
    """Everybody active in an audience, and when they were last asked."""
    rows = work.connection.execute(
        sa.select(person.c.id, person.c.team_id, pulse_turn.c.asked_on)
        .select_from(person.outerjoin(pulse_turn, pulse_turn.c.person_id == person.c.id))
        .where(person.c.active, people_in(audience))
        .order_by(person.c.id)
    )
    return [Turn(*row) for row in rows]


def sizes(work: Work, audience: Audience) -> dict[int, int]:
    """How many people of each team are in an audience, whatever they chose about pulses."""
    rows = work.connection.execute(
        sa.select(person.c.team_id, sa.func.count())
        .where(person.c.active, people_in(audience))
        .group_by(person.c.team_id)
    )
    return {row[0]: row[1] for row in rows}


def teams(work: Work) -> list[tuple[int, str, int | None]]:
    """All teams as (id, name, parent)."""
    rows = work.connection.execute(sa.select(team.c.id, team.c.path, team.c.parent_id).order_by(team.c.path))
    return [(number, path.rsplit("/", 1)[-1], parent) for number, path, parent in rows]


def asked(work: Work, person_ids: Collection[int], day: date) -> None:
    """Keep that these people were asked on a day."""
    insert = insert_into(work.connection.dialect, pulse_turn)
    statement = insert.on_conflict_do_update(index_elements=["person_id"], set_={"asked_on": day})
    rows = [{"person_id": one, "asked_on": day} for one in sorted(person_ids)]
    for at in range(0, len(rows), 1000):
        work.connection.execute(statement, rows[at : at + 1000])


def names(work: Work) -> set[str]:
    """The first and last names of everybody active, in no order: what a question should not contain."""
    rows = work.connection.execute(sa.select(person.c.name).where(person.c.active)).scalars()
    return {word for name in rows for word in name.split()}

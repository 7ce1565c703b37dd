"""Names by which somebody could be recognised: of the people beside them, and of small teams near them."""

import sqlalchemy as sa

from domain.people import Person
from storage.people import person, team
from storage.store import Work

#: So many people at the most are named beside somebody.
MOST = 200


def small_teams(work: Work, one: Person, *, below: int = 10) -> list[str]:
    """The names of somebody's own team and of those beside it, where fewer than `below` active people sit there."""
    mine = team.alias("mine")
    rows = work.connection.execute(
        sa.select(team.c.path)
        .join(mine, sa.or_(team.c.id == mine.c.id, team.c.parent_id == mine.c.parent_id))
        .join(person, sa.and_(person.c.team_id == team.c.id, person.c.active))
        .where(mine.c.id == one.team_id)
        .group_by(team.c.path)
        .having(sa.func.count() < below)
        .order_by(team.c.path)
    )
    return [path.rpartition("/")[2] for (path,) in rows]


def beside(work: Work, one: Person, *, limit: int = MOST) -> list[str]:
    """The names of those in somebody's own team, and of whom they report to."""
    rows = work.connection.execute(
        sa.select(person.c.name)
        .where(
            person.c.active,
            person.c.id != one.id,
            sa.or_(person.c.team_id == one.team_id, person.c.id == (one.manager_id or 0)),
        )
        .limit(limit)
    )
    return sorted(rows.scalars())

"""Names by which somebody could be recognised: of the people beside them, and of small teams."""

import sqlalchemy as sa

from domain.people import Person
from storage.people import person, team
from storage.store import Work


def small_teams(work: Work, *, below: int = 10) -> list[str]:
    """The names of the teams in which fewer than `below` active people sit, empty ones left out, in order."""
    rows = work.connection.execute(
        sa.select(team.c.path)
        .join(person, person.c.team_id == team.c.id)
        .where(person.c.active)
        .group_by(team.c.path)
        .having(sa.func.count() < below)
        .order_by(team.c.path)
    )
    return [path.rpartition("/")[2] for (path,) in rows]


def beside(work: Work, one: Person, *, limit: int = 200) -> list[str]:
    """The names of people in somebody's own department, those of their own team first."""
    department = one.team_path.partition("/")[0]
    rows = work.connection.execute(
        sa.select(person.c.name)
        .join(team, person.c.team_id == team.c.id)
        .where(
            person.c.active,
            person.c.id != one.id,
            sa.or_(team.c.path == department, team.c.path.startswith(f"{department}/", autoescape=True)),
        )
        .order_by(person.c.team_id != one.team_id, person.c.name)
        .limit(limit)
    )
    return [name for (name,) in rows]

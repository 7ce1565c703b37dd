"""Names by which somebody could be recognised: of the people beside them, and of small teams near them."""

from collections.abc import Collection

import sqlalchemy as sa

from domain.people import Person
from storage.people import person, team
from storage.store import Work

#: So many people at the most are named beside somebody.
MOST = 200
#: A team of fewer active people is a small one.
SMALL = 10

_beside, _team, _mine = person.alias("beside"), team.alias("near"), team.alias("mine")

#: The names of those in the team `my_team`, and of `my_manager` (0 for none); without `me`.
BESIDE = (
    sa.select(_beside.c.name)
    .where(
        _beside.c.active,
        _beside.c.id != sa.bindparam("me"),
        sa.or_(_beside.c.team_id == sa.bindparam("my_team"), _beside.c.id == sa.bindparam("my_manager")),
    )
    .limit(MOST)
)
#: The paths of the team `my_team`, and of those beside it.
TEAMS = (
    sa.select(_team.c.path)
    .join(_mine, sa.or_(_team.c.id == _mine.c.id, _team.c.parent_id == _mine.c.parent_id))
    .where(_mine.c.id == sa.bindparam("my_team"))
)


def small_teams(work: Work, one: Person) -> list[str]:
    """The names of somebody's own team and of those beside it, where fewer than `SMALL` active people sit there."""
    paths = list(work.connection.execute(TEAMS, {"my_team": one.team_id}).scalars())
    return small(work, paths)


def small(work: Work, paths: Collection[str]) -> list[str]:
    """The names of those among these teams in which somebody sits, and fewer than `SMALL` active people."""
    if not paths:
        return []
    rows = work.connection.execute(
        sa.select(team.c.path)
        .join(person, sa.and_(person.c.team_id == team.c.id, person.c.active))
        .where(team.c.path.in_(paths))
        .group_by(team.c.path)
        .having(sa.func.count() < SMALL)
        .order_by(team.c.path)
    )
    return [name_of(path) for (path,) in rows]


def name_of(path: str) -> str:
    """What a team is called: the last part of its path."""
    return path.rpartition("/")[2]


def beside(work: Work, one: Person) -> list[str]:
    """The names of those in somebody's own team, and of whom they report to."""
    mine = {"me": one.id, "my_team": one.team_id, "my_manager": one.manager_id or 0}
    return sorted(work.connection.execute(BESIDE, mine).scalars())


def called(work: Work, names: Collection[str]) -> list[str]:
    """Those of these full names that somebody in the directory has."""
    if not names:
        return []
    query = sa.select(person.c.name).where(person.c.active, person.c.name.in_(list(names))).distinct()
    return sorted(work.connection.execute(query).scalars())

"""What has to be known before a concern is taken, asked for in one statement: what it is about, and who is near."""

import json
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from domain.initiatives import Initiative
from domain.people import Person
from storage import colleagues, concern_boxes, initiatives
from storage.initiatives import initiative
from storage.organisation import setting
from storage.people import person, team
from storage.ready import Ready
from storage.schema import BigId
from storage.store import Work


class About(NamedTuple):
    """The deployment that a concern is about; nothing where there is none."""

    initiative: Initiative | None
    #: The name of its product owner.
    owner: str | None


class Near(NamedTuple):
    """Who and what is near somebody who gives no name."""

    #: The names of those in their own team, and of whom they report to.
    names: list[str]
    #: The paths of their own team and of those beside it, whatever their size.
    teams: list[str]


def of_named(work: Work, initiative_id: int | None, settings: tuple[str, str]) -> tuple[About, list[Any]]:
    """The deployment, and what the organisation set under each of two names; None where it set nothing.

    Numbers of concerns are held until the commit.
    """
    first, second = settings
    [row] = _NAMED.rows(work, {"about": initiative_id, "first_setting": first, "second_setting": second})
    return _about(row), [None if one is None else json.loads(one) for one in row[_WIDTH : _WIDTH + 2]]


def of_anonymous(work: Work, initiative_id: int | None, one: Person) -> tuple[About, Near]:
    """The deployment, and what is near whoever asks."""
    mine = {"me": one.id, "my_team": one.team_id, "my_manager": one.manager_id or 0}
    [row] = _ANONYMOUS.rows(work, {"about": initiative_id, **mine})
    names, teams = ([] if joined is None else sorted(joined.split(_BETWEEN)) for joined in row[_WIDTH:])
    return _about(row), Near(names, teams)


def _about(row: tuple[Any, ...]) -> About:
    if row[0] is None:
        return About(None, None)
    return About(initiatives.initiative_of(row), row[_WIDTH - 1])


#: Between names that are asked for together; no name holds it.
_BETWEEN = chr(31)
#: Columns before those that differ.
_WIDTH = len(initiatives.COLUMNS) + 1


def _asked(*more: "sa.ColumnElement[Any]") -> "sa.Select[*tuple[Any, ...]]":
    asked = sa.select(sa.bindparam("about", type_=BigId).label("about")).subquery("asked")
    return sa.select(*initiatives.COLUMNS, person.c.name, *more).select_from(
        asked.outerjoin(initiative, initiative.c.id == asked.c.about)
        .outerjoin(team, team.c.id == initiative.c.department_id)
        .outerjoin(person, person.c.id == initiative.c.product_owner_id)
    )


def _set(name: str) -> "sa.ColumnElement[Any]":
    return sa.select(setting.c.value).where(setting.c.name == sa.bindparam(name)).scalar_subquery()


def _joined(dialect: Dialect, query: "sa.Select[Any]") -> "sa.ColumnElement[Any]":
    [column] = query.subquery().c
    if dialect.name == "sqlite":
        return sa.select(sa.func.group_concat(column, sa.text("char(31)"))).scalar_subquery()
    return sa.select(sa.func.string_agg(column, sa.text("chr(31)"))).scalar_subquery()


_NAMED = Ready(
    lambda dialect: _asked(_set("first_setting"), _set("second_setting"), *concern_boxes.holding(dialect))
)
_ANONYMOUS = Ready(
    lambda dialect: _asked(_joined(dialect, colleagues.BESIDE), _joined(dialect, colleagues.TEAMS))
)

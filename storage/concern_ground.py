"""What has to be known before a concern is taken, one statement each: what it is about, and who is near its writer."""

import json
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from domain.concerns import Concern
from domain.initiatives import Initiative
from domain.people import Person
from storage import case_locks, colleagues, concern_boxes, initiatives
from storage.concerns import WAITING, concern, handlers_keys, waiting
from storage.initiatives import initiative
from storage.organisation import setting
from storage.people import person, team
from storage.ready import Ready
from storage.schema import BigId, UtcDateTime
from storage.store import Work


class About(NamedTuple):
    """The deployment that a concern is about; nothing where there is none."""

    initiative: Initiative | None
    #: The name of its product owner, who is there.
    owner: str | None


class Near(NamedTuple):
    """Who and what is near somebody who gives no name."""

    #: The names of those in their own team, and of whom they report to.
    names: list[str]
    #: The paths of their own team and of those beside it, whatever their size.
    teams: list[str]


def known(work: Work, initiative_id: int | None, settings: tuple[str, str]) -> tuple[About, list[Any]]:
    """The deployment, and what the organisation set under each of two names; None where it set nothing."""
    row = _row(_KNOWN, work, initiative_id, settings)
    return _about(row), _settings(row)


class OfNamed(NamedTuple):
    """What is known before a concern with a name is taken."""

    about: About
    settings: list[Any]
    #: How many its reporter raised with their name since a given time.
    raised: int


def of_named(
    work: Work, initiative_id: int | None, settings: tuple[str, str], *, reporter_id: int, since: datetime
) -> OfNamed:
    """The same, and how many the reporter raised since then; numbers of concerns are held until the commit."""
    row = _row(_NAMED, work, initiative_id, settings, reporter=reporter_id, since=since)
    return OfNamed(_about(row), _settings(row), row[_WIDTH + 2])


def near(work: Work, one: Person) -> Near:
    """Who and what is near whoever is about to write without a name."""
    [row] = _NEAR.rows(work, {"me": one.id, "my_team": one.team_id, "my_manager": one.manager_id or 0})
    names, teams = ([] if joined is None else sorted(joined.split(_BETWEEN)) for joined in row)
    return Near(names, teams)


class OfCase(NamedTuple):
    """What is shown beside a case."""

    initiative: Initiative | None
    #: What was written, as it is locked; None where there is no such case.
    body: bytes | None


def of_case(work: Work, case_id: bytes, initiative_id: int | None) -> OfCase:
    """The deployment, and what was written; the same statement whether there is a case or not."""
    [row] = _OF_CASE.rows(work, {"about": initiative_id, "of_case": case_id})
    body = row[_WIDTH]
    return OfCase(_about(row).initiative, None if body is None else bytes(body))


def written(work: Work, one: Concern, box: bytes) -> str:
    """What was written, from `OfCase.body`. Raises Forged or VaultProblem."""
    if one.state in WAITING:
        told = waiting(work, one.case_id, box)
        assert isinstance(told, case_locks.Waiting)
        return told.body
    return case_locks.unseal(handlers_keys(work).private, one.case_id, box).decode()


def _row(
    query: Ready, work: Work, initiative_id: int | None, settings: tuple[str, str], **more: object
) -> tuple[Any, ...]:
    first, second = settings
    [row] = query.rows(
        work, {"about": initiative_id, "first_setting": first, "second_setting": second, **more}
    )
    return row


def _settings(row: tuple[Any, ...]) -> list[Any]:
    return [None if one is None else json.loads(one) for one in row[_WIDTH : _WIDTH + 2]]


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
        .outerjoin(person, sa.and_(person.c.id == initiative.c.product_owner_id, person.c.active))
    )


def _set(name: str) -> "sa.ColumnElement[Any]":
    return sa.select(setting.c.value).where(setting.c.name == sa.bindparam(name)).scalar_subquery()


def _joined(dialect: Dialect, query: "sa.Select[Any]") -> "sa.ColumnElement[Any]":
    [column] = query.subquery().c
    if dialect.name == "sqlite":
        return sa.select(sa.func.group_concat(column, sa.text("char(31)"))).scalar_subquery()
    return sa.select(sa.func.string_agg(column, sa.text("chr(31)"))).scalar_subquery()


_KNOWN = Ready(_asked(_set("first_setting"), _set("second_setting")))
_RAISED = (
    sa.select(sa.func.count())
    .select_from(concern)
    .where(
        concern.c.reporter_id == sa.bindparam("reporter", type_=BigId),
        concern.c.handed_at > sa.bindparam("since", type_=UtcDateTime),
    )
    .scalar_subquery()
)
_NAMED = Ready(
    lambda dialect: _asked(
        _set("first_setting"), _set("second_setting"), _RAISED, *concern_boxes.holding(dialect)
    )
)
_OF_CASE = Ready(
    _asked(sa.select(concern.c.body).where(concern.c.case_id == sa.bindparam("of_case")).scalar_subquery())
)
_NEAR = Ready(
    lambda dialect: sa.select(_joined(dialect, colleagues.BESIDE), _joined(dialect, colleagues.TEAMS))
)

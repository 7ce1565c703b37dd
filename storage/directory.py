"""Taking the directory over from a file: what is there now, and an import's plan written in bulk."""

from collections.abc import Callable, Iterable, Set
from typing import Any

import sqlalchemy as sa

from domain.directory_plan import Directory, Known, Plan
from domain.people import Role, TeamKind
from storage import audit
from storage.people import person, team
from storage.store import Work

_manager = person.alias("manager")
#: How many people are looked up with one query.
_AT_ONCE = 500


def snapshot(work: Work) -> Directory:
    """The whole directory, inactive people included."""
    rows = work.connection.execute(
        sa.select(
            person.c.name,
            person.c.email,
            team.c.path,
            _manager.c.email,
            person.c.time_zone,
            person.c.locale,
            person.c.country,
            person.c.roles,
            person.c.active,
        )
        .join_from(person, team, person.c.team_id == team.c.id)
        .outerjoin(_manager, person.c.manager_id == _manager.c.id)
        .order_by(person.c.id)
    )
    people = {
        row[1]: Known(
            row[0],
            row[1],
            row[2],
            row[3] or "",
            row[4],
            row[5],
            row[6] or "",
            frozenset(Role(role) for role in row[7].split(";") if role),
            row[8],
        )
        for row in rows
    }
    kinds = work.connection.execute(sa.select(team.c.path, team.c.kind))
    return Directory(people, {path: TeamKind(kind) for path, kind in kinds})


def apply(work: Work, decide: Callable[[Directory], Plan], agreed: Plan) -> bool:
    """Write what was agreed on; False, with nothing written, if the directory has changed so that
    `decide` would decide otherwise now."""
    before = snapshot(work)
    if decide(before) != agreed:
        return False
    teams = _write_teams(work, agreed, before)
    _write_people(work, agreed, teams)
    _log_roles(work, agreed)
    return True


def grant_admin(work: Work, emails: Iterable[str]) -> list[str]:
    """Make the people with these addresses administrators; the addresses that are in the directory."""
    rows = work.connection.execute(
        sa.select(person.c.id, person.c.email, person.c.roles).where(
            person.c.email.in_(list(emails)), person.c.active
        )
    ).all()
    for number, _email, roles in rows:
        held = {Role(role) for role in roles.split(";") if role}
        if Role.ADMIN not in held:
            work.connection.execute(
                sa.update(person).where(person.c.id == number).values(roles=_roles(held | {Role.ADMIN}))
            )
            _log(work, number, held, held | {Role.ADMIN}, by="settings")
    return sorted(email for _number, email, _held in rows)


def _write_teams(work: Work, agreed: Plan, before: Directory) -> dict[str, int]:
    """The id of every team by its path, new ones included."""
    ids: dict[str, int] = {
        path: number for number, path in work.connection.execute(sa.select(team.c.id, team.c.path))
    }
    new = [path for path in agreed.teams if path not in before.teams]
    for depth in sorted({path.count("/") for path in new}):
        level = [path for path in new if path.count("/") == depth]
        work.connection.execute(
            sa.insert(team),
            [
                {
                    "path": path,
                    "parent_id": ids.get(path.rpartition("/")[0]),
                    "kind": agreed.teams[path].value,
                }
                for path in level
            ],
        )
        ids = {path: number for number, path in work.connection.execute(sa.select(team.c.id, team.c.path))}
    rekinded = [path for path in agreed.teams if path in before.teams]
    if rekinded:
        work.connection.execute(
            sa.update(team).where(team.c.id == sa.bindparam("team")).values(kind=sa.bindparam("new_kind")),
            [{"team": ids[path], "new_kind": agreed.teams[path].value} for path in rekinded],
        )
    return ids


def _write_people(work: Work, agreed: Plan, teams: dict[str, int]) -> None:
    if agreed.added:
        work.connection.execute(
            sa.insert(person),
            [{**_columns(one, teams), "email": one.email, "created_at": work.now} for one in agreed.added],
        )
    changed = [change for change in agreed.changed if _own(change.before) != _own(change.after)]
    if changed:
        names = list(_columns(changed[0].after, teams))
        work.connection.execute(
            sa.update(person)
            .where(person.c.email == sa.bindparam("_email"))
            .values({name: sa.bindparam(f"_{name}") for name in names}),
            [
                {
                    "_email": change.after.email,
                    **{f"_{name}": value for name, value in _columns(change.after, teams).items()},
                }
                for change in changed
            ],
        )
    # Managers come last, when everybody is there.
    moved = [(one.email, one.manager_email) for one in agreed.added if one.manager_email]
    moved += [
        (change.after.email, change.after.manager_email)
        for change in agreed.changed
        if change.before.manager_email != change.after.manager_email
    ]
    if moved:
        ids: dict[str, int] = {
            email: number for number, email in work.connection.execute(sa.select(person.c.id, person.c.email))
        }
        work.connection.execute(
            sa.update(person)
            .where(person.c.id == sa.bindparam("_id"))
            .values(manager_id=sa.bindparam("_manager")),
            [{"_id": ids[email], "_manager": ids.get(manager)} for email, manager in moved],
        )


def _log_roles(work: Work, agreed: Plan) -> None:
    """Keep in the audit log who got or lost a role; whoever is not active has none."""
    changed: dict[str, tuple[frozenset[Role], frozenset[Role]]] = {
        one.email: (frozenset(), one.roles) for one in agreed.added
    }
    changed |= {one.after.email: (_holds(one.before), _holds(one.after)) for one in agreed.changed}
    changed = {email: (before, after) for email, (before, after) in changed.items() if before != after}
    emails = sorted(changed)
    for start in range(0, len(emails), _AT_ONCE):
        some = emails[start : start + _AT_ONCE]
        rows = work.connection.execute(
            sa.select(person.c.id, person.c.email).where(person.c.email.in_(some)).order_by(person.c.id)
        )
        for number, email in rows.all():
            _log(work, number, *changed[email], by="import")


def _holds(known: Known) -> frozenset[Role]:
    return known.roles if known.active else frozenset()


def _log(work: Work, person_id: int, before: Set[Role], after: Set[Role], *, by: str) -> None:
    """`by` is where it came from: the machine's own command line and settings know no person."""
    audit.append(
        work,
        "person.roles",
        actor_id=None,
        subject=f"person:{person_id}",
        details={
            "gained": sorted(role.value for role in after - before),
            "lost": sorted(role.value for role in before - after),
            "by": by,
        },
    )


def _own(known: Known) -> Known:
    """A person without what is written separately."""
    return known._replace(manager_email="")


def _columns(known: Known, teams: dict[str, int]) -> dict[str, Any]:
    return {
        "name": known.name,
        "team_id": teams[known.team],
        "time_zone": known.time_zone,
        "locale": known.locale,
        "country": known.country or None,
        "roles": _roles(known.roles),
        "active": known.active,
    }


def _roles(roles: Iterable[Role]) -> str:
    return ";".join(sorted(role.value for role in roles))

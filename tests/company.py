"""A small fictional company for tests, put straight into the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.initiatives import InitiativeDraft
from domain.people import Part, Platform
from storage import initiatives, people
from storage.people import person, team
from storage.store import Store, Work

#: (name, team, roles); the user id on each platform is "U-" or "T-" and the first name in capitals.
PEOPLE = (
    ("Ada Fern", "Operations/Claims", ""),
    ("Bo Lindqvist", "Operations/Claims", ""),
    ("Cleo Marsh", "Operations", ""),
    ("Dara Quill", "Operations/Complaints", ""),
    ("Emil Stone", "AI function", "ai"),
    ("Hana Reed", "People", "hr"),
    ("Ines Vale", "AI function", "admin"),
)
TENANT: dict[Platform, str] = {"slack": "T0ALDER", "teams": "0a1de2f0-0000-4000-8000-00000000a1de"}


@dataclass(frozen=True)
class Company:
    """Ids by first name, and the initiatives by key."""

    person: dict[str, int]
    initiative: dict[str, int]


def user_id(platform: Platform, first_name: str) -> str:
    return f"{'U' if platform == 'slack' else 'T'}-{first_name.upper()}"


def email(first_name: str) -> str:
    return f"{first_name.lower()}@alder.example"


def found(work: Work, *, linked: bool = True, accepted: bool = True, days: int = 60) -> Company:
    """Put the company in the store; `linked` people have a Slack and a Teams identity already.

    `accepted` is whether the sponsors have accepted their roles. It is there for so many `days`.
    """
    kinds = {"AI function": "ai", "People": "hr"}
    paths = ["Operations", "Operations/Claims", "Operations/Complaints", "AI function", "People"]
    teams: dict[str, int] = {}
    for path in paths:
        parent = teams.get(path.rpartition("/")[0])
        teams[path] = work.connection.execute(
            sa.insert(team)
            .values(path=path, parent_id=parent, kind=kinds.get(path, "business"))
            .returning(team.c.id)
        ).scalar_one()
    ids = settle(
        work,
        [(name, teams[path], roles) for name, path, roles in PEOPLE],
        since=work.now - timedelta(days=days),
        linked=linked,
    )
    drafts = (
        ("claims", "Claims triage", "Simple claims are settled within a day.", "Operations"),
        ("complaints", "Complaints summariser", "Every complaint is answered within a week.", "Operations"),
        ("claimsfraud", "Claims fraud hints", "Fewer false alarms.", "Operations"),
    )
    made = {
        key: initiatives.add(
            work,
            InitiativeDraft(
                key=key,
                name=name,
                outcome=outcome,
                department_id=teams[department],
                business_sponsor_id=ids["Cleo"],
                technical_sponsor_id=ids["Emil"],
                product_owner_id=ids["Bo"],
            ),
            created_by_id=ids["Ines"],
        )
        for key, name, outcome, department in drafts
    }
    if accepted:
        for number in made.values():
            initiatives.accept(work, number, Part.BUSINESS_SPONSOR, ids["Cleo"])
            initiatives.accept(work, number, Part.TECHNICAL_SPONSOR, ids["Emil"])
    return Company(ids, made)


def settle(
    work: Work, named: Sequence[tuple[str, int, str]], *, since: datetime, linked: bool = True
) -> dict[str, int]:
    """Put people (name, team's id, roles) in the store, in two statements; their ids by first name."""
    rows = [
        {
            "name": name,
            "email": email(name.split()[0]),
            "team_id": team_id,
            "time_zone": "Europe/Berlin",
            "locale": "en-GB",
            "country": "DE",
            "roles": roles,
            "active": True,
            "created_at": since,
        }
        for name, team_id, roles in named
    ]
    made = work.connection.execute(
        sa.insert(person).returning(person.c.id, sort_by_parameter_order=True), rows
    ).scalars()
    ids = {name.split()[0]: number for (name, _, _), number in zip(named, made, strict=True)}
    if linked:
        work.connection.execute(
            sa.insert(people.identity),
            [
                {
                    "platform": platform,
                    "tenant": tenant,
                    "user_id": user_id(platform, first),
                    "person_id": number,
                    "conversation": None,
                    "seen_at": work.now,
                }
                for first, number in ids.items()
                for platform, tenant in TENANT.items()
            ],
        )
    return ids


async def founded(store: Store, *, linked: bool = True, accepted: bool = True) -> Company:
    return await store.write(lambda work: found(work, linked=linked, accepted=accepted))

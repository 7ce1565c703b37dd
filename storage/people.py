"""The directory: teams, people, their roles and their chat identities."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.people import Person, Platform, Role, TeamKind, normal_email
from domain.preferences import Preferences
from storage.preferences import preference, read_weekdays
from storage.ready import Ready
from storage.schema import BigId, UtcDateTime, among, counted_id, insert_into, metadata
from storage.store import Work

team = sa.Table(
    "team",
    metadata,
    counted_id(),
    #: From the top, as in "Operations/Claims".
    sa.Column("path", sa.String(400), nullable=False, unique=True),
    sa.Column("parent_id", BigId, sa.ForeignKey("team.id"), nullable=True),
    sa.Column("kind", sa.String(20), nullable=False),
)

person = sa.Table(
    "person",
    metadata,
    counted_id(),
    sa.Column("name", sa.String(200), nullable=False),
    #: Normalised; the key by which chat profiles are matched.
    sa.Column("email", sa.String(320), nullable=False, unique=True),
    sa.Column("team_id", BigId, sa.ForeignKey("team.id"), nullable=False),
    sa.Column("manager_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("time_zone", sa.String(64), nullable=False),
    sa.Column("locale", sa.String(20), nullable=False),
    sa.Column("country", sa.String(2), nullable=True),
    #: Roles in the directory, in alphabetical order, joined by ";".
    sa.Column("roles", sa.String(100), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_person_team_id", "team_id"),
    sa.Index("ix_person_name", "name"),
    # Few people have one, and they are looked up whenever something is for a role.
    sa.Index(
        "ix_person_roles",
        "roles",
        sqlite_where=sa.text("roles <> ''"),
        postgresql_where=sa.text("roles <> ''"),
    ),
)

identity = sa.Table(
    "identity",
    metadata,
    sa.Column("platform", sa.String(10), primary_key=True),
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(128), primary_key=True),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: The person's own chat with the bot: a Slack channel id or a Teams conversation reference.
    sa.Column("conversation", sa.Text, nullable=True),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    #: Since when the platform refuses what is sent there: the person left it, or blocked the bot.
    sa.Column("closed_at", UtcDateTime, nullable=True),
    sa.Index("ix_identity_person_id", "person_id"),
)

_SELECT = sa.select(
    person.c.id,
    person.c.name,
    person.c.email,
    person.c.team_id,
    team.c.path,
    team.c.kind,
    person.c.time_zone,
    person.c.locale,
    person.c.country,
    person.c.manager_id,
    person.c.roles,
).join_from(person, team, person.c.team_id == team.c.id)

_THIS_IDENTITY = (
    identity.c.platform == sa.bindparam("of_platform"),
    identity.c.tenant == sa.bindparam("of_tenant"),
    identity.c.user_id == sa.bindparam("of_user_id"),
)
_BY_IDENTITY = (
    _SELECT.add_columns(identity.c.conversation, identity.c.seen_at, identity.c.closed_at)
    .join(identity, identity.c.person_id == person.c.id)
    .where(*_THIS_IDENTITY, person.c.active)
)
# Somebody's own requests run one after the other, also on two replicas.
_KNOWN_LOCKED = Ready(_BY_IDENTITY.with_for_update(of=identity, key_share=True))
_KNOWN = Ready(_BY_IDENTITY)
_SEEN = sa.update(identity).where(*_THIS_IDENTITY)
#: When somebody was last here, who never was.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _person(row: Sequence[Any]) -> Person:
    return Person.model_construct(
        id=row[0],
        name=row[1],
        email=row[2],
        team_id=row[3],
        team_path=row[4],
        team_kind=TeamKind(row[5]),
        time_zone=row[6],
        locale=row[7],
        country=row[8],
        manager_id=row[9],
        roles=frozenset(Role(role) for role in row[10].split(";") if role),
    )


class Known(NamedTuple):
    """Somebody behind a chat identity."""

    person: Person
    #: Their own chat with the bot, where it is known.
    conversation: str | None
    #: When they were last here, to within an hour.
    seen_at: datetime
    #: Whether the platform refused what was last sent there.
    is_closed: bool


def by_identity(
    work: Work, platform: Platform, tenant: str, user_id: str, *, lock: bool = False
) -> Known | None:
    """The active person behind a chat identity; `lock` makes their own requests run one after the other."""
    rows = (_KNOWN_LOCKED if lock else _KNOWN).rows(
        work, {"of_platform": platform, "of_tenant": tenant, "of_user_id": user_id}
    )
    if not rows:
        return None
    [row] = rows
    return Known(_person(row), row[11], row[12], row[13] is not None)


def by_id(work: Work, person_id: int) -> Person | None:
    row = work.connection.execute(_SELECT.where(person.c.id == person_id)).first()
    return None if row is None else _person(row)


def by_ids(work: Work, person_ids: Iterable[int], *, active: bool = False) -> dict[int, Person]:
    """The people with these ids; with `active`, those who have not left."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    query = _SELECT.where(person.c.id.in_(wanted))
    rows = work.connection.execute(query.where(person.c.active) if active else query)
    return {row[0]: _person(row) for row in rows}


def by_email(work: Work, email: str) -> Person | None:
    """The active person with this address."""
    row = work.connection.execute(
        _SELECT.where(person.c.email == normal_email(email), person.c.active)
    ).first()
    return None if row is None else _person(row)


def with_role(work: Work, role: Role) -> list[Person]:
    """Everybody active who has a directory role, in order of name."""
    rows = work.connection.execute(
        _SELECT.where(
            person.c.active,
            sa.text("person.roles <> ''"),
            (";" + person.c.roles + ";").contains(f";{role.value};"),
        ).order_by(person.c.name)
    )
    return [_person(row) for row in rows]


def link(
    work: Work,
    platform: Platform,
    tenant: str,
    user_id: str,
    person_id: int,
    *,
    conversation: str | None = None,
    was_here: bool = True,
) -> None:
    """Point a chat identity at a person, and know it to be open; two requests may do so at the same moment.

    `was_here` is whether they came themselves: whom a colleague only named is written to where they are.
    """
    insert = insert_into(work.connection.dialect, identity)
    new = {"person_id": person_id, "seen_at": work.now if was_here else _NEVER}
    known = {"closed_at": None, **(new if was_here else {"person_id": person_id})}
    work.connection.execute(
        insert.values(
            platform=platform, tenant=tenant, user_id=user_id, conversation=conversation, **new
        ).on_conflict_do_update(index_elements=["platform", "tenant", "user_id"], set_=known)
    )


def remember_chat(
    work: Work, platform: Platform, tenant: str, user_id: str, *, conversation: str | None, seen_at: datetime
) -> None:
    """Keep where a person's own chat is, and that they were here: it is open to the bot."""
    values: dict[str, Any] = {"seen_at": seen_at, "closed_at": None}
    if conversation is not None:
        values["conversation"] = conversation
    work.connection.execute(
        _SEEN, {"of_platform": platform, "of_tenant": tenant, "of_user_id": user_id, **values}
    )


def remember_conversation(
    work: Work, platform: Platform, tenant: str, user_id: str, conversation: str
) -> None:
    """Keep where a person's own chat is, as the platform told when the bot wrote there."""
    work.connection.execute(
        _SEEN,
        {"of_platform": platform, "of_tenant": tenant, "of_user_id": user_id, "conversation": conversation},
    )


class ChatIdentity(NamedTuple):
    """Where a person can be written to."""

    platform: Platform
    tenant: str
    user_id: str
    conversation: str | None
    #: Since when the platform refuses what is sent there.
    closed_at: datetime | None = None


_IDENTITY = (
    identity.c.platform,
    identity.c.tenant,
    identity.c.user_id,
    identity.c.conversation,
    identity.c.closed_at,
)


def identities(work: Work, person_id: int) -> list[ChatIdentity]:
    """All chat identities of a person, the one most recently used first."""
    rows = work.connection.execute(
        sa.select(*_IDENTITY)
        .where(identity.c.person_id == person_id)
        .order_by(identity.c.seen_at.desc(), identity.c.platform)
    )
    return [ChatIdentity(*row) for row in rows]


def close(work: Work, platform: Platform, tenant: str, user_id: str) -> None:
    """Keep that the platform refuses what is sent to somebody: they left it, or blocked the bot."""
    work.connection.execute(
        sa.update(identity).where(*_THIS_IDENTITY, identity.c.closed_at.is_(None)),
        {"of_platform": platform, "of_tenant": tenant, "of_user_id": user_id, "closed_at": work.now},
    )


def reopen(work: Work, person_ids: "sa.Select[tuple[int | None]]") -> None:
    """Try again to write to these people where the platform refused it."""
    work.connection.execute(
        sa.update(identity)
        .where(identity.c.closed_at.is_not(None), identity.c.person_id.in_(person_ids))
        .values(closed_at=None)
    )


class Reachable(NamedTuple):
    """What decides where and when a message reaches somebody."""

    is_active: bool
    time_zone: str
    country: str | None
    chosen: Preferences
    #: The one they chose first, then the one most recently used.
    identities: list[ChatIdentity]


_USUAL = Preferences()
_NOTHING = (None,) * 5


def reachable(work: Work, person_ids: Collection[int]) -> dict[int, Reachable]:
    """Where and when people can be written to, for a page of messages at once."""
    if not person_ids:
        return {}
    chosen = (
        preference.c.from_minute,
        preference.c.until_minute,
        preference.c.weekdays,
        preference.c.paused_until,
        preference.c.platform,
    )
    rows = work.connection.execute(
        sa.select(person.c.id, person.c.active, person.c.time_zone, person.c.country, *chosen, *_IDENTITY)
        .select_from(
            person.outerjoin(preference, preference.c.person_id == person.c.id).outerjoin(
                identity, identity.c.person_id == person.c.id
            )
        )
        .where(among(work.connection, person.c.id, person_ids))
        .order_by(
            person.c.id,
            sa.case((identity.c.platform == preference.c.platform, 0), else_=1),
            identity.c.seen_at.desc(),
            identity.c.platform,
        )
    )
    found: dict[int, Reachable] = {}
    for row in rows:
        number = row[0]
        if number not in found:
            found[number] = Reachable(
                row[1],
                row[2],
                row[3],
                _USUAL
                if row[4:9] == _NOTHING
                else Preferences.model_construct(
                    from_minute=row[4],
                    until_minute=row[5],
                    weekdays=None if row[6] is None else read_weekdays(row[6]),
                    paused_until=row[7],
                    platform=row[8],
                ),
                [],
            )
        if row[9] is not None:
            found[number].identities.append(ChatIdentity(*row[9:14]))
    return found


def set_locality(work: Work, person_id: int, *, time_zone: str | None, locale: str | None) -> None:
    """Take over the time zone and locale that a person chose in their chat client."""
    values = {
        name: value for name, value in (("time_zone", time_zone), ("locale", locale)) if value is not None
    }
    if values:
        work.connection.execute(sa.update(person).where(person.c.id == person_id).values(**values))


def departments(work: Work) -> list[tuple[int, str]]:
    """The teams at the top of the tree, as (id, name), in order of name."""
    rows = work.connection.execute(
        sa.select(team.c.id, team.c.path).where(team.c.parent_id.is_(None)).order_by(team.c.path)
    )
    return [(number, path) for number, path in rows]


def department_kinds(work: Work) -> dict[int, TeamKind]:
    """What kind the teams at the top of the tree are, by id."""
    rows = work.connection.execute(sa.select(team.c.id, team.c.kind).where(team.c.parent_id.is_(None)))
    return {number: TeamKind(kind) for number, kind in rows}

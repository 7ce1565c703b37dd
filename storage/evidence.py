"""What an auditor gets: sign-offs and the log that they stand in, read in order and in constant memory."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage.audit import audit
from storage.delegations import delegation
from storage.initiatives import initiative
from storage.log_texts import number_after
from storage.milestones import milestone
from storage.people import person, team
from storage.signoffs import decision, signoff, signoff_version
from storage.store import Work

#: Requests that are read together with all that was decided on them.
PAGE_REQUESTS = 200
PAGE_ROWS = 1000


class WrittenVersion(NamedTuple):
    """A version as it is stored: the fingerprint is that of `content` to the letter."""

    version: int
    content: str
    fingerprint: str
    by_id: int
    at: datetime


class WrittenDecision(NamedTuple):
    version: int
    side: str
    verdict: str
    person_id: int
    acting_for_id: int | None
    reason: str | None
    fingerprint: str
    platform: str
    at: datetime
    audit_number: int


class Request(NamedTuple):
    """A request with everything that was said about it."""

    id: int
    initiative_id: int
    initiative: str
    milestone_id: int
    milestone_key: str
    milestone: str
    milestone_signed_off_at: datetime | None
    requested_by_id: int
    state: str
    version: int
    fingerprint: str
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    versions: tuple[WrittenVersion, ...]
    decisions: tuple[WrittenDecision, ...]


def requests(work: Work, initiative_id: int | None) -> Iterator[Request]:
    """All requests, or those of one initiative: by initiative and milestone, the oldest first."""
    query = _REQUESTS if initiative_id is None else _REQUESTS.where(initiative.c.id == initiative_id)
    for rows in _pages(work, query, PAGE_REQUESTS):
        ids = [row[0] for row in rows]
        versions: dict[int, list[WrittenVersion]] = {number: [] for number in ids}
        for row in work.connection.execute(_VERSIONS, {"ids": ids}):
            versions[row[0]].append(WrittenVersion._make(row[1:]))
        decisions: dict[int, list[WrittenDecision]] = {number: [] for number in ids}
        for row in work.connection.execute(_DECISIONS, {"ids": ids}):
            decisions[row[0]].append(WrittenDecision._make(row[1:]))
        for row in rows:
            yield Request._make((*row, tuple(versions[row[0]]), tuple(decisions[row[0]])))


def _pages(work: Work, query: sa.Select[Any], size: int) -> Iterator[Sequence[sa.Row[Any]]]:
    yield from work.connection.execute(query, execution_options={"yield_per": size}).partitions()


_REQUESTS = (
    sa.select(
        signoff.c.id,
        initiative.c.id,
        initiative.c.name,
        milestone.c.id,
        milestone.c.key,
        milestone.c.title,
        milestone.c.signed_off_at,
        signoff.c.requested_by_id,
        signoff.c.state,
        signoff.c.version,
        signoff.c.fingerprint,
        signoff.c.created_at,
        signoff.c.expires_at,
        signoff.c.settled_at,
    )
    .join_from(signoff, milestone, milestone.c.id == signoff.c.milestone_id)
    .join(initiative, initiative.c.id == milestone.c.initiative_id)
    .order_by(initiative.c.name, initiative.c.id, milestone.c.id, signoff.c.id)
)
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_VERSIONS = (
    sa.select(signoff_version.c.signoff_id, *(signoff_version.c[name] for name in WrittenVersion._fields))
    .where(signoff_version.c.signoff_id.in_(_IDS))
    .order_by(signoff_version.c.signoff_id, signoff_version.c.version)
)
_DECISIONS = (
    sa.select(decision.c.signoff_id, *(decision.c[name] for name in WrittenDecision._fields))
    .where(decision.c.signoff_id.in_(_IDS))
    .order_by(decision.c.audit_number)
)


class Owned(NamedTuple):
    """An initiative and who answers for it now."""

    id: int
    key: str
    name: str
    department: str
    outcome: str
    stage: str
    archived: bool
    business_sponsor_id: int
    technical_sponsor_id: int
    product_owner_id: int


def owned(work: Work, initiative_id: int | None) -> Iterator[Owned]:
    """All initiatives, or one, in order of name."""
    query = sa.select(
        initiative.c.id,
        initiative.c.key,
        initiative.c.name,
        team.c.path,
        initiative.c.outcome,
        initiative.c.stage,
        initiative.c.archived,
        initiative.c.business_sponsor_id,
        initiative.c.technical_sponsor_id,
        initiative.c.product_owner_id,
    ).join_from(initiative, team, team.c.id == initiative.c.department_id)
    if initiative_id is not None:
        query = query.where(initiative.c.id == initiative_id)
    for rows in _pages(work, query.order_by(initiative.c.name, initiative.c.id), PAGE_ROWS):
        yield from map(Owned._make, rows)


class Named(NamedTuple):
    id: int
    name: str
    email: str


def involved(work: Work) -> Iterator[Named]:
    """Everybody whom sign-offs, delegations or initiatives name, and whoever did something or got another role in the
    log, by id."""
    ids = sa.union(
        sa.select(number_after(audit.c.content, sa.literal_column("'\"person:'"))).where(
            audit.c.event == "person.roles"
        ),
        *(
            sa.select(column)
            for column in (
                audit.c.actor_id,
                signoff.c.requested_by_id,
                signoff_version.c.by_id,
                decision.c.person_id,
                decision.c.acting_for_id,
                delegation.c.sponsor_id,
                delegation.c.delegate_id,
                initiative.c.business_sponsor_id,
                initiative.c.technical_sponsor_id,
                initiative.c.product_owner_id,
            )
        ),
    )
    query = sa.select(person.c.id, person.c.name, person.c.email).where(person.c.id.in_(ids))
    for rows in _pages(work, query.order_by(person.c.id), PAGE_ROWS):
        yield from map(Named._make, rows)


class WrittenDelegation(NamedTuple):
    id: int
    initiative_id: int
    side: str
    sponsor_id: int
    delegate_id: int
    first_day: date
    last_day: date
    state: str
    created_at: datetime
    answered_at: datetime | None


def delegated(work: Work, initiative_id: int | None) -> Iterator[WrittenDelegation]:
    """All delegations, or those of one initiative, the oldest first."""
    query = sa.select(*(delegation.c[name] for name in WrittenDelegation._fields)).order_by(delegation.c.id)
    if initiative_id is not None:
        query = query.where(delegation.c.initiative_id == initiative_id)
    for rows in _pages(work, query, PAGE_ROWS):
        yield from map(WrittenDelegation._make, rows)


class Link(NamedTuple):
    """An entry of the log as it is hashed."""

    number: int
    content: str
    hash: str


def chain(work: Work) -> Iterator[Link]:
    """The whole log, from the first entry to the last."""
    query = sa.select(audit.c.number, audit.c.content, audit.c.hash).order_by(audit.c.number)
    for rows in _pages(work, query, PAGE_ROWS):
        yield from map(Link._make, rows)

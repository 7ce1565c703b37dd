"""Who handles a concern, and a message to each of them, in one statement either way."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from domain.concerns import Concern
from domain.people import Role
from storage.initiatives import initiative
from storage.outbox import Priority, outbox
from storage.people import person
from storage.ready import Ready
from storage.schema import BigId, UtcDateTime, insert_into
from storage.store import Work


def handlers(work: Work, one: Concern) -> list[int]:
    """The ids of those who handle it: the product owner of its initiative, the AI function and HR.

    The sponsors too once it was escalated or reopened; never whoever raised it with their name, or has left.
    """
    return [row[0] for row in _ALL.rows(work, _of(one))]


class Message(NamedTuple):
    """What each of them is sent, as `storage.outbox.put` does; in the texts `#` stands for the concern's number."""

    #: Followed by the id of each.
    key: str
    subject: str
    message: str
    priority: Priority
    polite: bool


def tell(work: Work, one: Concern, message: Message) -> None:
    """Write the message to each of them, once for each key."""
    written = _TELL.count(work, {**_of(one), **written_of(message, work.now), "told_number": one.number})
    work.enqueued = work.enqueued or written > 0


def written_of(message: Message, at: datetime) -> dict[str, object]:
    """The values of `telling` that a message gives."""
    return {
        "told_key": message.key,
        "told_subject": message.subject,
        "told_message": message.message,
        "told_priority": int(message.priority),
        "told_polite": message.polite,
        "told_at": at,
    }


def _of(one: Concern) -> dict[str, object]:
    is_known = one.escalated_at is not None or bool(one.reopened)
    return who_of(one.initiative_id, one.reporter_id, with_sponsors=is_known)


def who_of(initiative_id: int | None, reporter_id: int | None, *, with_sponsors: bool) -> dict[str, object]:
    """The values of `telling` by which those who handle a concern are found."""
    return {"about": initiative_id, "reporter": reporter_id or 0, "with_sponsors": with_sponsors}


def _has(role: Role) -> sa.ColumnElement[bool]:
    return (";" + person.c.roles + ";").contains(f";{role.value};")


def _part(column: "sa.Column[int]", place: int, *where: sa.ColumnElement[bool]) -> "sa.Select[int, str, int]":
    return (
        sa.select(person.c.id, person.c.name, sa.literal_column(str(place), sa.Integer).label("place"))
        .join(initiative, column == person.c.id)
        .where(initiative.c.id == sa.bindparam("about", type_=BigId), person.c.active, *where)
    )


_are_told = sa.bindparam("with_sponsors", type_=sa.Boolean)
#: In the order in which they are named: by their part in the initiative, then the AI function, then HR.
_each = sa.union_all(
    _part(initiative.c.product_owner_id, 0),
    _part(initiative.c.business_sponsor_id, 1, _are_told),
    _part(initiative.c.technical_sponsor_id, 2, _are_told),
    # The index of those who have a role is found by its own words.
    sa.select(person.c.id, person.c.name, sa.case((_has(Role.AI), 3), else_=4)).where(
        sa.text("person.roles <> ''"), person.c.active, sa.or_(_has(Role.AI), _has(Role.HR))
    ),
).subquery("each")
_people = (
    sa.select(_each.c.id)
    .where(_each.c.id != sa.bindparam("reporter", type_=BigId))
    .group_by(_each.c.id, _each.c.name)
    .order_by(sa.func.min(_each.c.place), _each.c.name, _each.c.id)
)
_ALL = Ready(_people)


def telling(dialect: Dialect, number: "sa.ColumnElement[int]") -> sa.Insert:
    """The statement that writes a message to each of them: one for each row that the number comes from."""
    at = sa.bindparam("told_at", type_=UtcDateTime)
    who = _people.subquery("who")
    digits = sa.cast(number, sa.String)

    def text(name: str) -> "sa.ColumnElement[str]":
        return sa.func.replace(sa.bindparam(name, type_=sa.String), "#", digits, type_=sa.String)

    rows = sa.select(
        text("told_key") + sa.cast(who.c.id, sa.String),
        who.c.id,
        text("told_subject"),
        sa.literal_column("0", sa.Integer),
        sa.bindparam("told_priority", type_=sa.Integer),
        sa.bindparam("told_polite", type_=sa.Boolean),
        text("told_message"),
        sa.literal("waiting"),
        sa.literal_column("0", sa.Integer),
        at,
        at,
    ).where(sa.true())
    columns: Sequence[str] = (
        *("key", "person_id", "subject", "revision", "priority", "polite", "message"),
        *("state", "attempts", "due_at", "created_at"),
    )
    insert = insert_into(dialect, outbox).from_select(columns, rows)
    return insert.on_conflict_do_nothing(index_elements=["key"])


_TELL = Ready(lambda dialect: telling(dialect, sa.bindparam("told_number", type_=sa.Integer)))

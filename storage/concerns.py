"""Concerns and their threads: what was written is locked, whoever raised one without a name is nowhere.

Of what a reporter does only the week is kept. How concerns come, and wait to be handed over, is in
`storage.concern_boxes`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.concerns import OPEN, Cause, Concern, Gap, Kind, Outcome, Severity, State
from domain.schedules import week_of
from storage import case_locks
from storage.ballots import keep, vault_of
from storage.ready import Ready
from storage.schema import BigId, UtcDateTime, metadata
from storage.store import Work

UNANSWERED = "first_answer_at IS NULL AND due_at IS NOT NULL"

concern = sa.Table(
    "concern",
    metadata,
    sa.Column("case_id", sa.LargeBinary(16), primary_key=True),
    sa.Column("number", sa.Integer, nullable=True, unique=True),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=True),
    #: Only of whoever gave their name.
    sa.Column("reporter_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("week", sa.String(8), nullable=False),
    sa.Column("severity", sa.String(10), nullable=False),
    sa.Column("cause", sa.String(15), nullable=True),
    sa.Column("gap", sa.String(10), nullable=True),
    sa.Column("is_specific", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("owner_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    #: All times are of handlers and of the planner.
    sa.Column("handed_at", UtcDateTime, nullable=True),
    sa.Column("due_at", UtcDateTime, nullable=True),
    sa.Column("first_answer_at", UtcDateTime, nullable=True),
    sa.Column("escalated_at", UtcDateTime, nullable=True),
    sa.Column("closed_at", UtcDateTime, nullable=True),
    sa.Column("outcome", sa.String(10), nullable=True),
    sa.Column("reopened", sa.Integer, nullable=False),
    sa.Column("merged_into", sa.Integer, nullable=True),
    sa.Column("milestone", sa.String(40), nullable=True),
    sa.Column("limit_id", BigId, sa.ForeignKey("limit_statement.id"), nullable=True),
    # What is long stands last: SQLite then finds everything else without reading on.
    #: What was written (domain.specificity.Told as JSON), locked for those who handle concerns.
    sa.Column("body", sa.LargeBinary, nullable=False),
    #: What answers are locked for, where there is a code.
    sa.Column("inbox_key", sa.LargeBinary(32), nullable=True),
    #: The reporter's id, locked for those who handle concerns, if they want to be told of an answer; until the end.
    sa.Column("return_address", sa.LargeBinary, nullable=True),
    sa.Index("ix_concern_state_number", "state", "number"),
    sa.Index("ix_concern_initiative_id_state_number", "initiative_id", "state", "number"),
    sa.Index("ix_concern_owner_id_state", "owner_id", "state"),
    # What was handed over and has no answer yet, by how long it waits.
    sa.Index(
        "ix_concern_unanswered",
        *("severity", "due_at", "number"),
        sqlite_where=sa.text(UNANSWERED),
        postgresql_where=sa.text(UNANSWERED),
    ),
    sa.Index("ix_concern_reporter_id", "reporter_id"),
    # All that figures count: none of them looks at a row.
    sa.Index(
        "ix_concern_week_counted",
        *("week", "initiative_id", "state", "cause", "gap", "is_specific", "handed_at", "first_answer_at"),
    ),
    sqlite_with_rowid=False,
)

concern_message = sa.Table(
    "concern_message",
    metadata,
    sa.Column("case_id", sa.LargeBinary(16), sa.ForeignKey("concern.case_id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    #: The value of a domain.concerns.Kind.
    sa.Column("kind", sa.String(15), nullable=False),
    sa.Column("week", sa.String(8), nullable=False),
    #: Of handlers only.
    sa.Column("author_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("at", UtcDateTime, nullable=True),
    #: Locked for those who handle concerns, and for the inbox where there is one and it is no note.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("inbox", sa.LargeBinary, nullable=True),
    sa.Index("ix_concern_message_week", "week"),
    sqlite_with_rowid=False,
)

COLUMNS = (
    *(concern.c[name] for name in ("case_id", "number", "initiative_id", "reporter_id", "week", "severity")),
    *(
        concern.c[name]
        for name in ("cause", "gap", "is_specific", "state", "owner_id", "handed_at", "due_at")
    ),
    *(concern.c[name] for name in ("first_answer_at", "escalated_at", "closed_at", "outcome", "reopened")),
    *(concern.c[name] for name in ("merged_into", "milestone", "limit_id")),
    concern.c.return_address.is_not(None),
)

#: Where there is a closed box and no case yet.
WAITING = (State.SENT, State.UNUSABLE)


class Message(NamedTuple):
    """One message of a thread, opened."""

    kind: Kind
    text: str
    week: str
    #: None for the reporter.
    author_id: int | None
    at: datetime | None


def concern_of(row: Sequence[Any]) -> Concern:
    """A concern from its `COLUMNS`."""
    return Concern.model_construct(
        case_id=bytes(row[0]),
        number=row[1],
        initiative_id=row[2],
        reporter_id=row[3],
        week=row[4],
        severity=Severity(row[5]),
        cause=None if row[6] is None else Cause(row[6]),
        gap=None if row[7] is None else Gap(row[7]),
        is_specific=row[8],
        state=State(row[9]),
        owner_id=row[10],
        handed_at=row[11],
        due_at=row[12],
        first_answer_at=row[13],
        escalated_at=row[14],
        closed_at=row[15],
        outcome=None if row[16] is None else Outcome(row[16]),
        reopened=row[17],
        merged_into=row[18],
        milestone=row[19],
        limit_id=row[20],
        push=bool(row[21]),
    )


# ------------------------------------------------------------------------------------------------------------ keys


class HandlersKeys(NamedTuple):
    """By the private key those who handle concerns read them, by the public one they are locked: 32 bytes each."""

    private: bytes
    public: bytes

    def __repr__(self) -> str:
        return "HandlersKeys(...)"


def handlers_keys(work: Work) -> HandlersKeys:
    """One secret of the vault, made when it is first needed. Raises VaultProblem."""
    kept = work.secrets.get(case_locks.HANDLERS_KEY)
    if kept is None:
        kept = keep(vault_of(work), case_locks.HANDLERS_KEY, lambda: b"".join(case_locks.new_keys()))
        work.secrets[case_locks.HANDLERS_KEY] = kept
    private, public = kept[: case_locks.KEY_BYTES], kept[case_locks.KEY_BYTES :]
    # Vaults of earlier versions hold the private one alone.
    return HandlersKeys(private, public or case_locks.public_of(private))


def locked(work: Work, case_id: bytes, text: str) -> bytes:
    """A text of a case, locked for those who handle concerns. Raises VaultProblem."""
    public = handlers_keys(work).public
    return case_locks.seal(public, case_id, text.encode())


def waiting(work: Work, waiting_id: bytes, box: bytes) -> case_locks.Waiting | case_locks.Word:
    """What is in a box that waits to be handed over. Raises Forged or VaultProblem."""
    return case_locks.in_box(case_locks.unseal(handlers_keys(work).private, waiting_id, box))


# --------------------------------------------------------------------------------------------------------- reading


def by_case(work: Work, case_id: bytes, *, lock: bool = False) -> Concern | None:
    query = sa.select(*COLUMNS).where(concern.c.case_id == case_id)
    row = work.connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else concern_of(row)


def by_number(work: Work, number: int, *, lock: bool = False) -> Concern | None:
    """A concern that was handed over."""
    query = sa.select(*COLUMNS).where(concern.c.number == number)
    row = work.connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else concern_of(row)


def by_code(work: Work, code: str) -> Concern | None:
    """The concern of a code, handed over or not. The look-up sends the same statements whether there is one or not.

    Raises Forged or VaultProblem.
    """
    opened = case_locks.opened_by(code)
    found = case_or_box(work, opened.case_id, opened.waiting_id)
    box = work.connection.execute(
        sa.select(concern.c.body).where(concern.c.case_id == opened.waiting_id)
    ).scalar()
    if found is None or found.state not in WAITING or box is None:
        return found
    told = waiting(work, opened.waiting_id, bytes(box))
    assert isinstance(told, case_locks.Waiting)
    return found.model_copy(
        update={
            "state": State.SENT,
            "initiative_id": told.initiative_id,
            "severity": Severity(told.severity),
            "cause": None if told.cause is None else Cause(told.cause),
            "is_specific": told.is_specific,
            "push": told.return_to is not None,
        }
    )


def case_or_box(work: Work, case_id: bytes, waiting_id: bytes) -> Concern | None:
    """A case, or the box in which it waits."""
    query = sa.select(*COLUMNS).where(concern.c.case_id.in_((case_id, waiting_id))).order_by(concern.c.number)
    rows = [concern_of(row) for row in work.connection.execute(query)]
    return next((one for one in rows if one.case_id == case_id), rows[0] if rows else None)


def body(work: Work, case_id: bytes) -> str:
    """What was written, for handlers and for the reporter themselves. Raises Forged or VaultProblem."""
    query = sa.select(concern.c.body, concern.c.state).where(concern.c.case_id == case_id)
    box, state = work.connection.execute(query).one()
    if State(state) in WAITING:
        told = waiting(work, case_id, bytes(box))
        assert isinstance(told, case_locks.Waiting)
        return told.body
    return case_locks.unseal(handlers_keys(work).private, case_id, bytes(box)).decode()


def thread(work: Work, case_id: bytes, *, with_notes: bool) -> list[Message]:
    """The messages of a concern, the oldest first. Raises Forged or VaultProblem."""
    key = handlers_keys(work).private
    rows = work.connection.execute(
        sa.select(
            concern_message.c.kind,
            concern_message.c.body,
            concern_message.c.week,
            concern_message.c.author_id,
            concern_message.c.at,
        )
        .where(concern_message.c.case_id == case_id)
        .order_by(concern_message.c.position)
    )
    return [
        Message(Kind(kind), case_locks.unseal(key, case_id, bytes(sealed)).decode(), week, author, at)
        for kind, sealed, week, author, at in rows
        if with_notes or kind != Kind.NOTE.value
    ]


def inbox(work: Work, code: str) -> list[Message]:
    """What the reporter with this code may read, opened by the code alone. Raises Forged."""
    opened = case_locks.opened_by(code)
    rows = work.connection.execute(
        sa.select(concern_message.c.kind, concern_message.c.inbox, concern_message.c.week)
        .where(concern_message.c.case_id == opened.case_id, concern_message.c.inbox.is_not(None))
        .order_by(concern_message.c.position)
    )
    return [_in_inbox(opened, *row) for row in rows]


def _in_inbox(opened: case_locks.Opened, kind: str, sealed: bytes, week: str) -> Message:
    text = case_locks.unseal(opened.private, opened.case_id, bytes(sealed)).decode()
    return Message(Kind(kind), text, week, None, None)


def of_reporter(work: Work, person_id: int, *, limit: int = 20) -> list[Concern]:
    """Somebody's own concerns with their name: those that wait for their word, the other open ones, the rest.

    Each the newest first.
    """
    first = sa.case(
        (concern.c.state == State.CLOSED.value, 0),
        (concern.c.state.in_([state.value for state in OPEN]), 1),
        else_=2,
    )
    rows = work.connection.execute(
        sa.select(*COLUMNS)
        .where(concern.c.reporter_id == person_id)
        .order_by(first, concern.c.number.desc())
        .limit(limit)
    )
    return [concern_of(row) for row in rows]


# -------------------------------------------------------------------------------------------------------- handling


def write(
    work: Work, one: Concern, kind: Kind, text: str, *, author_id: int | None, week: str | None = None
) -> None:
    """Add a message to a thread, locked for handlers and for the reporter's inbox where there is one.

    Of a reporter only the week is kept: the given one, else this. Raises VaultProblem.
    """
    [(inbox_key, position)] = _THREAD_END.rows(work, {"of_case": one.case_id})
    has_inbox = one.is_anonymous and kind is not Kind.NOTE and inbox_key is not None
    _NEW_MESSAGE.count(
        work,
        {
            "new_case_id": one.case_id,
            "new_position": position + 1,
            "new_kind": kind.value,
            "new_week": week or week_of(work.now.date()),
            "new_author_id": None if kind.of_reporter else author_id,
            "new_at": None if kind.of_reporter else work.now,
            "new_body": locked(work, one.case_id, text),
            "new_inbox": case_locks.seal(bytes(inbox_key), one.case_id, text.encode()) if has_inbox else None,
        },
    )


def last_in_inbox(work: Work, code: str) -> list[Message]:
    """The newest message that the reporter with this code can read, if there is one. Raises Forged."""
    opened = case_locks.opened_by(code)
    rows = _LAST_READ.rows(work, {"of_case": opened.case_id})
    return [_in_inbox(opened, *row) for row in rows]


#: What the inbox is locked for, and the position of the newest message; 0 where there is none.
_THREAD_END = Ready(
    sa.select(
        concern.c.inbox_key,
        sa.select(sa.func.coalesce(sa.func.max(concern_message.c.position), 0))
        .where(concern_message.c.case_id == concern.c.case_id)
        .scalar_subquery(),
    ).where(concern.c.case_id == sa.bindparam("of_case"))
)
_LAST_READ = Ready(
    sa.select(concern_message.c.kind, concern_message.c.inbox, concern_message.c.week)
    .where(concern_message.c.case_id == sa.bindparam("of_case"), concern_message.c.inbox.is_not(None))
    .order_by(concern_message.c.position.desc())
    .limit(1)
)
_NEW_MESSAGE = Ready(
    sa.insert(concern_message).values(
        {one.name: sa.bindparam(f"new_{one.name}", type_=one.type) for one in concern_message.c}
    )
)


def change(work: Work, case_id: bytes, **columns: Any) -> None:
    """Change where a concern is."""
    work.connection.execute(sa.update(concern).where(concern.c.case_id == case_id).values(**columns))


def return_address(work: Work, one: Concern) -> int | None:
    """Whom to tell of an answer, if they asked for it. Raises Forged or VaultProblem."""
    sealed = work.connection.execute(
        sa.select(concern.c.return_address).where(concern.c.case_id == one.case_id)
    ).scalar()
    if sealed is None:
        return None
    return int(case_locks.unseal(handlers_keys(work).private, one.case_id, bytes(sealed)).decode())

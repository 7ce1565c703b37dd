"""What changed because somebody spoke: the words that handlers published, and the search over them alone.

Words that are corrected or withdrawn are kept as they were; nobody reads them but those who handle the concern.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.concerns import Outcome
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

concern_publication = sa.Table(
    "concern_publication",
    metadata,
    counted_id(),
    #: The number of the concern it answers.
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=True),
    #: The value of a domain.concerns.Outcome.
    sa.Column("outcome", sa.String(10), nullable=False),
    #: What was observed and what came of it, edited for everybody.
    sa.Column("observed", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("from_day", sa.Date, nullable=True),
    sa.Column("published_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("published_at", UtcDateTime, nullable=False),
    #: 1 as it was published; one more with every correction, and when it is withdrawn.
    sa.Column("version", sa.Integer, nullable=False, default=1),
    #: Of the last of them: who, when, and what is different or why it was withdrawn, for everybody to read.
    sa.Column("revised_by_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("revised_at", UtcDateTime, nullable=True),
    sa.Column("remark", sa.Text, nullable=True),
    sa.Column("withdrawn", sa.Boolean, nullable=False, default=False),
    sa.Index("ix_concern_publication_initiative_id", "initiative_id"),
    sa.Index("ix_concern_publication_published_at", "published_at"),
)

#: The versions before the present one.
concern_publication_past = sa.Table(
    "concern_publication_past",
    metadata,
    sa.Column("publication_id", BigId, sa.ForeignKey("concern_publication.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("outcome", sa.String(10), nullable=False),
    sa.Column("observed", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("from_day", sa.Date, nullable=True),
    #: Who wrote that version, when, and what they said was different by it.
    sa.Column("by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("remark", sa.Text, nullable=True),
)

#: SQLite's index of words (FTS5); PostgreSQL has a GIN index on the same words.
SEARCH = "concern_search"


class Publication(NamedTuple):
    """Something published."""

    id: int
    number: int
    initiative_id: int | None
    outcome: Outcome
    observed: str
    text: str
    from_day: date | None
    published_by_id: int
    published_at: datetime
    version: int
    revised_by_id: int | None
    revised_at: datetime | None
    #: What the last correction changed, or why it was withdrawn.
    remark: str | None
    withdrawn: bool


class Version(NamedTuple):
    """Words that were published, and are not any more."""

    version: int
    outcome: Outcome
    observed: str
    text: str
    from_day: date | None
    by_id: int
    at: datetime
    remark: str | None


_SELECT = sa.select(*(column for column in concern_publication.c))
_STANDS = concern_publication.c.withdrawn.is_(sa.false())


def _publication(row: Sequence[Any]) -> Publication:
    return Publication._make((*row[:3], Outcome(row[3]), *row[4:]))


def publish(
    work: Work,
    *,
    number: int,
    initiative_id: int | None,
    outcome: Outcome,
    observed: str,
    text: str,
    from_day: date | None,
    by: int,
) -> int:
    """Keep what everybody may read, and make it findable; its id."""
    published = int(
        work.connection.execute(
            sa.insert(concern_publication).returning(concern_publication.c.id),
            {
                "number": number,
                "initiative_id": initiative_id,
                "outcome": outcome.value,
                "observed": observed,
                "text": text,
                "from_day": from_day,
                "published_by_id": by,
                "published_at": work.now,
            },
        ).scalar_one()
    )
    if work.connection.dialect.name == "sqlite":
        _find(work, published, observed, text)
    return published


def correct(
    work: Work,
    one: Publication,
    *,
    outcome: Outcome,
    observed: str,
    text: str,
    from_day: date | None,
    remark: str,
    by: int,
) -> None:
    """Put other words in the place of what was published; `remark` says what is different. `one` is as it is kept."""
    values = {"outcome": outcome.value, "observed": observed, "text": text, "from_day": from_day}
    _revise(work, one, by, remark, values)
    if work.connection.dialect.name == "sqlite":
        _find(work, one.id, observed, text)


def withdraw(work: Work, one: Publication, *, reason: str, by: int) -> None:
    """Let it be read and found no more; what is read in its place is the reason. `one` is as it is kept."""
    _revise(work, one, by, reason, {"withdrawn": True})


def _revise(work: Work, one: Publication, by: int, remark: str, values: dict[str, Any]) -> None:
    """Keep what it said, and change it; on SQLite it is found by no words then."""
    work.connection.execute(
        sa.insert(concern_publication_past),
        {
            "publication_id": one.id,
            "version": one.version,
            "outcome": one.outcome.value,
            "observed": one.observed,
            "text": one.text,
            "from_day": one.from_day,
            "by_id": one.revised_by_id or one.published_by_id,
            "at": one.revised_at or one.published_at,
            "remark": one.remark,
        },
    )
    work.connection.execute(
        sa.update(concern_publication)
        .where(concern_publication.c.id == one.id)
        .values(version=one.version + 1, revised_by_id=by, revised_at=work.now, remark=remark, **values)
    )
    if work.connection.dialect.name == "sqlite":
        work.connection.execute(sa.text(f"DELETE FROM {SEARCH} WHERE rowid = :id"), {"id": one.id})


def _find(work: Work, number: int, observed: str, text: str) -> None:
    """SQLite's: let the words be found."""
    work.connection.execute(
        sa.text(f"INSERT INTO {SEARCH} (rowid, observed, text) VALUES (:id, :observed, :text)"),
        {"id": number, "observed": observed, "text": text},
    )


def by_id(work: Work, number: int) -> Publication | None:
    """One by its id, withdrawn or not."""
    row = work.connection.execute(_SELECT.where(concern_publication.c.id == number)).first()
    return None if row is None else _publication(row)


def all_of(work: Work, number: int) -> list[Publication]:
    """All that was ever published of one concern, the oldest first: only the last may not be withdrawn."""
    rows = work.connection.execute(
        _SELECT.where(concern_publication.c.number == number).order_by(concern_publication.c.id)
    )
    return [_publication(row) for row in rows]


def past(work: Work, number: int) -> list[Version]:
    """The versions before the present one of the publication with this id, the oldest first."""
    kept = concern_publication_past.c
    rows = work.connection.execute(
        sa.select(*(column for column in kept if column.name != "publication_id"))
        .where(kept.publication_id == number)
        .order_by(kept.version)
    )
    return [Version._make((row[0], Outcome(row[1]), *row[2:])) for row in rows]


def of(work: Work, initiative_id: int, *, limit: int = 10) -> list[Publication]:
    """What was published about an initiative and stands, the newest first."""
    rows = work.connection.execute(
        _SELECT.where(concern_publication.c.initiative_id == initiative_id, _STANDS)
        .order_by(concern_publication.c.id.desc())
        .limit(limit)
    )
    return [_publication(row) for row in rows]


def latest(
    work: Work, initiative_id: int | None = None, *, before: int | None = None, limit: int = 10
) -> list[Publication]:
    """What was published, of one initiative or of all, the newest first, behind the id `before`.

    What was withdrawn is among it, to be shown as that.
    """
    query = _SELECT
    if initiative_id is not None:
        query = query.where(concern_publication.c.initiative_id == initiative_id)
    if before is not None:
        query = query.where(concern_publication.c.id < before)
    rows = work.connection.execute(query.order_by(concern_publication.c.id.desc()).limit(limit))
    return [_publication(row) for row in rows]


def of_number(work: Work, number: int) -> Publication | None:
    """What was published of one concern and stands."""
    row = work.connection.execute(
        _SELECT.where(concern_publication.c.number == number, _STANDS).order_by(
            concern_publication.c.id.desc()
        )
    ).first()
    return None if row is None else _publication(row)


def of_numbers(work: Work, first: int, last: int) -> dict[int, Publication]:
    """What was published of the concerns with these numbers (both included) and stands, by number."""
    rows = work.connection.execute(
        _SELECT.where(concern_publication.c.number.between(first, last), _STANDS).order_by(
            concern_publication.c.id
        )
    )
    return {one.number: one for one in map(_publication, rows)}


def since(work: Work, first: datetime, last: datetime) -> list[Publication]:
    """What was published in [first, last) and stands, the oldest first."""
    rows = work.connection.execute(
        _SELECT.where(
            concern_publication.c.published_at >= first, concern_publication.c.published_at < last, _STANDS
        ).order_by(concern_publication.c.id)
    )
    return [_publication(row) for row in rows]


def alike(work: Work, words: Collection[str], *, limit: int = 3) -> list[Publication]:
    """What was published, stands and has any of these words, the best first."""
    wanted = sorted({one for one in words if one.isalnum()})
    if not wanted:
        return []
    if work.connection.dialect.name == "sqlite":
        found = sa.text(
            f"SELECT rowid FROM {SEARCH} WHERE {SEARCH} MATCH :words ORDER BY rank LIMIT :most"
        ).bindparams(words=" OR ".join(f'"{one}"' for one in wanted), most=limit)
        ids = [row[0] for row in work.connection.execute(found)]
    else:
        vector = sa.func.to_tsvector(
            sa.literal_column("'english'"), concern_publication.c.observed + " " + concern_publication.c.text
        )
        query = sa.func.websearch_to_tsquery(sa.literal_column("'english'"), " or ".join(wanted))
        ids = list(
            work.connection.execute(
                sa.select(concern_publication.c.id)
                .where(vector.op("@@")(query), _STANDS)
                .order_by(sa.func.ts_rank(vector, query).desc(), concern_publication.c.id.desc())
                .limit(limit)
            ).scalars()
        )
    rows = {row.id: row for row in work.connection.execute(_SELECT.where(concern_publication.c.id.in_(ids)))}
    return [_publication(rows[number]) for number in ids if number in rows]

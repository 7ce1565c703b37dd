"""What changed because somebody spoke: the words that handlers published, and the search over them alone."""

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
    sa.Index("ix_concern_publication_initiative_id", "initiative_id"),
    sa.Index("ix_concern_publication_published_at", "published_at"),
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


_SELECT = sa.select(*(column for column in concern_publication.c))


def _publication(row: Sequence[Any]) -> Publication:
    return Publication(row[0], row[1], row[2], Outcome(row[3]), row[4], row[5], row[6], row[7], row[8])


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
        work.connection.execute(
            sa.text(f"INSERT INTO {SEARCH} (rowid, observed, text) VALUES (:id, :observed, :text)"),
            {"id": published, "observed": observed, "text": text},
        )
    return published


def of(work: Work, initiative_id: int, *, limit: int = 10) -> list[Publication]:
    """What was published about an initiative, the newest first."""
    rows = work.connection.execute(
        _SELECT.where(concern_publication.c.initiative_id == initiative_id)
        .order_by(concern_publication.c.id.desc())
        .limit(limit)
    )
    return [_publication(row) for row in rows]


def latest(
    work: Work, initiative_id: int | None = None, *, before: int | None = None, limit: int = 10
) -> list[Publication]:
    """What was published, of one initiative or of all, the newest first, behind the id `before`."""
    query = _SELECT
    if initiative_id is not None:
        query = query.where(concern_publication.c.initiative_id == initiative_id)
    if before is not None:
        query = query.where(concern_publication.c.id < before)
    rows = work.connection.execute(query.order_by(concern_publication.c.id.desc()).limit(limit))
    return [_publication(row) for row in rows]


def of_number(work: Work, number: int) -> Publication | None:
    """What was published of one concern."""
    row = work.connection.execute(
        _SELECT.where(concern_publication.c.number == number).order_by(concern_publication.c.id.desc())
    ).first()
    return None if row is None else _publication(row)


def of_numbers(work: Work, first: int, last: int) -> dict[int, Publication]:
    """What was published of the concerns with these numbers (both included), by number."""
    rows = work.connection.execute(
        _SELECT.where(concern_publication.c.number.between(first, last)).order_by(concern_publication.c.id)
    )
    return {one.number: one for one in map(_publication, rows)}


def since(work: Work, first: datetime, last: datetime) -> list[Publication]:
    """What was published in [first, last), the oldest first."""
    rows = work.connection.execute(
        _SELECT.where(
            concern_publication.c.published_at >= first, concern_publication.c.published_at < last
        ).order_by(concern_publication.c.id)
    )
    return [_publication(row) for row in rows]


def alike(work: Work, words: Collection[str], *, limit: int = 3) -> list[Publication]:
    """What was published that has any of these words, the best first."""
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
                .where(vector.op("@@")(query))
                .order_by(sa.func.ts_rank(vector, query).desc(), concern_publication.c.id.desc())
                .limit(limit)
            ).scalars()
        )
    rows = {row.id: row for row in work.connection.execute(_SELECT.where(concern_publication.c.id.in_(ids)))}
    return [_publication(rows[number]) for number in ids if number in rows]

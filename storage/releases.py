"""What may be read of a pulse once it is closed: counts of groups, comments without a name or a time, and nothing else.

Whoever shows a result reads it here. Nothing in this module can reach a ballot, a roster or the vault, and a test
keeps it so.
"""

import json
from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from domain.releases import Range, Released
from storage.schema import BigId, metadata
from storage.store import Work

release = sa.Table(
    "release",
    metadata,
    sa.Column("pulse_id", BigId, sa.ForeignKey("pulse.id"), primary_key=True),
    #: The key of an atom: "team:12", "others:5".
    sa.Column("node", sa.String(40), primary_key=True),
    sa.Column("question", sa.String(60), primary_key=True),
    #: The teams that are counted in it, as a JSON list.
    sa.Column("members", sa.Text, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("favourable_low", sa.Integer, nullable=False),
    sa.Column("favourable_high", sa.Integer, nullable=False),
    sa.Column("unfavourable_low", sa.Integer, nullable=False),
    sa.Column("unfavourable_high", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

comment = sa.Table(
    "comment",
    metadata,
    sa.Column("pulse_id", BigId, sa.ForeignKey("pulse.id"), primary_key=True),
    #: The department, or 0 for everyone: fixed at the launch.
    sa.Column("block", BigId, primary_key=True),
    #: Drawn by chance, so that the order of rows says nothing.
    sa.Column("id", sa.LargeBinary(16), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

lineage = sa.Table(
    "lineage",
    metadata,
    #: Who was asked when a team last had a value of its own for a question, so that one who joined or left cannot be
    #: told from the difference: 8 bytes for each, keyed by the vault, in their order.
    sa.Column("question", sa.String(60), primary_key=True),
    sa.Column("team_id", BigId, primary_key=True),
    sa.Column("tokens", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


def keep(work: Work, pulse_id: int, released: Iterable[Released]) -> None:
    """Keep what is released, in its canonical order."""
    rows = [
        {
            "pulse_id": pulse_id,
            "node": one.node,
            "question": one.question,
            "members": json.dumps(list(one.members)),
            "n": one.n,
            "favourable_low": one.favourable.low,
            "favourable_high": one.favourable.high,
            "unfavourable_low": one.unfavourable.low,
            "unfavourable_high": one.unfavourable.high,
        }
        for one in released
    ]
    if rows:
        work.connection.execute(sa.insert(release), rows)


def keep_comments(work: Work, pulse_id: int, comments: Iterable[tuple[int, bytes, str]]) -> None:
    """Keep comments as (block, id drawn by chance, text), in the order of their ids."""
    rows = [
        {"pulse_id": pulse_id, "block": block, "id": number, "text": text}
        for block, number, text in sorted(comments)
    ]
    if rows:
        work.connection.execute(sa.insert(comment), rows)


def of(work: Work, pulse_id: int) -> tuple[Released, ...]:
    """What was released of a pulse, in its canonical order."""
    rows = work.connection.execute(
        sa.select(release).where(release.c.pulse_id == pulse_id).order_by(release.c.question, release.c.node)
    )
    return tuple(
        Released(
            node=row.node,
            members=tuple(json.loads(row.members)),
            question=row.question,
            n=row.n,
            favourable=Range(row.favourable_low, row.favourable_high),
            unfavourable=Range(row.unfavourable_low, row.unfavourable_high),
        )
        for row in rows
    )


def comments(work: Work, pulse_id: int) -> dict[int, list[str]]:
    """The comments by block, in no order that means anything."""
    rows = work.connection.execute(
        sa.select(comment.c.block, comment.c.text)
        .where(comment.c.pulse_id == pulse_id)
        .order_by(comment.c.block, comment.c.id)
    )
    found: dict[int, list[str]] = {}
    for block, text in rows:
        found.setdefault(block, []).append(text)
    return found


TOKEN_BYTES = 8


def rosters(work: Work, question: str) -> dict[int, frozenset[bytes]]:
    """Who was asked, in tokens, when each team last had a value of its own for a question."""
    rows = work.connection.execute(
        sa.select(lineage.c.team_id, lineage.c.tokens).where(lineage.c.question == question)
    )
    return {
        team: frozenset(bytes(packed[at : at + TOKEN_BYTES]) for at in range(0, len(packed), TOKEN_BYTES))
        for team, packed in rows
    }


def keep_rosters(work: Work, question: str, tokens: Mapping[int, Collection[bytes]]) -> None:
    """Keep who was asked for the teams that have a value of their own this time."""
    if not tokens:
        return
    work.connection.execute(
        sa.delete(lineage).where(lineage.c.question == question, lineage.c.team_id.in_(list(tokens)))
    )
    work.connection.execute(
        sa.insert(lineage),
        [
            {"question": question, "team_id": team, "tokens": b"".join(sorted(some))}
            for team, some in sorted(tokens.items())
        ],
    )

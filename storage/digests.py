"""Digests and briefs, kept as the facts they were made from."""

import sqlalchemy as sa

from storage.schema import UtcDateTime, counted_id, metadata

digest = sa.Table(
    "digest",
    metadata,
    counted_id(),
    #: "week" or "brief".
    sa.Column("kind", sa.String(10), nullable=False),
    #: "2026-W47", or the day of the working session.
    sa.Column("period", sa.String(20), nullable=False),
    #: From 1; a correction is a new version.
    sa.Column("version", sa.Integer, nullable=False),
    #: Everything that any rendering shows, as canonical JSON.
    sa.Column("facts", sa.Text, nullable=False),
    #: What a correction changed, in words.
    sa.Column("change", sa.Text, nullable=True),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("kind", "period", "version"),
)

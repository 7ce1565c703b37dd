"""The numbers by which an initiative is judged, and their readings over time."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, counted_id, metadata

kpi = sa.Table(
    "kpi",
    metadata,
    counted_id(),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    #: Short, lower case, typed in commands: "handling-time".
    sa.Column("key", sa.String(30), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("unit", sa.String(30), nullable=False),
    #: Which way is better: "up" or "down".
    sa.Column("direction", sa.String(4), nullable=False),
    sa.Column("baseline", sa.Float, nullable=False),
    sa.Column("target", sa.Float, nullable=True),
    #: Whose number it is: somebody from the business.
    sa.Column("owner_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("initiative_id", "key"),
)

kpi_reading = sa.Table(
    "kpi_reading",
    metadata,
    counted_id(),
    sa.Column("kpi_id", BigId, sa.ForeignKey("kpi.id"), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("noted_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
    #: One reading a day; a later one for the same day takes its place.
    sa.UniqueConstraint("kpi_id", "day"),
)

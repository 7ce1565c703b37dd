"""What people chose for themselves: when and where they want to be written to."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, metadata

preference = sa.Table(
    "preference",
    metadata,
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), primary_key=True),
    #: Minutes after midnight, in the person's zone, between which planned messages may come; None for the usual.
    sa.Column("from_minute", sa.Integer, nullable=True),
    sa.Column("until_minute", sa.Integer, nullable=True),
    #: ISO weekdays on which they may come ("12345"); None for those of the person's country.
    sa.Column("weekdays", sa.String(7), nullable=True),
    #: Nothing that is planned comes up to this day, which is included.
    sa.Column("paused_until", sa.Date, nullable=True),
    #: Where they want messages; None for where they were last.
    sa.Column("platform", sa.String(10), nullable=True),
    #: Whether they want to be asked on Fridays what they put in.
    sa.Column("nudge", sa.Boolean, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

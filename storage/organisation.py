"""What an organisation set in chat: by name, as JSON, with who changed it last."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, metadata

setting = sa.Table(
    "setting",
    metadata,
    #: "digest.hr", "showcase.rule".
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("changed_by_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

"""Concerns without a first answer are found by how long they wait."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UNANSWERED = sa.text("first_answer_at IS NULL AND due_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_concern_unanswered",
        "concern",
        ["severity", "due_at", "number"],
        sqlite_where=UNANSWERED,
        postgresql_where=UNANSWERED,
    )


def downgrade() -> None:
    op.drop_index("ix_concern_unanswered", table_name="concern")

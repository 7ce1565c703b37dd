"""Figures of concerns are counted in an index alone, and a page of one initiative's is found by its order."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: What figures count, by week.
COUNTED = [
    *("week", "initiative_id", "state", "cause", "gap", "is_specific"),
    *("handed_at", "first_answer_at"),
]


def upgrade() -> None:
    op.drop_index("ix_concern_week", table_name="concern")
    op.drop_index("ix_concern_initiative_id_state", table_name="concern")
    op.create_index("ix_concern_week_counted", "concern", COUNTED)
    op.create_index("ix_concern_initiative_id_state_number", "concern", ["initiative_id", "state", "number"])


def downgrade() -> None:
    op.drop_index("ix_concern_initiative_id_state_number", table_name="concern")
    op.drop_index("ix_concern_week_counted", table_name="concern")
    op.create_index("ix_concern_initiative_id_state", "concern", ["initiative_id", "state"])
    op.create_index("ix_concern_week", "concern", ["week"])

"""People are found by their full names."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_person_name", "person", ["name"])


def downgrade() -> None:
    op.drop_index("ix_person_name", table_name="person")

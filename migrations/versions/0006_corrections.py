"""What was published of a concern can be corrected and withdrawn; what it said before is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("concern_publication", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(
            sa.Column("revised_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("revised_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("remark", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_foreign_key(
            op.f("fk_concern_publication_revised_by_id"), "person", ["revised_by_id"], ["id"]
        )
    with op.batch_alter_table("concern_publication", schema=None) as batch_op:
        batch_op.alter_column("version", existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column("withdrawn", existing_type=sa.Boolean(), server_default=None)

    op.create_table(
        "concern_publication_past",
        sa.Column("publication_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("observed", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_concern_publication_past_by_id")),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["concern_publication.id"],
            name=op.f("fk_concern_publication_past_publication_id"),
        ),
        sa.PrimaryKeyConstraint("publication_id", "version", name=op.f("pk_concern_publication_past")),
    )


def downgrade() -> None:
    op.drop_table("concern_publication_past")
    # What was withdrawn is not to be read again by a version that knows of no withdrawal.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "DELETE FROM concern_search WHERE rowid IN (SELECT id FROM concern_publication WHERE withdrawn)"
        )
    op.execute("DELETE FROM concern_publication WHERE withdrawn")
    with op.batch_alter_table("concern_publication", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_concern_publication_revised_by_id"), type_="foreignkey")
        batch_op.drop_column("withdrawn")
        batch_op.drop_column("remark")
        batch_op.drop_column("revised_at")
        batch_op.drop_column("revised_by_id")
        batch_op.drop_column("version")

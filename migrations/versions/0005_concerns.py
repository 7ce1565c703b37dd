"""Concerns, locked, with their threads, and what was published of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: The index of words; a table of FTS5 on SQLite.
SEARCH = "concern_search"


def upgrade() -> None:
    op.create_table(
        "concern_publication",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("observed", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("published_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_concern_publication_initiative_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name=op.f("fk_concern_publication_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_publication")),
    )
    with op.batch_alter_table("concern_publication", schema=None) as batch_op:
        batch_op.create_index("ix_concern_publication_initiative_id", ["initiative_id"], unique=False)
        batch_op.create_index("ix_concern_publication_published_at", ["published_at"], unique=False)

    op.create_table(
        "concern",
        sa.Column("case_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=15), nullable=True),
        sa.Column("gap", sa.String(length=10), nullable=True),
        sa.Column("is_specific", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("milestone", sa.String(length=40), nullable=True),
        sa.Column("limit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("inbox_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("return_address", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_concern_initiative_id")),
        sa.ForeignKeyConstraint(["limit_id"], ["limit_statement.id"], name=op.f("fk_concern_limit_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_concern_owner_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_concern_reporter_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_concern")),
        sa.UniqueConstraint("number", name=op.f("uq_concern_number")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.create_index("ix_concern_initiative_id_state", ["initiative_id", "state"], unique=False)
        batch_op.create_index("ix_concern_owner_id_state", ["owner_id", "state"], unique=False)
        batch_op.create_index("ix_concern_reporter_id", ["reporter_id"], unique=False)
        batch_op.create_index("ix_concern_state_number", ["state", "number"], unique=False)
        batch_op.create_index("ix_concern_week", ["week"], unique=False)

    op.create_table(
        "concern_message",
        sa.Column("case_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("inbox", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_concern_message_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["concern.case_id"], name=op.f("fk_concern_message_case_id")),
        sa.PrimaryKeyConstraint("case_id", "position", name=op.f("pk_concern_message")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("concern_message", schema=None) as batch_op:
        batch_op.create_index("ix_concern_message_week", ["week"], unique=False)

    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("answers_line_off", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.alter_column("answers_line_off", existing_type=sa.Boolean(), server_default=None)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(
            "ix_person_roles",
            ["roles"],
            unique=False,
            sqlite_where=sa.text("roles <> ''"),
            postgresql_where=sa.text("roles <> ''"),
        )

    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE VIRTUAL TABLE {SEARCH} USING fts5(observed, text, tokenize='porter unicode61')")
    else:
        op.execute(
            f"CREATE INDEX ix_{SEARCH} ON concern_publication "
            "USING gin (to_tsvector('english', observed || ' ' || text))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TABLE {SEARCH}")
    else:
        op.execute(f"DROP INDEX ix_{SEARCH}")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_roles")
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.drop_column("answers_line_off")

    with op.batch_alter_table("concern_message", schema=None) as batch_op:
        batch_op.drop_index("ix_concern_message_week")

    op.drop_table("concern_message")
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.drop_index("ix_concern_week")
        batch_op.drop_index("ix_concern_state_number")
        batch_op.drop_index("ix_concern_reporter_id")
        batch_op.drop_index("ix_concern_owner_id_state")
        batch_op.drop_index("ix_concern_initiative_id_state")

    op.drop_table("concern")
    with op.batch_alter_table("concern_publication", schema=None) as batch_op:
        batch_op.drop_index("ix_concern_publication_published_at")
        batch_op.drop_index("ix_concern_publication_initiative_id")

    op.drop_table("concern_publication")

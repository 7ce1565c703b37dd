"""Planning: what is sent when, to whom and how often; digests and showcases."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digest",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("kind", "period", "version", name=op.f("uq_digest_kind_period_version")),
    )
    op.create_table(
        "occurrence",
        sa.Column("schedule", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "period", name=op.f("pk_occurrence")),
    )
    op.create_table(
        "pace",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pace")),
    )
    op.create_table(
        "preference",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("until_minute", sa.Integer(), nullable=True),
        sa.Column("weekdays", sa.String(length=7), nullable=True),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("platform", sa.String(length=10), nullable=True),
        sa.Column("nudge", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_preference_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_setting_changed_by_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "showcase",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_showcase_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showcase")),
    )
    with op.batch_alter_table("showcase", schema=None) as batch_op:
        batch_op.create_index("ix_showcase_starts_at", ["starts_at"], unique=False)

    op.create_table(
        "nudge",
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wanted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_nudge_initiative_id")),
        sa.ForeignKeyConstraint(["wanted_by_id"], ["person.id"], name=op.f("fk_nudge_wanted_by_id")),
        sa.PrimaryKeyConstraint("initiative_id", name=op.f("pk_nudge")),
    )
    op.create_table(
        "showcase_offer",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("showcase_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("offered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("presenter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tried", sa.String(length=300), nullable=False),
        sa.Column("learned", sa.Text(), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_showcase_offer_initiative_id")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["person.id"], name=op.f("fk_showcase_offer_offered_by_id")
        ),
        sa.ForeignKeyConstraint(["presenter_id"], ["person.id"], name=op.f("fk_showcase_offer_presenter_id")),
        sa.ForeignKeyConstraint(["showcase_id"], ["showcase.id"], name=op.f("fk_showcase_offer_showcase_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showcase_offer")),
    )
    with op.batch_alter_table("showcase_offer", schema=None) as batch_op:
        batch_op.create_index("ix_showcase_offer_showcase_id", ["showcase_id"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="5"))
        batch_op.add_column(sa.Column("polite", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("batch", sa.String(length=170), nullable=True))
        batch_op.create_index("ix_outbox_batch_state", ["batch", "state"], unique=False)
        batch_op.create_index(
            "ix_outbox_state_priority_due_at", ["state", "priority", "due_at"], unique=False
        )
    # The defaults were for the rows that were there.
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("priority", existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column("polite", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_column("closed_at")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_state_priority_due_at")
        batch_op.drop_index("ix_outbox_batch_state")
        batch_op.drop_column("batch")
        batch_op.drop_column("expires_at")
        batch_op.drop_column("polite")
        batch_op.drop_column("priority")

    with op.batch_alter_table("showcase_offer", schema=None) as batch_op:
        batch_op.drop_index("ix_showcase_offer_showcase_id")

    op.drop_table("showcase_offer")
    op.drop_table("nudge")
    with op.batch_alter_table("showcase", schema=None) as batch_op:
        batch_op.drop_index("ix_showcase_starts_at")

    op.drop_table("showcase")
    op.drop_table("setting")
    op.drop_table("preference")
    op.drop_table("pace")
    op.drop_table("occurrence")
    op.drop_table("digest")

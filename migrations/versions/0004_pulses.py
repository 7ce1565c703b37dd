"""Pulses: plans, sealed slots, and what is released of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lineage",
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("question", "team_id", name=op.f("pk_lineage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse_plan",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("hr_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ai_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ai_id"], ["person.id"], name=op.f("fk_pulse_plan_ai_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_pulse_plan_created_by_id")),
        sa.ForeignKeyConstraint(["hr_id"], ["person.id"], name=op.f("fk_pulse_plan_hr_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse_plan")),
    )
    op.create_table(
        "pulse_turn",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pulse_turn_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_pulse_turn")),
    )
    op.create_table(
        "pulse",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("response_due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["pulse_plan.id"], name=op.f("fk_pulse_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_pulse_plan_id_number")),
    )
    with op.batch_alter_table("pulse", schema=None) as batch_op:
        batch_op.create_index("ix_pulse_status", ["status"], unique=False)

    op.create_table(
        "comment",
        sa.Column("pulse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name=op.f("fk_comment_pulse_id")),
        sa.PrimaryKeyConstraint("pulse_id", "block", "id", name=op.f("pk_comment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse_response",
        sa.Column("pulse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hr_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ai_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ai_id"], ["person.id"], name=op.f("fk_pulse_response_ai_id")),
        sa.ForeignKeyConstraint(["hr_id"], ["person.id"], name=op.f("fk_pulse_response_hr_id")),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name=op.f("fk_pulse_response_pulse_id")),
        sa.PrimaryKeyConstraint("pulse_id", name=op.f("pk_pulse_response")),
    )
    op.create_table(
        "release",
        sa.Column("pulse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("favourable_low", sa.Integer(), nullable=False),
        sa.Column("favourable_high", sa.Integer(), nullable=False),
        sa.Column("unfavourable_low", sa.Integer(), nullable=False),
        sa.Column("unfavourable_high", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name=op.f("fk_release_pulse_id")),
        sa.PrimaryKeyConstraint("pulse_id", "node", "question", name=op.f("pk_release")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "roster",
        sa.Column("pulse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_person_id")),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name=op.f("fk_roster_pulse_id")),
        sa.PrimaryKeyConstraint("pulse_id", "person_id", name=op.f("pk_roster")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "slot",
        sa.Column("pulse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slot_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name=op.f("fk_slot_pulse_id")),
        sa.PrimaryKeyConstraint("pulse_id", "block", "slot_id", name=op.f("pk_slot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index("uq_slot_pulse_id_slot_id", ["pulse_id", "slot_id"], unique=True)

    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pulses_off", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("pulses_snoozed_until", sa.Date(), nullable=True))
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.alter_column("pulses_off", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.drop_column("pulses_snoozed_until")
        batch_op.drop_column("pulses_off")

    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index("uq_slot_pulse_id_slot_id")

    op.drop_table("slot")
    op.drop_table("roster")
    op.drop_table("release")
    op.drop_table("pulse_response")
    op.drop_table("comment")
    with op.batch_alter_table("pulse", schema=None) as batch_op:
        batch_op.drop_index("ix_pulse_status")

    op.drop_table("pulse")
    op.drop_table("pulse_turn")
    op.drop_table("pulse_plan")
    op.drop_table("lineage")

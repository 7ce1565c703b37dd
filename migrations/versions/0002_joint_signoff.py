"""Joint sign-off: who answers for an initiative, what its sponsors decide, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "channel",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("platform", sa.String(length=10), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=256), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("platform", "tenant", "channel", name=op.f("uq_channel_platform_tenant_channel")),
    )
    op.create_table(
        "audit",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_audit_actor_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_table(
        "charter",
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("department_decides", sa.Text(), nullable=False),
        sa.Column("technology_decides", sa.Text(), nullable=False),
        sa.Column(
            "escalation_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("escalation_hours", sa.Integer(), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_charter_changed_by_id")),
        sa.ForeignKeyConstraint(
            ["escalation_person_id"], ["person.id"], name=op.f("fk_charter_escalation_person_id")
        ),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_charter_initiative_id")),
        sa.PrimaryKeyConstraint("initiative_id", name=op.f("pk_charter")),
    )
    op.create_table(
        "delegation",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("sponsor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delegate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["delegate_id"], ["person.id"], name=op.f("fk_delegation_delegate_id")),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_delegation_initiative_id")
        ),
        sa.ForeignKeyConstraint(["sponsor_id"], ["person.id"], name=op.f("fk_delegation_sponsor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index("ix_delegation_delegate_id", ["delegate_id"], unique=False)
        batch_op.create_index("ix_delegation_initiative_id", ["initiative_id"], unique=False)

    op.create_table(
        "kpi",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("baseline", sa.Float(), nullable=False),
        sa.Column("target", sa.Float(), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["initiative_id"], ["initiative.id"], name=op.f("fk_kpi_initiative_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_kpi_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi")),
        sa.UniqueConstraint("initiative_id", "key", name=op.f("uq_kpi_initiative_id_key")),
    )
    op.create_table(
        "limit_statement",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("whose", sa.String(length=200), nullable=False),
        sa.Column("extent", sa.String(length=20), nullable=False),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column("stated_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_limit_statement_initiative_id")
        ),
        sa.ForeignKeyConstraint(
            ["stated_by_id"], ["person.id"], name=op.f("fk_limit_statement_stated_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_statement")),
    )
    with op.batch_alter_table("limit_statement", schema=None) as batch_op:
        batch_op.create_index("ix_limit_statement_initiative_id", ["initiative_id"], unique=False)

    op.create_table(
        "milestone",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("signed_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_milestone_initiative_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("initiative_id", "key", name=op.f("uq_milestone_initiative_id_key")),
    )
    op.create_table(
        "transition_step",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("initiative_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_transition_step_changed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_transition_step_initiative_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_transition_step_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition_step")),
    )
    with op.batch_alter_table("transition_step", schema=None) as batch_op:
        batch_op.create_index("ix_transition_step_initiative_id", ["initiative_id"], unique=False)

    op.create_table(
        "kpi_reading",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("kpi_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("noted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpi.id"], name=op.f("fk_kpi_reading_kpi_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_kpi_reading_noted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_reading")),
        sa.UniqueConstraint("kpi_id", "day", name=op.f("uq_kpi_reading_kpi_id_day")),
    )
    op.create_table(
        "signoff",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("approved_side", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_signoff_milestone_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["person.id"], name=op.f("fk_signoff_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signoff")),
    )
    with op.batch_alter_table("signoff", schema=None) as batch_op:
        batch_op.create_index("ix_signoff_state_expires_at", ["state", "expires_at"], unique=False)
        batch_op.create_index(
            "uq_signoff_open",
            ["milestone_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('pending', 'changes')"),
            postgresql_where=sa.text("state IN ('pending', 'changes')"),
        )

    op.create_table(
        "decision",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("signoff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("acting_for_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("platform", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audit_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["acting_for_id"], ["person.id"], name=op.f("fk_decision_acting_for_id")),
        sa.ForeignKeyConstraint(["audit_number"], ["audit.number"], name=op.f("fk_decision_audit_number")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_decision_person_id")),
        sa.ForeignKeyConstraint(["signoff_id"], ["signoff.id"], name=op.f("fk_decision_signoff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("audit_number", name=op.f("uq_decision_audit_number")),
        sa.UniqueConstraint(
            "signoff_id", "version", "side", name=op.f("uq_decision_signoff_id_version_side")
        ),
    )
    op.create_table(
        "signoff_version",
        sa.Column("signoff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_signoff_version_by_id")),
        sa.ForeignKeyConstraint(["signoff_id"], ["signoff.id"], name=op.f("fk_signoff_version_signoff_id")),
        sa.PrimaryKeyConstraint("signoff_id", "version", name=op.f("pk_signoff_version")),
    )
    with op.batch_alter_table("initiative", schema=None) as batch_op:
        batch_op.add_column(sa.Column("business_accepted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("technical_accepted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("stage", sa.String(length=20), nullable=False, server_default="idea"))
        batch_op.add_column(sa.Column("learned", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(batch_op.f("fk_initiative_channel_id"), "channel", ["channel_id"], ["id"])

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("subject", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.alter_column(
            "person_id", existing_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        )
        batch_op.create_index("ix_outbox_subject", ["subject"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_outbox_channel_id"), "channel", ["channel_id"], ["id"])
    # The defaults were for the rows that were there.
    with op.batch_alter_table("initiative", schema=None) as batch_op:
        batch_op.alter_column("stage", existing_type=sa.String(length=20), server_default=None)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("revision", existing_type=sa.Integer(), server_default=None)
    op.execute(sa.insert(head).values(id=1, number=0, hash="0" * 64))


def downgrade() -> None:
    # Messages to channels have no place in the tables before.
    op.execute("DELETE FROM outbox WHERE person_id IS NULL")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_outbox_channel_id"), type_="foreignkey")
        batch_op.drop_index("ix_outbox_subject")
        batch_op.alter_column(
            "person_id", existing_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        )
        batch_op.drop_column("revision")
        batch_op.drop_column("subject")
        batch_op.drop_column("channel_id")

    with op.batch_alter_table("initiative", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_initiative_channel_id"), type_="foreignkey")
        batch_op.drop_column("channel_id")
        batch_op.drop_column("learned")
        batch_op.drop_column("stage")
        batch_op.drop_column("technical_accepted_at")
        batch_op.drop_column("business_accepted_at")

    op.drop_table("signoff_version")
    op.drop_table("decision")
    with op.batch_alter_table("signoff", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_signoff_open",
            sqlite_where=sa.text("state IN ('pending', 'changes')"),
            postgresql_where=sa.text("state IN ('pending', 'changes')"),
        )
        batch_op.drop_index("ix_signoff_state_expires_at")

    op.drop_table("signoff")
    op.drop_table("kpi_reading")
    with op.batch_alter_table("transition_step", schema=None) as batch_op:
        batch_op.drop_index("ix_transition_step_initiative_id")

    op.drop_table("transition_step")
    op.drop_table("milestone")
    with op.batch_alter_table("limit_statement", schema=None) as batch_op:
        batch_op.drop_index("ix_limit_statement_initiative_id")

    op.drop_table("limit_statement")
    op.drop_table("kpi")
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.drop_index("ix_delegation_initiative_id")
        batch_op.drop_index("ix_delegation_delegate_id")

    op.drop_table("delegation")
    op.drop_table("charter")
    op.drop_table("audit")
    op.drop_table("channel")
    op.drop_table("audit_head")

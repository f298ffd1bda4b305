"""Join reports of one accident and part them again, raise alarms, let a party choose its repair shop

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("known_id", sa.Uuid(), nullable=False),
        sa.Column("opened_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("likelihood", sa.Float(), nullable=False),
        sa.Column("apart_m", sa.Float(), nullable=True),
        sa.Column("apart_s", sa.Float(), nullable=False),
        sa.Column("same_plate", sa.Boolean(), nullable=False),
        sa.Column("same_phone", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("kept", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'joined', 'dismissed', 'split')", name=op.f("ck_duplicate_state_known")
        ),
        sa.ForeignKeyConstraint(["known_id"], ["dispatch.incident.id"], name=op.f("fk_duplicate_known_id")),
        sa.ForeignKeyConstraint(["opened_id"], ["dispatch.incident.id"], name=op.f("fk_duplicate_opened_id")),
        sa.ForeignKeyConstraint(["report_id"], ["dispatch.report.id"], name=op.f("fk_duplicate_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate")),
        sa.UniqueConstraint("report_id", name=op.f("uq_duplicate_report_id")),
        schema="dispatch",
    )
    op.create_index("ix_duplicate_known_id", "duplicate", ["known_id"], schema="dispatch")
    op.create_index(
        "ix_duplicate_proposed", "duplicate", ["found_at"], schema="dispatch",
        postgresql_where=sa.text("state = 'proposed'"),
    )  # fmt: skip
    op.create_table(
        "alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calm_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('not_accepted', 'not_rolling', 'stopped', 'overdue', 'silent')",
            name=op.f("ck_alarm_kind_known"),
        ),
        sa.ForeignKeyConstraint(["mission_id"], ["dispatch.mission.id"], name=op.f("fk_alarm_mission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        schema="dispatch",
    )
    op.create_index(
        "uq_alarm_standing", "alarm", ["mission_id", "kind"], unique=True, schema="dispatch",
        postgresql_where=sa.text("cleared_at IS NULL"),
    )  # fmt: skip
    op.create_index("ix_alarm_raised_at", "alarm", ["raised_at"], schema="dispatch")
    op.add_column("tracking_link", sa.Column("repair_shop_id", sa.Uuid(), nullable=True), schema="dispatch")
    op.add_column(
        "tracking_link", sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True), schema="dispatch"
    )
    op.create_foreign_key(
        op.f("fk_tracking_link_repair_shop_id"), "tracking_link", "place", ["repair_shop_id"], ["id"],
        source_schema="dispatch", referent_schema="dispatch",
    )  # fmt: skip


def downgrade() -> None:
    for name in ("repair_shop_id", "chosen_at"):
        op.drop_column("tracking_link", name, schema="dispatch")
    op.drop_table("alarm", schema="dispatch")
    op.drop_table("duplicate", schema="dispatch")

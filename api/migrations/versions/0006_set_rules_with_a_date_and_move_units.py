"""Set rules with a date, raise alarms, time departures, move units up

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        schema="dispatch",
    )
    op.create_index("ix_revision_in_force", "revision", ["name", "valid_from", "id"], schema="dispatch")
    op.create_table(
        "move_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("gain_points", sa.Float(), nullable=False),
        sa.Column("drive_s", sa.Float(), nullable=False),
        sa.Column("recommended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("answer IN ('accepted', 'ignored')", name=op.f("ck_move_up_answer_known")),
        sa.ForeignKeyConstraint(["station_id"], ["dispatch.station.id"], name=op.f("fk_move_up_station_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatch.unit.id"], name=op.f("fk_move_up_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_up")),
        schema="dispatch",
    )
    op.create_index("ix_move_up_recommended_at", "move_up", ["recommended_at"], schema="dispatch")
    op.add_column(
        "incident",
        sa.Column("alarm_level", sa.SmallInteger(), server_default="1", nullable=False),
        schema="dispatch",
    )
    op.create_check_constraint(
        op.f("ck_incident_alarm_level_known"), "incident", "alarm_level BETWEEN 1 AND 5", schema="dispatch"
    )
    op.add_column(
        "mission", sa.Column("depart_at", sa.DateTime(timezone=True), nullable=True), schema="dispatch"
    )
    op.add_column("mission", sa.Column("replaces_id", sa.Uuid(), nullable=True), schema="dispatch")
    op.add_column(
        "mission", sa.Column("sent_by", sa.Text(), server_default="dispatcher", nullable=False),
        schema="dispatch",
    )  # fmt: skip
    op.create_foreign_key(
        op.f("fk_mission_replaces_id"), "mission", "mission", ["replaces_id"], ["id"],
        source_schema="dispatch", referent_schema="dispatch",
    )  # fmt: skip


def downgrade() -> None:
    for name in ("depart_at", "replaces_id", "sent_by"):
        op.drop_column("mission", name, schema="dispatch")
    op.drop_column("incident", "alarm_level", schema="dispatch")
    op.drop_table("move_up", schema="dispatch")
    op.drop_table("revision", schema="dispatch")

"""Close roads, take a feed's speeds, and say how sure an arrival is

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BOUNDS = ("earliest_eta_at", "latest_eta_at")


def upgrade() -> None:
    op.create_table(
        "closure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("edges", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("open_to_siren", sa.Boolean(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > begins_at", name=op.f("ck_closure_ends_after_it_begins")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        schema="dispatch",
    )
    op.create_index(
        "ix_closure_standing", "closure", ["begins_at"], schema="dispatch",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "fed_speed",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("edge", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("speed_kmh", sa.REAL(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("speed_kmh > 0 AND speed_kmh <= 200", name=op.f("ck_fed_speed_speed_sane")),
        sa.PrimaryKeyConstraint("region", "edge", name=op.f("pk_fed_speed")),
        schema="dispatch",
    )
    for name in _BOUNDS:
        op.add_column(
            "mission", sa.Column(name, sa.DateTime(timezone=True), nullable=True), schema="dispatch"
        )
    op.add_column("mission", sa.Column("drive_s", sa.Float(), nullable=True), schema="dispatch")
    op.add_column(
        "mission", sa.Column("world_speed", sa.REAL(), server_default="1", nullable=False), schema="dispatch"
    )


def downgrade() -> None:
    for name in (*_BOUNDS, "drive_s", "world_speed"):
        op.drop_column("mission", name, schema="dispatch")
    op.drop_table("fed_speed", schema="dispatch")
    op.drop_table("closure", schema="dispatch")

"""Remember what a unit's fixes said of the leg it drives

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leg_state",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatch.unit.id"], name=op.f("fk_leg_state_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_leg_state")),
        schema="dispatch",
    )


def downgrade() -> None:
    op.drop_table("leg_state", schema="dispatch")

"""Find missions by when they were offered

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_mission_offered_at", "mission", ["offered_at"], schema="dispatch")


def downgrade() -> None:
    op.drop_index("ix_mission_offered_at", "mission", schema="dispatch")

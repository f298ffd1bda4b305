"""Say once how busy units are: of move-ups too, coverage's share holds

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE dispatch.revision SET value = value - 'busy' WHERE name = 'move_up'")


def downgrade() -> None:
    return

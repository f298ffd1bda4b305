"""Keep a register: stations, units and places may be retired

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("station", "unit", "place"):
        op.add_column(table, sa.Column("retired_at", sa.DateTime(timezone=True)), schema="dispatch")


def downgrade() -> None:
    for table in ("station", "unit", "place"):
        op.drop_column(table, "retired_at", schema="dispatch")

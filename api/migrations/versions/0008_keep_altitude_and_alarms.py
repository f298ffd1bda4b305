"""Keep a fix's altitude and its terminal's alarms

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fix", sa.Column("altitude_m", sa.REAL(), nullable=True), schema="dispatch")
    op.add_column("fix", sa.Column("alarms", sa.BigInteger(), nullable=True), schema="dispatch")


def downgrade() -> None:
    op.drop_column("fix", "alarms", schema="dispatch")
    op.drop_column("fix", "altitude_m", schema="dispatch")

"""Keep what is doubted of a device: jumps in a row that agree with each other

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Constant defaults: no row is rewritten.
    op.add_column(
        "last_heard", sa.Column("doubts", sa.SmallInteger(), server_default="0", nullable=False),
        schema="dispatch",
    )  # fmt: skip
    op.add_column("last_heard", sa.Column("doubted_at", sa.DateTime(timezone=True)), schema="dispatch")
    for name in ("doubted_lon", "doubted_lat", "doubted_accuracy_m"):
        op.add_column("last_heard", sa.Column(name, sa.Float()), schema="dispatch")


def downgrade() -> None:
    for name in ("doubts", "doubted_at", "doubted_lon", "doubted_lat", "doubted_accuracy_m"):
        op.drop_column("last_heard", name, schema="dispatch")

"""Take fixes by the thousand: devices, 64-bit event keys, what each device was last heard to say

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# As `fixes.event_number` computes it.
_EVENT = "('x' || encode(substr(sha256(convert_to(unit_id::text || event_id, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint"


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("datum", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("datum IN ('wgs84', 'gcj02', 'bd09')", name=op.f("ck_device_datum_known")),
        sa.CheckConstraint("protocol IN ('json', 'osmand', 'jt808')", name=op.f("ck_device_protocol_known")),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatch.unit.id"], name=op.f("fk_device_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_device_token_sha256")),
        schema="dispatch",
    )
    op.create_index("ix_device_unit_id", "device", ["unit_id"], schema="dispatch")
    op.create_index(
        "uq_device_number", "device", ["protocol", "number"], unique=True, schema="dispatch",
        postgresql_where=sa.text("retired_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "last_heard",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_last_heard")),
        schema="dispatch",
        postgresql_with={"fillfactor": "50"},
    )
    _fixes_by_device_and_event()
    _positions_by_device()
    op.execute(
        "INSERT INTO dispatch.last_heard (device_id, unit_id, heard_at, seen_until, fixed_at, lon, lat, accuracy_m) "
        "SELECT f.unit_id, f.unit_id, max(f.received_at), max(f.fixed_at) FILTER (WHERE f.refused IS DISTINCT FROM 'in_future'), "
        "p.fixed_at, ST_X(p.place::geometry), ST_Y(p.place::geometry), p.accuracy_m "
        "FROM dispatch.fix f LEFT JOIN dispatch.position p USING (unit_id) "
        "GROUP BY f.unit_id, p.unit_id HAVING bool_or(f.refused IS DISTINCT FROM 'in_future')"
    )


def _fixes_by_device_and_event() -> None:
    op.add_column("fix", sa.Column("device_id", sa.Uuid(), nullable=True), schema="dispatch")
    op.add_column("fix", sa.Column("event", sa.BigInteger(), nullable=True), schema="dispatch")
    op.execute(f"UPDATE dispatch.fix SET device_id = unit_id, event = {_EVENT}")
    op.alter_column("fix", "device_id", nullable=False, schema="dispatch")
    op.alter_column("fix", "event", nullable=False, schema="dispatch")
    op.drop_constraint("uq_fix_unit_id", "fix", schema="dispatch")
    for column in ("event_id", "source"):
        op.drop_column("fix", column, schema="dispatch")
    for column in ("heading_deg", "speed_kmh", "accuracy_m"):
        op.alter_column("fix", column, type_=sa.REAL(), schema="dispatch")
    op.create_unique_constraint(
        op.f("uq_fix_unit_id"), "fix", ["unit_id", "fixed_at", "event"], schema="dispatch"
    )
    op.create_index(
        "ix_fix_refused", "fix", ["unit_id", "device_id", "refused"], schema="dispatch",
        postgresql_where=sa.text("refused IS NOT NULL"),
    )  # fmt: skip


def _positions_by_device() -> None:
    op.add_column("position", sa.Column("device_id", sa.Uuid(), nullable=True), schema="dispatch")
    op.add_column(
        "position",
        sa.Column("priority", sa.SmallInteger(), nullable=False, server_default="50"),
        schema="dispatch",
    )
    op.execute("UPDATE dispatch.position SET device_id = unit_id")
    op.alter_column("position", "device_id", nullable=False, schema="dispatch")
    op.alter_column("position", "priority", server_default=None, schema="dispatch")
    # Every move would rewrite it; nothing looks positions up by place.
    op.drop_index("ix_position_place", "position", schema="dispatch")
    op.execute("ALTER TABLE dispatch.position SET (fillfactor = 50)")


def downgrade() -> None:
    for table in ("device", "last_heard"):
        op.drop_table(table, schema="dispatch")
    op.create_index("ix_position_place", "position", ["place"], schema="dispatch", postgresql_using="gist")
    for column in ("device_id", "priority"):
        op.drop_column("position", column, schema="dispatch")
    op.drop_index("ix_fix_refused", "fix", schema="dispatch")
    op.drop_constraint(op.f("uq_fix_unit_id"), "fix", schema="dispatch")
    op.add_column("fix", sa.Column("event_id", sa.Text(), nullable=True), schema="dispatch")
    op.add_column(
        "fix", sa.Column("source", sa.Text(), nullable=False, server_default="json"), schema="dispatch"
    )
    op.execute("UPDATE dispatch.fix SET event_id = event::text")
    op.alter_column("fix", "event_id", nullable=False, schema="dispatch")
    op.create_unique_constraint(
        op.f("uq_fix_unit_id"), "fix", ["unit_id", "event_id", "fixed_at"], schema="dispatch"
    )
    for column in ("device_id", "event"):
        op.drop_column("fix", column, schema="dispatch")

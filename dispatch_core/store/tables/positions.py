"""Where units are: every fix as it came, and what is known of each device, unit and leg."""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dispatch_core.store.tables.register import unit
from dispatch_core.store.tables.schema import at, metadata, point

# Every fix as it came, day by day; a refused one keeps its reason. Partitioned by `fixed_at`, since the
# idempotency key must hold the partition key; `event` is 64 bits of the SHA-256 of device and event id.
fix = Table(
    "fix", metadata,
    Column("unit_id", Uuid, nullable=False),
    Column("device_id", Uuid, nullable=False),
    Column("event", BigInteger, nullable=False),
    at("fixed_at"),
    at("received_at"),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("heading_deg", REAL),
    Column("speed_kmh", REAL),
    Column("accuracy_m", REAL),
    Column("refused", Text),
    Column("altitude_m", REAL),
    Column("alarms", BigInteger),
    UniqueConstraint("unit_id", "fixed_at", "event"),
    Index("ix_fix_received_at", "received_at", postgresql_using="brin"),
    Index("ix_fix_refused", "unit_id", "device_id", "refused",
          postgresql_where=text("refused IS NOT NULL")),
    postgresql_partition_by="RANGE (fixed_at)",
)  # fmt: skip

# What is known of each device when its next fixes come: the latest time of fix that is stored at all, and
# its newest believed fix. Hot: rewritten with every batch.
last_heard = Table(
    "last_heard", metadata,
    Column("device_id", Uuid, primary_key=True),
    Column("unit_id", Uuid, nullable=False),
    at("heard_at"),
    at("seen_until"),
    at("fixed_at", nullable=True),
    Column("lon", Float),
    Column("lat", Float),
    Column("accuracy_m", Float),
    # Fixes in a row refused as jumps that agree with each other: how many, and the latest.
    Column("doubts", SmallInteger, nullable=False, server_default="0"),
    at("doubted_at", nullable=True),
    Column("doubted_lon", Float),
    Column("doubted_lat", Float),
    Column("doubted_accuracy_m", Float),
    postgresql_with={"fillfactor": "50"},
)  # fmt: skip

# The newest accepted fix of each unit's best device; never moves back in `fixed_at`. Without an index on the
# place: it would be rewritten with every move, and a scan of 10,000 rows takes 2 ms.
position = Table(
    "position", metadata,
    Column("unit_id", Uuid, ForeignKey(unit.c.id), primary_key=True),
    Column("device_id", Uuid, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    at("fixed_at"),
    at("received_at"),
    Column("place", point(), nullable=False),
    Column("heading_deg", Float),
    Column("speed_kmh", Float),
    Column("accuracy_m", Float),
    postgresql_with={"fillfactor": "50"},
)  # fmt: skip

# What a unit's fixes said so far of the leg it drives; `leg` names the mission and which way of it.
leg_state = Table(
    "leg_state", metadata,
    Column("unit_id", Uuid, ForeignKey(unit.c.id), primary_key=True),
    Column("leg", Text, nullable=False),
    Column("state", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
)  # fmt: skip

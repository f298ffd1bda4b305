"""The register: stations, places, units, and what speaks for them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dispatch_core.fleet.capability import UnitKind
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.device import Protocol
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.store.tables.schema import CAPABILITIES, at, metadata, one_of, point

station = Table(
    "station", metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("place", point(), nullable=False),
    at("retired_at", nullable=True),
    one_of("kind", UnitKind),
)  # fmt: skip

# Hospitals, repair shops, service points, yards: where a loaded unit may go.
place = Table(
    "place", metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("place", point(), nullable=False),
    Column("phone", Text, nullable=False, server_default=""),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("version", Integer, nullable=False, server_default="0"),
    at("retired_at", nullable=True),
    CheckConstraint("kind IN ('hospital', 'repair_shop', 'service_point', 'yard')", name="kind_known"),
    Index("ix_place_place", "place", postgresql_using="gist"),
)  # fmt: skip

unit = Table(
    "unit", metadata,
    Column("id", Uuid, primary_key=True),
    Column("call_sign", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("capabilities", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("station_id", Uuid, ForeignKey(station.c.id)),
    Column("plate", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
    Column("turnout_s", Float, nullable=False),
    Column("version", Integer, nullable=False),
    at("retired_at", nullable=True),
    one_of("kind", UnitKind),
    one_of("status", UnitStatus),
    CheckConstraint(
        f"cardinality(capabilities) > 0 AND capabilities <@ ARRAY[{CAPABILITIES}]", name="capabilities_known"
    ),
)  # fmt: skip

# Only the SHA-256 of a token is kept; `subject` is a unit, or null for an operator's.
token = Table(
    "token", metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("role", Text, nullable=False),
    Column("unit_id", Uuid, ForeignKey(unit.c.id)),
    Column("label", Text, nullable=False, server_default=""),
    at("issued_at"),
    at("revoked_at", nullable=True),
    CheckConstraint("role IN ('operator', 'device')", name="role_known"),
    CheckConstraint("(role = 'device') = (unit_id IS NOT NULL)", name="device_has_unit"),
    Index("ix_token_unit_id", "unit_id"),
)  # fmt: skip

# Whatever reports positions beside a unit's own app, whose device id is the unit's. `number` is what the
# device calls itself in its protocol: a terminal's number, an app's identifier.
device = Table(
    "device", metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit_id", Uuid, ForeignKey(unit.c.id), nullable=False),
    Column("protocol", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("token_sha256", LargeBinary, unique=True),
    Column("datum", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("label", Text, nullable=False, server_default=""),
    at("added_at"),
    at("retired_at", nullable=True),
    one_of("protocol", Protocol),
    one_of("datum", Datum),
    Index("ix_device_unit_id", "unit_id"),
    Index("uq_device_number", "protocol", "number", unique=True,
          postgresql_where=text("retired_at IS NULL")),
)  # fmt: skip

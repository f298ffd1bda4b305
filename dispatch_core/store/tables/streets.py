"""Streets closed, and how fast a feed says that they are driven."""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dispatch_core.store.tables.schema import at, metadata

# Streets taken out of the network; `asked` is what somebody said (edges, a name or a polygon), `edges` what
# it meant in the region file `region` (its name and when it was built).
closure = Table(
    "closure", metadata,
    Column("id", Uuid, primary_key=True),
    Column("region", Text, nullable=False),
    Column("asked", JSONB, nullable=False),
    Column("edges", ARRAY(Integer), nullable=False),
    Column("reason", Text, nullable=False),
    Column("open_to_siren", Boolean, nullable=False),
    at("begins_at"),
    at("ends_at", nullable=True),
    at("set_at"),
    Column("set_by", Text, nullable=False),
    at("lifted_at", nullable=True),
    Column("lifted_by", Text),
    CheckConstraint("ends_at IS NULL OR ends_at > begins_at", name="ends_after_it_begins"),
    Index("ix_closure_standing", "begins_at", postgresql_where=text("lifted_at IS NULL")),
)  # fmt: skip

# What a feed says that an edge is driven at, until when.
fed_speed = Table(
    "fed_speed", metadata,
    Column("region", Text, primary_key=True),
    Column("edge", Integer, primary_key=True, autoincrement=False),
    Column("speed_kmh", REAL, nullable=False),
    at("until"),
    CheckConstraint("speed_kmh > 0 AND speed_kmh <= 200", name="speed_sane"),
)  # fmt: skip

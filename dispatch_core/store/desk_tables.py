"""More tables of the schema `dispatch`: what supervisors set and what the desk was recommended."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from dispatch_core.store.tables import metadata, station, unit


def at(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


# What a supervisor set, never overwritten: the newest row of a name not later than a time is in force then.
revision = Table(
    "revision", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("value", JSONB, nullable=False),
    at("valid_from"),
    at("set_at"),
    Column("set_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_revision_in_force", "name", "valid_from", "id"),
)  # fmt: skip

# Recommendations to move a free unit to a post, and what the desk made of them.
move_up = Table(
    "move_up", metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit_id", Uuid, ForeignKey(unit.c.id), nullable=False),
    Column("station_id", Uuid, ForeignKey(station.c.id), nullable=False),
    Column("gain_points", Float, nullable=False),
    Column("drive_s", Float, nullable=False),
    at("recommended_at"),
    Column("answer", Text),
    at("answered_at", nullable=True),
    Column("reason", Text, nullable=False, server_default=""),
    CheckConstraint("answer IN ('accepted', 'ignored')", name="answer_known"),
    Index("ix_move_up_recommended_at", "recommended_at"),
)  # fmt: skip

"""The tables of the schema `cases`; entries can be added, never changed (a trigger refuses)."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from accident_case.case import CaseState
from dispatch_core.store.tables import metadata as dispatch_metadata

SCHEMA = "cases"
metadata = MetaData(schema=SCHEMA, naming_convention=dispatch_metadata.naming_convention)

_STATES = ", ".join(f"'{state}'" for state in CaseState)

# No foreign key to `dispatch`: the two contexts know each other by id alone.
accident_case = Table(
    "accident_case",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("incident_id", Uuid, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint(f"state IN ({_STATES})", name="state_known"),
)

entry = Table(
    "entry",
    metadata,
    Column("case_id", Uuid, ForeignKey(accident_case.c.id), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("previous_sha256", LargeBinary, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    CheckConstraint("octet_length(sha256) = 32 AND octet_length(previous_sha256) = 32", name="sha256_whole"),
)

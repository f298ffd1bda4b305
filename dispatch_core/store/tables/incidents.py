"""Accidents, what was decided of them, and the missions that came of it."""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dispatch_core.incidents import IncidentKind, IncidentStatus
from dispatch_core.missions import ACTIVE, MissionStatus
from dispatch_core.store.tables.register import place, unit
from dispatch_core.store.tables.schema import CAPABILITIES, at, metadata, one_of, point

incident = Table(
    "incident", metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("place", point(), nullable=False),
    at("reported_at"),
    Column("casualties", Integer, nullable=False),
    Column("vehicles", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("alarm_level", SmallInteger, nullable=False, server_default="1"),
    Column("merged_into", Uuid, ForeignKey("dispatch.incident.id")),
    at("ended_at", nullable=True),
    Column("version", Integer, nullable=False),
    one_of("kind", IncidentKind),
    one_of("status", IncidentStatus),
    CheckConstraint("priority BETWEEN 1 AND 4", name="priority_known"),
    CheckConstraint("alarm_level BETWEEN 1 AND 5", name="alarm_level_known"),
    Index("ix_incident_place", "place", postgresql_using="gist"),
    Index("ix_incident_open", "reported_at", postgresql_where=text("status = 'open'")),
)  # fmt: skip

incident_need = Table(
    "incident_need", metadata,
    Column("incident_id", Uuid, ForeignKey(incident.c.id), primary_key=True),
    Column("capability", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    CheckConstraint(f"capability IN ({CAPABILITIES})", name="capability_known"),
    CheckConstraint("count BETWEEN 1 AND 50", name="count_sane"),
)  # fmt: skip

# What each caller said, word for word; several reports may be of one incident.
report = Table(
    "report", metadata,
    Column("id", Uuid, primary_key=True),
    Column("incident_id", Uuid, ForeignKey(incident.c.id), nullable=False),
    Column("idempotency_key", Text, unique=True),
    at("received_at"),
    Column("place", point(), nullable=False),
    Column("caller_phone", Text, nullable=False),
    Column("said", JSONB, nullable=False),
    Index("ix_report_incident_id", "incident_id"),
)  # fmt: skip

# Each solve with all that went in and came out, so that it can be explained and replayed.
decision = Table(
    "decision", metadata,
    Column("id", Uuid, primary_key=True),
    at("made_at"),
    Column("cause", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("outputs", JSONB, nullable=False),
    Column("took_ms", Float, nullable=False),
    Index("ix_decision_made_at", "made_at"),
)  # fmt: skip

_ACTIVE = ", ".join(f"'{status}'" for status in sorted(ACTIVE))

mission = Table(
    "mission", metadata,
    Column("id", Uuid, primary_key=True),
    Column("incident_id", Uuid, ForeignKey(incident.c.id), nullable=False),
    Column("unit_id", Uuid, ForeignKey(unit.c.id), nullable=False),
    Column("decision_id", Uuid, ForeignKey(decision.c.id), nullable=False),
    Column("need", Text, nullable=False),
    Column("status", Text, nullable=False),
    at("offered_at"),
    at("offer_expires_at"),
    at("predicted_eta_at"),
    at("eta_at"),
    at("earliest_eta_at", nullable=True),
    at("latest_eta_at", nullable=True),
    Column("drive_s", Float),
    Column("world_speed", REAL, nullable=False, server_default="1"),
    at("accepted_at", nullable=True),
    at("departed_at", nullable=True),
    at("arrived_at", nullable=True),
    at("loaded_at", nullable=True),
    at("delivered_at", nullable=True),
    at("ended_at", nullable=True),
    Column("end_reason", Text, nullable=False),
    Column("destination_id", Uuid, ForeignKey(place.c.id)),
    at("depart_at", nullable=True),
    Column("replaces_id", Uuid, ForeignKey("dispatch.mission.id")),
    Column("sent_by", Text, nullable=False, server_default="dispatcher"),
    Column("route", JSONB),  # GeoJSON LineString of the leg being driven, with distance_m and duration_s
    Column("version", Integer, nullable=False),
    one_of("status", MissionStatus),
    CheckConstraint(f"need IN ({CAPABILITIES})", name="need_known"),
    Index(
        "uq_mission_unit_active", "unit_id", unique=True, postgresql_where=text(f"status IN ({_ACTIVE})")
    ),
    Index("ix_mission_incident_id", "incident_id"),
    Index("ix_mission_offered_at", "offered_at"),
    Index("ix_mission_active", "status", postgresql_where=text(f"status IN ({_ACTIVE})")),
)  # fmt: skip

# An opaque link for one party: shows only its own rescue, ends on arrival.
tracking_link = Table(
    "tracking_link", metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("incident_id", Uuid, ForeignKey(incident.c.id), nullable=False),
    Column("party", Text, nullable=False),
    at("issued_at"),
    at("revoked_at", nullable=True),
    Column("repair_shop_id", Uuid, ForeignKey(place.c.id)),
    at("chosen_at", nullable=True),
    Index("ix_tracking_link_incident_id", "incident_id"),
)  # fmt: skip

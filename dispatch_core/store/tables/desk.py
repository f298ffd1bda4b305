"""What supervisors and planners set, and what the desk was told or recommended."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dispatch_core.store.tables.incidents import incident, mission, report
from dispatch_core.store.tables.register import station, unit
from dispatch_core.store.tables.schema import at, metadata

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

# A report that may be of an accident known already. `opened_id` is the incident opened for it; null while it
# was joined at once and never split. `kept` is what a joining by a person moved, so that it can be undone.
duplicate = Table(
    "duplicate", metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey(report.c.id), nullable=False, unique=True),
    Column("known_id", Uuid, ForeignKey(incident.c.id), nullable=False),
    Column("opened_id", Uuid, ForeignKey(incident.c.id)),
    Column("state", Text, nullable=False),
    Column("likelihood", Float, nullable=False),
    Column("apart_m", Float),
    Column("apart_s", Float, nullable=False),
    Column("same_plate", Boolean, nullable=False),
    Column("same_phone", Boolean, nullable=False),
    at("found_at"),
    at("answered_at", nullable=True),
    Column("answered_by", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("kept", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("version", Integer, nullable=False, server_default="0"),
    CheckConstraint("state IN ('proposed', 'joined', 'dismissed', 'split')", name="state_known"),
    Index("ix_duplicate_known_id", "known_id"),
    Index("ix_duplicate_proposed", "found_at", postgresql_where=text("state = 'proposed'")),
)  # fmt: skip

# What the desk must look at. One that stands is raised once, whoever watches.
alarm = Table(
    "alarm", metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("mission_id", Uuid, ForeignKey(mission.c.id), nullable=False),
    at("raised_at"),
    at("calm_since", nullable=True),
    at("cleared_at", nullable=True),
    at("acknowledged_at", nullable=True),
    Column("acknowledged_by", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    CheckConstraint(
        "kind IN ('not_accepted', 'not_rolling', 'stopped', 'overdue', 'silent')", name="kind_known"
    ),
    Index("uq_alarm_standing", "mission_id", "kind", unique=True,
          postgresql_where=text("cleared_at IS NULL")),
    Index("ix_alarm_raised_at", "raised_at"),
)  # fmt: skip

# A planner's scenario and what its runs said; `done` of `wanted` replications are over. `heard_at` is the
# last sign of life of the process that runs it.
plan = Table(
    "plan", metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("toml", Text, nullable=False),
    Column("status", Text, nullable=False),
    at("asked_at"),
    at("begun_at", nullable=True),
    at("heard_at", nullable=True),
    at("ended_at", nullable=True),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("wanted", Integer, nullable=False),
    Column("problem", Text, nullable=False, server_default=""),
    Column("figures", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("study", LargeBinary),
    CheckConstraint("status IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="status_known"),
    Index("ix_plan_asked_at", "asked_at"),
)  # fmt: skip

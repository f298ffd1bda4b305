"""The tables of the schema `dispatch`.

The database is the last line: a unit has one active mission, a fix is stored once, an incident needs what
it needs, whoever races. Times are timestamptz, places geography(Point, 4326).
"""

from __future__ import annotations

from geoalchemy2 import Geography
from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.device import Protocol
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.incidents import IncidentKind, IncidentStatus
from dispatch_core.missions import ACTIVE, MissionStatus

SCHEMA = "dispatch"
metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    },
)


def _one_of(
    column: str,
    values: type[UnitKind | UnitStatus | IncidentKind | IncidentStatus | MissionStatus | Protocol | Datum],
) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _at(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _point() -> TypeEngine[object]:
    return Geography("POINT", srid=4326, spatial_index=False)


_CAPABILITIES = ", ".join(f"'{c}'" for c in Capability)

station = Table(
    "station", metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("place", _point(), nullable=False),
    _at("retired_at", nullable=True),
    _one_of("kind", UnitKind),
)  # fmt: skip

# Hospitals, repair shops, service points, yards: where a loaded unit may go.
place = Table(
    "place", metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("place", _point(), nullable=False),
    Column("phone", Text, nullable=False, server_default=""),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("version", Integer, nullable=False, server_default="0"),
    _at("retired_at", nullable=True),
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
    _at("retired_at", nullable=True),
    _one_of("kind", UnitKind),
    _one_of("status", UnitStatus),
    CheckConstraint(
        f"cardinality(capabilities) > 0 AND capabilities <@ ARRAY[{_CAPABILITIES}]", name="capabilities_known"
    ),
)  # fmt: skip

# Only the SHA-256 of a token is kept; `subject` is a unit, or null for an operator's.
token = Table(
    "token", metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("role", Text, nullable=False),
    Column("unit_id", Uuid, ForeignKey(unit.c.id)),
    Column("label", Text, nullable=False, server_default=""),
    _at("issued_at"),
    _at("revoked_at", nullable=True),
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
    _at("added_at"),
    _at("retired_at", nullable=True),
    _one_of("protocol", Protocol),
    _one_of("datum", Datum),
    Index("ix_device_unit_id", "unit_id"),
    Index("uq_device_number", "protocol", "number", unique=True,
          postgresql_where=text("retired_at IS NULL")),
)  # fmt: skip

# Every fix as it came, day by day; a refused one keeps its reason. Partitioned by `fixed_at`, since the
# idempotency key must hold the partition key; `event` is 64 bits of the SHA-256 of device and event id.
fix = Table(
    "fix", metadata,
    Column("unit_id", Uuid, nullable=False),
    Column("device_id", Uuid, nullable=False),
    Column("event", BigInteger, nullable=False),
    _at("fixed_at"),
    _at("received_at"),
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
    _at("heard_at"),
    _at("seen_until"),
    _at("fixed_at", nullable=True),
    Column("lon", Float),
    Column("lat", Float),
    Column("accuracy_m", Float),
    # Fixes in a row refused as jumps that agree with each other: how many, and the latest.
    Column("doubts", SmallInteger, nullable=False, server_default="0"),
    _at("doubted_at", nullable=True),
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
    _at("fixed_at"),
    _at("received_at"),
    Column("place", _point(), nullable=False),
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

incident = Table(
    "incident", metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("place", _point(), nullable=False),
    _at("reported_at"),
    Column("casualties", Integer, nullable=False),
    Column("vehicles", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("alarm_level", SmallInteger, nullable=False, server_default="1"),
    Column("merged_into", Uuid, ForeignKey("dispatch.incident.id")),
    _at("ended_at", nullable=True),
    Column("version", Integer, nullable=False),
    _one_of("kind", IncidentKind),
    _one_of("status", IncidentStatus),
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
    CheckConstraint(f"capability IN ({_CAPABILITIES})", name="capability_known"),
    CheckConstraint("count BETWEEN 1 AND 50", name="count_sane"),
)  # fmt: skip

# What each caller said, word for word; several reports may be of one incident.
report = Table(
    "report", metadata,
    Column("id", Uuid, primary_key=True),
    Column("incident_id", Uuid, ForeignKey(incident.c.id), nullable=False),
    Column("idempotency_key", Text, unique=True),
    _at("received_at"),
    Column("place", _point(), nullable=False),
    Column("caller_phone", Text, nullable=False),
    Column("said", JSONB, nullable=False),
    Index("ix_report_incident_id", "incident_id"),
)  # fmt: skip

# Each solve with all that went in and came out, so that it can be explained and replayed.
decision = Table(
    "decision", metadata,
    Column("id", Uuid, primary_key=True),
    _at("made_at"),
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
    _at("offered_at"),
    _at("offer_expires_at"),
    _at("predicted_eta_at"),
    _at("eta_at"),
    _at("earliest_eta_at", nullable=True),
    _at("latest_eta_at", nullable=True),
    Column("drive_s", Float),
    Column("world_speed", REAL, nullable=False, server_default="1"),
    _at("accepted_at", nullable=True),
    _at("departed_at", nullable=True),
    _at("arrived_at", nullable=True),
    _at("loaded_at", nullable=True),
    _at("delivered_at", nullable=True),
    _at("ended_at", nullable=True),
    Column("end_reason", Text, nullable=False),
    Column("destination_id", Uuid, ForeignKey(place.c.id)),
    _at("depart_at", nullable=True),
    Column("replaces_id", Uuid, ForeignKey("dispatch.mission.id")),
    Column("sent_by", Text, nullable=False, server_default="dispatcher"),
    Column("route", JSONB),  # GeoJSON LineString of the leg being driven, with distance_m and duration_s
    Column("version", Integer, nullable=False),
    _one_of("status", MissionStatus),
    CheckConstraint(f"need IN ({_CAPABILITIES})", name="need_known"),
    Index(
        "uq_mission_unit_active", "unit_id", unique=True, postgresql_where=text(f"status IN ({_ACTIVE})")
    ),
    Index("ix_mission_incident_id", "incident_id"),
    Index("ix_mission_offered_at", "offered_at"),
    Index("ix_mission_active", "status", postgresql_where=text(f"status IN ({_ACTIVE})")),
)  # fmt: skip

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
    _at("begins_at"),
    _at("ends_at", nullable=True),
    _at("set_at"),
    Column("set_by", Text, nullable=False),
    _at("lifted_at", nullable=True),
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
    _at("until"),
    CheckConstraint("speed_kmh > 0 AND speed_kmh <= 200", name="speed_sane"),
)  # fmt: skip

# An opaque link for one party: shows only its own rescue, ends on arrival.
tracking_link = Table(
    "tracking_link", metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("incident_id", Uuid, ForeignKey(incident.c.id), nullable=False),
    Column("party", Text, nullable=False),
    _at("issued_at"),
    _at("revoked_at", nullable=True),
    Column("repair_shop_id", Uuid, ForeignKey(place.c.id)),
    _at("chosen_at", nullable=True),
    Index("ix_tracking_link_incident_id", "incident_id"),
)  # fmt: skip

# Facts in commit order: the writer holds an advisory lock from the first row to its commit, so a reader that
# has seen seq n will never meet a smaller one later.
outbox = Table(
    "outbox", metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    _at("at"),
    Column("topic", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("facts", JSONB, nullable=False),
    Index("ix_outbox_subject_id", "subject_id", "seq"),
)  # fmt: skip

# Clocks that must fire within a second; taken with SKIP LOCKED.
timer = Table(
    "timer", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    _at("due_at"),
    Index("ix_timer_due_at", "due_at"),
    UniqueConstraint("kind", "subject_id"),
)  # fmt: skip

# Settings that outlive a restart and are shared by every process, each with who set it and when.
setting = Table(
    "setting", metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    _at("set_at"),
    Column("set_by", Text, nullable=False),
    _at("expires_at", nullable=True),
)  # fmt: skip

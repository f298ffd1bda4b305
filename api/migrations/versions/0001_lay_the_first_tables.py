"""Lay the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    for schema in ("dispatch", "cases", "jobs"):
        op.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    _create_job_queue()
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("took_ms", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        schema="dispatch",
    )
    op.create_index("ix_decision_made_at", "decision", ["made_at"], unique=False, schema="dispatch")
    op.create_table(
        "fix",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("heading_deg", sa.Float(), nullable=True),
        sa.Column("speed_kmh", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.UniqueConstraint("unit_id", "event_id", "fixed_at", name=op.f("uq_fix_unit_id")),
        schema="dispatch",
        postgresql_partition_by="RANGE (fixed_at)",
    )
    op.create_index(
        "ix_fix_received_at", "fix", ["received_at"], unique=False, schema="dispatch", postgresql_using="brin"
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column(
            "place",
            Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("casualties", sa.Integer(), nullable=False),
        sa.Column("vehicles", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('injury_accident', 'damage_accident', 'pedestrian_accident', 'lorry_accident', 'breakdown')",
            name=op.f("ck_incident_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'closed', 'cancelled', 'merged')", name=op.f("ck_incident_status_known")
        ),
        sa.CheckConstraint("priority BETWEEN 1 AND 4", name=op.f("ck_incident_priority_known")),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["dispatch.incident.id"], name=op.f("fk_incident_merged_into")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("number", name=op.f("uq_incident_number")),
        schema="dispatch",
    )
    op.create_index(
        "ix_incident_open",
        "incident",
        ["reported_at"],
        unique=False,
        schema="dispatch",
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_incident_place", "incident", ["place"], unique=False, schema="dispatch", postgresql_using="gist"
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        schema="dispatch",
    )
    op.create_index("ix_outbox_subject_id", "outbox", ["subject_id", "seq"], unique=False, schema="dispatch")
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "place",
            Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "kind IN ('hospital', 'repair_shop', 'service_point', 'yard')", name=op.f("ck_place_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        schema="dispatch",
    )
    op.create_index(
        "ix_place_place", "place", ["place"], unique=False, schema="dispatch", postgresql_using="gist"
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
        schema="dispatch",
    )
    op.create_table(
        "station",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "place",
            Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('ambulance', 'tow')", name=op.f("ck_station_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("name", name=op.f("uq_station_name")),
        schema="dispatch",
    )
    op.create_table(
        "timer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_timer_kind")),
        schema="dispatch",
    )
    op.create_index("ix_timer_due_at", "timer", ["due_at"], unique=False, schema="dispatch")
    op.create_table(
        "incident_need",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("capability", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capability IN ('als', 'bls', 'flatbed', 'wheel_lift', 'heavy_tow', 'crane')",
            name=op.f("ck_incident_need_capability_known"),
        ),
        sa.CheckConstraint("count BETWEEN 1 AND 50", name=op.f("ck_incident_need_count_sane")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["dispatch.incident.id"], name=op.f("fk_incident_need_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "capability", name=op.f("pk_incident_need")),
        schema="dispatch",
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "place",
            Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("caller_phone", sa.Text(), nullable=False),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["dispatch.incident.id"], name=op.f("fk_report_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_report_idempotency_key")),
        schema="dispatch",
    )
    op.create_index("ix_report_incident_id", "report", ["incident_id"], unique=False, schema="dispatch")
    op.create_table(
        "tracking_link",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["dispatch.incident.id"], name=op.f("fk_tracking_link_incident_id")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_tracking_link")),
        schema="dispatch",
    )
    op.create_index(
        "ix_tracking_link_incident_id", "tracking_link", ["incident_id"], unique=False, schema="dispatch"
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_sign", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("capabilities", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("plate", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("turnout_s", sa.Float(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cardinality(capabilities) > 0 AND capabilities <@ ARRAY['als', 'bls', 'flatbed', 'wheel_lift', 'heavy_tow', 'crane']",
            name=op.f("ck_unit_capabilities_known"),
        ),
        sa.CheckConstraint("kind IN ('ambulance', 'tow')", name=op.f("ck_unit_kind_known")),
        sa.CheckConstraint(
            "status IN ('off_shift', 'available', 'engaged', 'out_of_service')",
            name=op.f("ck_unit_status_known"),
        ),
        sa.ForeignKeyConstraint(["station_id"], ["dispatch.station.id"], name=op.f("fk_unit_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("call_sign", name=op.f("uq_unit_call_sign")),
        schema="dispatch",
    )
    op.create_table(
        "mission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("predicted_eta_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("eta_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("destination_id", sa.Uuid(), nullable=True),
        sa.Column("route", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "need IN ('als', 'bls', 'flatbed', 'wheel_lift', 'heavy_tow', 'crane')",
            name=op.f("ck_mission_need_known"),
        ),
        sa.CheckConstraint(
            "status IN ('offered', 'accepted', 'en_route', 'on_scene', 'loaded', 'delivered', 'done', 'declined', 'expired', 'cancelled', 'broken_down', 'bumped')",
            name=op.f("ck_mission_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["dispatch.decision.id"], name=op.f("fk_mission_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["dispatch.place.id"], name=op.f("fk_mission_destination_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["dispatch.incident.id"], name=op.f("fk_mission_incident_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatch.unit.id"], name=op.f("fk_mission_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mission")),
        schema="dispatch",
    )
    op.create_index(
        "ix_mission_active",
        "mission",
        ["status"],
        unique=False,
        schema="dispatch",
        postgresql_where=sa.text(
            "status IN ('accepted', 'delivered', 'en_route', 'loaded', 'offered', 'on_scene')"
        ),
    )
    op.create_index("ix_mission_incident_id", "mission", ["incident_id"], unique=False, schema="dispatch")
    op.create_index(
        "uq_mission_unit_active",
        "mission",
        ["unit_id"],
        unique=True,
        schema="dispatch",
        postgresql_where=sa.text(
            "status IN ('accepted', 'delivered', 'en_route', 'loaded', 'offered', 'on_scene')"
        ),
    )
    op.create_table(
        "position",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "place",
            Geography(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeogFromText",
                name="geography",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("heading_deg", sa.Float(), nullable=True),
        sa.Column("speed_kmh", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatch.unit.id"], name=op.f("fk_position_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_position")),
        schema="dispatch",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_position_place", "position", ["place"], unique=False, schema="dispatch", postgresql_using="gist"
    )
    op.create_table(
        "token",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role = 'device') = (unit_id IS NOT NULL)", name=op.f("ck_token_device_has_unit")
        ),
        sa.CheckConstraint("role IN ('operator', 'device')", name=op.f("ck_token_role_known")),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatch.unit.id"], name=op.f("fk_token_unit_id")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_token")),
        schema="dispatch",
    )
    op.create_index("ix_token_unit_id", "token", ["unit_id"], unique=False, schema="dispatch")
    op.create_table(
        "accident_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('reported', 'triaged', 'onsite_dispatched', 'handling', 'evidenced', 'concluded', 'served', 'settling', 'closed', 'archived', 'reopened', 'void')",
            name=op.f("ck_accident_case_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accident_case")),
        sa.UniqueConstraint("incident_id", name=op.f("uq_accident_case_incident_id")),
        sa.UniqueConstraint("number", name=op.f("uq_accident_case_number")),
        schema="cases",
    )
    op.create_table(
        "entry",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(sha256) = 32 AND octet_length(previous_sha256) = 32",
            name=op.f("ck_entry_sha256_whole"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.accident_case.id"], name=op.f("fk_entry_case_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_entry")),
        schema="cases",
    )
    op.execute("CREATE TABLE dispatch.fix_stray PARTITION OF dispatch.fix DEFAULT")
    op.execute(_REFUSE)
    op.execute(_GUARD)


_REFUSE = """
CREATE FUNCTION cases.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of a timeline are never changed or deleted';
END $$
"""
_GUARD = """
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cases.entry
FOR EACH STATEMENT EXECUTE FUNCTION cases.refuse_change()
"""


def _create_job_queue() -> None:
    """Procrastinate's own tables, in a schema of their own."""
    connection = op.get_bind()
    connection.exec_driver_sql("SET LOCAL search_path TO jobs, public")
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(SchemaManager.get_schema())
    connection.exec_driver_sql("SET LOCAL search_path TO DEFAULT")


def downgrade() -> None:
    for schema in ("jobs", "cases", "dispatch"):
        op.execute(f"DROP SCHEMA {schema} CASCADE")

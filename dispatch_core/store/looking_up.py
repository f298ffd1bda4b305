"""What somebody at the desk has in hand (a plate, a number, a name) looked up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Text, cast, func, lateral, or_, select, true

from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.store.tables import fix, incident, mission, outbox, report, unit

# As the log of a shift tells; positions and decisions have places of their own.
LOGGED = ("incident", "mission", "desk", "place", "traffic", "unit", "rules")
_RENEWED = ("eta",)  # an arrival reckoned anew with every position is no deed
_BELIEVED_FOR = timedelta(minutes=5)


def incidents_about(connection: Connection, words: str, *, limit: int) -> list[IncidentId]:
    """Newest first: by the caller's number, a plate, the address or the incident's number."""
    digits = "".join(c for c in words if c.isdigit())
    asked: list[ColumnElement[bool]] = [
        incident.c.address.icontains(words, autoescape=True),
        cast(report.c.said["plates"], Text).icontains(words, autoescape=True),
    ]
    # The digits of a plate are no telephone number.
    if len(digits) >= 4 and not any(c.isalpha() for c in words):
        asked.append(func.regexp_replace(report.c.caller_phone, r"\D", "", "g").like(f"%{digits}%"))
    if digits == words.lstrip("#"):
        asked.append(cast(incident.c.number, Text) == digits)
    query = (
        select(incident.c.id)
        .join(report, report.c.incident_id == incident.c.id)
        .where(or_(*asked))
        .group_by(incident.c.id)
        .order_by(incident.c.reported_at.desc())
        .limit(limit)
    )
    return [IncidentId(found) for found in connection.execute(query).scalars()]


def log(connection: Connection, *, before: int | None, limit: int) -> list[Any]:
    """(seq, at, topic, kind, subject_id, facts), newest first, of what people and the machine did."""
    told = (outbox.c.topic.in_(LOGGED), outbox.c.kind.not_in(_RENEWED))
    query = select(outbox).where(*told).order_by(outbox.c.seq.desc()).limit(limit)
    return list(connection.execute(query if before is None else query.where(outbox.c.seq < before)))


def positions_at(connection: Connection, at: datetime) -> list[Any]:
    """(unit_id, call_sign, kind, lon, lat, heading_deg, speed_kmh, fixed_at): where units were at a time."""
    last = lateral(
        select(fix.c.lon, fix.c.lat, fix.c.heading_deg, fix.c.speed_kmh, fix.c.fixed_at)
        .where(
            fix.c.unit_id == unit.c.id,
            fix.c.refused.is_(None),
            fix.c.fixed_at.between(at - _BELIEVED_FOR, at),
        )
        .order_by(fix.c.fixed_at.desc())
        .limit(1)
    )
    return list(
        connection.execute(
            select(unit.c.id, unit.c.call_sign, unit.c.kind, last).join_from(unit, last, true())
        )
    )


def incidents_at(connection: Connection, at: datetime) -> list[IncidentId]:
    """Those that were open at a time."""
    ended = or_(incident.c.ended_at.is_(None), incident.c.ended_at > at)
    query = select(incident.c.id).where(incident.c.reported_at <= at, ended, incident.c.merged_into.is_(None))
    return [IncidentId(found) for found in connection.execute(query).scalars()]


def errands_at(connection: Connection, at: datetime) -> dict[UnitId, tuple[UUID, UUID, str]]:
    """What each unit was doing at a time: its mission, the incident, and the mission's status then."""
    ended = or_(mission.c.ended_at.is_(None), mission.c.ended_at > at)
    rows = connection.execute(select(mission).where(mission.c.offered_at <= at, ended))
    return {UnitId(row.unit_id): (row.id, row.incident_id, _status_at(row, at)) for row in rows}


def _status_at(row: Any, at: datetime) -> str:
    reached = (
        ("delivered", row.delivered_at), ("loaded", row.loaded_at), ("on_scene", row.arrived_at),
        ("en_route", row.departed_at), ("accepted", row.accepted_at),
    )  # fmt: skip
    return next((name for name, moment in reached if moment is not None and moment <= at), "offered")

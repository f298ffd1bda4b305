"""Units, incidents and missions as people and programs are shown them: one JSON shape everywhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from dispatch_core.fleet.unit import Unit
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.incidents import Incident, IncidentStatus, outstanding
from dispatch_core.missions import FILLING, Mission, MissionStatus
from dispatch_core.places import Place
from dispatch_core.store import incidents, missions, places, positions, units
from dispatch_core.store.positions import Position

View = dict[str, Any]
STALE_AFTER_S = 60.0
COMING = frozenset({MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE})


def at(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unit_view(unit: Unit, position: Position | None, mission_id: UUID | None, *, now: datetime) -> View:
    return {
        "id": str(unit.id),
        "call_sign": unit.call_sign,
        "kind": unit.kind.value,
        "capabilities": sorted(c.value for c in unit.capabilities),
        "status": unit.status.value,
        "agency": unit.agency,
        "station_id": None if unit.station_id is None else str(unit.station_id),
        "plate": unit.plate,
        "mission_id": None if mission_id is None else str(mission_id),
        "position": None if position is None else position_view(position, now=now),
        "version": unit.version,
        "retired": unit.is_retired,
    }


def position_view(position: Position, *, now: datetime) -> View:
    age_s = max((now - position.fixed_at).total_seconds(), 0.0)
    return {
        "lon": position.lon,
        "lat": position.lat,
        "heading_deg": position.heading_deg,
        "speed_kmh": position.speed_kmh,
        "fixed_at": at(position.fixed_at),
        "age_s": round(age_s, 1),
        "stale": age_s > STALE_AFTER_S,
    }


def incident_view(incident: Incident, known: Iterable[Mission]) -> View:
    """`held` lists what nobody is on the way for."""
    filled = Counter(m.need for m in known if m.status in FILLING)
    is_open = incident.status is IncidentStatus.OPEN
    left = outstanding(incident.needs, filled.elements()) if is_open else ()
    needs = [
        {"capability": n.capability.value, "count": n.count, "filled": min(filled[n.capability], n.count)}
        for n in incident.needs
    ]
    return {
        "id": str(incident.id),
        "number": incident.number,
        "kind": incident.kind.value,
        "status": incident.status.value,
        "priority": incident.priority,
        "lon": incident.place.lon,
        "lat": incident.place.lat,
        "reported_at": at(incident.reported_at),
        "casualties": incident.casualties,
        "vehicles": incident.vehicles,
        "needs": needs,
        "held": [need.capability.value for need in left],
        "address": incident.address,
        "description": incident.description,
        "alarm_level": incident.alarm_level,
        "merged_into": None if incident.merged_into is None else str(incident.merged_into),
        "version": incident.version,
    }


def duplicate_view(row: Row[Any]) -> View:
    """A report that may be of an accident known already; `opened_id` is null while it joined at once."""
    return {
        "id": str(row.id),
        "state": row.state,
        "report_id": str(row.report_id),
        "known_id": str(row.known_id),
        "opened_id": None if row.opened_id is None else str(row.opened_id),
        "likelihood": round(row.likelihood, 3),
        "apart_m": row.apart_m,
        "apart_s": round(row.apart_s, 1),
        "same_plate": row.same_plate,
        "same_phone": row.same_phone,
        "found_at": at(row.found_at),
        "answered_at": at(row.answered_at),
        "answered_by": row.answered_by,
        "reason": row.reason,
    }


def alarm_view(row: Row[Any]) -> View:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "mission_id": str(row.mission_id),
        "incident_id": str(row.incident_id),
        "unit_id": str(row.unit_id),
        "raised_at": at(row.raised_at),
        "cleared_at": at(row.cleared_at),
        "acknowledged_at": at(row.acknowledged_at),
        "acknowledged_by": row.acknowledged_by,
        "note": row.note,
    }


def mission_view(mission: Mission, *, call_sign: str, route: View | None, destination: Place | None) -> View:
    return {
        "id": str(mission.id),
        "incident_id": str(mission.incident_id),
        "unit_id": str(mission.unit_id),
        "call_sign": call_sign,
        "need": mission.need.value,
        "status": mission.status.value,
        "offered_at": at(mission.offered_at),
        "offer_expires_at": at(mission.offer_expires_at),
        "predicted_eta_at": at(mission.predicted_eta_at),
        "eta_at": at(mission.eta_at),
        "eta_band": eta_band(mission),
        "accepted_at": at(mission.accepted_at),
        "departed_at": at(mission.departed_at),
        "arrived_at": at(mission.arrived_at),
        "loaded_at": at(mission.loaded_at),
        "delivered_at": at(mission.delivered_at),
        "ended_at": at(mission.ended_at),
        "end_reason": mission.end_reason,
        "destination": None if destination is None else place_view(destination),
        "route": route,
        "decision_id": str(mission.decision_id),
        "depart_at": at(mission.depart_at),
        "replaces": None if mission.replaces_id is None else str(mission.replaces_id),
        "sent_by": mission.sent_by,
        "version": mission.version,
    }


def eta_band(mission: Mission) -> View | None:
    """Between when and when it is expected, four times in five; None once it is there."""
    if mission.status not in COMING or mission.earliest_eta_at is None:
        return None
    return {"p10_at": at(mission.earliest_eta_at), "p90_at": at(mission.latest_eta_at)}


def place_view(place: Place) -> View:
    return {
        "id": str(place.id),
        "kind": place.kind.value,
        "name": place.name,
        "lon": place.place.lon,
        "lat": place.place.lat,
        "phone": place.phone,
        "facts": place.facts,
        "version": place.version,
        "retired": place.is_retired,
    }


def unit_views(connection: Connection, ids: Iterable[UnitId] | None = None, *, now: datetime) -> list[View]:
    """All units, or these, by call sign."""
    wanted = None if ids is None else set(ids)
    where = positions.newest(connection, wanted)
    busy = missions.active_ids(connection, wanted)
    found = units.all_units(connection) if wanted is None else units.by_ids(connection, wanted)
    return [
        unit_view(unit, where.get(unit.id), busy.get(unit.id), now=now)
        for unit in sorted(found, key=lambda unit: unit.call_sign)
    ]


def incident_views(connection: Connection, found: Iterable[Incident]) -> list[View]:
    """In the order given."""
    shown = list(found)
    known: defaultdict[IncidentId, list[Mission]] = defaultdict(list)
    for mission in missions.of_incidents(connection, [incident.id for incident in shown]):
        known[mission.incident_id].append(mission)
    return [incident_view(incident, known[incident.id]) for incident in shown]


def mission_views(connection: Connection, found: Iterable[Mission]) -> list[View]:
    """In the order given, each with its route and destination."""
    shown = list(found)
    if not shown:
        return []
    told = missions.signs_and_routes(connection, [mission.id for mission in shown])
    bound_for = {mission.destination_id for mission in shown if mission.destination_id}
    goals = {place.id: place for place in places.by_ids(connection, bound_for)} if bound_for else {}
    return [
        mission_view(
            mission,
            call_sign=told[mission.id][0],
            route=told[mission.id][1],
            destination=goals.get(mission.destination_id) if mission.destination_id else None,
        )
        for mission in shown
    ]


def open_views(connection: Connection) -> tuple[list[View], list[View]]:
    """(open incidents, active missions): what a desk sees when it opens."""
    return (
        incident_views(connection, incidents.open_incidents(connection)),
        mission_views(connection, missions.active(connection)),
    )

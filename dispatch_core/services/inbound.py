"""Who is being brought to a place, and when: what a hospital's board shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from dispatch_core.ids import PlaceId
from dispatch_core.missions import Mission, MissionStatus
from dispatch_core.places import Place
from dispatch_core.services.views import at
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions, places, positions, units

BOUND = frozenset({MissionStatus.LOADED, MissionStatus.DELIVERED})


def arrivals_at(
    connection: Connection, world: World, place_id: PlaceId, *, now: datetime
) -> list[dict[str, Any]]:
    """Units bound for the place, the first to arrive first, those that are there last.

    The arrival is reckoned anew from where each unit is; `eta_at` is None where no road leads there.
    """
    place = places.get(connection, place_id)
    coming = [m for m in missions.active(connection) if m.destination_id == place_id and m.status in BOUND]
    told = [_told(connection, world, place, mission, now=now) for mission in coming]
    return sorted(told, key=lambda one: (one["status"] != "loaded", one["eta_at"] or "9"))


def _told(
    connection: Connection, world: World, place: Place, mission: Mission, *, now: datetime
) -> dict[str, Any]:
    unit = units.get(connection, mission.unit_id)
    incident = incidents.get(connection, mission.incident_id)
    newest = positions.newest(connection, [unit.id]).get(unit.id)
    driving = mission.status is MissionStatus.LOADED
    route = world.drive(newest or incident.place, place.place, unit.kind) if driving else None
    arrival = None if route is None else world.arrival(float(route["duration_s"]), unit.kind, leaves_at=now)
    return {
        "mission_id": str(mission.id), "unit_id": str(unit.id), "call_sign": unit.call_sign,
        "plate": unit.plate, "kind": unit.kind.value, "status": mission.status.value,
        "loaded_at": at(mission.loaded_at), "delivered_at": at(mission.delivered_at),
        "eta_at": None if arrival is None else at(arrival.eta_at),
        "eta_band": None if arrival is None else
        {"p10_at": at(arrival.earliest_at), "p90_at": at(arrival.latest_at)},
        "incident": {
            "kind": incident.kind.value, "number": incident.number, "priority": incident.priority,
            "casualties": incident.casualties, "description": incident.description,
        },
    }  # fmt: skip

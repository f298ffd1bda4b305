"""Missions under way get a new way and a new arrival when the network changed under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dispatch_core.ids import MissionId
from dispatch_core.missions import Arrival, Mission, MissionStatus
from dispatch_core.services.closing import locked_mission
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions, places, positions, units

_TO_SCENE = frozenset({MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    mission: Mission
    route: dict[str, Any] | None
    arrival: Arrival | None


def reroute(uow: UnitOfWork, world: World) -> list[MissionId]:
    """Drives anew everybody who is on the way, now that roads closed or opened; returns whom it concerned.

    A crew whose way stays the same hears nothing; the others get the mission one version on. Arrivals on
    the same way are renewed with every position.
    """
    told = []
    for way in _new_ways(uow, world):
        with uow.begin() as tx:
            mission = locked_mission(tx, way.mission.id)
            if mission.status is not way.mission.status:
                continue  # it went on meanwhile, and what it does now was routed on the new network
            missions.reroute(tx.connection, mission.id, way.route, way.arrival)
            tx.record(
                "mission", "rerouted", mission.id, incident_id=str(mission.incident_id),
                unit_id=str(mission.unit_id), by="traffic",
            )  # fmt: skip
            tx.commit()
        told.append(mission.id)
    return told


def _new_ways(uow: UnitOfWork, world: World) -> list[_Way]:
    """By mission id; routed before anything is locked."""
    with uow.reading() as connection:
        rolling = [m for m in missions.active(connection) if m.status in _TO_SCENE or _is_loaded(m)]
        where = positions.newest(connection, [m.unit_id for m in rolling])
        scenes = {i.id: i.place for i in incidents.by_ids(connection, {m.incident_id for m in rolling})}
        goals = {
            p.id: p.place
            for p in places.by_ids(connection, {m.destination_id for m in rolling if m.destination_id})
        }
        fleet = {unit.id: unit for unit in units.by_ids(connection, {m.unit_id for m in rolling})}
        drawn = missions.signs_and_routes(connection, [m.id for m in rolling])
    ways = []
    for mission in sorted(rolling, key=lambda m: m.id):
        position = where.get(mission.unit_id)
        goal = scenes[mission.incident_id]
        if mission.destination_id is not None:
            goal = goals[mission.destination_id]
        if position is None:
            continue
        unit = fleet[mission.unit_id]
        route = world.drive(position, goal, unit.kind)
        arrival = None
        if mission.status in _TO_SCENE and route is not None:
            # A crew that has not left yet still has its turnout before it.
            left = position.fixed_at if mission.status is MissionStatus.EN_ROUTE else uow.clock()
            turnout_s = 0.0 if mission.status is MissionStatus.EN_ROUTE else unit.turnout_s / world.speed
            arrival = world.arrival(
                route["duration_s"], unit.kind, leaves_at=left + timedelta(seconds=turnout_s)
            )
        if _is_new(drawn[mission.id][1], route):
            ways.append(_Way(mission=mission, route=route, arrival=arrival))
    return ways


def _is_loaded(mission: Mission) -> bool:
    return mission.status is MissionStatus.LOADED and mission.destination_id is not None


def _is_new(old: dict[str, Any] | None, new: dict[str, Any] | None) -> bool:
    """Whether the new way leaves the old one; its first points lie where the unit is now."""
    if old is None or new is None:
        return old is not new
    known = {tuple(point) for point in old["coordinates"]}
    return not {tuple(point) for point in new["coordinates"][2:-1]} <= known

"""Missions under way get a new way and a new arrival when the network changed under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dispatch_core.fleet.unit import Unit
from dispatch_core.geo import LonLat
from dispatch_core.ids import MissionId
from dispatch_core.missions import Arrival, Mission, MissionStatus
from dispatch_core.services.closing import locked_mission
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions, places, positions, units
from dispatch_core.store.positions import Position

_TO_SCENE = frozenset({MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rolling:
    """A crew on the way, where it is and where it goes; `drawn` is the way it was given."""

    mission: Mission
    unit: Unit
    position: Position
    goal: LonLat
    drawn: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """A crew led another way; `later_s` is what its drive became longer by, None where one way is missing."""

    call_sign: str
    later_s: float | None


def drives_s(uow: UnitOfWork, world: World) -> dict[MissionId, float]:
    """Seconds of road that each crew under way has before it, on the weights in force."""
    ways = {one.mission.id: _drive(one, world) for one in _rolling(uow)}
    return {mission: way["duration_s"] for mission, way in ways.items() if way is not None}


def reroute(uow: UnitOfWork, world: World, *, before_s: Mapping[MissionId, float]) -> list[Led]:
    """Drives anew everybody who is on the way, now that roads closed or opened; returns whom it concerned.

    `before_s` are the `drives_s` of just before. A crew whose way stays the same hears nothing; the others
    get the mission one version on. Arrivals on the same way are renewed with every position.
    """
    led = []
    # Routed before anything is locked.
    ways = [(one, _drive(one, world)) for one in _rolling(uow)]
    for one, route in ways:
        if not _is_new(one.drawn, route):
            continue
        with uow.begin() as tx:
            mission = locked_mission(tx, one.mission.id)
            if mission.status is not one.mission.status:
                continue  # it went on meanwhile, and what it does now was routed on the new network
            missions.reroute(tx.connection, mission.id, route, _arrival(one, route, uow, world))
            tx.record(
                "mission", "rerouted", mission.id, incident_id=str(mission.incident_id),
                unit_id=str(mission.unit_id), by="traffic",
            )  # fmt: skip
            tx.commit()
        old_s = before_s.get(mission.id)
        later_s = None if route is None or old_s is None else round(route["duration_s"] - old_s, 1)
        led.append(Led(call_sign=one.unit.call_sign, later_s=later_s))
    return led


def _rolling(uow: UnitOfWork) -> list[_Rolling]:
    """By mission id; without those whose position nobody knows."""
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
    return [
        _Rolling(
            mission=m, unit=fleet[m.unit_id], position=where[m.unit_id], drawn=drawn[m.id][1],
            goal=goals[m.destination_id] if _is_loaded(m) and m.destination_id else scenes[m.incident_id],
        )
        for m in sorted(rolling, key=lambda m: m.id)
        if m.unit_id in where
    ]  # fmt: skip


def _drive(one: _Rolling, world: World) -> dict[str, Any] | None:
    return world.drive(one.position, one.goal, one.unit.kind)


def _arrival(one: _Rolling, route: dict[str, Any] | None, uow: UnitOfWork, world: World) -> Arrival | None:
    if route is None or one.mission.status not in _TO_SCENE:
        return None
    leaves_at = one.position.fixed_at
    if one.mission.status is not MissionStatus.EN_ROUTE:
        # A crew that has not left yet still has its turnout before it.
        leaves_at = uow.clock() + timedelta(seconds=one.unit.turnout_s / world.speed)
    return world.arrival(route["duration_s"], one.unit.kind, leaves_at=leaves_at)


def _is_loaded(mission: Mission) -> bool:
    return mission.status is MissionStatus.LOADED and mission.destination_id is not None


def _is_new(old: dict[str, Any] | None, new: dict[str, Any] | None) -> bool:
    """Whether the new way leaves the old one; its first points lie where the unit is now."""
    if old is None or new is None:
        return old is not new
    known = {tuple(point) for point in old["coordinates"]}
    return not {tuple(point) for point in new["coordinates"][2:-1]} <= known

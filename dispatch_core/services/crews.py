"""What crews do: take an offer or not, roll, arrive, load, deliver, finish; break down, begin a shift."""

from __future__ import annotations

from typing import Any

from dispatch_core.assignment.destinations import (
    DestinationParams,
    Hospital,
    Patient,
    Ward,
    weigh_hospitals,
)  # fmt: skip
from dispatch_core.errors import Conflict, InvalidInput, NotFound
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.fleet.unit import Unit, UnitEvent, UnitStatus, unit_after
from dispatch_core.geo import LonLat
from dispatch_core.ids import MissionId, PlaceId, UnitId
from dispatch_core.missions import Mission, MissionEvent, MissionStatus
from dispatch_core.places import Place, PlaceKind
from dispatch_core.services.choosing import tow_destinations
from dispatch_core.services.closing import end_mission, locked_mission, move_mission
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions, places, positions, units
from dispatch_core.store.positions import Position

UNKNOWN_PATIENT = Patient()  # any hospital will do
CREW = "crew"  # the actor of its steps; the fact names the unit
ENDING = frozenset({MissionEvent.DECLINE, MissionEvent.FINISH, MissionEvent.BREAK_DOWN})
STEPS = frozenset(
    {MissionEvent.ACCEPT, MissionEvent.DEPART, MissionEvent.ARRIVE, MissionEvent.LOAD, MissionEvent.DELIVER}
)
# The status that each step leads to: repeating a step already made is answered, not refused.
_REACHED: dict[MissionEvent, MissionStatus] = {
    MissionEvent.ACCEPT: MissionStatus.ACCEPTED,
    MissionEvent.DECLINE: MissionStatus.DECLINED,
    MissionEvent.DEPART: MissionStatus.EN_ROUTE,
    MissionEvent.ARRIVE: MissionStatus.ON_SCENE,
    MissionEvent.LOAD: MissionStatus.LOADED,
    MissionEvent.DELIVER: MissionStatus.DELIVERED,
    MissionEvent.FINISH: MissionStatus.DONE,
    MissionEvent.BREAK_DOWN: MissionStatus.BROKEN_DOWN,
}


def advance(
    tx: Transaction, world: World, unit_id: UnitId, mission_id: MissionId, event: MissionEvent, *,
    reason: str = "", destination_id: PlaceId | None = None, patient: Patient = UNKNOWN_PATIENT,
) -> Mission:  # fmt: skip
    """One step by the mission's own crew; NotFound for anybody else's mission. Does not commit.

    A step repeated (the crew did not hear the answer) returns the mission as it is. Declining wants a
    reason. Loading settles the destination, a hospital by what the `patient` needs, and draws the way there.
    """
    if event not in STEPS | ENDING:
        raise InvalidInput("event", f"a crew cannot {event}")
    mission = locked_mission(tx, mission_id)
    if mission.unit_id != unit_id:
        raise NotFound("mission", mission_id)
    if mission.status is _REACHED[event]:
        return mission
    if event is MissionEvent.DECLINE and not reason.strip():
        raise InvalidInput("reason", "say why the offer is declined")
    if event is MissionEvent.ACCEPT and mission.offer_expires_at < tx.now:
        raise Conflict("the offer has expired", code="offer-expired")
    if event in ENDING:
        return end_mission(tx, mission, event, by=CREW, reason=reason)
    if event is MissionEvent.LOAD:
        return _load(tx, world, mission, destination_id, patient)
    return move_mission(tx, mission, event, by=CREW)


def _load(
    tx: Transaction, world: World, mission: Mission, destination_id: PlaceId | None, patient: Patient
) -> Mission:
    unit = units.get(tx.connection, mission.unit_id)
    scene = incidents.get(tx.connection, mission.incident_id).place
    position = positions.newest(tx.connection, [unit.id]).get(unit.id)
    start = position if position is not None else scene
    if destination_id is not None:
        choices = [places.get(tx.connection, destination_id)]
    elif unit.kind is UnitKind.AMBULANCE:
        hospitals = places.all_places(tx.connection, PlaceKind.HOSPITAL)
        choices = _fittest(tx, world, start, hospitals, unit, patient)
    else:
        choices = tow_destinations(tx.connection, mission.incident_id)
    chosen, route = _quickest(world, start, choices, unit)
    moved = move_mission(
        tx, mission, MissionEvent.LOAD, by=CREW,
        **({"destination": chosen.name, "destination_id": str(chosen.id)} if chosen else {}),
    )  # fmt: skip
    if chosen is None:
        return moved
    missions.set_destination(tx.connection, moved.id, chosen.id, route)
    return missions.get(tx.connection, moved.id)


_PRICES = DestinationParams()


def _fittest(
    tx: Transaction,
    world: World,
    start: Position | LonLat,
    known: list[Place],
    unit: Unit,
    patient: Patient,
) -> list[Place]:
    """The hospital that road, wards, beds and diversion speak for, and nobody's bed is taken twice."""
    if not known:
        return []
    here = LonLat(start.lon, start.lat)
    eta_s = world.between_s([here], unit.kind, [place.place for place in known])[0]
    bound = missions.bound_for(tx.connection)
    hospitals = [hospital_of(place, taken=bound.get(place.id, 0)) for place in known]
    weighed = weigh_hospitals(patient, hospitals, eta_s=eta_s, params=_PRICES)
    best = weighed[0].hospital.id
    return [place for place in known if place.id == best]


def hospital_of(place: Place, *, taken: int = 0) -> Hospital:
    """As the desk last told: `facts` holds beds, diversion and each ward; `taken` beds are spoken for."""
    beds = place.facts.get("beds")
    return Hospital(
        id=place.id,
        name=place.name,
        wards=frozenset(ward for ward in Ward if place.facts.get(ward.value)),
        free_beds=None if beds is None else max(int(beds) - taken, 0),
        on_diversion=bool(place.facts.get("diversion", False)),
    )


def _quickest(
    world: World, start: Any, choices: list[Place], unit: Unit
) -> tuple[Place | None, dict[str, Any] | None]:
    routes = [(place, world.drive(start, place.place, unit.kind)) for place in choices]
    reachable = [(place, route) for place, route in routes if route is not None]
    if not reachable:
        return (choices[0] if len(choices) == 1 else None), None
    return min(reachable, key=lambda pair: float(pair[1]["duration_s"]))


def shift(tx: Transaction, unit_id: UnitId, event: UnitEvent) -> Unit:
    """Begins or ends a shift, reports a breakdown or a repair; Conflict during a mission. Does not commit."""
    if event in (UnitEvent.ENGAGE, UnitEvent.RELEASE):
        raise InvalidInput("event", "a unit is engaged and released by its missions alone")
    mission = missions.active_of_unit(tx.connection, unit_id)
    if mission is not None and event is UnitEvent.BREAK_DOWN:
        mission = locked_mission(tx, mission.id)
        if mission.is_active:
            end_mission(tx, mission, MissionEvent.BREAK_DOWN, by=CREW, reason="unit out of service")
            return units.get(tx.connection, unit_id)
    unit = units.get(tx.connection, unit_id, for_update=True)
    if unit.status is UnitStatus.ENGAGED:
        raise Conflict(f"{unit.call_sign} has a mission; finish it first", code="unit-has-mission")
    changed = unit_after(unit, event)
    units.save(tx.connection, changed)
    tx.record("unit", changed.status.value, changed.id, call_sign=changed.call_sign)
    return changed


def cancel_mission(tx: Transaction, mission_id: MissionId, *, reason: str, by: str = "operator") -> Mission:
    """The desk calls a crew back; its need is open again. Conflict once somebody is aboard."""
    if not reason.strip():
        raise InvalidInput("reason", "say why the mission is cancelled")
    return end_mission(tx, locked_mission(tx, mission_id), MissionEvent.CANCEL, by=by, reason=reason)

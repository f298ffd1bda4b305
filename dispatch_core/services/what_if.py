"""What would happen if: decided on a copy of the live state, which nothing changes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from dispatch_core.assignment.destinations import DestinationParams, Patient, WeighedHospital, weigh_hospitals
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.policy import POLICIES
from dispatch_core.assignment.record import plan_record
from dispatch_core.assignment.stop import AT_THE_DESK
from dispatch_core.errors import Conflict, InvalidInput, NotFound
from dispatch_core.fleet.capability import Need, UnitKind
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId, PlaceId, UnitId
from dispatch_core.incidents import outstanding
from dispatch_core.places import PlaceKind
from dispatch_core.services.covering import Cover
from dispatch_core.services.crews import hospital_of
from dispatch_core.services.pricing import coverage_loss
from dispatch_core.services.rules import DeskRules
from dispatch_core.services.situation import Situation, posed, read_situation
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions, places, units
from dispatch_core.store.positions import Position

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is imagined: units sent, hospitals closed, crews called in (off-shift units at their stations)."""

    send: tuple[tuple[UnitId, IncidentId], ...] = ()
    closed: frozenset[PlaceId] = frozenset()
    more_crews: Mapping[UnitKind, int] | None = None


def what_if(uow: UnitOfWork, world: World, rules: DeskRules, cover: Cover, change: Change) -> Json:
    """Plan, arrivals, held needs, coverage and hospitals, as things stand and as imagined, side by side."""
    began = time.perf_counter()
    with uow.reading() as connection:
        now = read_situation(connection, uow.clock())
        imagined = _with_crews(connection, now, change.more_crews or {})
        hospitals = _hospitals(connection, world, change.closed)
    sent = [_sent(imagined, world, unit, incident) for unit, incident in change.send]
    imagined = _without(imagined, change.send)
    return {
        "as_it_is": _decided(now, world, rules, cover),
        "as_imagined": _decided(imagined, world, rules, cover) | {"sent": sent},
        "hospitals": hospitals,
        "took_ms": round((time.perf_counter() - began) * 1e3, 1),
    }


def _decided(situation: Situation, world: World, rules: DeskRules, cover: Cover) -> Json:
    loss = None
    if rules.params.coverage_point_s > 0:
        loss = coverage_loss(situation, world=world, cover=cover)
    problem = posed(situation, world, book=rules.book, limits=rules.limits, coverage_loss=loss)
    plan = POLICIES["in_order"](problem, params=rules.params, stop=AT_THE_DESK)
    record = plan_record(plan)
    going = {a.unit_id for a in plan.assignments}
    free = [
        unit
        for unit in situation.units
        if unit.status is UnitStatus.AVAILABLE and unit.id in situation.positions and unit.id not in going
    ]
    where = {u.id: (situation.positions[u.id].lon, situation.positions[u.id].lat) for u in free}
    return {
        "assignments": record["assignments"], "held": record["held"], "moves": record["moves"],
        "mean_response_s": _mean_response(plan),
        "coverage_points": cover.points(world, free, where),
    }  # fmt: skip


def _mean_response(plan: Plan) -> float | None:
    times = [a.response_s for a in plan.assignments]
    return round(sum(times) / len(times), 1) if times else None


def _sent(situation: Situation, world: World, unit_id: UnitId, incident_id: IncidentId) -> Json:
    unit = next((u for u in situation.units if u.id == unit_id), None)
    incident = next((i for i in situation.incidents if i.id == incident_id), None)
    if unit is None:
        raise NotFound("unit", unit_id)
    if incident is None:
        raise Conflict("the incident asks nothing now", code="need-filled")
    if unit_id not in situation.positions:
        raise InvalidInput("send", f"{unit.call_sign} has never reported a position")
    eta_s = float(world.eta_s([situation.positions[unit_id]], unit.kind, [incident.place])[0, 0])
    response_s = eta_s + unit.turnout_s / world.speed
    return {
        "unit_id": str(unit_id), "call_sign": unit.call_sign, "incident_id": str(incident_id),
        "response_s": None if response_s == float("inf") else round(response_s, 1),
        "is_available": unit.status is UnitStatus.AVAILABLE,
    }  # fmt: skip


def _without(situation: Situation, send: Sequence[tuple[UnitId, IncidentId]]) -> Situation:
    """The units sent are gone: each fills one need that it can, and opens the one that it was going to."""
    needs = dict(situation.needs)
    gone = {unit_id for unit_id, _ in send}
    for unit_id, incident_id in send:
        unit = next(u for u in situation.units if u.id == unit_id)
        able = [n.capability for n in needs[incident_id] if n.capability in unit.capabilities]
        needs[incident_id] = outstanding(needs[incident_id], able[:1])
        left_behind = situation.commitments.get(unit_id)
        if left_behind is not None and left_behind.incident_id != incident_id:
            again = Counter({n.capability: n.count for n in needs[left_behind.incident_id]})
            again[left_behind.need] += 1
            needs[left_behind.incident_id] = tuple(Need(capability=c, count=k) for c, k in again.items())
    left = tuple(replace(u, status=UnitStatus.ENGAGED) if u.id in gone else u for u in situation.units)
    kept = {u: mission for u, mission in situation.commitments.items() if u not in gone}
    return replace(situation, needs=needs, units=left, commitments=kept)


def _with_crews(connection: Connection, situation: Situation, more: Mapping[UnitKind, int]) -> Situation:
    stations = {station.id: station.place for station in units.all_stations(connection)}
    known = dict(situation.positions)
    fleet = list(situation.units)
    for kind, count in more.items():
        resting = [
            k
            for k, unit in enumerate(fleet)
            if unit.kind is kind and unit.status is UnitStatus.OFF_SHIFT and unit.station_id in stations
        ]
        if len(resting) < count:
            raise InvalidInput("more_crews", f"only {len(resting)} {kind} crews are off shift")
        for k in resting[:count]:
            unit = fleet[k]
            assert unit.station_id is not None  # asked above
            fleet[k] = replace(unit, status=UnitStatus.AVAILABLE)
            known[unit.id] = _at_station(unit, stations[unit.station_id], situation)
    return replace(situation, units=tuple(fleet), positions=known)


def _at_station(unit: Unit, place: LonLat, situation: Situation) -> Position:
    return Position(
        unit_id=unit.id, lon=place.lon, lat=place.lat, fixed_at=situation.at, received_at=situation.at
    )


def _hospitals(connection: Connection, world: World, closed: frozenset[PlaceId]) -> list[Json]:
    """For each open incident with an ambulance asked or sent, the hospital chosen now and if those closed."""
    known = places.all_places(connection, PlaceKind.HOSPITAL)
    unknown = closed - {place.id for place in known}
    if unknown:
        raise NotFound("hospital", next(iter(unknown)))
    if not closed or not known:
        return []
    taken = missions.bound_for(connection)
    hospitals = [hospital_of(place, taken=taken.get(place.id, 0)) for place in known]
    asking = [
        incident
        for incident in incidents.open_incidents(connection)
        if any(need.capability.kind is UnitKind.AMBULANCE for need in incident.needs)
    ]
    if not asking:
        return []
    eta_s = world.between_s(
        [incident.place for incident in asking], UnitKind.AMBULANCE, [p.place for p in known]
    )
    answers = []
    for row, incident in enumerate(asking):
        weighed = weigh_hospitals(Patient(), hospitals, eta_s=eta_s[row], params=DestinationParams())
        left = [one for one in weighed if one.hospital.id not in closed]
        answers.append({"incident_id": str(incident.id), "now": _told(weighed[:1]), "then": _told(left[:1])})
    return answers


def _told(best: Sequence[WeighedHospital]) -> Json | None:
    if not best or best[0].eta_s == float("inf"):
        return None
    hospital = best[0].hospital
    return {"place_id": str(hospital.id), "name": hospital.name, "eta_s": round(best[0].eta_s, 1)}

"""A day of the log beside the same day under another policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from statistics import mean, median
from typing import Any

from sqlalchemy import Connection

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.response_plans import ResponsePlanBook
from dispatch_core.errors import NotFound
from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.unit import Unit
from dispatch_core.geo import LonLat
from dispatch_core.ids import DecisionId, IncidentId, UnitId
from dispatch_core.incidents import Incident
from dispatch_core.missions import Mission, MissionStatus
from dispatch_core.services.covering import Cover
from dispatch_core.services.replay import Call, Replay, unit_places
from dispatch_core.services.replayed import Replayed, Response, figures
from dispatch_core.services.situation import Turns
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.world import World
from dispatch_core.store import day_log, missions, units

USUAL_HANDLING_S = 1800.0
_MOST_LOOKS = 48


def replay_day(
    connection: Connection, world: World, cover: Cover, begins_at: datetime, ends_at: datetime, *,
    policies: Sequence[str], params: DispatchParams, limits: UnitLimits | None = None,
    book: ResponsePlanBook | None = None,
) -> dict[str, Any]:  # fmt: skip
    """As it happened, and replayed under each policy; NotFound without accidents or units that day.

    `limits` are the jurisdictions and towing limits of that day, which every policy keeps; by its `book`
    towing waits for rescue.
    """
    limits = limits or UnitLimits()
    known = day_log.reported_between(connection, begins_at, ends_at)
    if not known:
        raise NotFound("accident on", begins_at.date().isoformat())
    done = missions.of_incidents(connection, [incident.id for incident in known])
    fleet = units.all_units(connection, with_retired=True)
    stood = day_log.stood_between(connection, begins_at, ends_at)
    crews = unit_places(list(stood.values()), fleet)
    calls = _calls(known, done, begins_at, limits, None if book is None else Turns(book))
    cover = cover.of_day()
    late = cover.params.standard_s
    world = replace(world, speed=1.0)  # all is told in the seconds of life, whatever a drill's were
    replayed = {}
    for policy in policies:
        ran = Replay(world, calls, crews, policy=policy, params=params, limits=limits).run()
        replayed[policy] = (
            figures(ran.responses, late_after_s=late)
            | _told(ran)
            | {"coverage_points": _mean_points(world, cover, [unit for unit, _ in crews], ran.stood)}
        )
    places = {unit.id: (place.lon, place.lat) for unit, place in crews}
    return {
        "accidents": len(known),
        "units": len(crews),
        "as_it_happened": figures(_happened(known, done), late_after_s=late)
        | {
            "redispatches": sum(m.status is MissionStatus.BUMPED for m in done),
            "drive_km": round(_driven_m(world, known, done, stood, fleet) / 1e3, 1),
            "coverage_points": _mean_points(world, cover, fleet, _by_unit(stood.values(), fleet)),
        },
        "replayed": replayed,
        "coverage_points_at_start": cover.points(world, [unit for unit, _ in crews], places),
        "late_after_s": {kind.value: seconds for kind, seconds in late.items()},
    }


Stood = Mapping[UnitId, Sequence[float]]


def _by_unit(stood: Iterable[Mapping[str, Sequence[float]]], fleet: Sequence[Unit]) -> list[Stood]:
    known = {str(unit.id): unit.id for unit in fleet}
    return [{known[name]: place for name, place in seen.items() if name in known} for seen in stood]


def _mean_points(
    world: World, cover: Cover, fleet: Sequence[Unit], stood: Sequence[Stood]
) -> dict[str, float] | None:
    """Expected coverage of the units free at the day's decisions, of at most `_MOST_LOOKS` evenly chosen."""
    looks = stood[:: -(-len(stood) // _MOST_LOOKS)] if stood else []
    told = [cover.points(world, [unit for unit in fleet if unit.id in seen], seen) for seen in looks]
    return {kind: round(mean(one[kind] for one in told), 2) for kind in told[0]} if told else None


def _driven_m(
    world: World, known: Sequence[Incident], done: Sequence[Mission],
    stood: Mapping[DecisionId, Mapping[str, Sequence[float]]], fleet: Sequence[Unit],
) -> float:  # fmt: skip
    """By road to each scene that a unit reached, from where it stood when sent; as a replay counts it."""
    scene = {incident.id: incident.place for incident in known}
    kind = {unit.id: unit.kind for unit in fleet}
    metres = 0.0
    for mission in done:
        place = stood.get(mission.decision_id, {}).get(str(mission.unit_id))
        if mission.arrived_at is None or place is None:
            continue
        route = world.drive(LonLat(place[0], place[1]), scene[mission.incident_id], kind[mission.unit_id])
        metres += 0.0 if route is None else float(route["distance_m"])
    return metres


def _told(ran: Replayed) -> dict[str, Any]:
    return {
        "unserved": ran.unserved, "redispatches": ran.redispatches, "drive_km": round(ran.drive_m / 1e3, 1)
    }  # fmt: skip


def _happened(known: Sequence[Incident], done: Sequence[Mission]) -> list[Response]:
    of = {incident.id: incident for incident in known}
    return [
        Response(
            incident_id=mission.incident_id,
            need=mission.need,
            priority=of[mission.incident_id].priority,
            response_s=mission.world_speed
            * (mission.arrived_at - of[mission.incident_id].reported_at).total_seconds(),
        )
        for mission in done
        if mission.arrived_at is not None
    ]


def _calls(
    known: Sequence[Incident],
    done: Sequence[Mission],
    begins_at: datetime,
    limits: UnitLimits,
    turns: Turns | None,
) -> list[Call]:
    took: defaultdict[tuple[IncidentId, Capability], list[float]] = defaultdict(list)
    usual: defaultdict[Capability, list[float]] = defaultdict(list)
    for mission in done:
        if mission.arrived_at is not None and mission.status is MissionStatus.DONE and mission.ended_at:
            seconds = mission.world_speed * (mission.ended_at - mission.arrived_at).total_seconds()
            took[mission.incident_id, mission.need].append(seconds)
            usual[mission.need].append(seconds)
    at_s = _lived_s(known, done, begins_at)
    return [
        Call(
            id=incident.id,
            at_s=at_s[incident.id],
            priority=incident.priority,
            place=incident.place,
            needs=incident.needs,
            handling_s=_handling(incident, took, usual),
            district=limits.district_of(incident),
            tows_kg=limits.weighs_kg.get(incident.kind, 0.0),
            tow_order=None if turns is None else turns.order_at(incident),
        )
        for incident in known
    ]


def _lived_s(
    known: Sequence[Incident], done: Sequence[Mission], begins_at: datetime
) -> dict[IncidentId, float]:
    """When each was reported, in a life as fast as the accident before it was lived."""
    fast = {mission.incident_id: mission.world_speed for mission in done}
    lived, before, at_s, speed = {}, begins_at, 0.0, 1.0
    for incident in known:
        at_s += speed * (incident.reported_at - before).total_seconds()
        before, speed = incident.reported_at, fast.get(incident.id, speed)
        lived[incident.id] = at_s
    return lived


def _handling(
    incident: Incident,
    took: Mapping[tuple[IncidentId, Capability], list[float]],
    usual: Mapping[Capability, list[float]],
) -> dict[Capability, float]:
    return {
        need.capability: median(
            took.get((incident.id, need.capability)) or usual.get(need.capability) or [USUAL_HANDLING_S]
        )
        for need in incident.needs
    }

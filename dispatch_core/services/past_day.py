"""A day of the log beside the same day under another policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import Connection

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.errors import NotFound
from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import IncidentId
from dispatch_core.incidents import Incident
from dispatch_core.missions import Mission, MissionStatus
from dispatch_core.services.covering import Cover
from dispatch_core.services.replay import Call, Replay, Replayed, Response, figures, unit_places
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.world import World
from dispatch_core.store import day_log, missions, units

USUAL_HANDLING_S = 1800.0


def replay_day(
    connection: Connection, world: World, cover: Cover, begins_at: datetime, ends_at: datetime, *,
    policies: Sequence[str], params: DispatchParams, limits: UnitLimits | None = None,
) -> dict[str, Any]:  # fmt: skip
    """As it happened, and replayed under each policy; NotFound without accidents or units that day.

    `limits` are the jurisdictions and towing limits of that day, which every policy keeps.
    """
    limits = limits or UnitLimits()
    known = day_log.reported_between(connection, begins_at, ends_at)
    if not known:
        raise NotFound("accident on", begins_at.date().isoformat())
    done = missions.of_incidents(connection, [incident.id for incident in known])
    crews = unit_places(day_log.stood_between(connection, begins_at, ends_at), units.all_units(connection))
    calls = _calls(known, done, begins_at, limits)
    late = cover.params.standard_s
    world = replace(world, speed=1.0)  # all is told in the seconds of life, whatever a drill's were
    replayed = {}
    for policy in policies:
        ran = Replay(world, calls, crews, policy=policy, params=params, limits=limits).run()
        replayed[policy] = figures(ran.responses, late_after_s=late) | _told(ran)
    places = {unit.id: (place.lon, place.lat) for unit, place in crews}
    return {
        "accidents": len(known),
        "units": len(crews),
        "as_it_happened": figures(_happened(known, done), late_after_s=late)
        | {"redispatches": sum(m.status is MissionStatus.BUMPED for m in done)},
        "replayed": replayed,
        "coverage_points_at_start": cover.points(world, [unit for unit, _ in crews], places),
        "late_after_s": {kind.value: seconds for kind, seconds in late.items()},
    }


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
    known: Sequence[Incident], done: Sequence[Mission], begins_at: datetime, limits: UnitLimits
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

"""Signs from positions: units on a mission watched along their legs, each sign told once, whoever watches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from dispatch_core.fleet.legs import Leg, LegParams, LegState, Seen, Sign, after_fix, after_silence
from dispatch_core.geo import LonLat
from dispatch_core.ids import MissionId, UnitId
from dispatch_core.missions import Mission, MissionStatus
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.store import incidents, legs, missions, places, positions
from dispatch_core.store.positions import Position

_TO_SCENE = frozenset({MissionStatus.EN_ROUTE, MissionStatus.ON_SCENE})
_TO_DESTINATION = frozenset({MissionStatus.LOADED, MissionStatus.DELIVERED})
# Standing and being silent on scene or in a yard is no sign of anything.
_DRIVING = frozenset({MissionStatus.EN_ROUTE, MissionStatus.LOADED})
_WHILE_DRIVING = frozenset({Sign.STOPPED, Sign.DEVIATED, Sign.SILENT})


_Seen = tuple[Sign, LonLat]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    mission: Mission
    name: str
    leg: Leg
    position: Position


def watch_legs(uow: UnitOfWork, params: LegParams) -> int:
    """Looks at every unit under way once; records facts `sign`, about their mission; returns how many."""
    with uow.reading() as connection:
        watched = _watched(connection)
        known = legs.states(connection, [one.mission.unit_id for one in watched])
        states = [_before(known.get(one.mission.unit_id), one) for one in watched]
        ways = positions.passed_since(connection, _unseen(watched, states))
    changed = []
    for one, before in zip(watched, states, strict=True):
        leg, state, version = known.get(one.mission.unit_id, ("", LegState(), 0))
        after, signs = _after(before, one, ways.get(one.mission.unit_id, []), uow, params)
        if after != state or leg != one.name:
            changed.append((one, after, version, signs))
    return _told(uow, changed) if changed else 0


def _before(known: tuple[str, LegState, int] | None, one: _Watched) -> LegState:
    """What is remembered of this leg; of an earlier one only when its unit was heard."""
    if known is None:
        return LegState()
    leg, state, _ = known
    return state if leg == one.name else LegState(heard_at=state.heard_at, silent=state.silent)


def _unseen(watched: list[_Watched], states: list[LegState]) -> dict[UnitId, datetime]:
    """From when on each unit's way is new: many fixes may come at once, after a tunnel or in batches."""
    since: dict[UnitId, datetime] = {}
    for one, state in zip(watched, states, strict=True):
        left_at, newest_at = _left_at(one.mission), one.position.fixed_at
        if left_at is not None and newest_at > (state.heard_at or left_at):
            since[one.mission.unit_id] = max(left_at, state.heard_at or left_at)
    return since


def _told(uow: UnitOfWork, changed: list[tuple[_Watched, LegState, int, list[_Seen]]]) -> int:
    with uow.begin() as tx:
        for one, state, version, signs in sorted(changed, key=lambda change: change[0].mission.unit_id):
            mission = one.mission
            if not legs.save(tx.connection, mission.unit_id, one.name, state, read_version=version):
                continue
            for sign, place in signs:
                if mission.status in _DRIVING or sign not in _WHILE_DRIVING:
                    tx.record(
                        "sign", sign.value, mission.id, incident_id=str(mission.incident_id),
                        unit_id=str(mission.unit_id), lon=place.lon, lat=place.lat,
                    )  # fmt: skip
        told = len(tx.facts)
        tx.commit()
    return told


def _after(
    state: LegState, one: _Watched, way: list[tuple[LonLat, datetime]], uow: UnitOfWork, params: LegParams
) -> tuple[LegState, list[_Seen]]:
    """The state at the end of the way, and each sign with the place where it was seen."""
    here = LonLat(one.position.lon, one.position.lat)
    told: list[_Seen] = []
    for place, at in [*way, (here, one.position.fixed_at)]:
        state, signs = after_fix(
            since_departure(state, one.mission), Seen(place=place, at=at), one.leg, params
        )
        told += [(sign, place) for sign in signs]
    state, silent = after_silence(state, uow.clock(), params)
    return state, told + [(sign, here) for sign in silent]


def _left_at(mission: Mission) -> datetime | None:
    return mission.loaded_at or mission.departed_at


def since_departure(state: LegState, mission: Mission) -> LegState:
    """A crew that waited at its station has not stopped on the way: standing counts from its departure."""
    left_at = _left_at(mission)
    if left_at is None or state.stands_since is None or state.stands_since >= left_at:
        return state
    return replace(state, stands_since=left_at, stopped=False)


def leg_name(mission: Mission) -> str:
    """Which way of which mission a unit drives."""
    return f"{mission.id} {'scene' if mission.status in _TO_SCENE else 'destination'}"


def _watched(connection: Connection) -> list[_Watched]:
    """Units whose mission has them going somewhere, and where they are."""
    going = [m for m in missions.active(connection) if m.status in _TO_SCENE | _TO_DESTINATION]
    where = positions.newest(connection, [m.unit_id for m in going])
    routes = missions.signs_and_routes(connection, [MissionId(m.id) for m in going])
    scenes = {i.id: i.place for i in incidents.by_ids(connection, {m.incident_id for m in going})}
    wanted = {m.destination_id for m in going if m.destination_id is not None}
    goals = {place.id: place.place for place in places.all_places(connection)} if wanted else {}
    watched = []
    for mission in going:
        if mission.unit_id not in where:
            continue
        to_scene = mission.status in _TO_SCENE
        goal = scenes.get(mission.incident_id) if to_scene else None
        if not to_scene and mission.destination_id is not None:
            goal = goals.get(mission.destination_id)
        _, drawn = routes[mission.id]
        route = None if drawn is None else np.array(drawn["coordinates"], np.float64)
        leg = Leg(goal=goal, route=route)
        position = where[mission.unit_id]
        watched.append(_Watched(mission=mission, name=leg_name(mission), leg=leg, position=position))
    return watched

"""Coverage now, and free units that would be better placed: recommended, for a person to accept or ignore."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.coverage.expected import reaches
from dispatch_core.coverage.move_up import ComplianceTable, MoveUpParams, complying_moves, recommend_moves
from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.fleet.station import Station
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat, distance_m
from dispatch_core.ids import MoveUpId, StationId, UnitId
from dispatch_core.services.compliance import Compliance
from dispatch_core.services.covering import Cover
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.services.world import World
from dispatch_core.store import move_ups, positions, units

SHIFT = timedelta(hours=12)  # how far back a crew's moves count as burden
AT_POST_M = 200.0
VALID_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Free units with a believed position, and where each stands."""

    units: tuple[Unit, ...]
    places: dict[UnitId, tuple[float, float]]


def free_units(connection: Connection, at: datetime, *, params: DispatchParams) -> Free:
    """Those that a decision could send: on shift, idle, heard of within `stale_s`."""
    where = positions.newest(connection)
    free = tuple(
        unit
        for unit in units.all_units(connection)
        if unit.status is UnitStatus.AVAILABLE
        and unit.id in where
        and (at - where[unit.id].fixed_at).total_seconds() <= params.stale_s
    )
    return Free(units=free, places={u.id: (where[u.id].lon, where[u.id].lat) for u in free})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    unit: Unit
    station: Station
    gain_points: float
    drive_s: float


def recommend(
    connection: Connection, world: World, cover: Cover, free: Free, at: datetime, *, params: MoveUpParams,
    compliance: Compliance | None = None,
) -> list[Recommendation]:  # fmt: skip
    """Moves to stations of the unit's kind that win more coverage than the drive and the burden are worth.

    A kind with a compliance table is moved as that says, within the same limits of drive and burden.
    """
    rules = compliance or Compliance()
    stations = units.all_stations(connection)
    made = Counter(move_ups.accepted_since(connection, at - SHIFT))
    found: list[Recommendation] = []
    for kind in UnitKind:
        mine = [unit for unit in free.units if unit.kind is kind]
        posts = [station for station in stations if station.kind is kind]
        if mine and posts:
            table = rules.table(kind, posts)
            found += _of_kind(world, cover, free, kind, mine, posts, made, params, table)
    return found


def _of_kind(
    world: World, cover: Cover, free: Free, kind: UnitKind, mine: Sequence[Unit], posts: Sequence[Station],
    made: Counter[UnitId], params: MoveUpParams, table: ComplianceTable | None,
) -> list[Recommendation]:  # fmt: skip
    places = [station.place for station in posts]
    standard_s = cover.params.standard_s[kind] / world.speed
    turnout_s = float(np.mean([unit.turnout_s for unit in mine])) / world.speed
    unit_reach = cover.reach(world, kind, mine, free.places)
    post_reach = reaches(cover.drive_s(world, kind, places) + turnout_s, standard_s=standard_s)
    stands = [cover.at_place(free.places[unit.id]) for unit in mine]
    drive_s = world.between_s(stands, kind, places)
    moves_made = np.array([made[unit.id] for unit in mine], np.int64)
    if table is None:
        moves = recommend_moves(
            unit_reach=unit_reach, post_reach=post_reach, drive_s=drive_s, demand=cover.expected,
            busy=cover.params.busy, moves_made=moves_made, params=params,
        )  # fmt: skip
    else:
        moves = complying_moves(
            table, stands_at=[_post_at(place, places) for place in stands], unit_reach=unit_reach,
            post_reach=post_reach, drive_s=drive_s, demand=cover.expected, busy=cover.params.busy,
            moves_made=moves_made, params=params,
        )  # fmt: skip
    return [
        Recommendation(
            unit=mine[move.unit], station=posts[move.post], gain_points=move.gain_points, drive_s=move.drive_s
        )
        for move in moves
    ]


def _post_at(stands: LonLat, posts: Sequence[LonLat]) -> int | None:
    """The post that a unit holds, so near that it need not move."""
    near = min(range(len(posts)), key=lambda k: distance_m(stands, posts[k]), default=None)
    return near if near is not None and distance_m(stands, posts[near]) <= AT_POST_M else None


def keep(tx: Transaction, found: Sequence[Recommendation]) -> list[dict[str, Any]]:
    """Stores what is new among the recommendations; returns all that wait for an answer. Does not commit."""
    since = tx.now - VALID_FOR
    waiting = {(m.unit_id, m.station_id): m for m in move_ups.unanswered_since(tx.connection, since)}
    told = []
    for one in found:
        known = waiting.get((one.unit.id, one.station.id))
        move_id = known.id if known else MoveUpId(tx.new_id())
        if known is None:
            move_ups.add(
                tx.connection, move_id=move_id, unit_id=one.unit.id, station_id=one.station.id,
                gain_points=one.gain_points, drive_s=one.drive_s, at=tx.now,
            )  # fmt: skip
        told.append(
            {
                "id": str(move_id), "unit_id": str(one.unit.id), "call_sign": one.unit.call_sign,
                "station_id": str(one.station.id), "station": one.station.name,
                "lon": one.station.place.lon, "lat": one.station.place.lat,
                "gain_points": round(one.gain_points, 2), "drive_s": round(one.drive_s, 1),
            }
        )  # fmt: skip
    return told


def answer(tx: Transaction, move_id: MoveUpId, *, accept: bool, reason: str, by: str) -> UnitId:
    """The desk's answer, kept; an accepted move is told to the unit. Does not commit."""
    if not accept and not reason.strip():
        raise InvalidInput("reason", "say why the recommendation is ignored")
    move = move_ups.get(tx.connection, move_id, for_update=True)
    if move.answer is not None:
        raise Conflict(f"the recommendation was {move.answer} already", code="move-up-answered")
    unit = units.get(tx.connection, UnitId(move.unit_id), for_update=True)
    if accept and unit.status is not UnitStatus.AVAILABLE:
        raise Conflict(
            f"{unit.call_sign} is {unit.status}; it stays free to be sent", code="unit-unavailable"
        )
    answered = "accepted" if accept else "ignored"
    move_ups.answer(tx.connection, move_id, answer=answered, at=tx.now, reason=reason)
    station = str(StationId(move.station_id))
    tx.record("unit", f"move_up_{answered}", unit.id, station_id=station, by=by, reason=reason)
    return unit.id

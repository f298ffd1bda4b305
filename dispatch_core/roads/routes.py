"""A drive along the network, told to people and drawn on maps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dispatch_core.geo import LonLat
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import EdgeFlag, Float64s, Int32s, Int64s, RoadGraph, UInt8s
from dispatch_core.roads.turns import STRAIGHT_DEG, TurnKind, turn_angle_deg

# Plain integers for the kernels.
ROUNDABOUT = int(EdgeFlag.ROUNDABOUT)
STRAIGHT, LEFT, RIGHT = int(TurnKind.STRAIGHT), int(TurnKind.LEFT), int(TurnKind.RIGHT)
U_TURN, ROUNDABOUT_TURN = int(TurnKind.U_TURN), int(TurnKind.ROUNDABOUT)
TURN_KINDS = tuple(TurnKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch on one street, begun by a turn."""

    turn: TurnKind
    name: str
    ref: str
    distance_m: float
    duration_s: float
    begins_at: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The fastest drive from one spot to another.

    edges       int32[k]       in order; the first and the last may be driven in part
    entry_s     float64[k]     since departure, when each edge is entered; 0 for the first
    geometry    float64[p, 2]  lon lat, cut at both spots, at least two points
    at_s        float64[p]     since departure, when each point is reached
    """

    edges: Int32s
    first_fraction: float
    last_fraction: float
    entry_s: Float64s
    geometry: Float64s
    at_s: Float64s
    distance_m: float
    duration_s: float
    steps: tuple[Step, ...]

    def position_at(self, elapsed_s: float) -> LonLat:
        """Where the vehicle is so long after departure; it stays at the end."""
        return LonLat(
            float(np.interp(elapsed_s, self.at_s, self.geometry[:, 0])),
            float(np.interp(elapsed_s, self.at_s, self.geometry[:, 1])),
        )

    def heading_deg_at(self, elapsed_s: float) -> float:
        """Clockwise from north, at that moment."""
        i = int(np.clip(np.searchsorted(self.at_s, elapsed_s, side="right"), 1, len(self.at_s) - 1))
        (lon0, lat0), (lon1, lat1) = self.geometry[i - 1], self.geometry[i]
        return float(np.degrees(np.arctan2((lon1 - lon0) * np.cos(np.radians(lat0)), lat1 - lat0))) % 360.0


def describe(
    graph: RoadGraph, edges: Int32s, first_fraction: float, last_fraction: float, entry_s: Float64s,
    drive_s: Float64s, duration_s: float,
) -> Path:  # fmt: skip
    """The path over `edges`; `drive_s` float64[k] is what each takes in full, without junctions."""
    geometry, at_s, firsts = _draw(
        edges, first_fraction, last_fraction, entry_s, drive_s, graph.geometry_first, graph.geometry
    )
    begins, turns, metres = _stretches(
        edges, first_fraction, last_fraction, graph.name_id, graph.ref_id, graph.flags, graph.reverse,
        graph.length_m, graph.geometry_first, graph.geometry,
    )  # fmt: skip
    return Path(
        edges=edges, first_fraction=first_fraction, last_fraction=last_fraction, entry_s=entry_s,
        geometry=geometry, at_s=at_s, distance_m=float(metres.sum()), duration_s=duration_s,
        steps=_steps(
            graph, edges[begins], turns, metres, np.append(entry_s[begins], duration_s),
            geometry[firsts[begins]],
        ),
    )  # fmt: skip


@compiled
def _draw(
    edges: Int32s, first_fraction: float, last_fraction: float, entry_s: Float64s, drive_s: Float64s,
    geometry_first: Int64s, geometry: Float64s,
) -> tuple[Float64s, Float64s, Int32s]:  # fmt: skip
    """Points, their times, and the index of the point where each edge begins; shared ends appear once."""
    total = 2
    for e in edges:
        total += geometry_first[e + 1] - geometry_first[e]
    points, at_s, firsts = np.empty((total, 2)), np.empty(total), np.zeros(len(edges), np.int32)
    count = 0
    for i in range(len(edges)):
        line = geometry[geometry_first[edges[i]] : geometry_first[edges[i] + 1]]
        begin = first_fraction if i == 0 else 0.0
        end = last_fraction if i == len(edges) - 1 else 1.0
        along = _along(line)
        if i == 0:
            points[0], at_s[0] = _at(line, along, begin), 0.0
            count = 1
        firsts[i] = count - 1
        for k in range(1, len(line)):
            if begin < along[k] < end:
                points[count] = line[k]
                at_s[count] = entry_s[i] + (along[k] - begin) * drive_s[i]
                count += 1
        points[count] = _at(line, along, end)
        at_s[count] = entry_s[i] + (end - begin) * drive_s[i]
        count += 1
    return points[:count], at_s[:count], firsts


@compiled
def _along(line: Float64s) -> Float64s:
    """float64[p]: how far along the line each point lies, from 0 to 1."""
    along = np.zeros(len(line))
    narrowing = math.cos(math.radians(line[0, 1]))
    for k in range(1, len(line)):
        east, north = (line[k, 0] - line[k - 1, 0]) * narrowing, line[k, 1] - line[k - 1, 1]
        along[k] = along[k - 1] + math.hypot(east, north)
    if along[-1] > 0:
        along /= along[-1]
    along[-1] = 1.0
    return along


@compiled
def _at(line: Float64s, along: Float64s, fraction: float) -> Float64s:
    k = 1
    while k < len(line) - 1 and along[k] < fraction:
        k += 1
    gap = along[k] - along[k - 1]
    share = (fraction - along[k - 1]) / gap if gap > 0 else 1.0
    point: Float64s = line[k - 1] + (line[k] - line[k - 1]) * share
    return point


@compiled
def _stretches(
    edges: Int32s, first_fraction: float, last_fraction: float, name_id: Int32s, ref_id: Int32s,
    flags: UInt8s, reverse: Int32s, length_m: Float64s, geometry_first: Int64s, geometry: Float64s,
) -> tuple[Int32s, Int32s, Float64s]:  # fmt: skip
    """Where each stretch on one street begins in `edges`, the TurnKind into it, and its metres."""
    begins, turns = np.zeros(len(edges), np.int32), np.zeros(len(edges), np.int32)
    metres = np.zeros(len(edges))
    count = 0
    for i in range(len(edges)):
        b = edges[i]
        if i > 0:
            a = edges[i - 1]
            ring, was_ring = flags[b] & ROUNDABOUT, flags[a] & ROUNDABOUT
            if name_id[a] != name_id[b] or ref_id[a] != ref_id[b] or ring != was_ring or reverse[a] == b:
                count += 1
                begins[count] = i
                angle = turn_angle_deg(geometry_first, geometry, a, b)
                turns[count] = _kind(angle, ring != 0, reverse[a] == b)
        begin = first_fraction if i == 0 else 0.0
        end = last_fraction if i == len(edges) - 1 else 1.0
        metres[count] += length_m[b] * (end - begin)
    return begins[: count + 1], turns[: count + 1], metres[: count + 1]


@compiled
def _kind(angle_deg: float, is_ring: bool, is_back: bool) -> int:
    if is_back:
        return U_TURN
    if is_ring:
        return ROUNDABOUT_TURN
    if abs(angle_deg) < STRAIGHT_DEG:
        return STRAIGHT
    return LEFT if angle_deg > 0 else RIGHT


def _steps(
    graph: RoadGraph, edges: Int32s, turns: Int32s, metres: Float64s, at_s: Float64s, places: Float64s
) -> tuple[Step, ...]:
    """One step for each stretch; `at_s` has one more, the end."""
    names, refs = graph.name_id[edges].tolist(), graph.ref_id[edges].tolist()
    return tuple(
        Step(
            turn=TURN_KINDS[turn], name=graph.names[name], ref=graph.names[ref], distance_m=distance,
            duration_s=duration, begins_at=LonLat(lon, lat),
        )
        for turn, name, ref, distance, duration, (lon, lat) in zip(
            turns.tolist(), names, refs, metres.tolist(), (at_s[1:] - at_s[:-1]).tolist(), places.tolist(),
            strict=True,
        )
    )  # fmt: skip

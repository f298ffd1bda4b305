"""A drive along the network, told to people and drawn on maps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dispatch_core.geo import LonLat
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import EdgeFlag, Float64s, Int32s, Int64s, RoadGraph
from dispatch_core.roads.turns import TurnKind, turn_kinds


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
    metres = graph.length_m[edges]
    if len(edges) == 1:
        metres *= last_fraction - first_fraction
    else:
        metres[0] *= 1.0 - first_fraction
        metres[-1] *= last_fraction
    return Path(
        edges=edges, first_fraction=first_fraction, last_fraction=last_fraction, entry_s=entry_s,
        geometry=geometry, at_s=at_s, distance_m=float(metres.sum()), duration_s=duration_s,
        steps=_steps(graph, edges, metres, entry_s, duration_s, geometry, firsts),
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


def _steps(
    graph: RoadGraph, edges: Int32s, metres: Float64s, entry_s: Float64s, duration_s: float,
    geometry: Float64s, firsts: Int32s,
) -> tuple[Step, ...]:  # fmt: skip
    """One step for each street; a new one where the name changes or the driver must turn round."""
    street = graph.name_id[edges].astype(np.int64) * len(graph.names) + graph.ref_id[edges]
    street = street * 2 + (graph.flags[edges] & int(EdgeFlag.ROUNDABOUT))
    new = (street[1:] != street[:-1]) | (graph.reverse[edges[:-1]] == edges[1:])
    begins = np.concatenate([[0], np.flatnonzero(new) + 1])
    kinds = turn_kinds(graph, edges[begins[1:] - 1], edges[begins[1:]])
    until_s = np.append(entry_s[begins[1:]], duration_s)
    return tuple(
        Step(
            turn=TurnKind(kind), name=graph.name(edge), ref=graph.ref(edge), distance_m=distance,
            duration_s=duration, begins_at=LonLat(lon, lat),
        )
        for kind, edge, distance, duration, (lon, lat) in zip(
            [int(TurnKind.DEPART), *kinds.tolist()],
            edges[begins].tolist(),
            np.add.reduceat(metres, begins).tolist(),
            (until_s - entry_s[begins]).tolist(),
            geometry[firsts[begins]].tolist(),
            strict=True,
        )
    )  # fmt: skip

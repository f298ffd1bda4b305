"""A drive along the network, told to people and drawn on maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch_core.geo import METRES_PER_DEGREE, LonLat
from dispatch_core.roads.graph import Float64s, Int32s, RoadGraph
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
    at_s        float64[p]     since departure, when each point is passed; waits at junctions lie before it
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
    begin, end = np.zeros(len(edges)), np.ones(len(edges))
    begin[0], end[-1] = first_fraction, last_fraction
    share = end - begin
    geometry, at_s, firsts = _draw(graph, edges, begin, end, entry_s, drive_s)
    metres = graph.length_m[edges] * share
    return Path(
        edges=edges, first_fraction=first_fraction, last_fraction=last_fraction, entry_s=entry_s,
        geometry=geometry, at_s=at_s, distance_m=float(metres.sum()), duration_s=duration_s,
        steps=_steps(graph, edges, metres, entry_s, duration_s, geometry, firsts),
    )  # fmt: skip


def _draw(
    graph: RoadGraph, edges: Int32s, begin: Float64s, end: Float64s, entry_s: Float64s, drive_s: Float64s
) -> tuple[Float64s, Float64s, Int32s]:
    """Points and their times, and the index of each edge's first point; shared ends appear once."""
    low, high = graph.geometry_first[edges], graph.geometry_first[edges + 1]
    counts = high - low
    index = np.arange(counts.sum()) + np.repeat(low - (np.cumsum(counts) - counts), counts)
    points = graph.geometry[index]
    share = _shares_along(points, counts)
    of = np.repeat(np.arange(len(edges)), counts)
    inner = (share > begin[of]) & (share < end[of])
    cut_first = _point_at(points, share, counts, 0, begin[0])
    cut_last = _point_at(points, share, counts, len(edges) - 1, end[-1])
    time = entry_s[of] + (share - begin[of]) * drive_s[of]
    heads = (share >= 1.0) & (of < len(edges) - 1)
    kept = np.flatnonzero(inner | heads)
    last_s = entry_s[-1] + (end[-1] - begin[-1]) * drive_s[-1]
    geometry = np.concatenate([[cut_first], points[kept], [cut_last]])
    at_s = np.concatenate([[0.0], time[kept], [last_s]])
    firsts = 1 + np.searchsorted(of[kept], np.arange(len(edges)))
    firsts[0] = 0
    firsts[1:] -= 1
    return geometry, np.maximum.accumulate(at_s), firsts.astype(np.int32)


def _shares_along(points: Float64s, counts: Int32s) -> Float64s:
    """float64[p]: how far along its edge each point lies, 0 at the first and 1 at the last."""
    step = np.diff(points, axis=0, prepend=points[:1])
    metres = np.hypot(step[:, 0] * np.cos(np.radians(points[:, 1])), step[:, 1]) * METRES_PER_DEGREE
    first = np.cumsum(counts) - counts
    metres[first] = 0.0
    along = np.cumsum(metres)
    along -= np.repeat(along[first], counts)
    total = np.repeat(along[first + counts - 1], counts)
    share: Float64s = np.divide(along, total, out=np.zeros_like(along), where=total > 0)
    share[first + counts - 1] = 1.0
    return share


def _point_at(points: Float64s, share: Float64s, counts: Int32s, k: int, fraction: float) -> Float64s:
    low = int(counts[:k].sum())
    row = slice(low, low + int(counts[k]))
    return np.array(
        [np.interp(fraction, share[row], points[row, 0]), np.interp(fraction, share[row], points[row, 1])]
    )


def _steps(
    graph: RoadGraph, edges: Int32s, metres: Float64s, entry_s: Float64s, duration_s: float,
    geometry: Float64s, firsts: Int32s,
) -> tuple[Step, ...]:  # fmt: skip
    """One step for each street; a new one where the name changes or the driver must turn round."""
    kinds = turn_kinds(graph, edges[:-1], edges[1:])
    street = graph.name_id[edges].astype(np.int64) * len(graph.names) + graph.ref_id[edges]
    ring = (graph.flags[edges] & 1).astype(np.bool_)
    new = (np.diff(street) != 0) | (kinds == TurnKind.U_TURN) | (np.diff(ring.astype(np.int8)) != 0)
    begins = np.concatenate([[0], np.flatnonzero(new) + 1])
    until_s = np.append(entry_s[begins[1:]], duration_s)
    return tuple(
        Step(
            turn=TurnKind(int(kinds[i - 1])) if i else TurnKind.DEPART,
            name=graph.name(int(edges[i])),
            ref=graph.ref(int(edges[i])),
            distance_m=float(m),
            duration_s=float(until - entry_s[i]),
            begins_at=LonLat(*geometry[firsts[i]].tolist()),
        )
        for i, m, until in zip(begins.tolist(), np.add.reduceat(metres, begins), until_s, strict=True)
    )

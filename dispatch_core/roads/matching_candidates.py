"""Where a fix may have been: the directed edges near it, and how likely each is by itself."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, Int64s, RoadGraph
from dispatch_core.roads.metric import Bools
from dispatch_core.roads.street_pieces import Frame, Segments

_AT_AN_END = 1e-9


class Model(NamedTuple):
    """`sigma_m` of a fix, `heading_sigma_deg`, the scale of detours, and what is never believed."""

    sigma_m: float
    heading_sigma_deg: float
    detour_m: float
    detour_share: float
    radius_m: float
    fastest_m_s: float
    u_turn_m: float
    outlier_cost: float
    outlier_cost_per_s: float
    beam: float


class Places(NamedTuple):
    """The streets by place: their straight pieces in a grid, and which edges merely go on.

    usable    bool[m]   edges that a trace may be on at all
    reverse   int32[m]
    goes_on   bool[m]   beyond the head the street merely goes on into another edge
    before    float64[m, 2]  east and north of the last piece of the edge that so goes on into this; else 0
    piece_first  int64[m+1]  CSR of the pieces by edge; none for an edge that is kept as its reverse
    """

    segments: Segments
    frame: Frame
    usable: Bools
    reverse: Int32s
    goes_on: Bools
    before: Float64s
    piece_first: Int64s


def places(graph: RoadGraph, segments: Segments, frame: Frame, usable: Bools) -> Places:
    """`segments` and `frame` of the graph's snapping index."""
    onward = _onward(graph)
    goes_on = (onward >= 0) & usable & usable[onward]
    last = graph.geometry[graph.geometry_first[1:] - 1] - graph.geometry[graph.geometry_first[1:] - 2]
    scale = np.array([frame.metres_per_lon, METRES_PER_DEGREE])
    before = np.zeros((graph.edge_count, 2))
    before[onward[goes_on]] = last[goes_on] * scale
    return Places(
        segments, frame, usable, graph.reverse, goes_on, before,
        np.searchsorted(segments.edge, np.arange(graph.edge_count + 1)),
    )  # fmt: skip


def _onward(graph: RoadGraph) -> Int32s:
    """int32[m]: the edge that each goes on into where there is but one, turning back aside; else -1."""
    m, n = graph.edge_count, graph.node_count
    ends = np.bincount(graph.tail, minlength=n), np.bincount(graph.head, minlength=n)
    two_way = graph.reverse >= 0
    at_head, at_tail = (np.bincount(end[two_way], minlength=n) for end in (graph.head, graph.tail))
    # A plain joint: one street of one direction leads in and one out, or two streets of both directions meet.
    single = (ends[0] == 1) & (ends[1] == 1) & (at_head == 0)
    double = (ends[0] == 2) & (ends[1] == 2) & (at_head == 2) & (at_tail == 2)
    onward = np.full(m, -1, np.int32)
    by_tail = np.argsort(graph.tail, kind="stable").astype(np.int32)
    first = np.searchsorted(graph.tail[by_tail], np.arange(n + 1))
    some = np.flatnonzero((single | double)[graph.head])
    one = by_tail[first[graph.head[some]]]
    other = by_tail[np.minimum(first[graph.head[some]] + 1, m - 1)]
    following = np.where(double[graph.head[some]] & (one == graph.reverse[some]), other, one)
    proper = (following != some) & (following != graph.reverse[some])
    onward[some[proper]] = following[proper]
    return onward


@compiled
def candidates(
    x: float, y: float, heading_deg: float, model: Model, places: Places, edge: Int32s, fraction: Float64s,
    score: Float64s,
) -> int:  # fmt: skip
    """Directed edges near (x, y), nearest first, as many as `edge` holds, scored by distance and heading.

    Of a street cut into many edges only those are told that are nearest: where the next one is nearer still
    an edge's end says nothing of its own.
    """
    gap = np.empty(len(edge))
    found = 0
    r = model.radius_m
    segments, frame, cell_m = places.segments, places.frame, places.frame.cell_m
    for row in range(
        max(math.floor((y - r) / cell_m), 0), min(math.floor((y + r) / cell_m), frame.rows - 1) + 1
    ):
        for column in range(
            max(math.floor((x - r) / cell_m), 0), min(math.floor((x + r) / cell_m), frame.columns - 1) + 1
        ):
            cell = row * frame.columns + column
            for q in range(segments.cell_first[cell], segments.cell_first[cell + 1]):
                piece = segments.cell_piece[q]
                distance, along = beside(x, y, piece, segments)
                if distance > r:
                    continue
                dx, dy = segments.dx[piece], segments.dy[piece]
                at = min(1.0, segments.start[piece] + along * segments.share[piece])
                forth = segments.edge[piece]
                for side in range(2):
                    e = forth if side == 0 else places.reverse[forth]
                    if e < 0 or not places.usable[e]:
                        continue
                    share = at if side == 0 else 1.0 - at
                    if _is_nearer_beyond(x, y, e, share, side, piece, places):
                        continue
                    sign = 1.0 if side == 0 else -1.0
                    likely = -0.5 * (distance / model.sigma_m) ** 2 + heading_score(
                        sign * dx, sign * dy, heading_deg, model.heading_sigma_deg
                    )
                    found = _keep_best(e, share, distance, likely, edge, fraction, gap, score, found)
    return found


@compiled
def beside(x: float, y: float, piece: int, segments: Segments) -> tuple[float, float]:
    """(metres to the straight piece, how far along it the nearest point is, 0 to 1)."""
    dx, dy = segments.dx[piece], segments.dy[piece]
    ex, ey = x - segments.x[piece], y - segments.y[piece]
    square = dx * dx + dy * dy
    along = 0.0 if square == 0 else min(1.0, max(0.0, (ex * dx + ey * dy) / square))
    return math.hypot(ex - along * dx, ey - along * dy), along


@compiled
def onto(
    edge: int, x: float, y: float, heading_deg: float, model: Model, places: Places
) -> tuple[float, float, float]:
    """(metres to the edge, fraction of the nearest point, its log-likelihood)."""
    forth, sign = edge, 1.0
    if places.piece_first[edge] == places.piece_first[edge + 1]:
        forth, sign = places.reverse[edge], -1.0
    nearest, at, likely = np.inf, 0.0, -np.inf
    segments = places.segments
    for piece in range(places.piece_first[forth], places.piece_first[forth + 1]):
        distance, along = beside(x, y, piece, segments)
        if distance < nearest:
            nearest = distance
            at = min(1.0, segments.start[piece] + along * segments.share[piece])
            likely = -0.5 * (distance / model.sigma_m) ** 2 + heading_score(
                sign * segments.dx[piece], sign * segments.dy[piece], heading_deg, model.heading_sigma_deg
            )
    return nearest, at if sign > 0 else 1.0 - at, likely


@compiled
def staying(
    x: float, y: float, heading_deg: float, model: Model, places: Places, edge0: Int32s, score0: Float64s,
    edge: Int32s, fraction: Float64s, score: Float64s, found: int,
) -> int:  # fmt: skip
    """Add the likely edges `edge0` of the fix before, where this one lies behind their beginning.

    A receiver that drifts back while its vehicle stands does not say that the vehicle is on the edge behind.
    """
    least = score0.max() - 0.5 * model.beam
    for i in range(len(edge0)):
        e = edge0[i]
        if score0[i] < least or found == len(edge) or not places.before[e].any():
            continue
        if (edge[:found] == e).any():
            continue
        distance, at, likely = onto(e, x, y, heading_deg, model, places)
        if distance <= model.radius_m and at <= _AT_AN_END:
            edge[found], fraction[found], score[found] = e, at, likely
            found += 1
    return found


@compiled
def _is_nearer_beyond(
    x: float, y: float, e: int, share: float, side: int, piece: int, places: Places
) -> bool:
    """Whether the edge that goes on from this one, or into it, is nearer; of two as near the second."""
    if share >= 1.0 - _AT_AN_END:
        return bool(places.goes_on[e])
    if share > _AT_AN_END:
        return False
    segments = places.segments
    ex, ey = x - segments.x[piece], y - segments.y[piece]
    if side == 1:
        ex, ey = ex - segments.dx[piece], ey - segments.dy[piece]
    return bool(ex * places.before[e, 0] + ey * places.before[e, 1] < 0.0)


@compiled
def heading_score(dx: float, dy: float, heading_deg: float, sigma_deg: float) -> float:
    if math.isnan(heading_deg) or (dx == 0 and dy == 0):
        return 0.0
    off = abs((math.degrees(math.atan2(dx, dy)) - heading_deg + 180.0) % 360.0 - 180.0)
    # Beyond three sigma a receiver may simply be wrong; the score is bounded so that one heading cannot rule.
    return max(-0.5 * (off / sigma_deg) ** 2, -4.5)


@compiled
def _keep_best(
    e: int, at: float, distance: float, likely: float, edge: Int32s, fraction: Float64s, gap: Float64s,
    score: Float64s, found: int,
) -> int:  # fmt: skip
    """Insert into the list sorted by distance, one entry an edge."""
    place = -1
    for z in range(found):
        if edge[z] == e:
            if gap[z] <= distance:
                return found
            place = z
            break
    if place < 0:
        if found < len(edge):
            place = found
            found += 1
        elif gap[found - 1] > distance:
            place = found - 1
        else:
            return found
    while place > 0 and gap[place - 1] > distance:
        edge[place], fraction[place] = edge[place - 1], fraction[place - 1]
        gap[place], score[place] = gap[place - 1], score[place - 1]
        place -= 1
    edge[place], fraction[place], gap[place], score[place] = e, at, distance, likely
    return found

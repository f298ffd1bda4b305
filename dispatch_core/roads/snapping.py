"""From positions to the road: the nearest street at its offset, on the side that the heading allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, RoadGraph
from dispatch_core.roads.metric import Bools
from dispatch_core.roads.spots import Spots
from dispatch_core.roads.street_pieces import Frame, Segments, laid_out

HEADING_COUNTS_FROM_KMH = 7.0  # below, a receiver's course over ground is noise
ACROSS_COSTS_M = 25.0  # a street square to the heading is taken only if another is this much farther
UNKNOWN_LEVEL = -128
SIDEWAYS = 0.2  # cosine: within 12° of square, a heading cannot tell the direction of a two-way street


@dataclass(frozen=True, slots=True, kw_only=True)
class SnappingIndex:
    """Finds streets near positions; immutable, safe for threads."""

    segments: Segments
    frame: Frame
    reverse: Int32s
    level: Int32s

    def snap(
        self,
        lon: Float64s,
        lat: Float64s,
        *,
        heading_deg: Float64s,
        level: Int32s,
        max_distance_m: float,
        usable: Bools,
    ) -> Spots:
        """Spots of float64[k] positions; `heading_deg` NaN and `level` UNKNOWN_LEVEL where unknown.

        `usable` bool[m]: edges that may be answered at all.
        """
        edge, fraction, distance = _snap(
            lon,
            lat,
            heading_deg,
            level,
            max_distance_m,
            usable,
            self.segments,
            self.frame,
            self.reverse,
            self.level,
        )
        return Spots(edge=edge, fraction=fraction, distance_m=distance)


def build_snapping_index(graph: RoadGraph) -> SnappingIndex:
    """The index of all edges."""
    segments, frame = laid_out(graph)
    return SnappingIndex(
        segments=segments, frame=frame, reverse=graph.reverse, level=graph.level.astype(np.int32)
    )


@compiled
def _snap(
    lon: Float64s, lat: Float64s, heading_deg: Float64s, level: Int32s, max_distance_m: float, usable: Bools,
    segments: Segments, frame: Frame, reverse: Int32s, edge_level: Int32s,
) -> tuple[Int32s, Float64s, Float64s]:  # fmt: skip
    k = len(lon)
    edge, fraction = np.full((k, 2), -1, np.int32), np.zeros((k, 2))
    distance = np.full((k, 2), np.inf)
    for i in range(k):
        px = (lon[i] - frame.lon) * frame.metres_per_lon
        py = (lat[i] - frame.lat) * METRES_PER_DEGREE
        if not (math.isfinite(px) and math.isfinite(py)):
            continue
        piece = _nearest(
            px, py, heading_deg[i], level[i], max_distance_m, usable, segments, frame, reverse, edge_level
        )
        if piece < 0 and level[i] != UNKNOWN_LEVEL:
            piece = _nearest(
                px,
                py,
                heading_deg[i],
                UNKNOWN_LEVEL,
                max_distance_m,
                usable,
                segments,
                frame,
                reverse,
                edge_level,
            )
        if piece >= 0:
            _place(
                px, py, heading_deg[i], piece, usable, segments, reverse, edge[i], fraction[i], distance[i]
            )
    return edge, fraction, distance


@compiled
def _nearest(
    px: float, py: float, heading_deg: float, level: int, max_distance_m: float, usable: Bools,
    segments: Segments, frame: Frame, reverse: Int32s, edge_level: Int32s,
) -> int:  # fmt: skip
    """The best piece by distance and heading, searched in growing squares of cells; -1 if none is near."""
    cell_m = frame.cell_m
    column, row = math.floor(px / cell_m), math.floor(py / cell_m)
    to_side = min(
        px - column * cell_m, (column + 1) * cell_m - px, py - row * cell_m, (row + 1) * cell_m - py
    )
    outside = max(-column, column - frame.columns + 1, -row, row - frame.rows + 1, 0)
    # Everything nearer than `seen_m` lies in the rings already searched.
    best, best_cost, ring = -1, np.inf, outside
    seen_m = (ring - 1) * cell_m + to_side
    while seen_m <= min(best_cost, max_distance_m):
        for r in range(max(row - ring, 0), min(row + ring, frame.rows - 1) + 1):
            whole = r == row - ring or r == row + ring
            step = 1 if whole or ring == 0 else 2 * ring
            for c in range(column - ring, column + ring + 1, step):
                if 0 <= c < frame.columns:
                    best, best_cost = _best_in_cell(
                        r * frame.columns + c, px, py, heading_deg, level, max_distance_m, usable, segments,
                        reverse, edge_level, best, best_cost,
                    )  # fmt: skip
        ring += 1
        seen_m += cell_m
    return best


@compiled
def _best_in_cell(
    cell: int, px: float, py: float, heading_deg: float, level: int, max_distance_m: float, usable: Bools,
    segments: Segments, reverse: Int32s, edge_level: Int32s, best: int, best_cost: float,
) -> tuple[int, float]:  # fmt: skip
    """The better of `best` and the pieces of one cell, and its cost in metres."""
    x, y, dx, dy, edges, pieces = (
        segments.x, segments.y, segments.dx, segments.dy, segments.edge, segments.cell_piece,
    )  # fmt: skip
    for q in range(segments.cell_first[cell], segments.cell_first[cell + 1]):
        k = pieces[q]
        ex, ey, ux, uy = px - x[k], py - y[k], dx[k], dy[k]
        square = ux * ux + uy * uy
        along = 0.0 if square == 0 else min(1.0, max(0.0, (ex * ux + ey * uy) / square))
        limit = min(best_cost, max_distance_m)
        gap = (ex - along * ux) ** 2 + (ey - along * uy) ** 2
        if gap > limit * limit:
            continue
        edge = edges[k]
        back = reverse[edge]
        forth_ok, back_ok = usable[edge], back >= 0 and usable[back]
        if not (forth_ok or back_ok) or (level != UNKNOWN_LEVEL and edge_level[edge] != level):
            continue
        cost = math.sqrt(gap)
        if square > 0 and not math.isnan(heading_deg):
            cost += _across_m(heading_deg, ux, uy, square, forth_ok, back_ok)
        if cost < best_cost:
            best, best_cost = k, cost
    return best, best_cost


@compiled
def _across_m(
    heading_deg: float, ux: float, uy: float, square: float, forth_ok: bool, back_ok: bool
) -> float:
    """Metres added to a piece that the heading does not follow; inf if it runs against every direction."""
    heading = math.radians(heading_deg)
    cosine = (ux * math.sin(heading) + uy * math.cos(heading)) / math.sqrt(square)
    agreement = max(cosine if forth_ok else -1.0, -cosine if back_ok else -1.0)
    return ACROSS_COSTS_M * (1.0 - agreement) if agreement >= 0 else np.inf


@compiled
def _place(
    px: float, py: float, heading_deg: float, piece: int, usable: Bools, segments: Segments, reverse: Int32s,
    edge: Int32s, fraction: Float64s, distance: Float64s,
) -> None:  # fmt: skip
    dx, dy = segments.dx[piece], segments.dy[piece]
    ex, ey = px - segments.x[piece], py - segments.y[piece]
    square = dx * dx + dy * dy
    along = 0.0 if square == 0 else min(1.0, max(0.0, (ex * dx + ey * dy) / square))
    metres = math.hypot(ex - along * dx, ey - along * dy)
    at = min(1.0, segments.start[piece] + along * segments.share[piece])
    forth = segments.edge[piece]
    back = reverse[forth]
    cosine = 0.0
    if not math.isnan(heading_deg) and square > 0:
        heading = math.radians(heading_deg)
        cosine = (dx * math.sin(heading) + dy * math.cos(heading)) / math.sqrt(square)
    count = 0
    if usable[forth] and cosine >= -SIDEWAYS:
        edge[count], fraction[count], distance[count] = forth, at, metres
        count += 1
    if back >= 0 and usable[back] and cosine <= SIDEWAYS:
        edge[count], fraction[count], distance[count] = back, 1.0 - at, metres


def known_heading(heading_deg: Float64s, speed_kmh: Float64s) -> Float64s:
    """Headings in degrees, NaN where the unit is too slow for its course to mean anything."""
    if np.any(np.isinf(heading_deg)):
        raise InvalidInput("heading_deg", "must be degrees, or NaN if unknown")
    return np.where(speed_kmh < HEADING_COUNTS_FROM_KMH, np.nan, heading_deg)

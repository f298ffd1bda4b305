"""From positions to the road: the nearest street at its offset, on the side that the heading allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, Int64s, RoadGraph
from dispatch_core.roads.metric import Bools
from dispatch_core.roads.spots import Spots

LEAST_CELL_M = 100.0
CELLS_PER_PIECE = 16  # at most: a country with few roads would else be a grid of nothing
HEADING_COUNTS_FROM_KMH = 7.0  # below, a receiver's course over ground is noise
ACROSS_COSTS_M = 25.0  # a street square to the heading is taken only if another is this much farther
UNKNOWN_LEVEL = -128
SIDEWAYS = 0.2  # cosine: within 12° of square, a heading cannot tell the direction of a two-way street


class Segments(NamedTuple):
    """Straight pieces of the streets in metres around `origin`, and the grid of cells that they cross.

    Only one direction of a two-way street is kept; `edge` names it and `start` is the share of its length
    before the piece, `share` that of the piece.
    """

    x: Float64s
    y: Float64s
    dx: Float64s
    dy: Float64s
    edge: Int32s
    start: Float64s
    share: Float64s
    cell_first: Int64s
    cell_piece: Int32s


class Frame(NamedTuple):
    """The local projection and the grid's shape: metres east and north of (lon, lat), square cells."""

    lon: float
    lat: float
    metres_per_lon: float
    columns: int
    rows: int
    cell_m: float


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
    """The index of all edges; two-way streets by their lower-numbered edge."""
    # Of the streets, not of the junctions: a node at 0, 0 that no street has would squeeze the whole network.
    (lon0, lat0), (_, north) = graph.geometry.min(axis=0), graph.geometry.max(axis=0)
    metres_per_lon = METRES_PER_DEGREE * max(math.cos(math.radians((lat0 + north) / 2)), 0.01)
    x = (graph.geometry[:, 0] - lon0) * metres_per_lon
    y = (graph.geometry[:, 1] - lat0) * METRES_PER_DEGREE
    edge_of_point = np.repeat(np.arange(graph.edge_count, dtype=np.int32), np.diff(graph.geometry_first))
    kept = (graph.reverse < 0) | (np.arange(graph.edge_count) < graph.reverse)
    begins = np.flatnonzero((edge_of_point[1:] == edge_of_point[:-1]) & kept[edge_of_point[:-1]])
    dx, dy = np.diff(x)[begins], np.diff(y)[begins]
    start, share = _shares(np.hypot(dx, dy), edge_of_point[begins])
    cell_m = max(LEAST_CELL_M, math.sqrt(float(x.max()) * float(y.max()) / (CELLS_PER_PIECE * len(begins))))
    columns, rows = int(x.max() // cell_m) + 1, int(y.max() // cell_m) + 1
    frame = Frame(float(lon0), float(lat0), metres_per_lon, columns, rows, cell_m)
    cell_first, cell_piece = _grid(x[begins], y[begins], dx, dy, frame)
    return SnappingIndex(
        segments=Segments(
            x[begins], y[begins], dx, dy, edge_of_point[begins], start, share, cell_first, cell_piece
        ),
        frame=frame,
        reverse=graph.reverse,
        level=graph.level.astype(np.int32),
    )


def _shares(length: Float64s, edge: Int32s) -> tuple[Float64s, Float64s]:
    """Where each piece begins along its edge and how much of it it is, as shares of the whole."""
    first = np.flatnonzero(np.diff(edge, prepend=-1))
    group = np.cumsum(np.diff(edge, prepend=-1) != 0) - 1
    total = np.add.reduceat(length, first)[group]
    before = np.cumsum(length) - length
    before -= before[first][group]
    total = np.where(total > 0, total, 1.0)
    return before / total, length / total


def _grid(x: Float64s, y: Float64s, dx: Float64s, dy: Float64s, frame: Frame) -> tuple[Int64s, Int32s]:
    counts = np.zeros(frame.columns * frame.rows + 1, np.int64)
    _fill_grid(x, y, dx, dy, frame, counts[1:], np.empty(0, np.int32), False)
    first = np.cumsum(counts)
    pieces = np.empty(int(first[-1]), np.int32)
    _fill_grid(x, y, dx, dy, frame, first[:-1].copy(), pieces, True)
    return first, pieces


@compiled
def _fill_grid(
    x: Float64s,
    y: Float64s,
    dx: Float64s,
    dy: Float64s,
    frame: Frame,
    at: Int64s,
    pieces: Int32s,
    write: bool,
) -> None:
    """Count, or write at `at`, the pieces of each cell: cells of the box that the piece really crosses."""
    cell_m = frame.cell_m
    reach = cell_m * 0.70711
    for k in range(len(x)):
        x1, y1 = x[k] + dx[k], y[k] + dy[k]
        length = max(math.hypot(dx[k], dy[k]), 1e-9)
        for row in range(int(min(y[k], y1) // cell_m), int(max(y[k], y1) // cell_m) + 1):
            for column in range(int(min(x[k], x1) // cell_m), int(max(x[k], x1) // cell_m) + 1):
                cx, cy = (column + 0.5) * cell_m - x[k], (row + 0.5) * cell_m - y[k]
                if abs(dx[k] * cy - dy[k] * cx) / length > reach:
                    continue
                cell = row * frame.columns + column
                if write:
                    pieces[at[cell]] = k
                at[cell] += 1


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

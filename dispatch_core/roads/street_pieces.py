"""The streets as straight pieces in metres, and a grid by which those near a place are found."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, Int64s, RoadGraph

LEAST_CELL_M = 100.0
CELLS_PER_PIECE = 16  # at most: a country with few roads would else be a grid of nothing


class Segments(NamedTuple):
    """Straight pieces of the streets, metres from the frame's corner, and the grid of cells they cross.

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


def laid_out(graph: RoadGraph) -> tuple[Segments, Frame]:
    """The pieces of all streets; two-way streets by their lower-numbered edge."""
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
    segments = Segments(
        x[begins], y[begins], dx, dy, edge_of_point[begins], start, share, cell_first, cell_piece
    )
    return segments, frame


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

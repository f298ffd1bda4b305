"""Built-up ground for sources that map streets alone: a drawing aid, derived, not surveyed."""

from __future__ import annotations

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import ROAD_CLASSES, RoadGraph
from dispatch_core.roads.graph import Float64s

CELL_M = 60.0
FEWEST_NEIGHBOURS = 4  # of the nine cells around; a lone farm road is no town
_TOWN_CLASSES = [
    ROAD_CLASSES.index(name)
    for name in ("primary", "secondary", "tertiary", "unclassified", "residential", "living_street")
]


def built_up(graph: RoadGraph) -> list[BaseGeometry]:
    """Smooth polygons, lon lat, around what looks like a town: streets close to streets."""
    streets = np.isin(graph.road_class, _TOWN_CLASSES)
    streets &= (graph.reverse < 0) | (np.arange(graph.edge_count) < graph.reverse)
    if not streets.any():
        return []
    counts = np.diff(graph.geometry_first)
    metres_per_lon = METRES_PER_DEGREE * math.cos(math.radians((graph.box.south + graph.box.north) / 2))
    scale = np.array([metres_per_lon, METRES_PER_DEGREE])
    points = graph.geometry[np.repeat(streets, counts)] * scale
    ends = np.cumsum(counts[streets])
    origin = points.min(axis=0) - 3 * CELL_M
    town = _settled(_cells(_stepped(points, ends[:-1]), origin))
    row, column = np.nonzero(town)
    if not len(row):
        return []
    west, south = origin[0] + column * CELL_M, origin[1] + row * CELL_M
    merged = shapely.coverage_union_all(shapely.box(west, south, west + CELL_M, south + CELL_M))
    plain = shapely.simplify(shapely.get_parts(merged), 0.9 * CELL_M)  # stairs become slopes
    smooth = shapely.buffer(shapely.buffer(plain, -CELL_M / 3), CELL_M / 2, quad_segs=3)
    towns: list[BaseGeometry] = shapely.transform(smooth, lambda corners: corners / scale).tolist()
    return [town for town in towns if not town.is_empty]


def _stepped(points: Float64s, breaks: NDArray[np.int64]) -> Float64s:
    """Points along the lines, no two neighbours farther apart than half a cell."""
    start, step = points[:-1], np.diff(points, axis=0)
    step[breaks - 1] = 0.0
    count = np.maximum(np.ceil(np.hypot(*step.T) / (CELL_M / 2)).astype(np.int64), 1)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    share = within / np.repeat(count, count)
    stepped: Float64s = np.repeat(start, count, axis=0) + np.repeat(step, count, axis=0) * share[:, None]
    return stepped


def _cells(points: Float64s, origin: Float64s) -> NDArray[np.bool_]:
    """bool[rows, columns]: cells with a street in them."""
    column, row = ((points - origin) / CELL_M).astype(np.int64).T
    cells = np.zeros((int(row.max()) + 4, int(column.max()) + 4), np.bool_)
    cells[row, column] = True
    return cells


def _settled(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Blocks between streets filled; lone roads, and those of two carriageways, left out.

    Closing by two cells, then opening by one. Plain sums over windows: SciPy's morphology takes as long to
    import as all this to run.
    """
    towns = cells & (_within_reach(cells, 1) >= FEWEST_NEIGHBOURS)
    grown = _within_reach(towns, 2) > 0
    filled = _within_reach(~grown, 2) == 0
    kept = _within_reach(~filled, 1) == 0
    return _within_reach(kept, 1) > 0


def _within_reach(cells: NDArray[np.bool_], reach: int) -> NDArray[np.int64]:
    """int64: how many of the (2·reach + 1)² cells around each are set; beyond the edge none are."""
    padded = np.pad(cells.astype(np.int64), ((reach + 1, reach), (reach + 1, reach)))
    total = padded.cumsum(axis=0).cumsum(axis=1)
    side = 2 * reach + 1
    around: NDArray[np.int64] = (
        total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    )
    return around

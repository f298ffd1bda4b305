"""Where fixes may lie: the region's wide box, and within reach of any of its roads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from dispatch_core.fleet.datum import ToWgs84
from dispatch_core.geo import METRES_PER_DEGREE, Box
from dispatch_core.roads.graph import Float64s, RoadGraph

Bools = NDArray[np.bool_]

CELL_M = 250.0
FARTHEST_FROM_ROAD_M = 3000.0  # beyond, a place is at sea or in another region
STRAY_M = 20_000.0  # a unit may leave the region by so much


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What fixes are judged on; a raster stands for the roads, so that a look costs nanoseconds.

    near_road  bool[rows, columns]  True where a road is nearer than FARTHEST_FROM_ROAD_M, to within a cell;
               row 0, column 0 at (`south`, `west`)
    """

    box: Box
    west: float
    south: float
    cell_lon: float
    cell_lat: float
    near_road: Bools
    to_wgs84: ToWgs84 = field(default_factory=dict)

    @classmethod
    def of(cls, graph: RoadGraph, *, to_wgs84: ToWgs84 | None = None) -> Ground:
        """Draws the roads of a region into the raster; some 50 ms for a city."""
        edge = graph.box.widened(FARTHEST_FROM_ROAD_M + 2 * CELL_M)
        cell_lat = CELL_M / METRES_PER_DEGREE
        cell_lon = cell_lat / max(math.cos(math.radians((edge.south + edge.north) / 2)), 0.01)
        rows = math.ceil((edge.north - edge.south) / cell_lat)
        columns = math.ceil((edge.east - edge.west) / cell_lon)
        points = _along(graph)
        roadless = np.ones((rows, columns), np.bool_)
        row = np.clip((points[:, 1] - edge.south) / cell_lat, 0, rows - 1).astype(np.int64)
        column = np.clip((points[:, 0] - edge.west) / cell_lon, 0, columns - 1).astype(np.int64)
        roadless[row, column] = False
        away = distance_transform_edt(roadless)
        return cls(
            box=graph.box.widened(STRAY_M), west=edge.west, south=edge.south, cell_lon=cell_lon,
            cell_lat=cell_lat, near_road=np.asarray(away * CELL_M <= FARTHEST_FROM_ROAD_M + CELL_M),
            to_wgs84=to_wgs84 if isinstance(to_wgs84, Mapping) else {},
        )  # fmt: skip

    def holds(self, lon: Float64s, lat: Float64s) -> Bools:
        """bool[k]: inside the box and within reach of a road; NaN and infinities are not."""
        with np.errstate(invalid="ignore", over="ignore"):
            row = np.floor((lat - self.south) / self.cell_lat)
            column = np.floor((lon - self.west) / self.cell_lon)
            rows, columns = self.near_road.shape
            drawn = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
            inside = (lon >= self.box.west) & (lon <= self.box.east) & drawn
            inside &= (lat >= self.box.south) & (lat <= self.box.north)
        held = np.zeros(len(lon), np.bool_)
        held[inside] = self.near_road[row[inside].astype(np.int64), column[inside].astype(np.int64)]
        return held


def _along(graph: RoadGraph) -> Float64s:
    """float64[p, 2]: every shape point, and points between them no farther apart than a cell."""
    start, end = graph.geometry[:-1], graph.geometry[1:]
    # The step from one edge's last point to the next edge's first is no road, but joins drawn cells at worst.
    apart = np.ones(len(start), np.bool_)
    apart[graph.geometry_first[1:-1] - 1] = False
    start, end = start[apart], end[apart]
    length_m = np.hypot(*(end - start).T) * METRES_PER_DEGREE
    pieces = np.ceil(length_m / CELL_M).astype(np.int64)
    long = pieces > 1
    which = np.repeat(np.flatnonzero(long), pieces[long] - 1)
    first = np.cumsum(pieces[long] - 1) - (pieces[long] - 1)
    part = np.arange(len(which)) - np.repeat(first, pieces[long] - 1) + 1
    share = (part / pieces[which])[:, None]
    between = start[which] + share * (end[which] - start[which])
    return np.concatenate([graph.geometry, between])

"""The side of the road, read from the streets themselves."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dispatch_core.roads import EdgeFlag, RoadGraph
from dispatch_core.roads.graph import Float64s
from maps.region import DrivingSide
from maps.time_zones import drives_left, time_zone_at

ROUNDABOUTS_TO_BELIEVE = 3


def driving_side_of(graph: RoadGraph) -> DrivingSide:
    """Traffic keeps right where roundabouts run anticlockwise; with too few of them the time zone decides."""
    areas = _roundabout_areas(graph)
    if len(areas) >= ROUNDABOUTS_TO_BELIEVE:
        return DrivingSide.RIGHT if np.mean(areas > 0) >= 0.5 else DrivingSide.LEFT
    return DrivingSide.LEFT if drives_left(time_zone_at(graph.box)) else DrivingSide.RIGHT


def _roundabout_areas(graph: RoadGraph) -> Float64s:
    """Signed area of each ring of roundabout edges (shoelace), > 0 anticlockwise; only signs matter."""
    ring = np.flatnonzero(graph.flags & int(EdgeFlag.ROUNDABOUT))
    if not len(ring):
        return np.zeros(0)
    tail, head = graph.tail[ring], graph.head[ring]
    n = graph.node_count
    adjacent = coo_array((np.ones(len(ring), np.int8), (tail, head)), shape=(n, n))
    component = connected_components(adjacent.tocsr(), directed=False)[1][tail]
    size = np.maximum(np.bincount(component), 1)
    middle = np.stack(
        [np.bincount(component, weights=x) / size for x in (graph.node_lon[tail], graph.node_lat[tail])],
        axis=1,
    )
    of_edge = zip(ring.tolist(), component.tolist(), strict=True)
    swept = [_swept(graph.points(edge) - middle[of]) for edge, of in of_edge]
    areas = np.bincount(component, weights=np.array(swept, np.float64)).astype(np.float64)
    turning: Float64s = areas[areas != 0]
    return turning


def _swept(points: Float64s) -> float:
    """Twice the area that the line sweeps around the origin."""
    x, y = points.T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))

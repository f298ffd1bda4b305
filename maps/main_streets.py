"""The streets that a reader finds a city by, thinned to what a small map can show."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from dispatch_core.roads.graph import ROAD_CLASSES, Float32s, Int64s, RoadGraph

_MOST_POINTS = 20_000
_DETAIL = 1500.0  # a bend smaller than the city's width by this much is left out
# Given up from the last while there are too many points.
_CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Line k runs through `points[first[k]:first[k+1]]`; int64[n+1], float32[p, 2] lon lat."""

    first: Int64s = field(default_factory=lambda: np.zeros(1, np.int64))
    points: Float32s = field(default_factory=lambda: np.zeros((0, 2), np.float32))


def main_streets(graph: RoadGraph) -> Lines:
    """From motorways down to tertiary roads, or fewer classes in a large region; links left out."""
    widest = float(np.ptp(np.concatenate([graph.node_lon, graph.node_lat]).reshape(2, -1), axis=1).max())
    lines: list[shapely.LineString] = []
    for name in _CLASSES:
        found = _lines_of(graph, ROAD_CLASSES.index(name), tolerance=widest / _DETAIL)
        if lines and shapely.get_num_coordinates([*lines, *found]).sum() > _MOST_POINTS:
            break
        lines += found
    if not lines:
        return Lines()
    counts = shapely.get_num_coordinates(lines)
    return Lines(
        first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        points=shapely.get_coordinates(lines).astype(np.float32),
    )


def _lines_of(graph: RoadGraph, road_class: int, *, tolerance: float) -> list[shapely.LineString]:
    """Both ways of a street once, joined as far as they go on."""
    ours = np.flatnonzero(graph.road_class == road_class)
    ours = ours[(graph.reverse[ours] < 0) | (ours < graph.reverse[ours])]
    if not len(ours):
        return []
    merged = shapely.line_merge(shapely.MultiLineString([graph.points(edge) for edge in ours.tolist()]))
    return shapely.get_parts(shapely.simplify(merged, tolerance)).tolist()  # type: ignore[no-any-return]

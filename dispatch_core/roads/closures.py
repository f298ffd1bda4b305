"""Streets taken out of the network: by edge, by name, or by what a polygon touches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.graph import Int32s, RoadGraph
from dispatch_core.roads.naming import edges_called


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Edges that nobody may use from `begins_at` until `ends_at` (None: until it is lifted).

    `edges` int32[k], sorted and unique; both directions of a street are two entries. `open_to_siren`
    leaves them passable to a unit under siren, as at a road works that a fire lane crosses.
    """

    id: str
    edges: Int32s
    begins_at: datetime
    ends_at: datetime | None = None
    reason: str = ""
    open_to_siren: bool = False

    def __post_init__(self) -> None:
        if len(self.edges) == 0:
            raise InvalidInput("closure", "touches no road; draw it larger or check the name")
        if self.ends_at is not None and self.ends_at <= self.begins_at:
            raise InvalidInput("ends_at", "must be later than begins_at")

    def holds(self, at: datetime) -> bool:
        return self.begins_at <= at and (self.ends_at is None or at < self.ends_at)


def closed_edges(
    closures: Iterable[Closure], *, edge_count: int, at: datetime, siren: bool
) -> NDArray[np.bool_]:
    """bool[m]: what is closed at this instant, to a unit under siren or to everybody else."""
    closed = np.zeros(edge_count, np.bool_)
    for closure in closures:
        if closure.holds(at) and not (siren and closure.open_to_siren):
            closed[closure.edges] = True
    return closed


def edges_listed(graph: RoadGraph, edges: Sequence[int], *, both_directions: bool = True) -> Int32s:
    """int32[k]: the edges named, with their opposite directions unless told otherwise; or InvalidInput."""
    wanted = np.unique(np.asarray(edges, np.int64))
    if len(wanted) and (wanted[0] < 0 or wanted[-1] >= graph.edge_count):
        raise InvalidInput("edges", f"the region has edges 0 to {graph.edge_count - 1}")
    if both_directions:
        opposite = graph.reverse[wanted]
        wanted = np.unique(np.concatenate([wanted, opposite[opposite >= 0]]))
    return wanted.astype(np.int32)


def edges_named(graph: RoadGraph, name: str) -> Int32s:
    """int32[k]: every edge of the street with this name or reference, letter case and blanks aside."""
    if not name.strip():
        raise InvalidInput("name", "must not be empty")
    return edges_called(graph, name).astype(np.int32)


def edges_touching(graph: RoadGraph, polygon: shapely.Polygon | shapely.MultiPolygon) -> Int32s:
    """int32[k]: edges whose centre line meets the polygon (WGS-84, lon lat); a bridge above it is met too."""
    if polygon.is_empty:
        raise InvalidInput("polygon", "is empty")
    if not polygon.is_valid:
        raise InvalidInput("polygon", shapely.is_valid_reason(polygon))
    near = _edges_in_box(graph, polygon.bounds)
    lines = shapely.linestrings(
        np.concatenate([graph.points(int(e)) for e in near]) if len(near) else np.zeros((0, 2)),
        indices=np.repeat(np.arange(len(near)), np.diff(graph.geometry_first)[near]),
    )
    shapely.prepare(polygon)
    met: Int32s = near[shapely.intersects(lines, polygon)].astype(np.int32)
    return met


def _edges_in_box(graph: RoadGraph, bounds: tuple[float, float, float, float]) -> NDArray[np.int64]:
    west, south, east, north = bounds
    first = graph.geometry_first[:-1]
    low = np.minimum.reduceat(graph.geometry, first)
    high = np.maximum.reduceat(graph.geometry, first)
    return np.flatnonzero(
        (high[:, 0] >= west) & (low[:, 0] <= east) & (high[:, 1] >= south) & (low[:, 1] <= north)
    )

"""The sea, from coastlines that keep the land on their left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dispatch_core.geo import Box
from dispatch_core.roads.graph import Float64s

OPEN_SEA_M = 15_000.0
CONTRADICTIONS = 20  # a stray point or two of badly drawn coast does not drain the sea
_BESIDE_DEGREES = 1e-6  # a tenth of a metre off the line


def sea(coastlines: Sequence[BaseGeometry], box: Box) -> list[BaseGeometry]:
    """The parts of the map that lie to the right of the coastlines; nothing where there is no coast.

    Round islands that the file has whole the sea goes on for 15 km; a coast that leaves the file is only
    drawn within the box. A part whose edge contradicts itself (the coast ends inside it) stays land.
    """
    if not coastlines:
        return []
    coast = shapely.line_merge(shapely.union_all(list(coastlines)))
    whole = bool(np.all(shapely.is_closed(shapely.get_parts(coast))))
    drawn = box.widened(OPEN_SEA_M) if whole else box
    frame = shapely.box(drawn.west, drawn.south, drawn.east, drawn.north)
    inside = shapely.intersection(frame, coast)
    if inside.is_empty:
        return []
    parts = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.union_all([inside, frame.boundary])))
    )
    wet = _held(parts, _beside(coastlines, right=True))
    dry = _held(parts, _beside(coastlines, right=False))
    found: list[BaseGeometry] = parts[wet > CONTRADICTIONS * dry].tolist()
    return found


def _beside(coastlines: Sequence[BaseGeometry], *, right: bool) -> NDArray[np.object_]:
    """A point beside the middle of every piece of coast."""
    points = [_offsets(shapely.get_coordinates(line), right=right) for line in coastlines]
    return np.asarray(shapely.points(np.concatenate(points)))


def _offsets(line: Float64s, *, right: bool) -> Float64s:
    along = np.diff(line, axis=0)
    across = np.stack([along[:, 1], -along[:, 0]], axis=1)
    length = np.maximum(np.hypot(*along.T), 1e-12)[:, None]
    middles: Float64s = (line[:-1] + line[1:]) / 2
    beside: Float64s = middles + across / length * (_BESIDE_DEGREES if right else -_BESIDE_DEGREES)
    return beside


def _held(parts: NDArray[np.object_], points: NDArray[np.object_]) -> NDArray[np.int64]:
    """How many of the points each part holds."""
    _, part = shapely.STRtree(parts).query(points, predicate="within")
    return np.bincount(part, minlength=len(parts))

"""Traffic signals: mapped at the stop line of each approach, felt once at the junction."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.graph import Float64s, Int32s, Int64s
from maps.dropped import Dropped
from maps.osm.cutting import Cut
from maps.streets import along_m

FARTHEST_STOP_LINE_M = 60.0


class Facing(Enum):
    """The traffic that a signal stops, along the drawing of its way."""

    BOTH = "both"
    FORWARD = "forward"
    BACKWARD = "backward"


def signals(cut: Cut, facing: Mapping[int, Facing], dropped: Dropped) -> NDArray[np.bool_]:
    """bool[n]: junctions with signals, `facing` by OSM node.

    A signal inside a piece belongs to the nearer end, or to the end its traffic drives to, if that is within
    60 m; a signal farther off (a crossing between junctions) costs nothing and is counted.
    """
    lit = np.zeros(len(cut.junction_ref), np.bool_)
    if not facing:
        return lit
    refs = np.array(sorted(facing), np.int64)
    at_junction = cut.junctions_of(refs)
    lit[at_junction[at_junction >= 0]] = True
    rows = np.flatnonzero(np.isin(cut.point_ref, refs[at_junction < 0]))
    ends, distances_m = _ends(cut, rows, [facing[ref] for ref in cut.point_ref[rows].tolist()])
    near = distances_m <= FARTHEST_STOP_LINE_M
    lit[ends[near]] = True
    dropped.count("traffic signal far from any junction", int(np.sum(~near)))
    return lit


def _ends(cut: Cut, rows: Int64s, facing: list[Facing]) -> tuple[Int32s, Float64s]:
    """The junction that the signal at each row of the geometry belongs to, and how far it is."""
    streets = cut.streets
    piece = np.searchsorted(streets.geometry_first, rows, side="right") - 1
    along = along_m(streets.geometry_first, streets.geometry)
    to_a = along[rows]
    to_b = along[streets.geometry_first[piece + 1] - 1] - to_a
    forward = np.array([side is Facing.FORWARD for side in facing], np.bool_)
    backward = np.array([side is Facing.BACKWARD for side in facing], np.bool_)
    ahead = forward | (~backward & (to_b < to_a))
    return np.where(ahead, streets.b[piece], streets.a[piece]), np.where(ahead, to_b, to_a)

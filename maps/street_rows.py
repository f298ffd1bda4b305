"""Streets from rows, for sources small enough to be read row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch_core.roads.graph import Float64s
from maps.names import NameTable
from maps.streets import Streets


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetRow:
    """`line` float64[k, 2] runs from junction `a` to junction `b`; names are numbers of the name table."""

    a: int
    b: int
    line: Float64s
    oneway: bool
    speed_kmh: float
    road_class: int
    way_id: int
    flags: int = 0
    level: int = 0
    name_id: int = 0
    ref_id: int = 0


def streets_of(
    rows: Sequence[StreetRow], *, node_lon: Float64s, node_lat: Float64s, names: NameTable
) -> Streets:
    """The rows as columns, without signals."""
    speed_kmh = np.array([row.speed_kmh for row in rows], np.float32)
    flags = np.array([row.flags for row in rows], np.uint8)
    points = [len(row.line) for row in rows]
    return Streets(
        node_lon=node_lon,
        node_lat=node_lat,
        node_signal=np.zeros(len(node_lon), np.bool_),
        a=np.array([row.a for row in rows], np.int32),
        b=np.array([row.b for row in rows], np.int32),
        forward=np.ones(len(rows), np.bool_),
        backward=np.array([not row.oneway for row in rows], np.bool_),
        speed_forward_kmh=speed_kmh,
        speed_backward_kmh=speed_kmh,
        flags_forward=flags,
        flags_backward=flags,
        road_class=np.array([row.road_class for row in rows], np.uint8),
        level=np.array([row.level for row in rows], np.int8),
        way_id=np.array([row.way_id for row in rows], np.int64),
        name_id=np.array([row.name_id for row in rows], np.int32),
        ref_id=np.array([row.ref_id for row in rows], np.int32),
        names=names.names(),
        geometry_first=np.concatenate([[0], np.cumsum(points)]).astype(np.int64),
        geometry=np.concatenate([row.line for row in rows]),
    )

"""Pieces of street as a survey draws them, and the directed road graph that follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch_core.geo import EARTH_RADIUS_M
from dispatch_core.roads import RoadGraph, TurnRestrictions
from dispatch_core.roads.graph import Float32s, Float64s, Int32s, Int64s, UInt8s

SHORTEST_M = 0.1  # two junctions drawn at one place are still two junctions
DEGREE_DECIMALS = 7  # 1 cm, the precision of OpenStreetMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """r pieces between n junctions, each drawn once whichever ways it may be driven.

    node_lon, node_lat      float64[n]; node_signal bool[n]
    a, b                    int32[r]    junctions at the ends, in the direction of drawing
    forward, backward       bool[r]     may be driven a→b, b→a
    speed_*_kmh             float32[r]  free flow; flags_* uint8[r] EdgeFlag, by direction
    geometry_first          int64[r+1]  CSR of `geometry` float64[p, 2], lon lat
    the rest                as in RoadGraph
    """

    node_lon: Float64s
    node_lat: Float64s
    node_signal: NDArray[np.bool_]
    a: Int32s
    b: Int32s
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    speed_forward_kmh: Float32s
    speed_backward_kmh: Float32s
    flags_forward: UInt8s
    flags_backward: UInt8s
    road_class: UInt8s
    level: NDArray[np.int8]
    way_id: Int64s
    name_id: Int32s
    ref_id: Int32s
    names: tuple[str, ...]
    geometry_first: Int64s
    geometry: Float64s

    def __len__(self) -> int:
        return len(self.a)


def directed(streets: Streets) -> RoadGraph:
    """Each direction that may be driven becomes an edge; the two of a piece lie side by side."""
    open_ways = np.stack([streets.forward, streets.backward], axis=1).astype(np.bool_)
    piece, side = np.nonzero(open_ways)
    backward = side == 1
    edge = np.cumsum(open_ways.ravel()).reshape(open_ways.shape) - 1
    both = (streets.forward & streets.backward)[piece]
    first, geometry = _directed_geometry(streets, piece, backward)

    def by_side(ahead: NDArray[np.generic], back: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.where(backward, back[piece], ahead[piece])

    return RoadGraph(
        node_lon=streets.node_lon,
        node_lat=streets.node_lat,
        node_signal=streets.node_signal,
        tail=by_side(streets.a, streets.b).astype(np.int32),
        head=by_side(streets.b, streets.a).astype(np.int32),
        length_m=lengths_m(first, geometry),
        speed_kmh=by_side(streets.speed_forward_kmh, streets.speed_backward_kmh).astype(np.float32),
        road_class=streets.road_class[piece],
        flags=by_side(streets.flags_forward, streets.flags_backward).astype(np.uint8),
        level=streets.level[piece],
        way_id=streets.way_id[piece],
        reverse=np.where(both, edge[piece, 1 - side], -1).astype(np.int32),
        name_id=streets.name_id[piece],
        ref_id=streets.ref_id[piece],
        geometry_first=first,
        geometry=geometry,
        names=streets.names,
        restrictions=TurnRestrictions.none(),
    )


def _directed_geometry(
    streets: Streets, piece: Int64s, backward: NDArray[np.bool_]
) -> tuple[Int64s, Float64s]:
    """Points of every edge from its tail to its head."""
    counts = np.diff(streets.geometry_first)[piece]
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    within = np.arange(first[-1]) - np.repeat(first[:-1], counts)
    start, last = streets.geometry_first[piece], streets.geometry_first[piece + 1] - 1
    source = np.where(
        np.repeat(backward, counts), np.repeat(last, counts) - within, np.repeat(start, counts) + within
    )
    return first, streets.geometry[source]


def lengths_m(first: Int64s, geometry: Float64s) -> Float64s:
    """float64[m] metres along each polyline of a CSR geometry, at least `SHORTEST_M`."""
    lengths: Float64s = np.maximum(along_m(first, geometry)[first[1:] - 1], SHORTEST_M)
    return lengths


def along_m(first: Int64s, geometry: Float64s) -> Float64s:
    """float64[p] metres from the start of its own polyline to every point (haversine)."""
    lon, lat = np.radians(geometry[:, 0]), np.radians(geometry[:, 1])
    h = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    steps_m = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(h))
    steps_m[first[1:-1] - 1] = 0.0  # from one polyline to the next nobody drives
    total_m = np.concatenate([[0.0], np.cumsum(steps_m)])
    along: Float64s = total_m - np.repeat(total_m[first[:-1]], np.diff(first))
    return along

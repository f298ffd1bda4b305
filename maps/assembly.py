"""From streets cut at junctions to a RoadGraph: both directions, the strongly connected part, arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import EARTH_RADIUS_M
from dispatch_core.roads import RoadGraph, TurnRestrictions
from dispatch_core.roads.graph import Float64s, Int32s, Int64s

SHORTEST_M = 0.05  # two junctions on one spot still take a moment to pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """s streets between junctions, each drivable forth, back or both; arrays [s] unless said otherwise.

    node_lon, node_lat, node_signal [n]; tail, head index them. `forth`, `back` bool; speeds km/h per
    direction; flags per direction. points float64[p, 2] framed by points_first [s+1], tail to head.
    """

    node_lon: Float64s
    node_lat: Float64s
    node_signal: NDArray[np.bool_]
    tail: Int64s
    head: Int64s
    forth: NDArray[np.bool_]
    back: NDArray[np.bool_]
    speed_forth_kmh: Float64s
    speed_back_kmh: Float64s
    flags_forth: NDArray[np.uint8]
    flags_back: NDArray[np.uint8]
    road_class: NDArray[np.uint8]
    level: NDArray[np.int8]
    way_id: Int64s
    name_id: Int32s
    ref_id: Int32s
    points_first: Int64s
    points: Float64s
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """`edge_of` int64[2, s]: the edge of each street forth and back, −1 where none is left."""

    graph: RoadGraph
    edge_of: Int64s
    dropped: dict[str, int]


def lengths_m(points: Float64s, first: Int64s) -> Float64s:
    """Great-circle length of each polyline framed by `first`."""
    radians = np.radians(points)
    dlon, dlat = np.diff(radians, axis=0).T
    half = np.sin(dlat / 2) ** 2 + np.cos(radians[:-1, 1]) * np.cos(radians[1:, 1]) * np.sin(dlon / 2) ** 2
    step = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))
    along = np.concatenate([[0.0], np.cumsum(step)])
    total: Float64s = along[first[1:] - 1] - along[first[:-1]]
    return total


def assemble(streets: Streets) -> Assembled:
    """The largest strongly connected component as a RoadGraph, and what was dropped, by reason."""
    street = np.concatenate([np.flatnonzero(streets.forth), np.flatnonzero(streets.back)])
    is_back = np.arange(len(street)) >= int(streets.forth.sum())
    if len(street) == 0:
        raise InvalidInput("region", "has no street that a vehicle may use")
    tail = np.where(is_back, streets.head[street], streets.tail[street])
    head = np.where(is_back, streets.tail[street], streets.head[street])
    n = len(streets.node_lon)
    count, part = connected_components(
        csr_array((np.ones(len(tail), np.int8), (tail, head)), shape=(n, n)),
        directed=True,
        connection="strong",
    )
    largest = np.bincount(part, minlength=count).argmax()
    keep = (part[tail] == largest) & (part[head] == largest)
    # A street beside itself in both directions stays together: order by street, forth before back.
    rows = np.flatnonzero(keep)
    rows = rows[np.lexsort((is_back[rows], street[rows]))]
    node_kept = np.flatnonzero(part == largest)
    node_of = np.full(n, -1, np.int64)
    node_of[node_kept] = np.arange(len(node_kept))
    edge_of = np.full((2, len(streets.tail)), -1, np.int64)
    edge_of[is_back[rows].astype(int), street[rows]] = np.arange(len(rows))
    graph = _graph(streets, street[rows], is_back[rows], node_of, node_kept, edge_of)
    used = np.zeros(n, np.bool_)
    used[tail], used[head] = True, True
    dropped = {
        "junctions outside the largest strongly connected component": int(used.sum()) - len(node_kept),
        "directed edges outside the largest strongly connected component": int((~keep).sum()),
    }
    return Assembled(graph=graph, edge_of=edge_of, dropped={k: v for k, v in dropped.items() if v})


def _graph(
    streets: Streets,
    street: Int64s,
    is_back: NDArray[np.bool_],
    node_of: Int64s,
    node_kept: Int64s,
    edge_of: Int64s,
) -> RoadGraph:
    length = np.maximum(lengths_m(streets.points, streets.points_first), SHORTEST_M)[street]
    first, points = _turned(streets, street, is_back)
    tail = node_of[np.where(is_back, streets.head[street], streets.tail[street])]
    head = node_of[np.where(is_back, streets.tail[street], streets.head[street])]
    pick = np.where(is_back, streets.speed_back_kmh[street], streets.speed_forth_kmh[street])
    return RoadGraph(
        node_lon=streets.node_lon[node_kept],
        node_lat=streets.node_lat[node_kept],
        node_signal=streets.node_signal[node_kept],
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        length_m=length,
        speed_kmh=pick.astype(np.float32),
        road_class=streets.road_class[street],
        flags=np.where(is_back, streets.flags_back[street], streets.flags_forth[street]),
        level=streets.level[street],
        way_id=streets.way_id[street],
        reverse=np.where(is_back, edge_of[0, street], edge_of[1, street]).astype(np.int32),
        name_id=streets.name_id[street],
        ref_id=streets.ref_id[street],
        geometry_first=first,
        geometry=points,
        names=streets.names,
        restrictions=TurnRestrictions.none(),
    )


def _turned(streets: Streets, street: Int64s, is_back: NDArray[np.bool_]) -> tuple[Int64s, Float64s]:
    """The polyline of every edge, in its own direction of travel."""
    begin = streets.points_first[street]
    size = streets.points_first[street + 1] - begin
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    within = np.arange(first[-1]) - np.repeat(first[:-1], size)
    back = np.repeat(is_back, size)
    place = np.where(back, np.repeat(size, size) - 1 - within, within) + np.repeat(begin, size)
    return first, streets.points[place]

"""Ways cut into pieces of street at their junctions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.graph import Float32s, Int64s
from maps.osm.meaning import SHUT
from maps.osm.ways import WayTable
from maps.speeds import free_flow_kmh
from maps.streets import Streets

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Streets, and where the OSM nodes went.

    junction_ref  int64[n]  the node of each junction, ascending
    point_ref     int64[p]  the node of each row of the streets' geometry
    """

    streets: Streets
    junction_ref: Int64s
    point_ref: Int64s

    def junctions_of(self, refs: Int64s) -> Int64s:
        """int64: junction of each node, −1 where it is none."""
        at = np.minimum(np.searchsorted(self.junction_ref, refs), len(self.junction_ref) - 1)
        return np.where(self.junction_ref[at] == refs, at, -1).astype(np.int64)


def cut(table: WayTable, *, also_at: Int64s) -> Cut:
    """Pieces run between nodes that ways share, ends of ways, and the nodes `also_at`; a table of ≥ 1 way."""
    ref = np.array(table.node_ref, np.int64)
    start, end, way = _pieces(ref, np.array(table.node_count, np.int64), also_at)
    point, first = _spans(start, end)
    junction_ref, where, junction = np.unique(
        np.concatenate([ref[start], ref[end]]), return_index=True, return_inverse=True
    )
    place = np.concatenate([start, end])[where]
    a, b = np.split(junction.astype(np.int32), 2)
    lon, lat = np.array(table.x) / 1e7, np.array(table.y) / 1e7
    return Cut(
        streets=Streets(
            node_lon=lon[place],
            node_lat=lat[place],
            node_signal=np.zeros(len(place), np.bool_),
            a=a,
            b=b,
            geometry_first=first,
            geometry=np.stack([lon[point], lat[point]], axis=1),
            names=table.names.names(),
            **_of_ways(table, way),
        ),
        junction_ref=junction_ref,
        point_ref=ref[point],
    )


def _pieces(ref: Int64s, count: Int64s, also_at: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """First and last node (positions) and the way of each piece."""
    last = np.cumsum(count) - 1
    known, of_node, times = np.unique(ref, return_inverse=True, return_counts=True)
    is_cut = ((times > 1) | np.isin(known, also_at))[of_node]
    is_cut[last] = is_cut[last - count + 1] = True
    cuts = np.flatnonzero(is_cut)
    way = np.searchsorted(last, cuts)
    within = way[:-1] == way[1:]
    return cuts[:-1][within], cuts[1:][within], way[:-1][within]


def _spans(start: Int64s, end: Int64s) -> tuple[Int64s, Int64s]:
    """Positions start…end of every piece laid end to end, and their CSR offsets."""
    count = end - start + 1
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return np.arange(first[-1]) + np.repeat(start - first[:-1], count), first


def _of_ways(table: WayTable, way: Int64s) -> dict[str, Any]:
    """The columns of `Streets` that a piece takes from its way."""
    road_class = np.array(table.road_class, np.uint8)
    flags = {side: np.array(getattr(table, f"flags_{side}"), np.int16) for side in ("forward", "backward")}

    def speed(limits: object) -> Float32s:
        return free_flow_kmh(np.array(limits, np.float32), road_class)[way]

    return {
        "forward": (flags["forward"] != SHUT)[way],
        "backward": (flags["backward"] != SHUT)[way],
        "flags_forward": np.maximum(flags["forward"], 0).astype(np.uint8)[way],
        "flags_backward": np.maximum(flags["backward"], 0).astype(np.uint8)[way],
        "speed_forward_kmh": speed(table.limit_forward_kmh),
        "speed_backward_kmh": speed(table.limit_backward_kmh),
        "road_class": road_class[way],
        "level": np.array(table.level, np.int8)[way],
        "way_id": np.array(table.way_id, np.int64)[way],
        "name_id": np.array(table.name_id, np.int32)[way],
        "ref_id": np.array(table.ref_id, np.int32)[way],
    }

"""A network as an OSM file whose every street lasts a known time, for engines that read nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import osmium
from osmium.osm import mutable

from dispatch_core.roads import ROAD_CLASSES, EdgeFlag, RoadGraph
from dispatch_core.roads.expansion import Bools
from dispatch_core.roads.graph import Int32s, Int64s

TENTH_MS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The straightened graph, its milliseconds, and which two OSM nodes each edge lies between (sorted)."""

    graph: RoadGraph
    edge_ms: Int32s
    ends: Int64s  # int64[m, 2]; -1 for an edge that was split, where a peer's snapping cannot be checked


def straightened(graph: RoadGraph) -> tuple[RoadGraph, Int32s]:
    """The same streets as straight lines, each lasting whole tenths of a second, alike in both directions."""
    lonlat = np.stack([graph.node_lon, graph.node_lat], axis=1)
    lines = np.stack([lonlat[graph.tail], lonlat[graph.head]], axis=1).reshape(-1, 2)
    ms = (
        np.maximum(np.rint(graph.length_m * 36_000.0 / graph.speed_kmh / 1000.0), 2).astype(np.int32)
        * TENTH_MS
    )
    pair = graph.reverse >= 0
    ms[pair] = np.minimum(ms[pair], ms[graph.reverse[pair]])
    first = np.arange(0, 2 * graph.edge_count + 1, 2, dtype=np.int64)
    return replace(graph, geometry=lines, geometry_first=first), ms


def export(graph: RoadGraph, path: Path) -> Exported:
    """Writes `path` (.osm.pbf) and tells what it holds.

    Node i + 1 is junction i. A loop, or a street parallel to another between the same junctions, is cut in
    two by a node of its own, since engines keep one edge between two nodes.
    """
    straight, ms = straightened(graph)
    path.unlink(missing_ok=True)
    split = _repeated(straight)
    ends = np.sort(np.stack([straight.tail, straight.head], axis=1), axis=1).astype(np.int64) + 1
    ends[split | ~_open(straight)] = -1
    kept = _written(straight)
    with osmium.SimpleWriter(str(path)) as writer:
        for node in _nodes(straight, kept[split[kept]]):
            writer.add_node(node)
        for way in _ways(straight, ms, kept, split):
            writer.add_way(way)
        for relation in _relations(straight, split):
            writer.add_relation(relation)
    return Exported(graph=straight, edge_ms=ms, ends=ends)


def _written(graph: RoadGraph) -> Int64s:
    """One edge for each street that is open at all: the lower-numbered of the open ones."""
    open_, edge = _open(graph), np.arange(graph.edge_count)
    also_back = (graph.reverse >= 0) & open_[graph.reverse]
    return np.flatnonzero(open_ & (~also_back | (edge < graph.reverse)))


def _street(graph: RoadGraph, edge: int) -> int:
    """The written edge of an edge's street."""
    back = int(graph.reverse[edge])
    return min(edge, back) if back >= 0 and _open_at(graph, back) and _open_at(graph, edge) else edge


def _open_at(graph: RoadGraph, edge: int) -> bool:
    return not int(graph.flags[edge]) & int(EdgeFlag.EMERGENCY_ONLY | EdgeFlag.WRONG_WAY)


def _repeated(graph: RoadGraph) -> Bools:
    """bool[m]: loops, and streets beyond the first between the same two junctions."""
    street = np.where(
        graph.reverse >= 0,
        np.minimum(np.arange(graph.edge_count), graph.reverse),
        np.arange(graph.edge_count),
    )
    seen: set[tuple[int, int]] = set()
    first_of: dict[int, bool] = {}
    for edge in np.unique(street).tolist():
        a, b = sorted((int(graph.tail[edge]), int(graph.head[edge])))
        first_of[edge] = (a, b) in seen or a == b
        seen.add((a, b))
    return np.array([first_of[s] for s in street.tolist()], np.bool_)


def _middle_id(graph: RoadGraph, edge: int) -> int:
    return graph.node_count + 1 + edge


def _nodes(graph: RoadGraph, split: Int64s) -> Iterator[mutable.Node]:
    taken: set[tuple[int, int]] = set()
    for i, (lon, lat) in enumerate(zip(graph.node_lon.tolist(), graph.node_lat.tolist(), strict=True)):
        yield mutable.Node(id=i + 1, location=_free(lon, lat, taken))
    for edge in split.tolist():
        line = graph.points(edge)
        # Aside, so that the cut street does not lie upon its twin.
        lon, lat = line.mean(axis=0) + 2e-5 + (line[1] - line[0])[::-1] * 0.02
        yield mutable.Node(id=_middle_id(graph, edge), location=_free(lon, lat, taken))


def _free(lon: float, lat: float, taken: set[tuple[int, int]]) -> tuple[float, float]:
    """The place at a peer's resolution of a millionth of a degree, beside it if another has it."""
    x, y = round(lon * 1e6), round(lat * 1e6)
    while (x, y) in taken:
        x += 1
    taken.add((x, y))
    return x / 1e6, y / 1e6


def _ways(graph: RoadGraph, ms: Int32s, kept: Int64s, split: Bools) -> Iterator[mutable.Way]:
    for edge in kept.tolist():
        both = graph.reverse[edge] >= 0 and _open_at(graph, int(graph.reverse[edge]))
        tags = {
            "highway": ROAD_CLASSES[int(graph.road_class[edge])],
            "maxspeed": str(max(round(float(graph.speed_kmh[edge])), 5)),
            "name": graph.name(edge),
            "oneway": "no" if both else "yes",
        }
        tenths = int(ms[edge]) // TENTH_MS
        a, b = int(graph.tail[edge]) + 1, int(graph.head[edge]) + 1
        if not split[edge]:
            yield mutable.Way(id=2 * edge + 1, nodes=[a, b], tags=tags | {"ds": str(tenths)})
            continue
        middle = _middle_id(graph, edge)
        yield mutable.Way(id=2 * edge + 1, nodes=[a, middle], tags=tags | {"ds": str(tenths // 2)})
        yield mutable.Way(id=2 * edge + 2, nodes=[middle, b], tags=tags | {"ds": str(tenths - tenths // 2)})


def _way_id(graph: RoadGraph, edge: int, at_head: bool, split: bool) -> int:
    """The way that an edge is, or the half of it at its head or tail."""
    street = _street(graph, edge)
    second = split and (at_head == (street == edge))
    return 2 * street + (2 if second else 1)


def _relations(graph: RoadGraph, split: Bools) -> Iterator[mutable.Relation]:
    """The network's restrictions, and a no_u_turn where peers would turn and we do not."""
    r = graph.restrictions
    runs = [r.edges[r.first[i] : r.first[i + 1]].tolist() for i in range(len(r))]
    runs += [[e, int(graph.reverse[e])] for e in _peers_would_turn(graph).tolist()]
    for number, run in enumerate(runs):
        # A cut street as via would be two ways; there is none in practice, and none is written.
        if any(split[e] for e in run[1:-1]) or not all(_open_at(graph, e) for e in run):
            continue
        vias = [("w", _way_id(graph, e, True, False), "via") for e in run[1:-1]]
        via = vias or [("n", int(graph.head[run[0]]) + 1, "via")]
        members = [
            ("w", _way_id(graph, run[0], True, bool(split[run[0]])), "from"),
            *via,
            ("w", _way_id(graph, run[-1], False, bool(split[run[-1]])), "to"),
        ]
        kind = "no_u_turn" if len(run) == 2 and graph.reverse[run[0]] == run[1] else "no_straight_on"
        yield mutable.Relation(
            id=number + 1, members=members, tags={"type": "restriction", "restriction": kind}
        )


def _peers_would_turn(graph: RoadGraph) -> Int64s:
    """Edges into junctions with one two-way street and further exits: OSRM turns round in these."""
    open_ = _open(graph)
    two_way = open_ & (graph.reverse >= 0) & open_[graph.reverse]
    out = np.bincount(graph.tail[open_], minlength=graph.node_count)
    both = np.bincount(graph.tail[two_way], minlength=graph.node_count)
    return np.flatnonzero(two_way & (both[graph.head] == 1) & (out[graph.head] > 1))


def _open(graph: RoadGraph) -> Bools:
    """bool[m]: edges for ordinary traffic; the others are not written."""
    shut = int(EdgeFlag.EMERGENCY_ONLY | EdgeFlag.WRONG_WAY)
    return np.asarray((graph.flags & shut) == 0)

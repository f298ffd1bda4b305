"""The road network of an OpenStreetMap file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import LonLat
from dispatch_core.roads import EdgeFlag, RoadGraph
from maps.dropped import Dropped
from maps.osm.access import Access
from maps.osm.barriers import barrier_access, barrier_bans
from maps.osm.cutting import Cut, cut
from maps.osm.incidence import Incidence
from maps.osm.milestones import Milestone, milestone_of
from maps.osm.reading import objects
from maps.osm.relations import Restriction, restriction_of
from maps.osm.restrictions import restriction_bans
from maps.osm.runs import packed
from maps.osm.signals import Facing, signals
from maps.osm.ways import WayReader
from maps.streets import Streets, directed


@dataclass(slots=True)
class _Read:
    """What the pass over the file gathers beside the ways."""

    barriers: dict[int, Access] = field(default_factory=dict)
    facing: dict[int, Facing] = field(default_factory=dict)
    restrictions: list[Restriction] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)


def read_network(
    path: Path, dropped: Dropped, *, wrong_way: bool = False
) -> tuple[RoadGraph, list[Milestone]]:
    """All streets for vehicles with their forbidden turns, islands included, and the kilometre posts.

    InvalidInput if there are no streets.

    `wrong_way` adds the direction that a one-way street forbids as an edge flagged `WRONG_WAY`.
    """
    ways = WayReader(dropped, wrong_way=wrong_way)
    found = _Read()
    for item in objects(path, "highway", "barrier", "restriction", "type"):
        _take(item, ways, found, dropped)
    if not ways.table.way_id:
        seen = ", ".join(f"{times} {reason}" for reason, times in dropped.by_reason().items())
        raise InvalidInput("map", f"has no street for vehicles ({seen or 'and no ways at all'})")
    network = cut(ways.table, also_at=np.array(list(found.barriers), np.int64))
    streets = replace(network.streets, node_signal=signals(network, found.facing, dropped))
    barriers = _at_junctions(network, found.barriers)
    graph = directed(_behind_private_gates(streets, barriers))
    return _with_bans(graph, network, barriers, found.restrictions, dropped), found.milestones


def _take(item: Any, ways: WayReader, found: _Read, dropped: Dropped) -> None:
    tags = dict(item.tags)  # copied once: each look into osmium's own list walks through it
    if item.is_way():
        if "highway" in tags:
            ways.read(item.id, tags, item.nodes)
    elif item.is_node():
        if tags.get("highway") == "traffic_signals":
            found.facing[item.id] = _facing(tags.get("traffic_signals:direction"))
        elif tags.get("highway") == "milestone":
            at = LonLat(item.location.lon, item.location.lat)
            milestone = milestone_of(tags, at, dropped)
            found.milestones += [] if milestone is None else [milestone]
        barrier = tags.get("barrier")
        if barrier is not None:
            found.barriers[item.id] = barrier_access(tags, barrier)
    elif item.is_relation() and tags.get("type") == "restriction":
        restriction = restriction_of(item.id, tags, item.members, dropped)
        if restriction is not None:
            found.restrictions.append(restriction)


def _facing(said: str | None) -> Facing:
    return {"forward": Facing.FORWARD, "backward": Facing.BACKWARD}.get(said or "", Facing.BOTH)


def _at_junctions(network: Cut, barriers: dict[int, Access]) -> dict[int, Access]:
    """Barriers by junction; most stand on paths and fences that are no streets."""
    junctions = network.junctions_of(np.array(list(barriers), np.int64)).tolist()
    return {
        junction: access
        for junction, access in zip(junctions, barriers.values(), strict=True)
        if junction >= 0 and access is not Access.OPEN
    }


def _behind_private_gates(streets: Streets, barriers: dict[int, Access]) -> Streets:
    """Pieces at a gate for residents or customers lead there and nowhere else."""
    gates = [junction for junction, access in barriers.items() if access is Access.DESTINATION]
    private = np.isin(streets.a, gates) | np.isin(streets.b, gates)
    extra = np.where(private, int(EdgeFlag.DESTINATION), 0).astype(np.uint8)
    return replace(
        streets, flags_forward=streets.flags_forward | extra, flags_backward=streets.flags_backward | extra
    )


def _with_bans(
    graph: RoadGraph,
    network: Cut,
    barriers: dict[int, Access],
    restrictions: list[Restriction],
    dropped: Dropped,
) -> RoadGraph:
    incidence = Incidence(graph)
    vias = np.array([r.via_nodes[0] for r in restrictions if r.via_nodes], np.int64)
    junctions = network.junctions_of(vias).tolist()
    junction_of = dict(zip(vias.tolist(), junctions, strict=True))
    bans = [
        *barrier_bans(incidence, barriers),
        *restriction_bans(restrictions, incidence, junction_of, dropped),
    ]
    return replace(graph, restrictions=packed(bans))

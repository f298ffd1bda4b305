"""Tiny OpenStreetMap files, written by hand.

Nodes are letters on a grid of 100 m near the equator; x grows east, y north. Ways are words of such letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import RoadGraph

GRID_M = 100.0
Tags = Mapping[str, str]
RESIDENTIAL = {"highway": "residential"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Its id is its place in the file, from 1, unless given."""

    nodes: str
    tags: Tags = field(default_factory=lambda: dict(RESIDENTIAL))
    way_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Members as (role, letter of a node or number of a way)."""

    members: Sequence[tuple[str, str | int]]
    tags: Tags


def street(nodes: str, **tags: str) -> Way:
    """A residential street; `maxspeed__forward` stands for `maxspeed:forward`."""
    return Way(
        nodes=nodes, tags={**RESIDENTIAL, **{key.replace("__", ":"): said for key, said in tags.items()}}
    )


def turn(value: str, from_way: int, via: str | int | Sequence[int], to_way: int, **tags: str) -> Relation:
    vias = [via] if isinstance(via, str | int) else list(via)
    members = [("from", from_way), *(("via", member) for member in vias), ("to", to_way)]
    said = {key.replace("__", ":"): value for key, value in tags.items()}
    return Relation(members=members, tags={"type": "restriction", "restriction": value, **said})


def degrees(x: float, y: float) -> tuple[float, float]:
    return round(x * GRID_M / METRES_PER_DEGREE, 7), round(y * GRID_M / METRES_PER_DEGREE, 7)


def osm_file(
    folder: Path,
    places: Mapping[str, tuple[float, float]],
    ways: Sequence[Way],
    relations: Sequence[Relation] = (),
    nodes: Mapping[str, Tags] | None = None,
) -> Path:
    """The file; letters that ways use and `places` lacks are nodes outside the file."""
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6" generator="by hand">']
    for letter, place in sorted(places.items()):
        lon, lat = degrees(*place)
        said = _tags((nodes or {}).get(letter, {}))
        lines.append(f'<node id="{ord(letter)}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">{said}</node>')
    for number, way in enumerate(ways, 1):
        refs = "".join(f'<nd ref="{ord(letter)}"/>' for letter in way.nodes)
        lines.append(f'<way id="{way.way_id or number}" version="1">{refs}{_tags(way.tags)}</way>')
    for number, relation in enumerate(relations, 1):
        members = "".join(_member(role, what) for role, what in relation.members)
        lines.append(f'<relation id="{number}" version="1">{members}{_tags(relation.tags)}</relation>')
    path = folder / "drawn.osm"
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(said)}/>" for key, said in tags.items())


def _member(role: str, what: str | int) -> str:
    kind, ref = ("node", ord(what)) if isinstance(what, str) else ("way", what)
    return f'<member type="{kind}" ref="{ref}" role="{role}"/>'


def letters(graph: RoadGraph, places: Mapping[str, tuple[float, float]]) -> list[str]:
    """The letter of every junction of the graph."""
    at = {degrees(*place): letter for letter, place in places.items()}
    return [at[place] for place in zip(graph.node_lon.tolist(), graph.node_lat.tolist(), strict=True)]


def edges(graph: RoadGraph, places: Mapping[str, tuple[float, float]]) -> list[str]:
    """Every edge as the letters of its ends, `AB`."""
    name = letters(graph, places)
    return [name[a] + name[b] for a, b in zip(graph.tail.tolist(), graph.head.tolist(), strict=True)]


def bans(graph: RoadGraph, places: Mapping[str, tuple[float, float]]) -> set[str]:
    """Every forbidden run as the junctions it passes, `ABC`; with a star where sirens are exempt."""
    edge, runs = edges(graph, places), graph.restrictions
    found = set()
    for i in range(len(runs)):
        run = runs.edges[runs.first[i] : runs.first[i + 1]].tolist()
        found.add(edge[run[0]][0] + "".join(edge[e][1] for e in run) + "*" * bool(runs.siren_exempt[i]))
    return found

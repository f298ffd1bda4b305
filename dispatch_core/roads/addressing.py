"""Kilometre-post addresses on numbered roads: `G15 K1024+300 northbound`, `沪渝高速 K12+050 上行`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE, LonLat, distance_m
from dispatch_core.roads.graph import RoadGraph
from dispatch_core.roads.naming import edges_called, reference_of, spelt


class Bound(StrEnum):
    """The direction of travel, by which the carriageway is told."""

    NORTH = "northbound"
    EAST = "eastbound"
    SOUTH = "southbound"
    WEST = "westbound"
    UP = "up"  # kilometres falling (上行), by Chinese usage towards the origin
    DOWN = "down"  # kilometres rising (下行)


_BEARING_DEG = {Bound.NORTH: 0.0, Bound.EAST: 90.0, Bound.SOUTH: 180.0, Bound.WEST: 270.0}
_WORDS: dict[str, Bound] = {
    "northbound": Bound.NORTH, "nb": Bound.NORTH, "北向": Bound.NORTH, "由南向北": Bound.NORTH,
    "eastbound": Bound.EAST, "eb": Bound.EAST, "东向": Bound.EAST, "由西向东": Bound.EAST,
    "southbound": Bound.SOUTH, "sb": Bound.SOUTH, "南向": Bound.SOUTH, "由北向南": Bound.SOUTH,
    "westbound": Bound.WEST, "wb": Bound.WEST, "西向": Bound.WEST, "由东向西": Bound.WEST,
    "up": Bound.UP, "上行": Bound.UP, "down": Bound.DOWN, "下行": Bound.DOWN,
}  # fmt: skip
_AT_ROAD_M = 300.0  # an origin may lie in the middle of a square
_FORM = re.compile(
    r"^\s*(?P<road>.+?)\s*[Kk]\s*(?P<km>\d{1,4})\s*(?:\+\s*(?P<m>\d{1,3}))?\s*(?P<bound>\S.*?)?\s*$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAddress:
    """A road by reference or name, metres from its origin, and the carriageway if it was said."""

    road: str
    chainage_m: int
    bound: Bound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A kilometre post of a road, from the map or configured as its origin."""

    road: str
    chainage_m: int
    place: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPlace:
    """Where an address lies: the edge of the right carriageway, and how far it was reckoned from a post."""

    edge: int
    fraction: float
    place: LonLat
    from_post_m: float


def parse(text: str) -> PostAddress | None:
    """The address in `text`, or None if it has not the form ROAD K<km>[+<m>] [direction]."""
    found = _FORM.match(text)
    if found is None:
        return None
    word = (found["bound"] or "").strip().casefold()
    if word and word not in _WORDS:
        return None
    return PostAddress(
        road=found["road"],
        chainage_m=int(found["km"]) * 1000 + int(found["m"] or 0),
        bound=_WORDS.get(word),
    )


def locate(graph: RoadGraph, posts: Sequence[Post], address: PostAddress) -> PostPlace | None:
    """Walks along the road from the nearest post to the address; None if the road ends before it is reached.

    A second post tells which way kilometres rise; with one alone (an origin) they rise away from it.
    Without a direction in the address the carriageway on which kilometres rise is taken. InvalidInput if
    the region knows no such road, or none of its posts.
    """
    edges = edges_called(graph, address.road)
    if len(edges) == 0:
        raise InvalidInput("address", f"the region has no road {address.road}")
    words = _words_of(graph, edges, address.road)
    own = sorted(
        (p for p in posts if spelt(p.road) in words), key=lambda p: abs(p.chainage_m - address.chainage_m)
    )
    own = _from_one_at(graph, edges, own)
    if not own:
        raise InvalidInput("address", f"no kilometre post of {address.road} is known; configure its origin")
    for start, rising in _starts(graph, edges, own, address):
        place = _walk(graph, edges, own[0], start, rising, address)
        if place is not None:
            return place
    return None


def _words_of(graph: RoadGraph, edges: NDArray[np.int64], road: str) -> set[str]:
    """What stands on the road's posts: the word itself and, where that is a name, the reference."""
    named = edges[[spelt(graph.name(e)) == spelt(road) for e in edges.tolist()]]
    return {spelt(road), spelt(reference_of(graph, named) or road)}


def _from_one_at(graph: RoadGraph, edges: NDArray[np.int64], posts: list[Post]) -> list[Post]:
    """From the first post that stands at the road on: where the region ends posts stand beside none."""
    tail = graph.tail[edges]
    reach_m = graph.length_m[edges] + _AT_ROAD_M
    for k, post in enumerate(posts):
        narrowing = math.cos(math.radians(post.place.lat))
        east = (graph.node_lon[tail] - post.place.lon) * narrowing * METRES_PER_DEGREE
        north = (graph.node_lat[tail] - post.place.lat) * METRES_PER_DEGREE
        near = edges[np.hypot(east, north) <= reach_m].tolist()
        if any(_nearest_on(graph, edge, post.place)[1] <= _AT_ROAD_M for edge in near):
            return posts[k:]
    return []


def _starts(
    graph: RoadGraph, edges: NDArray[np.int64], posts: Sequence[Post], address: PostAddress
) -> list[tuple[int, bool]]:
    """Edges at the first post to walk along, best first, each with whether kilometres rise on it."""
    post = posts[0]
    near = sorted(edges.tolist(), key=lambda e: _nearest_on(graph, e, post.place)[1])
    reach = _nearest_on(graph, near[0], post.place)[1] + 60.0
    found: list[tuple[float, int, bool]] = []
    for edge in near:
        _, gap_m = _nearest_on(graph, edge, post.place)
        if gap_m > reach:
            break
        rising = _rises(graph, edge, posts)
        if address.bound in (Bound.UP, Bound.DOWN) and (address.bound is Bound.DOWN) != rising:
            continue
        if address.bound in _BEARING_DEG:
            turn = abs((_bearing_deg(graph, edge) - _BEARING_DEG[address.bound] + 180) % 360 - 180)
            if turn > 90:
                continue
            gap_m += turn  # a metre a degree: the carriageway that points there wins over one a little nearer
        elif address.bound is None and not rising:
            gap_m += 1e6
        found.append((gap_m, edge, rising))
    return [(edge, rising) for _, edge, rising in sorted(found)]


def _rises(graph: RoadGraph, edge: int, posts: Sequence[Post]) -> bool:
    ahead, behind = graph.points(edge)[-1], graph.points(edge)[0]
    # A carriageway each has its post at the same kilometre: those two tell nothing.
    second = next((p for p in posts if p.chainage_m != posts[0].chainage_m), None)
    if second is None:
        return distance_m(LonLat(*ahead.tolist()), posts[0].place) >= distance_m(
            LonLat(*behind.tolist()), posts[0].place
        )
    low, high = sorted((posts[0], second), key=lambda p: p.chainage_m)
    along = (high.place.lon - low.place.lon) * math.cos(math.radians(low.place.lat)) * (ahead[0] - behind[0])
    return bool(along + (high.place.lat - low.place.lat) * (ahead[1] - behind[1]) >= 0)


def _walk(
    graph: RoadGraph, road: NDArray[np.int64], post: Post, start: int, rising: bool, address: PostAddress
) -> PostPlace | None:
    """Along the road with the traffic, or against it where the address lies behind the post."""
    left_m = float(address.chainage_m - post.chainage_m) * (1 if rising else -1)
    fraction, _ = _nearest_on(graph, start, post.place)
    at_m = fraction * float(graph.length_m[start]) + left_m
    edge, seen = start, {start}
    while not 0 <= at_m <= graph.length_m[edge]:
        forward = at_m > 0
        if forward:
            at_m -= float(graph.length_m[edge])
        following = _next(graph, road, edge, forward=forward)
        if following is None or following in seen:
            return None
        seen.add(following)
        edge = following
        if not forward:
            at_m += float(graph.length_m[edge])
    part = at_m / float(graph.length_m[edge])
    return PostPlace(edge=edge, fraction=part, place=_at(graph, edge, part), from_post_m=abs(left_m))


def _next(graph: RoadGraph, road: NDArray[np.int64], edge: int, *, forward: bool) -> int | None:
    """The road's own continuation: the straightest edge of the same road, never back on the other side."""
    joint = graph.head[edge] if forward else graph.tail[edge]
    ends = graph.tail if forward else graph.head
    options = [e for e in road[ends[road] == joint].tolist() if e != graph.reverse[edge]]
    here = _bearing_deg(graph, edge)
    return min(options, key=lambda e: abs((_bearing_deg(graph, e) - here + 180) % 360 - 180), default=None)


def _metric(graph: RoadGraph, edge: int) -> NDArray[np.float64]:
    points = graph.points(edge)
    scale = METRES_PER_DEGREE * np.array([math.cos(math.radians(float(points[0, 1]))), 1.0])
    metres: NDArray[np.float64] = (points - points[0]) * scale
    return metres


def _bearing_deg(graph: RoadGraph, edge: int) -> float:
    east, north = _metric(graph, edge)[-1].tolist()
    return math.degrees(math.atan2(east, north)) % 360


def _nearest_on(graph: RoadGraph, edge: int, place: LonLat) -> tuple[float, float]:
    """(fraction along the edge, metres off it) of the nearest point."""
    points = graph.points(edge)
    line = _metric(graph, edge)
    scale = METRES_PER_DEGREE * np.array([math.cos(math.radians(float(points[0, 1]))), 1.0])
    here = (np.array([place.lon, place.lat]) - points[0]) * scale
    step = np.diff(line, axis=0)
    length = np.maximum(np.hypot(*step.T), 1e-9)
    share = np.clip(((here - line[:-1]) * step).sum(axis=1) / length**2, 0.0, 1.0)
    gap = np.hypot(*(here - line[:-1] - share[:, None] * step).T)
    k = int(gap.argmin())
    along = length[:k].sum() + share[k] * length[k]
    return float(along / length.sum()), float(gap[k])


def _at(graph: RoadGraph, edge: int, fraction: float) -> LonLat:
    points, line = graph.points(edge), _metric(graph, edge)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    wanted = fraction * along[-1]
    return LonLat(
        float(np.interp(wanted, along, points[:, 0])), float(np.interp(wanted, along, points[:, 1]))
    )

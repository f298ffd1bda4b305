"""Kilometre posts from OpenStreetMap: nodes `highway=milestone` with what stands on them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dispatch_core.geo import LonLat
from dispatch_core.roads import RoadGraph
from dispatch_core.roads.addressing import Post
from dispatch_core.roads.snapping import UNKNOWN_LEVEL, build_snapping_index
from maps.dropped import Dropped

_KEYS = ("distance", "pk", "milestone")
_MILES_M = 1609.344
# "1024", "K1024+300", "12.5 km", "12,5", "7.2 mi"
_NUMBER = re.compile(
    r"^[Kk]?\s*(?P<km>\d{1,4})(?:\+(?P<m>\d{1,3})|[.,](?P<part>\d{1,3}))?\s*(?P<unit>km|mi)?$"
)
_ON_ITS_ROAD_M = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """As it stands in the map; `ref` is often left out, since the node lies on the road."""

    chainage_m: int
    ref: str
    place: LonLat


def milestone_of(tags: Mapping[str, str], place: LonLat, dropped: Dropped) -> Milestone | None:
    said = next((tags[key] for key in _KEYS if tags.get(key)), "")
    chainage_m = _metres(said)
    if chainage_m is None:
        dropped.count("kilometre post without a legible number")
        return None
    ref = (tags.get("ref") or tags.get("road_ref") or "").split(";")[0].replace(" ", "")
    return Milestone(chainage_m=chainage_m, ref=ref, place=place)


def _metres(said: str) -> int | None:
    found = _NUMBER.match(said.strip())
    if found is None:
        return None
    whole = float(f"{found['km']}.{found['part'] or 0}")
    if found["unit"] == "mi":
        return round(whole * _MILES_M)
    return round(whole * 1000) + int(found["m"] or 0)


def posts_of(found: Sequence[Milestone], graph: RoadGraph, dropped: Dropped) -> tuple[Post, ...]:
    """Posts with their road: the reference on the post, else that of the road it stands at."""
    posts = []
    refs = _refs_beside(found, graph)
    for milestone, beside in zip(found, refs, strict=True):
        road = milestone.ref or beside
        if not road:
            dropped.count("kilometre post at no numbered road")
            continue
        posts.append(Post(road=road, chainage_m=milestone.chainage_m, place=milestone.place))
    return tuple(posts)


def _refs_beside(found: Sequence[Milestone], graph: RoadGraph) -> list[str]:
    if not found:
        return []
    lon = np.array([one.place.lon for one in found])
    lat = np.array([one.place.lat for one in found])
    spots = build_snapping_index(graph).snap(
        lon, lat, heading_deg=np.full(len(found), np.nan), max_distance_m=_ON_ITS_ROAD_M,
        level=np.full(len(found), UNKNOWN_LEVEL, np.int32), usable=graph.ref_id > 0,
    )  # fmt: skip
    edges = spots.edge.max(axis=1).tolist()
    return ["" if e < 0 else graph.ref(e).split(";")[0].replace(" ", "") for e in edges]

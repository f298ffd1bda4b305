"""What of a region is drawn, as GeoJSON text sequences that name the zoom each feature appears at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch_core.roads import ROAD_CLASSES, EdgeFlag, RoadGraph
from dispatch_core.roads.graph import Int64s
from maps.network import SHUT_TO_TRAFFIC
from maps.region import MapPlace, PlaceKind, Zone

LOWEST_ZOOM, HIGHEST_ZOOM = 5, 15
_CLASS_ZOOM = {
    "motorway": 5, "trunk": 5, "primary": 5, "secondary": 8, "tertiary": 10,
    "motorway_link": 9, "trunk_link": 9, "primary_link": 10, "secondary_link": 11, "tertiary_link": 11,
    "unclassified": 12, "residential": 12, "living_street": 12,
}  # fmt: skip
_MINOR_ZOOM = 13
_ZONE_ZOOM = 8
_PLACE_ZOOM = {PlaceKind.HOSPITAL: 9}
_USUAL_PLACE_ZOOM = 12


def feature(geometry: str, properties: Mapping[str, Any], zoom: int) -> str:
    """One line; `geometry` is GeoJSON already, properties that are empty or false are left out."""
    said = {key: value for key, value in properties.items() if value not in ("", False, None)}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return (
        f'{{"type":"Feature","tippecanoe":{{"minzoom":{zoom}}},"properties":{text},"geometry":{geometry}}}\n'
    )


def roads(graph: RoadGraph) -> Iterator[str]:
    """Streets, each once, joined end to end where they look alike; one-ways run as they are driven."""
    edges = _drawn_once(graph)
    looks = _looks(graph, edges)
    kinds, kind = np.unique(looks, axis=0, return_inverse=True)
    order = np.argsort(kind, kind="stable")
    lines = _lines(graph, edges[order])
    merged = np.asarray(shapely.multilinestrings(lines, indices=kind[order]))
    for look, streets in zip(kinds.tolist(), merged, strict=True):
        road_class, name, ref, oneway, flags, level = look
        joined = shapely.get_parts(shapely.line_merge(streets, directed=bool(oneway)))
        properties = {
            "class": ROAD_CLASSES[road_class],
            "name": graph.names[name],
            "ref": graph.names[ref],
            "oneway": bool(oneway),
            "bridge": bool(flags & EdgeFlag.BRIDGE),
            "tunnel": bool(flags & EdgeFlag.TUNNEL),
            "siren": bool(flags & EdgeFlag.EMERGENCY_ONLY),
            "level": level or None,
        }
        zoom = _CLASS_ZOOM.get(ROAD_CLASSES[road_class], _MINOR_ZOOM)
        for geometry in shapely.to_geojson(joined).tolist():
            yield feature(geometry, properties, zoom)


def _drawn_once(graph: RoadGraph) -> Int64s:
    """int64: of a two-way street the edge that traffic may use, else the first."""
    shut = (graph.flags & int(SHUT_TO_TRAFFIC)) != 0
    edge = np.arange(graph.edge_count)
    other = np.where(graph.reverse >= 0, graph.reverse, edge)
    first = np.where(shut == shut[other], edge < other, ~shut)
    return np.flatnonzero((graph.reverse < 0) | first | (other == edge))


def _looks(graph: RoadGraph, edges: Int64s) -> NDArray[np.int64]:
    """int64[k, 6]: class, name, ref, one-way, flags, level: what tells two streets apart on the map."""
    shut = (graph.flags & int(SHUT_TO_TRAFFIC)) != 0
    reverse = graph.reverse[edges]
    oneway = (reverse < 0) | (shut[reverse] & ~shut[edges])
    seen = int(EdgeFlag.BRIDGE | EdgeFlag.TUNNEL | EdgeFlag.EMERGENCY_ONLY)
    columns = (
        graph.road_class[edges],
        graph.name_id[edges],
        graph.ref_id[edges],
        oneway,
        graph.flags[edges] & seen,
        graph.level[edges],
    )
    return np.stack([column.astype(np.int64) for column in columns], axis=1)


def _lines(graph: RoadGraph, edges: Int64s) -> NDArray[Any]:
    first, count = graph.geometry_first[edges], np.diff(graph.geometry_first)[edges]
    start = np.cumsum(count) - count
    row = np.arange(count.sum()) + np.repeat(first - start, count)
    lines: NDArray[Any] = shapely.linestrings(
        graph.geometry[row], indices=np.repeat(np.arange(len(edges)), count)
    )
    return lines


def places(found: Iterable[MapPlace]) -> Iterator[str]:
    for place in found:
        point = json.dumps({"type": "Point", "coordinates": [place.at.lon, place.at.lat]})
        zoom = _PLACE_ZOOM.get(place.kind, _USUAL_PLACE_ZOOM)
        yield feature(point, {"class": place.kind.value, "name": place.name}, zoom)


def zones(found: Iterable[Zone]) -> Iterator[str]:
    for zone in found:
        properties = {"zone": zone.zone_id, "name": zone.name, "population": zone.population}
        yield feature(shapely.to_geojson(zone.shape), properties, _ZONE_ZOOM)

"""A region by the name of a place, through OSMnx: the one source that needs the internet."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas
import networkx as nx
import numpy as np
import osmnx
from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError
from shapely import LineString

from dispatch_core.errors import InvalidInput, NotFound, Unavailable
from dispatch_core.geo import LonLat
from dispatch_core.roads import ROAD_CLASSES, EdgeFlag, RoadGraph
from maps.dropped import Dropped
from maps.names import NameTable
from maps.osm import places
from maps.osm.limits import limit_kmh
from maps.osm.oneway import ROUNDABOUTS
from maps.region import MapPlace
from maps.speeds import free_flow_kmh
from maps.street_rows import StreetRow, streets_of
from maps.streets import directed
from maps.survey import OSM_ATTRIBUTION, OSM_LICENCE, Survey

_CODE = {name: code for code, name in enumerate(ROAD_CLASSES)}
_PLACE_TAGS: dict[str, bool | str | list[str]] = {
    "amenity": ["hospital", "clinic", "fire_station", "police", "fuel"],
    "healthcare": ["hospital", "clinic"],
    "emergency": "ambulance_station",
    "shop": "car_repair",
}
Facts = Mapping[Any, Any]
_OFFLINE = (
    "OpenStreetMap cannot be reached for --place: "
    "take an extract from download.geofabrik.de on another machine and name it with --osm"
)


def survey(place: str) -> Survey:
    """NotFound if nobody knows the place, Unavailable without internet. OSMnx keeps no turn restrictions."""
    osmnx.settings.use_cache = False
    try:
        drawn = osmnx.graph_from_place(place, network_type="drive_service", retain_all=True)
        found = osmnx.features_from_place(place, _PLACE_TAGS)
    except (InsufficientResponseError, TypeError, ValueError) as unknown:
        raise NotFound("place with streets called", place) from unknown
    except (OSError, ResponseStatusCodeError) as away:  # requests' errors are OSErrors
        raise Unavailable(_OFFLINE) from away
    dropped = Dropped()
    graph = graph_of(drawn, dropped)
    return Survey(
        graph=graph,
        dropped=dropped,
        source=f"OpenStreetMap through OSMnx {osmnx.__version__}: {place}",
        source_sha256=hashlib.sha256(graph.geometry.tobytes() + graph.way_id.tobytes()).hexdigest(),
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        places=places.without_doubles(places_of(found), dropped),
    )


def graph_of(drawn: nx.MultiDiGraph[int], dropped: Dropped) -> RoadGraph:
    """OSMnx has an edge for every direction already; the two of a street find each other by their ways."""
    number = {node: index for index, node in enumerate(drawn.nodes)}
    names = NameTable()
    edges = [edge for edge in drawn.edges(data=True) if _is_street(edge[2], dropped)]
    if not edges:
        raise InvalidInput("map", "has no street for vehicles")
    rows = [_row(drawn, number, u, v, facts, names) for u, v, facts in edges]
    lon = np.array([drawn.nodes[node]["x"] for node in number], np.float64)
    lat = np.array([drawn.nodes[node]["y"] for node in number], np.float64)
    lit = [drawn.nodes[node].get("highway") == "traffic_signals" for node in number]
    streets = streets_of(rows, node_lon=lon, node_lat=lat, names=names)
    graph = directed(replace(streets, node_signal=np.array(lit, np.bool_)))
    return replace(graph, reverse=np.array(_opposites(edges, rows), np.int32))


def _is_street(facts: Facts, dropped: Dropped) -> bool:
    known = any(kind in _CODE for kind in _all(facts.get("highway")))
    dropped.count("way that is no street for vehicles", int(not known))
    return known


def _row(
    drawn: nx.MultiDiGraph[int], number: Facts, u: int, v: int, facts: Facts, names: NameTable
) -> StreetRow:
    ends = [(drawn.nodes[node]["x"], drawn.nodes[node]["y"]) for node in (u, v)]
    line = facts.get("geometry") or LineString(ends)
    road_class = min(_CODE[kind] for kind in _all(facts.get("highway")) if kind in _CODE)
    limits = [limit for said in _all(facts.get("maxspeed")) if not math.isnan(limit := limit_kmh(said))]
    lowest = np.array([min(limits, default=math.nan)], np.float32)
    flags = _flags(facts)
    return StreetRow(
        a=number[u],
        b=number[v],
        line=np.asarray(line.coords, np.float64)[:, :2],
        oneway=True,
        speed_kmh=float(free_flow_kmh(lowest, np.array([road_class], np.uint8))[0]),
        road_class=road_class,
        way_id=min(_ways(facts)),
        flags=int(flags),
        level=-1 if EdgeFlag.TUNNEL in flags else int(EdgeFlag.BRIDGE in flags),
        name_id=names.number(next(_all(facts.get("name")), "")),
        ref_id=names.number(next(_all(facts.get("ref")), "")),
    )


def _flags(facts: Facts) -> EdgeFlag:
    flags = EdgeFlag(0)
    if ROUNDABOUTS & set(_all(facts.get("junction"))):
        flags |= EdgeFlag.ROUNDABOUT
    if any(said != "no" for said in _all(facts.get("bridge"))):
        flags |= EdgeFlag.BRIDGE
    if any(said != "no" for said in _all(facts.get("tunnel"))):
        flags |= EdgeFlag.TUNNEL
    return flags


def _ways(facts: Facts) -> list[int]:
    return sorted(int(way) for way in _all(facts.get("osmid"))) or [0]


def _all(said: Any) -> Iterator[Any]:
    """OSMnx joins ways: an attribute is one value, a list of several, or missing."""
    return (value for value in (said if isinstance(said, list) else [said]) if value is not None)


def _opposites(edges: Sequence[tuple[int, int, Facts]], rows: Sequence[StreetRow]) -> list[int]:
    """The edge back along the same line, −1 if one-way."""
    waiting: dict[tuple[Any, ...], list[int]] = {}
    opposite = [-1] * len(rows)
    for edge, ((_, _, facts), row) in enumerate(zip(edges, rows, strict=True)):
        if facts.get("oneway"):
            continue
        ways = _ways(facts)
        back = waiting.get((row.b, row.a, *ways, row.line[::-1].tobytes()))
        if back:
            opposite[edge] = back.pop()
            opposite[opposite[edge]] = edge
        else:
            waiting.setdefault((row.a, row.b, *ways, row.line.tobytes()), []).append(edge)
    return opposite


def places_of(found: geopandas.GeoDataFrame) -> Iterator[MapPlace]:
    """Outlines before points, so that of a place mapped twice the outline stays."""
    for (kind_of_object, number), row in sorted(found.iterrows(), key=lambda item: item[0][0] == "node"):
        tags = {key: value for key, value in row.items() if isinstance(value, str)}
        kind = places.kind_of(tags)
        if kind is not None:
            inside = row.geometry.representative_point()
            yield places.place_of(kind, f"{kind_of_object[0]}{number}", tags, LonLat(inside.x, inside.y))

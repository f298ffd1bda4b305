"""The pass over the file for places and for the ground of the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium
import shapely
from shapely.geometry.base import BaseGeometry

from dispatch_core.geo import Box, LonLat
from maps.dropped import Dropped
from maps.ground import Ground
from maps.osm import looks, places
from maps.osm.coast import sea
from maps.osm.reading import objects
from maps.region import MapPlace

_SEA_LOOK = ("water", "sea", 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    places: tuple[MapPlace, ...]
    ground: Mapping[str, bytes]


class _Gathering:
    def __init__(self, dropped: Dropped) -> None:
        self.dropped = dropped
        self.outlines: list[MapPlace] = []
        self.points: list[MapPlace] = []
        self.coast: list[BaseGeometry] = []
        self.ground = Ground()
        self._as_json = osmium.geom.GeoJSONFactory()
        self._as_wkb = osmium.geom.WKBFactory()

    def area(self, area: Any) -> None:
        kind, look = places.kind_of(area.tags), looks.look_of_area(area.tags)
        if kind is None and look is None:
            return
        geometry = self._as_json.create_multipolygon(area)
        if look is not None:
            self.ground.add(look, geometry, name=(area.tags.get("name") or "") if look[0] == "water" else "")
        if kind is not None:
            inside = shapely.from_geojson(geometry).representative_point()
            source_id = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
            self.outlines.append(places.place_of(kind, source_id, area.tags, LonLat(inside.x, inside.y)))

    def way(self, way: Any) -> None:
        if way.tags.get("natural") == "coastline":
            self.coast.append(shapely.from_wkb(self._as_wkb.create_linestring(way)))
            return
        look = looks.look_of_line(way.tags)
        if look is not None:
            self.ground.add(look, self._as_json.create_linestring(way), name=way.tags.get("name") or "")

    def node(self, node: Any) -> None:
        kind, look = places.kind_of(node.tags), looks.look_of_point(node.tags)
        if kind is not None:
            at = LonLat(node.location.lon, node.location.lat)
            self.points.append(places.place_of(kind, f"n{node.id}", node.tags, at))
        if look is not None:
            self.ground.add(look, self._as_json.create_point(node), name=node.tags.get("name") or "")


def read_features(path: Path, box: Box, dropped: Dropped) -> Features:
    """Places of use to a rescue and the map's ground; `box` bounds the sea."""
    gathering = _Gathering(dropped)
    areas = (*looks.AREA_KEYS, *places.KEYS)
    for item in objects(path, *areas, *looks.LINE_KEYS, *looks.POINT_KEYS, areas_of=areas):
        try:
            _take(item, gathering)
        except (osmium.InvalidLocationError, RuntimeError, shapely.errors.GEOSException):
            dropped.count("shape on the map's ground that cannot be drawn")
    for part in sea(gathering.coast, box):
        gathering.ground.add(_SEA_LOOK, shapely.to_geojson(part))
    return Features(
        places=places.without_doubles([*gathering.outlines, *gathering.points], dropped),
        ground=gathering.ground.close(),
    )


def _take(item: Any, gathering: _Gathering) -> None:
    if item.is_area():
        gathering.area(item)
    elif item.is_way():
        gathering.way(item)
    elif item.is_node():
        gathering.node(item)

"""Which tags the map draws, on which layer and from which zoom."""

from __future__ import annotations

from maps.ground import Look
from maps.osm.access import Tags

_LANDUSE = {
    "landuse": {
        "residential": 8, "commercial": 10, "retail": 10, "industrial": 9, "construction": 12,
        "forest": 8, "grass": 12, "meadow": 11, "farmland": 10, "orchard": 11, "vineyard": 11, "cemetery": 11,
        "recreation_ground": 11, "village_green": 12, "allotments": 12, "greenfield": 12,
    },
    "leisure": {"park": 9, "garden": 12, "golf_course": 10, "nature_reserve": 9, "pitch": 13, "common": 12},
    "natural": {"wood": 8, "scrub": 10, "heath": 10, "grassland": 10, "beach": 11, "wetland": 10},
}  # fmt: skip
_WATER = {("natural", "water"), ("waterway", "riverbank"), ("landuse", "reservoir"), ("landuse", "basin"),
          ("waterway", "dock"), ("leisure", "swimming_pool")}  # fmt: skip
_STREAMS = {"river": 8, "canal": 10, "stream": 13, "drain": 14, "ditch": 14}
_PLACE_NAMES = {
    "city": 5, "town": 7, "village": 10, "suburb": 11, "quarter": 12, "neighbourhood": 13, "hamlet": 12,
    "locality": 14, "island": 9, "islet": 13,
}  # fmt: skip
_WATER_ZOOM, _POOL_ZOOM, _BUILDING_ZOOM = 6, 15, 14
AREA_KEYS = ("landuse", "leisure", "natural", "waterway", "building")
LINE_KEYS = ("waterway",)
POINT_KEYS = ("place",)


def look_of_area(tags: Tags) -> Look | None:
    """None: an area that the map does not draw."""
    if (tags.get("building") or "no") != "no":
        return "building", "", _BUILDING_ZOOM
    for key, value in ((key, tags.get(key) or "") for key in ("natural", "waterway", "landuse", "leisure")):
        if (key, value) in _WATER:
            return "water", value, _POOL_ZOOM if value == "swimming_pool" else _WATER_ZOOM
        zoom = _LANDUSE.get(key, {}).get(value)
        if zoom is not None:
            return "landuse", value, zoom
    return None


def look_of_line(tags: Tags) -> Look | None:
    """Streams; those in culverts are not drawn."""
    kind = tags.get("waterway") or ""
    if kind in _STREAMS and (tags.get("tunnel") or "no") == "no":
        return "water", kind, _STREAMS[kind]
    return None


def look_of_point(tags: Tags) -> Look | None:
    """Only places that have a name to be drawn."""
    kind = tags.get("place") or ""
    return ("place", kind, _PLACE_NAMES[kind]) if kind in _PLACE_NAMES and tags.get("name") else None

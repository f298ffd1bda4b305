"""Hospitals and other places of use to a rescue."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch_core.geo import LonLat, distance_m
from maps.dropped import Dropped
from maps.osm.access import Tags
from maps.region import MapPlace, PlaceKind

KEYS = ("amenity", "healthcare", "shop", "emergency")
_KIND_OF = {
    ("amenity", "hospital"): PlaceKind.HOSPITAL,
    ("healthcare", "hospital"): PlaceKind.HOSPITAL,
    ("amenity", "clinic"): PlaceKind.CLINIC,
    ("healthcare", "clinic"): PlaceKind.CLINIC,
    ("emergency", "ambulance_station"): PlaceKind.AMBULANCE_STATION,
    ("amenity", "fire_station"): PlaceKind.FIRE_STATION,
    ("amenity", "police"): PlaceKind.POLICE,
    ("shop", "car_repair"): PlaceKind.CAR_REPAIR,
    ("amenity", "fuel"): PlaceKind.FUEL,
}
_KEPT = (
    "name", "name:zh", "name:en", "operator", "brand", "phone", "contact:phone", "website", "opening_hours",
    "emergency", "beds", "capacity:beds", "healthcare:speciality", "wheelchair", "addr:city", "addr:street",
    "addr:housenumber",
)  # fmt: skip
SAME_PLACE_M = 300.0


def kind_of(tags: Tags) -> PlaceKind | None:
    for key in KEYS:
        kind = _KIND_OF.get((key, tags.get(key) or ""))
        if kind is not None:
            return kind
    return None


def place_of(kind: PlaceKind, source_id: str, tags: Tags, at: LonLat) -> MapPlace:
    kept = {key: said for key in _KEPT if (said := tags.get(key))}
    return MapPlace(
        kind=kind,
        source_id=source_id,
        name=kept.get("name") or kept.get("operator") or kept.get("brand") or "",
        at=at,
        phone=kept.get("phone") or kept.get("contact:phone") or "",
        tags=kept,
    )


def without_doubles(places: Iterable[MapPlace], dropped: Dropped) -> tuple[MapPlace, ...]:
    """A place drawn both as an outline and as a point is one: the outline, which comes first, stays."""
    kept: dict[tuple[PlaceKind, str], list[MapPlace]] = {}
    for place in places:
        same = kept.setdefault((place.kind, place.name.casefold()), [])
        if place.name and any(distance_m(other.at, place.at) < SAME_PLACE_M for other in same):
            dropped.count("place mapped twice")
        else:
            same.append(place)
    return tuple(place for same in kept.values() for place in same)

"""Which ways are streets for the vehicles of a rescue."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_core.roads import ROAD_CLASSES
from maps.osm.access import Access, Directions, Tags, access_of

_CODE = {name: code for code, name in enumerate(ROAD_CLASSES)}
_ON_FOOT = frozenset({"pedestrian", "footway", "cycleway", "path", "bridleway"})
_MOTOR_KEYS = ("motorcar", "motor_vehicle", "vehicle")
_IMPASSABLE = frozenset({"yes", "impassable"})


@dataclass(frozen=True, slots=True)
class Street:
    road_class: int
    access: Directions


def street_of(tags: Tags, highway: str) -> Street | str:
    """The street that the way is, or the reason why it is none."""
    if tags.get("area") == "yes":
        return "way that is an area, not a line"
    if tags.get("impassable") in _IMPASSABLE or tags.get("status") == "impassable":
        return "way that is impassable"
    kind = _kind(tags, highway)
    if isinstance(kind, str):
        return kind
    road_class, default = kind
    access = access_of(tags, default=default)
    return "street shut to vehicles (access)" if access.none else Street(road_class, access)


def _kind(tags: Tags, highway: str) -> tuple[int, Access] | str:
    """Class and usual access of a `highway` value."""
    if highway == "track":
        firm = tags.get("tracktype") == "grade1" or _motor_vehicles_named(tags)
        return (_CODE["track"], Access.OPEN) if firm else "track without a firm surface"
    if highway == "busway":
        return _CODE["busway"], Access.SIREN
    if highway in _CODE:
        return _CODE[highway], Access.OPEN
    if highway not in _ON_FOOT:
        return "way that is no street for vehicles"
    if highway == "pedestrian" and _motor_vehicles_named(tags):
        return _CODE["living_street"], Access.SHUT
    if tags.get("emergency") in ("yes", "designated", "official"):
        return _CODE["service"], Access.SHUT
    return "way that is no street for vehicles"


def _motor_vehicles_named(tags: Tags) -> bool:
    return any(tags.get(key) not in (None, "no", "agricultural", "forestry") for key in _MOTOR_KEYS)

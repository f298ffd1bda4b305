"""A region: everything that the service knows of a city before the first vehicle reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shapely import MultiPolygon

from dispatch_core.geo import LonLat
from dispatch_core.roads import RoadGraph
from dispatch_core.roads.addressing import Post
from dispatch_core.roads.graph import Int32s


class PlaceKind(StrEnum):
    HOSPITAL = "hospital"
    CLINIC = "clinic"
    AMBULANCE_STATION = "ambulance_station"
    FIRE_STATION = "fire_station"
    POLICE = "police"
    CAR_REPAIR = "car_repair"
    FUEL = "fuel"


class DrivingSide(StrEnum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPlace:
    """A place of use to a rescue as the source has it; `source_id` is stable, such as `n123` or `w45`."""

    kind: PlaceKind
    source_id: str
    name: str
    at: LonLat
    phone: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A part of the city with its inhabitants: where accidents and the sick come from."""

    zone_id: str
    population: int
    shape: MultiPolygon
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a region comes from, under which terms, and what its import left out."""

    name: str
    source: str
    source_sha256: str
    built_at: datetime
    licence: str
    attribution: str
    time_zone: str
    driving_side: DrivingSide
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """`order` int32[N] is `compute_order(graph)`; `ground` holds what only the map draws.

    ground: layer name (`water`, `landuse`, `building`, `place`) → gzipped GeoJSON text sequence.
    """

    provenance: Provenance
    graph: RoadGraph
    order: Int32s
    places: tuple[MapPlace, ...] = ()
    zones: tuple[Zone, ...] = ()
    ground: Mapping[str, bytes] = field(default_factory=dict)
    posts: tuple[Post, ...] = ()

    @property
    def name(self) -> str:
        return self.provenance.name

    def places_of(self, kind: PlaceKind) -> tuple[MapPlace, ...]:
        return tuple(place for place in self.places if place.kind is kind)

"""Places on the WGS-84 ellipsoid, in GeoJSON order."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dispatch_core.errors import InvalidInput

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG 1980
METRES_PER_DEGREE = math.pi * EARTH_RADIUS_M / 180.0


@dataclass(frozen=True, slots=True)
class LonLat:
    """A WGS-84 position; longitude first, as in GeoJSON (RFC 7946)."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon) and math.isfinite(self.lat)):
            raise InvalidInput("position", "longitude and latitude must be finite numbers")
        if not (-180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0):
            raise InvalidInput("position", f"({self.lon}, {self.lat}) is not on earth; is it lat, lon?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of longitudes and latitudes; does not cross the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, place: LonLat) -> bool:
        return self.west <= place.lon <= self.east and self.south <= place.lat <= self.north

    def widened(self, by_m: float) -> Box:
        """The box with `by_m` metres added on every side."""
        dlat = by_m / METRES_PER_DEGREE
        dlon = dlat / max(math.cos(math.radians(max(abs(self.south), abs(self.north)))), 0.01)
        return Box(
            west=max(self.west - dlon, -180.0),
            south=max(self.south - dlat, -90.0),
            east=min(self.east + dlon, 180.0),
            north=min(self.north + dlat, 90.0),
        )


def distance_m(a: LonLat, b: LonLat) -> float:
    """Great-circle distance in metres (haversine)."""
    dlat = math.radians(b.lat - a.lat)
    dlon = math.radians(b.lon - a.lon)
    h = (
        math.sin(dlat / 2) ** 2
        + math.cos(math.radians(a.lat)) * math.cos(math.radians(b.lat)) * math.sin(dlon / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))

"""Stations, hospitals and garages for a city that has told us nothing yet: the same every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from dispatch_core.geo import LonLat
from maps.region import PlaceKind, Region

# The original's numbers.
AMBULANCES, TOW_TRUCKS, HOSPITALS, REPAIR_SHOPS, SERVICE_POINTS = 20, 55, 7, 47, 4
_AMBULANCE_BASES, _TOW_BASES = 8, 14
_SEED = 320900


class StreetPlaces:
    """Draws junctions where people live: a zone by its population, then any junction in it."""

    def __init__(self, region: Region, *, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        lon, lat = region.graph.node_lon, region.graph.node_lat
        self._lonlat = np.column_stack([lon, lat])
        points = shapely.points(lon, lat)
        shapely.prepare([zone.shape for zone in region.zones])
        inside = [np.flatnonzero(shapely.contains(zone.shape, points)) for zone in region.zones]
        weighed = [
            (rows, zone.population) for rows, zone in zip(inside, region.zones, strict=True) if len(rows)
        ]
        weight = np.array([population for _, population in weighed], np.float64)
        self._zones = [rows for rows, _ in weighed] if weight.sum() > 0 else [np.arange(len(lon))]
        self._share = weight / weight.sum() if weight.sum() > 0 else np.ones(1)

    def draw(self) -> LonLat:
        rows = self._zones[int(self._random.choice(len(self._zones), p=self._share))]
        lon, lat = self._lonlat[int(self._random.choice(rows))].tolist()
        return LonLat(lon, lat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    name: str
    place: LonLat
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    ambulance_bases: tuple[LonLat, ...]
    tow_bases: tuple[LonLat, ...]
    hospitals: tuple[Hospital, ...]
    repair_shops: tuple[LonLat, ...]
    service_points: tuple[LonLat, ...]


def layout_of(region: Region) -> Layout:
    """Real hospitals where the map has enough of them; all else on streets where people live."""
    streets = StreetPlaces(region, seed=_SEED)
    ambulance_bases = tuple(streets.draw() for _ in range(_AMBULANCE_BASES))
    tow_bases = tuple(streets.draw() for _ in range(_TOW_BASES))
    real = [p for p in region.places_of(PlaceKind.HOSPITAL) if p.name][:HOSPITALS]
    hospitals = [Hospital(name=p.name, place=p.at, phone=p.phone) for p in real]
    hospitals += [
        Hospital(name=f"第{'一二三四五六七'[n]}人民医院", place=streets.draw(), phone="")
        for n in range(len(hospitals), HOSPITALS)
    ]
    return Layout(
        ambulance_bases=ambulance_bases,
        tow_bases=tow_bases,
        hospitals=tuple(hospitals),
        repair_shops=tuple(streets.draw() for _ in range(REPAIR_SHOPS)),
        service_points=tuple(streets.draw() for _ in range(SERVICE_POINTS)),
    )

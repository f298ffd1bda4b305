"""A fleet and places for a city that has none yet: the original's numbers, on this region's streets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
import shapely
from sqlalchemy import Engine

from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.station import Station
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import PlaceId, StationId, UnitId
from dispatch_core.places import Place, PlaceKind
from dispatch_core.store import places, units
from maps.region import PlaceKind as MapPlaceKind
from maps.region import Region

AMBULANCES, TOW_TRUCKS, HOSPITALS, REPAIR_SHOPS, SERVICE_POINTS = 20, 55, 7, 47, 4
_AMBULANCE_BASES, _TOW_BASES = 8, 14
_SPACE = uuid5(NAMESPACE_URL, "yunchetong:seed")
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    stations: tuple[Station, ...]
    units: tuple[Unit, ...]
    places: tuple[Place, ...]


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


def _id(kind: str, number: int, region: Region) -> UUID:
    return uuid5(_SPACE, f"{region.name}/{kind}/{number}")


def seeded(region: Region) -> Seed:
    """The same for the same region, always; real hospitals where the map has enough of them."""
    streets = StreetPlaces(region, seed=320900)
    stations = [
        Station(
            id=StationId(_id(f"station-{kind}", n, region)),
            name=f"{label}{n + 1:02d}",
            kind=kind,
            place=streets.draw(),
        )
        for kind, label, count in (
            (UnitKind.AMBULANCE, "急救站", _AMBULANCE_BASES), (UnitKind.TOW, "拖车站", _TOW_BASES)
        )
        for n in range(count)
    ]  # fmt: skip
    return Seed(
        stations=tuple(stations),
        units=(
            *_fleet(UnitKind.AMBULANCE, AMBULANCES, stations, region),
            *_fleet(UnitKind.TOW, TOW_TRUCKS, stations, region),
        ),
        places=(*_hospitals(region, streets), *_others(region, streets)),
    )


def _fleet(kind: UnitKind, count: int, stations: Sequence[Station], region: Region) -> list[Unit]:
    bases = [station for station in stations if station.kind is kind]
    label = "救护" if kind is UnitKind.AMBULANCE else "拖车"
    return [
        Unit(
            id=UnitId(_id(kind.value, n, region)),
            call_sign=f"{label}{n + 1:02d}",
            kind=kind,
            capabilities=_ambulance(n) if kind is UnitKind.AMBULANCE else _tow(n),
            status=UnitStatus.OFF_SHIFT,
            agency="120" if kind is UnitKind.AMBULANCE else "云救援",
            station_id=bases[n % len(bases)].id,
            plate=f"苏J{'A' if kind is UnitKind.AMBULANCE else 'T'}{n + 1:04d}",
            turnout_s=60.0 if kind is UnitKind.AMBULANCE else 120.0,
        )
        for n in range(count)
    ]


def _ambulance(n: int) -> frozenset[Capability]:
    return frozenset({Capability.ALS}) if n % 5 < 3 else frozenset({Capability.BLS})


def _tow(n: int) -> frozenset[Capability]:
    if n % 9 == 8:
        return frozenset({Capability.HEAVY_TOW} | ({Capability.CRANE} if n % 18 == 17 else set()))
    return frozenset({Capability.FLATBED}) if n % 2 else frozenset({Capability.WHEEL_LIFT})


def _hospitals(region: Region, streets: StreetPlaces) -> list[Place]:
    real = [p for p in region.places_of(MapPlaceKind.HOSPITAL) if p.name][:HOSPITALS]
    found = [(p.name, p.at, p.phone) for p in real]
    found += [(f"第{'一二三四五六七'[n]}人民医院", streets.draw(), "") for n in range(len(found), HOSPITALS)]
    return [
        Place(
            id=PlaceId(_id("hospital", n, region)), kind=PlaceKind.HOSPITAL, name=name, place=at, phone=phone,
            facts={"direct_pay": True, "beds": 6 + n, "diversion": False, "trauma": n < 3},
        )
        for n, (name, at, phone) in enumerate(found)
    ]  # fmt: skip


def _others(region: Region, streets: StreetPlaces) -> list[Place]:
    shops = [
        Place(
            id=PlaceId(_id("repair_shop", n, region)), kind=PlaceKind.REPAIR_SHOP,
            name=f"{_SURNAMES[n % len(_SURNAMES)]}氏汽修{n + 1:02d}", place=streets.draw(),
            facts={"direct_pay": True},
        )
        for n in range(REPAIR_SHOPS)
    ]  # fmt: skip
    points = [
        Place(
            id=PlaceId(_id("service_point", n, region)), kind=PlaceKind.SERVICE_POINT,
            name=f"事故处理服务点{n + 1}", place=streets.draw(),
        )
        for n in range(SERVICE_POINTS)
    ]  # fmt: skip
    return shops + points


def write(engine: Engine, seed: Seed) -> bool:
    """Stores the seed unless there is a fleet already; whether it was stored."""
    with engine.begin() as connection:
        if units.all_units(connection):
            return False
        units.add_stations(connection, seed.stations)
        units.add(connection, seed.units)
        places.add(connection, seed.places)
    return True

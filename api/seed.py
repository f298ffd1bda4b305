"""A fleet and places for a city that has none yet: the original's numbers, on this region's streets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Engine

from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.station import Station
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.ids import PlaceId, StationId, UnitId
from dispatch_core.places import Place, PlaceKind
from dispatch_core.store import places, units
from maps.layout import AMBULANCES, TOW_TRUCKS, Layout, layout_of
from maps.region import Region

_SPACE = uuid5(NAMESPACE_URL, "yunchetong:seed")
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    stations: tuple[Station, ...]
    units: tuple[Unit, ...]
    places: tuple[Place, ...]


def _id(kind: str, number: int, region: Region) -> UUID:
    return uuid5(_SPACE, f"{region.name}/{kind}/{number}")


def seeded(region: Region) -> Seed:
    """The same for the same region, always; real hospitals where the map has enough of them."""
    layout = layout_of(region)
    stations = [
        Station(
            id=StationId(_id(f"station-{kind}", n, region)),
            name=f"{label}{n + 1:02d}",
            kind=kind,
            place=place,
        )
        for kind, label, bases in (
            (UnitKind.AMBULANCE, "急救站", layout.ambulance_bases), (UnitKind.TOW, "拖车站", layout.tow_bases)
        )
        for n, place in enumerate(bases)
    ]  # fmt: skip
    return Seed(
        stations=tuple(stations),
        units=(
            *_fleet(UnitKind.AMBULANCE, AMBULANCES, stations, region),
            *_fleet(UnitKind.TOW, TOW_TRUCKS, stations, region),
        ),
        places=(*_hospitals(region, layout), *_others(region, layout)),
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


def _hospitals(region: Region, layout: Layout) -> list[Place]:
    names = [one.name for one in layout.hospitals]
    return [
        Place(
            # A map may have two of one name, people's lists may not.
            id=PlaceId(_id("hospital", n, region)), kind=PlaceKind.HOSPITAL, place=one.place,
            name=f"{one.name} {names[:n].count(one.name) + 1}" if one.name in names[:n] else one.name,
            phone=one.phone,
            facts={"direct_pay": True, "beds": 6 + n, "diversion": False, "trauma": n < 3},
        )
        for n, one in enumerate(layout.hospitals)
    ]  # fmt: skip


def _others(region: Region, layout: Layout) -> list[Place]:
    shops = [
        Place(
            id=PlaceId(_id("repair_shop", n, region)), kind=PlaceKind.REPAIR_SHOP,
            name=f"{_SURNAMES[n % len(_SURNAMES)]}氏汽修{n + 1:02d}", place=place, facts={"direct_pay": True},
        )
        for n, place in enumerate(layout.repair_shops)
    ]  # fmt: skip
    points = [
        Place(
            id=PlaceId(_id("service_point", n, region)), kind=PlaceKind.SERVICE_POINT,
            name=f"事故处理服务点{n + 1}", place=place,
        )
        for n, place in enumerate(layout.service_points)
    ]  # fmt: skip
    # Towed cars stand behind every second service point.
    yards = [
        Place(id=PlaceId(_id("yard", n, region)), kind=PlaceKind.YARD, name=f"停车场{n + 1}", place=place)
        for n, place in enumerate(layout.service_points[::2])
    ]
    return shops + points + yards


def write(engine: Engine, seed: Seed) -> bool:
    """Stores the seed unless there is a fleet already; whether it was stored."""
    with engine.begin() as connection:
        if units.all_units(connection):
            return False
        units.add_stations(connection, seed.stations)
        units.add(connection, seed.units)
        places.add(connection, seed.places)
    return True

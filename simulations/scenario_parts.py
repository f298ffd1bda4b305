"""What a scenario lists: stations, surges of demand, rests, closed roads; each row checked by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from dispatch_core.geo import LonLat

KINDS = ("ambulance", "tow")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedStation:
    kind: str
    place: LonLat
    units: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedHospital:
    name: str
    place: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSurge:
    """Weather everywhere, or an event within `radius_km` of a place; `days` count from 0."""

    name: str
    factor: float
    days: tuple[int, ...] | None
    from_h: float
    to_h: float
    place: LonLat | None
    radius_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRest:
    """`units` of a kind that are off duty between two hours; weekdays from Monday, 0."""

    kind: str
    units: int
    from_h: float
    to_h: float
    weekdays: tuple[int, ...]


def _station(row: Mapping[str, Any]) -> PlacedStation:
    _only(row, ("kind", "lon", "lat", "units", "name"))
    return PlacedStation(
        kind=_kind(row["kind"]), place=_place(row), units=_whole(row["units"], "units"),
        name=str(row.get("name", "")),
    )  # fmt: skip


def _hospital(row: Mapping[str, Any]) -> PlacedHospital:
    _only(row, ("name", "lon", "lat"))
    return PlacedHospital(name=_text(row["name"]), place=_place(row))


def _place(row: Mapping[str, Any]) -> LonLat:
    lon, lat = float(row["lon"]), float(row["lat"])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"{lon:g}, {lat:g} is nowhere on earth")
    return LonLat(lon, lat)


def _surge(row: Mapping[str, Any]) -> AskedSurge:
    _only(row, ("name", "factor", "days", "from", "to", "lon", "lat", "radius_km"))
    factor = float(row["factor"])
    if not 0 <= factor <= 4:
        raise ValueError(f"factor {factor:g} does not lie in 0…4")
    days = row.get("days")
    return AskedSurge(
        name=str(row.get("name", "")),
        factor=factor,
        days=None if days is None else tuple(_whole(day, "days") - 1 for day in days),
        from_h=_hour(row.get("from", "00:00")),
        to_h=_hour(row.get("to", "24:00")),
        place=_place(row) if "lon" in row or "lat" in row else None,
        radius_km=float(row.get("radius_km", 2.0)),
    )


def _rest(row: Mapping[str, Any]) -> AskedRest:
    _only(row, ("kind", "units", "from", "to", "weekdays"))
    weekdays = tuple(_whole(day, "weekdays") - 1 for day in row.get("weekdays", range(1, 8)))
    if not set(weekdays) <= set(range(7)):
        raise ValueError("weekdays are 1 (Monday) to 7")
    return AskedRest(
        kind=_kind(row["kind"]), units=_whole(row["units"], "units"), from_h=_hour(row["from"]),
        to_h=_hour(row["to"]), weekdays=weekdays,
    )  # fmt: skip


def _hour(text: Any) -> float:
    """Of "22:30"."""
    hour, _, minute = str(text).partition(":")
    told = int(hour) + int(minute or 0) / 60
    if not 0 <= told <= 24:
        raise ValueError(f"{text} is no time of the day")
    return told


def _kind(text: str) -> str:
    if text not in KINDS:
        raise ValueError(f"{text} is no kind")
    return text


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} has {value!r}, which is no whole number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _only(row: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = next((key for key in row if key not in known), None)
    if unknown is not None:
        raise ValueError(f"{unknown} is unknown; known are {', '.join(known)}")


# key → what reads a row, and what to say of one that cannot be.
PARTS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "station": (_station, 'needs kind ("ambulance" or "tow"), lon, lat and units, and may have name'),
    "hospital": (_hospital, "needs name, lon and lat"),
    "add_station": (_station, 'needs kind ("ambulance" or "tow"), lon, lat and units'),
    "close_station": (lambda value: _whole(value, "close_station"), "lists numbers of stations, from 0"),
    "close_hospital": (_text, "lists names of hospitals, each in quotes"),
    "close_road": (shapely.Polygon, "is a list of rings of [lon, lat]"),
    "surge": (_surge, 'needs factor, and may have name, days, from, to ("07:30"), lon, lat, radius_km'),
    "off_duty": (_rest, 'needs kind, units, from and to ("22:00"), and may have weekdays'),
}

"""What a planner asks, as TOML with inheritance: a what-if is a base and the lines that differ.

base = "today.toml"
[fleet]
ambulances = 22
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import shapely

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import LonLat
from simulations.rules import POLICIES

_DEEPEST = 8  # bases of bases


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedStation:
    kind: str
    place: LonLat
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything a run needs; the table of docs/reference/simulation.md says what each line means."""

    name: str
    region: str | None = "coquimbo"
    model: Path | None = None
    policy: str = "joint_redispatch"
    accidents_a_year: float = 15_602.0
    growth: float = 1.0
    ambulances: int | None = None
    tow_trucks: int | None = None
    turnout_s: float | None = None
    add_station: tuple[AddedStation, ...] = ()
    close_station: tuple[int, ...] = ()
    close_hospital: tuple[str, ...] = ()
    close_road: tuple[shapely.Polygon, ...] = ()
    standard_min: float = 12.0
    replications: int = 30
    days: float = 28.0
    warm_up_days: float = 1.0
    seed: int = 1
    until_within: float | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


_Types = tuple[type, ...]
# section → key → what it may be; the line of a mistake is looked up in the file that has it.
_NUMBER: _Types = (int, float)
_WHOLE: _Types = (int,)
_TEXT: _Types = (str,)
_LIST: _Types = (list,)
_KEYS: Mapping[str, Mapping[str, _Types]] = {
    "": {"base": _TEXT, "name": _TEXT, "policy": _TEXT},
    "city": {"region": _TEXT, "model": _TEXT, "close_hospital": _LIST, "close_road": _LIST},
    "demand": {"accidents_a_year": _NUMBER, "growth": _NUMBER},
    "fleet": {"ambulances": _WHOLE, "tow_trucks": _WHOLE, "turnout_s": _NUMBER, "add_station": _LIST,
              "close_station": _LIST},
    "run": {"replications": _WHOLE, "days": _NUMBER, "warm_up_days": _NUMBER, "seed": _WHOLE,
            "standard_min": _NUMBER, "until_within": _NUMBER},
}  # fmt: skip
_LIMITS: Mapping[str, tuple[float, float]] = {
    "accidents_a_year": (1, 10_000_000), "growth": (0.01, 4), "ambulances": (1, 2000),
    "tow_trucks": (0, 2000),
    "turnout_s": (0, 1800), "replications": (2, 10_000), "days": (1.5, 3660), "warm_up_days": (0, 60),
    "seed": (0, 2**31), "standard_min": (1, 120), "until_within": (0.001, 0.5),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    path: Path
    text: str

    def line_of(self, section: str, key: str) -> int:
        """Where the key stands, or its section; 1 where neither can be found."""
        inside, found = section == "", 1
        for number, line in enumerate(self.text.splitlines(), 1):
            bare = line.strip()
            if bare.startswith("["):
                inside = bare.strip("[]").strip().split(".")[0] == section
                found = number if inside else found
            elif inside and bare.split("=")[0].strip().strip('"') == key:
                return number
        return found

    def wrong(self, section: str, key: str, reason: str) -> InvalidInput:
        where = f"{section}.{key}" if section else key
        return InvalidInput(
            "scenario", f"{self.path.name}, line {self.line_of(section, key)}: {where} {reason}"
        )


def read_scenario(path: Path) -> Scenario:
    """The file over its bases; InvalidInput names file, line and what would be right."""
    merged: dict[str, Any] = {}
    for source, told in reversed(_chain(path)):
        merged |= _checked(source, told)
    merged.setdefault("name", path.stem)
    if "model" in merged:
        merged["region"] = None
    known = {f.name for f in fields(Scenario)}
    return Scenario(**{key: value for key, value in merged.items() if key in known}, told=merged)


def _chain(path: Path) -> list[tuple[_Source, dict[str, Any]]]:
    """The file, its base, the base of that …"""
    chain: list[tuple[_Source, dict[str, Any]]] = []
    at: Path | None = path
    while at is not None:
        if len(chain) == _DEEPEST or at.resolve() in {s.path.resolve() for s, _ in chain}:
            raise InvalidInput("scenario", f"{path.name} stands on itself, or on more than {_DEEPEST} bases")
        try:
            text = at.read_text(encoding="utf-8")
        except OSError as broken:
            raise InvalidInput("scenario", f"{at} cannot be read: {broken.strerror}") from broken
        try:
            told = tomllib.loads(text)
        except tomllib.TOMLDecodeError as broken:
            raise InvalidInput("scenario", f"{at.name}: {broken}") from broken
        source = _Source(path=at, text=text)
        chain.append((source, told))
        base = told.get("base")
        if base is not None and not isinstance(base, str):
            raise source.wrong("", "base", "is the name of a file")
        at = at.parent / base if base else None
    return chain


def _checked(source: _Source, told: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in told.items():
        if isinstance(value, dict) and name in _KEYS:
            for key, inner in value.items():
                values[key] = _value(source, name, key, inner)
        elif isinstance(value, dict) or name not in _KEYS[""]:
            raise source.wrong("", name, _unknown(name, [*_KEYS[""], *filter(None, _KEYS)]))
        elif name != "base":
            values[name] = _value(source, "", name, value)
    return values


def _unknown(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"is unknown; did you mean {close[0]}?" if close else f"is unknown; known are {', '.join(known)}"


def _value(source: _Source, section: str, key: str, value: Any) -> Any:
    given: Any = value
    allowed = _KEYS[section].get(key)
    if allowed is None:
        raise source.wrong(section, key, _unknown(key, list(_KEYS[section])))
    if not isinstance(value, allowed) or isinstance(value, bool):
        raise source.wrong(section, key, f"must be {_said(allowed)}, not {value!r}")
    if key in _LIMITS:
        low, high = _LIMITS[key]
        if not low <= given <= high:
            raise source.wrong(section, key, f"must lie in {low:g}…{high:g}, not {given:g}")
    if key == "policy" and given not in POLICIES:
        raise source.wrong(section, key, _unknown(given, list(POLICIES)))
    if key == "model":
        return source.path.parent / given
    return _LISTS[key](source, given) if key in _LISTS else given


def _said(types: _Types) -> str:
    said = {float: "a number", int: "a whole number", str: "a text", list: "a list"}
    return said[types[-1]]


def _stations(source: _Source, rows: list[Any]) -> tuple[AddedStation, ...]:
    try:
        return tuple(_station(row) for row in rows)
    except (KeyError, TypeError, ValueError) as wrong:
        asked = 'needs kind ("ambulance" or "tow"), lon, lat and units'
        raise source.wrong("fleet", "add_station", f"{asked}: {wrong}") from wrong


def _station(row: Mapping[str, Any]) -> AddedStation:
    place = LonLat(float(row["lon"]), float(row["lat"]))
    return AddedStation(kind=_kind(row["kind"]), place=place, units=int(row["units"]))


def _kind(text: str) -> str:
    if text not in ("ambulance", "tow"):
        raise ValueError(f"{text} is no kind")
    return text


def _polygons(source: _Source, rings: list[Any]) -> tuple[shapely.Polygon, ...]:
    try:
        return tuple(shapely.Polygon(ring) for ring in rings)
    except (TypeError, ValueError) as wrong:
        raise source.wrong("city", "close_road", f"is a list of rings of [lon, lat]: {wrong}") from wrong


def _numbers(source: _Source, values: list[Any]) -> tuple[int, ...]:
    if not all(isinstance(value, int) and value >= 0 for value in values):
        raise source.wrong("fleet", "close_station", "lists numbers of stations, from 0")
    return tuple(values)


def _texts(source: _Source, values: list[Any]) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise source.wrong("city", "close_hospital", "lists names of hospitals, each in quotes")
    return tuple(values)


_LISTS = {
    "add_station": _stations,
    "close_road": _polygons,
    "close_station": _numbers,
    "close_hospital": _texts,
}

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

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.errors import InvalidInput
from simulations.rules import OBEYED, POLICIES
from simulations.scenario_parts import PARTS, AskedRest, AskedSurge, PlacedHospital, PlacedStation

_DEEPEST = 8  # bases of bases


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything a run needs; the table of docs/reference/simulation.md says what each line means."""

    name: str
    region: str | None = "coquimbo"
    model: Path | None = None
    policy: str = "joint_redispatch"
    dispatch: DispatchParams = field(default_factory=DispatchParams)
    accidents_a_year: float = 15_602.0
    growth: float = 1.0
    history: Path | None = None
    prior_weight: float | None = None
    real_days: bool = False
    surge: tuple[AskedSurge, ...] = ()
    ambulances: int | None = None
    tow_trucks: int | None = None
    turnout_s: float | None = None
    station: tuple[PlacedStation, ...] = ()
    add_station: tuple[PlacedStation, ...] = ()
    close_station: tuple[int, ...] = ()
    off_duty: tuple[AskedRest, ...] = ()
    break_min: float = 0.0
    break_every_h: float = 8.0
    breakdown_every_days: float = 0.0
    repair_h: float = 24.0
    hospital: tuple[PlacedHospital, ...] = ()
    close_hospital: tuple[str, ...] = ()
    close_road: tuple[shapely.Polygon, ...] = ()
    standard_min: float = 12.0
    replications: int = 30
    days: float = 28.0
    warm_up_days: float = 1.0
    seed: int = 1
    until_within: float | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tells_stations(self) -> bool:
        """Those that are told are all there are, even if none of a kind is among them."""
        return bool(self.station) or "station" in self.told


_Types = tuple[type, ...]
# section → key → what it may be; the line of a mistake is looked up in the file that has it.
_NUMBER: _Types = (int, float)
_WHOLE: _Types = (int,)
_TEXT: _Types = (str,)
_LIST: _Types = (list,)
_YES_NO: _Types = (bool,)
_KEYS: Mapping[str, Mapping[str, _Types]] = {
    "": {"base": _TEXT, "name": _TEXT, "policy": _TEXT},
    "city": {"region": _TEXT, "model": _TEXT, "hospital": _LIST, "close_hospital": _LIST,
             "close_road": _LIST},
    "demand": {"accidents_a_year": _NUMBER, "growth": _NUMBER, "history": _TEXT, "prior_weight": _NUMBER,
               "real_days": _YES_NO, "surge": _LIST},
    "fleet": {"ambulances": _WHOLE, "tow_trucks": _WHOLE, "turnout_s": _NUMBER, "station": _LIST,
              "add_station": _LIST, "close_station": _LIST, "off_duty": _LIST, "break_min": _NUMBER,
              "break_every_h": _NUMBER, "breakdown_every_days": _NUMBER, "repair_h": _NUMBER},
    "run": {"replications": _WHOLE, "days": _NUMBER, "warm_up_days": _NUMBER, "seed": _WHOLE,
            "standard_min": _NUMBER, "until_within": _NUMBER},
    # The desk's own weights, as `/v1/dispatch/params` names them: those that the simulator obeys.
    "dispatch": dict.fromkeys(OBEYED, _NUMBER) | {"priority_weight": (dict,), "may_bump": _LIST},
}  # fmt: skip
_LIMITS: Mapping[str, tuple[float, float]] = {
    "accidents_a_year": (1, 10_000_000), "growth": (0.01, 4), "ambulances": (1, 2000),
    "tow_trucks": (0, 2000),
    "turnout_s": (0, 1800), "replications": (2, 10_000), "days": (1.5, 3660), "warm_up_days": (0, 60),
    "seed": (0, 2**31), "standard_min": (1, 120), "until_within": (0.001, 0.5),
    "prior_weight": (0, 100_000), "break_min": (0, 240), "break_every_h": (1, 48),
    "breakdown_every_days": (0.1, 3650), "repair_h": (0.1, 720),
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


def read_scenario(path: Path, *, text: str | None = None) -> Scenario:
    """The file over its bases, or `text` as if it stood there; InvalidInput names file and line."""
    merged: dict[str, Any] = {}
    weights: dict[str, Any] = {}
    for source, told in reversed(_chain(path, text)):
        merged.pop("name", None)  # a what-if without one is called as its file, not as what it changes
        merged |= _checked(source, told)
        weights |= told.get("dispatch", {})
        merged["dispatch"] = _dispatch(source, weights)
    merged.setdefault("name", path.stem)
    if "model" in merged:
        merged["region"] = None
    known = {f.name for f in fields(Scenario)}
    return Scenario(**{key: value for key, value in merged.items() if key in known}, told=merged)


def _chain(path: Path, text: str | None) -> list[tuple[_Source, dict[str, Any]]]:
    """The file, its base, the base of that …"""
    chain: list[tuple[_Source, dict[str, Any]]] = []
    at: Path | None = path
    while at is not None:
        if len(chain) == _DEEPEST or at.resolve() in {s.path.resolve() for s, _ in chain}:
            raise InvalidInput("scenario", f"{path.name} stands on itself, or on more than {_DEEPEST} bases")
        source = _Source(path=at, text=_read(at) if text is None else text)
        text = None
        try:
            told = tomllib.loads(source.text)
        except tomllib.TOMLDecodeError as broken:
            raise InvalidInput("scenario", f"{at.name}: {broken}") from broken
        chain.append((source, told))
        base = told.get("base")
        if base is not None and not isinstance(base, str):
            raise source.wrong("", "base", "is the name of a file")
        at = at.parent / base if base else None
    return chain


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        why = broken.strerror if isinstance(broken, OSError) else "it is not UTF-8"
        raise InvalidInput("scenario", f"{path} cannot be read: {why}") from broken


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


def _dispatch(source: _Source, weights: Mapping[str, Any]) -> DispatchParams:
    try:
        return DispatchParams.from_record(weights)
    except InvalidInput as wrong:
        raise source.wrong("dispatch", wrong.field, wrong.problem) from wrong
    except (TypeError, ValueError) as wrong:
        raise source.wrong("dispatch", "may_bump", f"names pairs of priorities: {wrong}") from wrong


def _unknown(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"is unknown; did you mean {close[0]}?" if close else f"is unknown; known are {', '.join(known)}"


def _value(source: _Source, section: str, key: str, value: Any) -> Any:
    given: Any = value
    allowed = _KEYS[section].get(key)
    if allowed is None:
        raise source.wrong(section, key, _unknown(key, list(_KEYS[section])))
    if not isinstance(value, allowed) or (isinstance(value, bool) and allowed is not _YES_NO):
        raise source.wrong(section, key, f"must be {_said(allowed)}, not {value!r}")
    if key in _LIMITS:
        low, high = _LIMITS[key]
        if not low <= given <= high:
            raise source.wrong(section, key, f"must lie in {low:g}…{high:g}, not {given:g}")
    if key == "policy" and given not in POLICIES:
        raise source.wrong(section, key, _unknown(given, list(POLICIES)))
    if key in ("model", "history"):
        return source.path.parent / given
    if key not in PARTS:
        return given
    parsed, asked = PARTS[key]
    try:
        return tuple(parsed(row) for row in given)
    except (KeyError, TypeError, ValueError) as wrong:
        raise source.wrong(section, key, f"{asked}: {_why(wrong)}") from wrong


def _why(wrong: Exception) -> str:
    return f"{wrong.args[0]} is missing" if isinstance(wrong, KeyError) else str(wrong)


def _said(types: _Types) -> str:
    said = {
        float: "a number", int: "a whole number", str: "a text", list: "a list", bool: "true or false",
        dict: "a table",
    }  # fmt: skip
    return said[types[-1]]

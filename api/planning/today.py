"""The city as it stands, as a scenario: stations with their units, hospitals, recorded accidents."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from api.seed import seeded
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.geo import LonLat
from dispatch_core.places import PlaceKind
from dispatch_core.services.rules import read_rules
from dispatch_core.store import day_log, places, units
from maps.region import Region
from simulations.rules import OBEYED

Told = dict[str, Any]
RECORDED = "recorded.csv"  # what `demand.history` names where the service itself is meant
ACCIDENTS_A_YEAR = 15_602
_REPLICATIONS, _DAYS = 20, 28


def scenario_of(connection: Connection, city: Region, *, region: str, name: str, at: datetime) -> Told:
    """As TOML has it; units that belong to no station stand at the next of their kind.

    A city that has told us of no station, or no hospital, is drawn as `yct seed` would furnish it. Late is
    whoever comes after the standard of coverage that is in force at the time `at`, and the dispatch
    weights that a supervisor set hold in the simulation too.
    """
    stations = units.all_stations(connection)
    fleet = units.all_units(connection)
    hospitals = places.all_places(connection, PlaceKind.HOSPITAL)
    furnished = seeded(city) if not (stations and fleet and hospitals) else None
    if furnished is not None and not (stations and fleet):
        stations, fleet = list(furnished.stations), list(furnished.units)
    if furnished is not None and not hospitals:
        hospitals = [one for one in furnished.places if one.kind is PlaceKind.HOSPITAL]
    homes = Counter(one.station_id for one in fleet)
    for unit in fleet:
        if unit.station_id is None:
            fallback = next((s.id for s in stations if s.kind is unit.kind), None)
            homes[fallback] += 1
    rules = read_rules(connection, at)
    standard_s = rules.coverage.standard_s[UnitKind.AMBULANCE]
    turnout_s = [one.turnout_s for one in fleet if one.kind is UnitKind.AMBULANCE]
    return {
        "name": name,
        "policy": "joint_redispatch",
        "city": {
            "region": region,
            "hospital": [{"name": one.name, **_at(one.place)} for one in hospitals],
        },
        "demand": {"accidents_a_year": ACCIDENTS_A_YEAR, "growth": 1.0},
        "fleet": {
            "turnout_s": round(sum(turnout_s) / len(turnout_s), 1) if turnout_s else 60.0,
            "station": [
                {"kind": one.kind.value, "name": one.name, **_at(one.place), "units": homes[one.id]}
                for one in stations
            ],
        },
        **_dispatch(rules.params),
        "run": {"replications": _REPLICATIONS, "days": _DAYS, "standard_min": round(standard_s / 60, 2)},
    }  # fmt: skip


def _dispatch(params: DispatchParams) -> Told:
    """The weights that somebody set, of those that the simulator obeys."""
    usual, now = DispatchParams().record(), params.record()
    set_ = {name: now[name] for name in OBEYED if now[name] != usual[name]}
    return {"dispatch": set_} if set_ else {}


def _at(place: LonLat) -> Told:
    return {"lon": round(place.lon, 6), "lat": round(place.lat, 6)}


def recorded(connection: Connection, zone: ZoneInfo, *, begins_at: datetime, ends_at: datetime) -> str:
    """Reported accidents as CSV for `demand.history`: the city's clock, place, kind, priority."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["reported_at", "lon", "lat", "kind", "priority"])
    for one in day_log.reported_between(connection, begins_at, ends_at):
        at = one.reported_at.astimezone(zone).isoformat(timespec="seconds")
        writer.writerow(
            [at, round(one.place.lon, 6), round(one.place.lat, 6), one.kind.value, int(one.priority)]
        )
    return lines.getvalue()

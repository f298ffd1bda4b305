"""`yct nearest`: who would be there first, without a database."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
import typer

from api import seed
from api.preparation import ensure_region
from api.service import opened_roads
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import Capability, UnitKind, substitution
from dispatch_core.geo import LonLat
from dispatch_core.roads import Mode, Roads
from dispatch_core.roads.profiles import SpeedProfile, hour_of_week
from dispatch_core.services.world import FARTHEST_FROM_ROAD_M, MODE_OF
from maps.region import Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A unit where it stands."""

    call_sign: str
    capabilities: frozenset[Capability]
    turnout_s: float
    place: LonLat

    @property
    def kind(self) -> UnitKind:
        return next(iter(self.capabilities)).kind


def nearest(
    lon: Annotated[float, typer.Argument(help="Degrees east.")],
    lat: Annotated[float, typer.Argument(help="Degrees north.")],
    region: Annotated[str, typer.Option("--region", help="A region's name or file.")] = "coquimbo",
    need: Annotated[Capability, typer.Option(help="What is needed.")] = Capability.ALS,
    count: Annotated[int, typer.Option("-n", min=1, max=1000, help="How many to list.")] = 5,
    units: Annotated[
        Path | None, typer.Option(help="CSV: call_sign,capabilities (a;b),lon,lat[,turnout_s].")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(help="Local time that is planned for; with --profile.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="JSON: {road class: [168 or 24 shares of the free-flow speed]}.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Candidates by routed arrival: the seeded fleet at its stations, or the units of a file."""
    loaded = ensure_region(region, say=lambda line: typer.echo(line, err=True))
    fleet = _read(units) if units is not None else _at_stations(loaded)
    roads = opened_roads(loaded)
    if profile is not None:
        _at_hour(roads, profile, at or datetime.now(ZoneInfo(loaded.provenance.time_zone)))
    elif at is not None:
        raise InvalidInput("--at", "goes with --profile, which says how fast that hour is")
    found = candidates(loaded, fleet, LonLat(lon, lat), need, roads=roads)[:count]
    for one in found:
        typer.echo(json.dumps(one, ensure_ascii=False) if as_json else _line(one))
    if not found:
        typer.echo("no unit that can do this has a road to the place", err=True)


def candidates(
    region: Region, fleet: list[Standing], place: LonLat, need: Capability, *, roads: Roads | None = None
) -> list[dict[str, Any]]:
    """Those who can, the soonest first: turnout and road time in seconds, road distance in metres."""
    roads = roads or opened_roads(region)
    target = roads.snap(place.lon, place.lat, max_distance_m=FARTHEST_FROM_ROAD_M)
    if not target.found[0]:
        raise InvalidInput("LON LAT", "no road of this region is within 3 km")
    able = [one for one in fleet if substitution(one.capabilities, need) is not None]
    if not able:
        return []
    mode = MODE_OF[need.kind]
    spots = roads.snap(
        np.array([one.place.lon for one in able]), np.array([one.place.lat for one in able]),
        max_distance_m=FARTHEST_FROM_ROAD_M,
    )  # fmt: skip
    travel_s = roads.table_s(spots, target, mode=mode)[:, 0]
    order = sorted(range(len(able)), key=lambda i: able[i].turnout_s + travel_s[i])
    listed = []
    for i in order:
        path = roads.path(spots.row(i), target, mode=mode) if np.isfinite(travel_s[i]) else None
        if path is not None:
            listed.append(
                {
                    "call_sign": able[i].call_sign,
                    "capabilities": sorted(c.value for c in able[i].capabilities),
                    "eta_s": round(able[i].turnout_s + float(travel_s[i]), 1),
                    "turnout_s": able[i].turnout_s,
                    "travel_s": round(float(travel_s[i]), 1),
                    "distance_m": round(path.distance_m),
                }
            )
    return listed


def _at_hour(roads: Roads, profile: Path, local: datetime) -> None:
    """Road times of one hour of the week."""
    try:
        shares = json.loads(profile.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput("--profile", str(error)) from error
    if not isinstance(shares, dict):
        raise InvalidInput("--profile", "must be an object of road classes")
    speed_kmh = SpeedProfile.from_record(shares).speed_kmh(roads.graph, hour_of_week(local))
    for mode in Mode:
        roads.reweight(mode, edge_speed_kmh=speed_kmh.astype(np.float64))


def _line(one: dict[str, Any]) -> str:
    minutes, seconds = divmod(round(one["eta_s"]), 60)
    return (
        f"{one['call_sign']:<8} {minutes:>3}:{seconds:02d}  {one['distance_m'] / 1000:6.1f} km  "
        f"{','.join(one['capabilities'])}"
    )


def _at_stations(region: Region) -> list[Standing]:
    sown = seed.seeded(region)
    base = {station.id: station.place for station in sown.stations}
    return [
        Standing(
            call_sign=u.call_sign,
            capabilities=u.capabilities,
            turnout_s=u.turnout_s,
            place=base[u.station_id],
        )
        for u in sown.units
        if u.station_id is not None
    ]


def _read(path: Path) -> list[Standing]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput("--units", str(error)) from error
    found = []
    for number, row in enumerate(rows, start=2):
        try:
            capabilities = frozenset(Capability(c.strip()) for c in row["capabilities"].split(";"))
            place = LonLat(float(row["lon"]), float(row["lat"]))
            turnout_s = float(row.get("turnout_s") or 60.0)
        except (KeyError, ValueError, AttributeError) as error:
            raise InvalidInput(f"{path.name}, line {number}", f"{error}") from error
        sign = row.get("call_sign", "")
        found.append(Standing(call_sign=sign, capabilities=capabilities, turnout_s=turnout_s, place=place))
    return found

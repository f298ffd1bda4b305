"""A city to simulate: places with road times between them, stations, hospitals, units and what befalls it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dispatch_core.errors import InvalidInput
from simulations.demand import Demand
from simulations.duty import DutyPlan
from simulations.kernel.arrays import AMBULANCE, Bools, City, Float64s, Floats, Int64s, Units

HOUR_S = 3600.0
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """u units; `base` is the place of each one's station, turnout in seconds."""

    kind: Int64s
    base: Int64s
    turnout_s: float = 60.0
    turnout_rolling_s: float = 10.0
    duty: DutyPlan = field(default_factory=DutyPlan)

    def units(self, *, days: float = 0.0, seed: np.random.SeedSequence | None = None) -> Units:
        """On duty but for what `duty` says of so many days; `seed` decides who breaks down."""
        count = len(self.base)
        at, unit, on = self.duty.changes(self.kind, days=days, seed=seed or np.random.SeedSequence(0))
        return Units(
            kind=self.kind,
            base=self.base,
            turnout=np.full(count, self.turnout_s),
            turnout_rolling=np.full(count, self.turnout_rolling_s),
            duty_at=at,
            duty_unit=unit,
            duty_on=on,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CityModel:
    """p places: road seconds between all of them by band and mode, and what stands at some.

    time_s      float32[b, 2, p, p], modes SIREN and ROAD; inf: no road
    band        int64[168] of each hour of the week, Monday first
    lon, lat    float64[p]
    stations, hospitals, yards   int64: places
    tow_stations   int64: places; empty where only the trucks know where they stand
    district    of each place, '' where there are none
    """

    name: str
    time_s: Floats
    lon: Float64s
    lat: Float64s
    stations: Int64s
    hospitals: Int64s
    demand: Demand
    fleet: Fleet
    band: Int64s = field(default_factory=lambda: np.zeros(168, np.int64))
    yards: Int64s = field(default_factory=lambda: np.zeros(0, np.int64))
    tow_stations: Int64s = field(default_factory=lambda: np.zeros(0, np.int64))
    source: str = ""

    def __post_init__(self) -> None:
        places = len(self.lon)
        if self.time_s.ndim != 4 or self.time_s.shape[1:] != (2, places, places):
            raise InvalidInput("time_s", f"must be [bands, 2, {places}, {places}], is {self.time_s.shape}")
        for name in ("stations", "hospitals", "yards", "tow_stations"):
            where = getattr(self, name)
            if len(where) and not (where.min() >= 0 and where.max() < places):
                raise InvalidInput(name, f"names a place beyond 0…{places - 1}")
        if np.isnan(self.time_s).any() or (self.time_s < 0).any():
            raise InvalidInput("time_s", "must be at least 0")

    def arrays(self, *, standard_s: float, kind: int = AMBULANCE) -> City:
        """What the kernel runs on; places with weight are its cells, to be reached within `standard_s`."""
        cells = np.flatnonzero(self.demand.place_weight)
        weight = self.demand.place_weight[cells]
        in_time = self.time_s[0, kind][:, cells] + self.fleet.turnout_s <= standard_s
        reach: Bools = np.ascontiguousarray(in_time)
        return City(
            time=self.time_s,
            band=self.band,
            hour=HOUR_S,
            place_x=self.lon,
            place_y=self.lat,
            reach=reach,
            cell_weight=weight / weight.sum(),
            posts=np.unique(self.stations),
        )

    def with_fleet(self, fleet: Fleet) -> CityModel:
        return replace(self, fleet=fleet)


def save(model: CityModel, path: Path) -> None:
    """One .npz file; numbers as they are."""
    told: dict[str, Any] = {
        "format": _FORMAT, "name": model.name, "source": model.source, "demand": model.demand.record(),
        "turnout_s": model.fleet.turnout_s, "turnout_rolling_s": model.fleet.turnout_rolling_s,
    }  # fmt: skip
    arrays: dict[str, Any] = {
        name: getattr(model, name)
        for name in ("time_s", "lon", "lat", "stations", "hospitals", "band", "yards", "tow_stations")
    }
    buffer = io.BytesIO()
    np.savez(
        buffer, told=np.array(json.dumps(told)), fleet_kind=model.fleet.kind, fleet_base=model.fleet.base,
        **(arrays | model.demand.arrays()),
    )  # fmt: skip
    path.write_bytes(buffer.getvalue())


def load(path: Path) -> CityModel:
    """InvalidInput if the file is none of ours."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            told = json.loads(str(kept["told"]))
            arrays = {name: kept[name] for name in kept.files}
    except (OSError, ValueError, KeyError) as broken:
        raise InvalidInput("city", f"{path} is no city model: {broken}") from broken
    if told["format"] != _FORMAT:
        raise InvalidInput("city", f"{path} is of format {told['format']}; this program reads {_FORMAT}")
    return CityModel(
        name=told["name"],
        source=told["source"],
        demand=Demand.from_record(told["demand"], arrays),
        fleet=Fleet(
            kind=arrays["fleet_kind"], base=arrays["fleet_base"], turnout_s=told["turnout_s"],
            turnout_rolling_s=told["turnout_rolling_s"],
        ),
        tow_stations=arrays.get("tow_stations", np.zeros(0, np.int64)),
        **{name: arrays[name] for name in ("time_s", "lon", "lat", "stations", "hospitals", "band", "yards")},
    )  # fmt: skip

"""The city that a scenario speaks of, with its changes made."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import LonLat, distance_m
from dispatch_core.roads import Mode, Roads
from dispatch_core.roads.closures import edges_touching
from maps.embedded import known_region
from maps.layout import Hospital, Layout, layout_of
from maps.main_streets import Lines, main_streets
from maps.region import Region
from simulations.city_model import CityModel, Fleet, load
from simulations.demand import Surge
from simulations.demand_points import Points, read_points
from simulations.duty import DAY_S, HOUR_S, DutyPlan, Rest
from simulations.isochrones import Reach, over_places, over_streets
from simulations.kernel.arrays import AMBULANCE, TOW, Int64s
from simulations.recorded_demand import places_of, with_history
from simulations.region_city import city_from_region
from simulations.scenario import Scenario
from simulations.scenario_parts import KINDS, AskedSurge, PlacedStation

_log = logging.getLogger(__name__)
FARTHEST_M = 2000.0  # of a station or hospital from the next street


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The city, how soon its stations reach each hexagon, and the streets to find one's way by."""

    model: CityModel
    reach: Reach
    streets: Lines


def ground_of(scenario: Scenario) -> Ground:
    """InvalidInput where the scenario names a hospital or station that the city lacks."""
    if scenario.model is not None:
        if scenario.close_road or scenario.add_station or scenario.station or scenario.hospital:
            raise InvalidInput("scenario", f"{scenario.name}: roads and stations need a region, not a model")
        model = _with_people(_without_hospitals(load(scenario.model), scenario), scenario)
        return Ground(model=model, reach=over_places(model), streets=Lines())
    region = known_region(str(scenario.region), say=_log.info)
    roads = Roads(region.graph, region.order)
    _close(roads, region, scenario)
    model = _with_people(_of_region(scenario, region, roads), scenario)
    return Ground(
        model=model, reach=over_streets(roads, region.graph, model), streets=main_streets(region.graph)
    )


def _with_people(model: CityModel, scenario: Scenario) -> CityModel:
    """Accidents as they are recorded and multiplied, units as they are asked for."""
    if scenario.history is not None:
        model = _recorded(model, scenario, read_points(scenario.history))
    elif scenario.real_days:
        raise InvalidInput("scenario", f"{scenario.name}: demand.real_days needs demand.history")
    demand = replace(model.demand, surges=tuple(_surge(model, one) for one in scenario.surge))
    demand.refuse_beyond(scenario.growth)
    return replace(model, fleet=replace(_fleet(model, scenario), duty=_duty(scenario)), demand=demand)


def _recorded(model: CityModel, scenario: Scenario, points: Points) -> CityModel:
    """Where demand already is, and, of a region, the recorded scenes, its last places."""
    candidates = np.union1d(np.flatnonzero(model.demand.place_weight), _scenes(model, scenario))
    return with_history(
        model, points, candidates=candidates,
        prior_weight=scenario.prior_weight, real_days=scenario.real_days,
        accidents_a_year=scenario.accidents_a_year if "accidents_a_year" in scenario.told else None,
    )  # fmt: skip


def _scenes(model: CityModel, scenario: Scenario) -> Int64s:
    last = np.flatnonzero(model.demand.place_weight).max()
    return np.arange(last + 1, len(model.lon)) if scenario.model is None else np.zeros(0, np.int64)


def _surge(model: CityModel, asked: AskedSurge) -> Surge:
    at = None
    if asked.place is not None:
        away_m = [
            distance_m(asked.place, LonLat(lon, lat)) for lon, lat in zip(model.lon, model.lat, strict=True)
        ]
        at = np.array(away_m) <= asked.radius_km * 1000.0
        if not (at & (model.demand.place_weight > 0)).any():
            raise InvalidInput(
                "scenario", f"surge {asked.name}: nobody is within {asked.radius_km:g} km of its place"
            )
    return Surge(
        name=asked.name, factor=asked.factor, days=asked.days, from_h=asked.from_h, to_h=asked.to_h, at=at
    )


def _duty(scenario: Scenario) -> DutyPlan:
    rests = tuple(
        Rest(kind=AMBULANCE if one.kind == "ambulance" else TOW, units=one.units, from_h=one.from_h,
             to_h=one.to_h, weekdays=one.weekdays)
        for one in scenario.off_duty
    )  # fmt: skip
    return DutyPlan(
        rests=rests, break_s=scenario.break_min * 60.0, break_every_s=scenario.break_every_h * HOUR_S,
        breakdown_every_s=scenario.breakdown_every_days * DAY_S, repair_s=scenario.repair_h * HOUR_S,
    )  # fmt: skip


def _of_region(scenario: Scenario, region: Region, roads: Roads) -> CityModel:
    layout = _changed(layout_of(region), scenario)
    _refuse_far(scenario, roads, [one.place for one in (*scenario.station, *scenario.add_station)], "station")
    _refuse_far(scenario, roads, [one.place for one in scenario.hospital], "hospital")
    scenes: tuple[LonLat, ...] = ()
    if scenario.history is not None:
        scenes = places_of(read_points(scenario.history), region.graph.box)
    return city_from_region(
        region, layout=layout, accidents_a_year=scenario.accidents_a_year, roads=roads, scenes=scenes
    )


def _close(roads: Roads, region: Region, scenario: Scenario) -> None:
    if not scenario.close_road:
        return
    closed = np.zeros(region.graph.edge_count, np.bool_)
    for polygon in scenario.close_road:
        edges = edges_touching(region.graph, polygon)
        if not len(edges):
            raise InvalidInput("scenario", f"{scenario.name}: a polygon of close_road touches no road")
        closed[edges] = True
    for mode in Mode:
        roads.reweight(mode, closed=closed)


def _refuse_far(scenario: Scenario, roads: Roads, places: Sequence[LonLat], what: str) -> None:
    if not places:
        return
    lon, lat = np.array([place.lon for place in places]), np.array([place.lat for place in places])
    far = ~roads.snap(lon, lat, max_distance_m=FARTHEST_M).found
    if far.any():
        place = places[int(np.flatnonzero(far)[0])]
        raise InvalidInput(
            "scenario", f"{scenario.name}: no street within {FARTHEST_M / 1000:g} km of the {what} at "
            f"{place.lon:.5f}, {place.lat:.5f}",
        )  # fmt: skip


def _changed(layout: Layout, scenario: Scenario) -> Layout:
    if scenario.hospital:
        told = tuple(Hospital(name=one.name, place=one.place, phone="") for one in scenario.hospital)
        layout = replace(layout, hospitals=told)
    names = [hospital.name for hospital in layout.hospitals]
    for name in scenario.close_hospital:
        if name not in names:
            raise InvalidInput(
                "scenario", f"{scenario.name}: no hospital {name}; there are {', '.join(names)}"
            )
    kept = tuple(hospital for hospital in layout.hospitals if hospital.name not in scenario.close_hospital)
    if not kept:
        raise InvalidInput("scenario", f"{scenario.name}: leaves no hospital open")
    placed, added = _places(scenario.station), _places(scenario.add_station)
    here = {"ambulance": layout.ambulance_bases, "tow": layout.tow_bases}
    if scenario.tells_stations and not placed["ambulance"] + added["ambulance"]:
        raise InvalidInput("scenario", f"{scenario.name}: leaves no ambulance station open")
    return replace(
        layout, hospitals=kept,
        ambulance_bases=(placed if scenario.tells_stations else here)["ambulance"] + added["ambulance"],
        tow_bases=(placed if scenario.tells_stations else here)["tow"] + added["tow"],
    )  # fmt: skip


def _places(stations: Sequence[PlacedStation]) -> dict[str, tuple[LonLat, ...]]:
    return {kind: tuple(one.place for one in stations if one.kind == kind) for kind in KINDS}


def _without_hospitals(model: CityModel, scenario: Scenario) -> CityModel:
    """A model knows its hospitals by number."""
    numbers = {str(k): int(place) for k, place in enumerate(model.hospitals)}
    if unknown := set(scenario.close_hospital) - set(numbers):
        raise InvalidInput(
            "scenario", f"{scenario.name}: no hospital {', '.join(unknown)} of 0…{len(numbers) - 1}"
        )
    closed = [numbers[name] for name in scenario.close_hospital]
    return replace(model, hospitals=np.setdiff1d(model.hospitals, closed))


def _fleet(model: CityModel, scenario: Scenario) -> Fleet:
    """Stations keep their units in turn; those of a closed station go to the others, those added are more."""
    kinds, bases = [], []
    for kind, name, asked in (
        (AMBULANCE, "ambulance", scenario.ambulances), (TOW, "tow", scenario.tow_trucks),
    ):  # fmt: skip
        told, new = ([one for one in given if one.kind == name] for given in
                     (scenario.station, scenario.add_station))  # fmt: skip
        stations = _stations(model, kind, told=scenario.tells_stations)
        old = stations[: len(stations) - len(new)]
        now = model.fleet.base[model.fleet.kind == kind]
        if scenario.tells_stations:
            now = np.repeat(old, [one.units for one in told])
        elif new:
            now = np.resize(old, len(now))
        closed = [k for k in scenario.close_station if kind == AMBULANCE]
        if closed and max(closed) >= len(old):
            raise InvalidInput("scenario", f"{scenario.name}: stations are 0…{len(old) - 1}")
        open_stations = np.delete(old, closed)
        count = len(now) if asked is None else asked
        if count and not len(open_stations):
            raise InvalidInput("scenario", f"{scenario.name}: leaves no {name} station open")
        as_it_is = asked is None and not closed
        base = now if as_it_is else np.resize(open_stations, count)
        more = np.repeat(stations[len(old) :], [one.units for one in new])
        base = np.concatenate([base, more]).astype(np.int64)
        kinds.append(np.full(len(base), kind, np.int64))
        bases.append(base)
    turnout_s = model.fleet.turnout_s if scenario.turnout_s is None else scenario.turnout_s
    return replace(model.fleet, kind=np.concatenate(kinds), base=np.concatenate(bases), turnout_s=turnout_s)


def _stations(model: CityModel, kind: int, *, told: bool) -> Int64s:
    """Places of the stations of one kind, those added by the scenario last."""
    if kind == AMBULANCE:
        return model.stations
    if told or len(model.tow_stations):
        return model.tow_stations
    return np.unique(model.fleet.base[model.fleet.kind == kind])

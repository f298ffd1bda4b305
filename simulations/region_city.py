"""A city model from a region file: its streets, its layout, and demand where people live."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dispatch_core.geo import LonLat
from dispatch_core.roads import Mode, Roads
from maps.layout import AMBULANCES, TOW_TRUCKS, Layout, StreetPlaces, layout_of
from maps.region import Region
from simulations.city_model import CityModel, Fleet
from simulations.demand import Demand
from simulations.kernel.arrays import AMBULANCE, TOW, Float64s, Floats, Int64s

ACCIDENTS_A_YEAR = 15_602  # Yancheng's, of which both ambulance and tow truck are asked by these shares
NEEDS_AMBULANCE, NEEDS_TOW = 0.45, 0.85
DEMAND_PLACES = 250
# Shares of a day's accidents by hour: two rush hours, as traffic accidents have them.
_HOURS = np.array([1.2, 0.9, 0.7, 0.6, 0.7, 1.2, 2.6, 5.4, 6.6, 5.2, 4.9, 4.9, 4.7, 4.8, 5.1, 5.4, 6.2, 7.4,
                   7.6, 6.0, 4.6, 3.7, 2.6, 1.8])  # fmt: skip
_DRAWS = 1024
_SEED = 15_602


def city_from_region(
    region: Region,
    *,
    layout: Layout | None = None,
    accidents_a_year: float = ACCIDENTS_A_YEAR,
    roads: Roads | None = None,
    demand_places: int = DEMAND_PLACES,
    scenes: Sequence[LonLat] = (),
) -> CityModel:
    """20 ambulances and 55 tow trucks on the layout's stations; durations are log-normal guesses.

    Demand falls on junctions drawn by population; each is a place, so that its road times are exact. `scenes`
    are further places, the last ones, without demand as yet.
    """  # fmt: skip
    layout = layout or layout_of(region)
    streets = StreetPlaces(region, seed=_SEED)
    homes = [streets.draw() for _ in range(demand_places)]
    groups = [layout.ambulance_bases, layout.tow_bases, [h.place for h in layout.hospitals],
              layout.repair_shops, homes, list(scenes)]  # fmt: skip
    first = np.cumsum([0, *map(len, groups)])
    at = [place for group in groups for place in group]
    bases, tow_bases, hospitals, yards, homes_at, _ = (np.arange(a, b) for a, b in pairwise(first.tolist()))
    weight = np.zeros(len(at))
    weight[homes_at] = 1.0
    return CityModel(
        name=region.name,
        source=f"{region.provenance.source}; {region.provenance.attribution}",
        time_s=road_seconds(roads or Roads(region.graph, region.order), at),
        lon=np.array([place.lon for place in at]),
        lat=np.array([place.lat for place in at]),
        stations=bases,
        hospitals=hospitals,
        yards=yards,
        tow_stations=tow_bases,
        demand=_demand(weight, accidents_a_year),
        fleet=_fleet(bases, tow_bases),
    )


def road_seconds(roads: Roads, at: Sequence[LonLat]) -> Floats:
    """float32[1, 2, p, p] between all places, under siren and by the rules."""
    lon, lat = np.array([place.lon for place in at]), np.array([place.lat for place in at])
    spots = roads.snap(lon, lat)
    tables = [roads.table_s(spots, spots, mode=mode) for mode in (Mode.SIREN, Mode.ROAD)]
    times = np.stack(tables).astype(np.float32)
    for table in times:
        np.fill_diagonal(table, 0.0)  # a unit at the scene need not drive around the block
    return times[None]


def _demand(weight: Float64s, accidents_a_year: float) -> Demand:
    by_hour = _HOURS / _HOURS.sum() * accidents_a_year / 365.0
    return Demand(
        per_hour=np.tile(by_hour, 7),
        place_weight=weight,
        priority_share={1: 0.12, 2: 0.33, 3: 0.40, 4: 0.15},
        scene_s=_lognormal(20 * 60.0, 0.5),
        handover_s=_lognormal(15 * 60.0, 0.5),
        to_hospital=0.7,
        ambulance=NEEDS_AMBULANCE,
        tow=NEEDS_TOW,
        tow_scene_s=_lognormal(25 * 60.0, 0.5),
    )


def _lognormal(median_s: float, sigma: float) -> Float64s:
    """Equally likely durations: the middles of so many slices of the law."""
    from scipy.stats import norm

    slices: Float64s = median_s * np.exp(sigma * norm.ppf((np.arange(_DRAWS) + 0.5) / _DRAWS))
    return slices


def _fleet(bases: Int64s, tow_bases: Int64s) -> Fleet:
    kind = np.repeat(np.array([AMBULANCE, TOW], np.int64), [AMBULANCES, TOW_TRUCKS])
    trucks = np.resize(tow_bases, TOW_TRUCKS if len(tow_bases) else 0)
    base = np.concatenate([np.resize(bases, AMBULANCES), trucks])
    return Fleet(kind=kind[: len(base)], base=base.astype(np.int64))

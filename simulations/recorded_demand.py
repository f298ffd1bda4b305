"""A city whose demand is what was recorded, shrunk towards its model's: by cell and by hour of the week."""

from __future__ import annotations

from dataclasses import replace

import h3
import numpy as np
from scipy.spatial import cKDTree

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import Box, LonLat
from simulations.city_model import CityModel
from simulations.demand import Demand, RealDays
from simulations.demand_points import HOURS_OF_WEEK, Points, shrunk
from simulations.kernel.arrays import Bools, Float64s, Int64s

_RESOLUTION = 8  # cells of half a kilometre
_FARTHEST_M = 3000.0  # from the nearest place with demand; who lies farther is not of this city
_METRES_A_DEGREE = 111_320.0
_ADDED_PLACES = 150
_SEED = 15_602


def places_of(points: Points, within: Box) -> tuple[LonLat, ...]:
    """Some of the recorded scenes, at most 150: demand where nobody lives."""
    inside = (points.lon >= within.west) & (points.lon <= within.east)
    inside &= (points.lat >= within.south) & (points.lat <= within.north)
    rows = np.flatnonzero(inside)
    chosen = np.random.default_rng(_SEED).permutation(rows)[:_ADDED_PLACES]
    scenes = np.unique(np.column_stack([points.lon[chosen], points.lat[chosen]]).round(5), axis=0)
    return tuple(LonLat(float(lon), float(lat)) for lon, lat in scenes)


def with_history(
    model: CityModel,
    points: Points,
    *,
    candidates: Int64s,
    prior_weight: float | None = None,
    accidents_a_year: float | None = None,
    real_days: bool = False,
) -> CityModel:
    """The model with demand at `candidates` int64[k], places, as `points` and its own demand together say.

    `accidents_a_year` None: as many as were recorded, if their times are; else as many as the model has.
    InvalidInput if no accident lies in the city, or real days are asked of points without times.
    """
    nearest, is_here = _nearest(model, points, candidates)
    if not is_here.any():
        raise InvalidInput("history", f"none of {len(points)} accidents lies within 3 km of {model.name}")
    if real_days and not points.has_times:
        raise InvalidInput("real_days", "needs a history with times")
    here = Points(lon=points.lon[is_here], lat=points.lat[is_here], at_s=points.at_s[is_here])
    place = candidates[nearest[is_here]]
    demand = replace(
        model.demand,
        place_weight=_weights(model, candidates, place, prior_weight),
        per_hour=_per_hour(model.demand, here, prior_weight, accidents_a_year),
        real_days=_days(here, place) if real_days else None,
    )
    return replace(model, demand=demand)


def _nearest(model: CityModel, points: Points, candidates: Int64s) -> tuple[Int64s, Bools]:
    """Of each point the nearest candidate as the crow flies, and whether it is near enough to be its."""
    scale = np.array([np.cos(np.radians(float(model.lat.mean()))), 1.0]) * _METRES_A_DEGREE
    tree = cKDTree(np.column_stack([model.lon, model.lat])[candidates] * scale)
    away_m, nearest = tree.query(np.column_stack([points.lon, points.lat]) * scale)
    return np.asarray(nearest, np.int64), np.asarray(away_m <= _FARTHEST_M)


def _weights(model: CityModel, candidates: Int64s, place: Int64s, prior_weight: float | None) -> Float64s:
    """By cell, each cell's share spread evenly over its candidates."""
    name = [h3.latlng_to_cell(model.lat[p], model.lon[p], _RESOLUTION) for p in candidates.tolist()]
    _, cell = np.unique(name, return_inverse=True)
    cells = int(cell.max()) + 1
    prior = np.bincount(cell, model.demand.place_weight[candidates], minlength=cells).astype(np.float64)
    row = np.full(len(model.lon), -1)
    row[candidates] = np.arange(len(candidates))
    seen = np.bincount(cell[row[place]], minlength=cells).astype(np.float64)
    share = shrunk(seen, prior, weight=prior_weight)
    weight = np.zeros(len(model.lon))
    weight[candidates] = (share / np.bincount(cell, minlength=cells))[cell]
    return weight


def _per_hour(
    demand: Demand, points: Points, prior_weight: float | None, accidents_a_year: float | None
) -> Float64s:
    weekly = float(demand.per_hour.sum())
    prior = demand.per_hour / weekly
    if points.has_times:
        hour = (points.at_s // 3600).astype(np.int64) % HOURS_OF_WEEK
        seen = np.bincount(hour, minlength=HOURS_OF_WEEK).astype(np.float64)
        prior = shrunk(seen, prior, weight=prior_weight)
        weekly = len(points) / points.days * 7.0
    if accidents_a_year is not None:
        weekly = accidents_a_year / 365.0 * 7.0
    return prior * weekly


def _days(points: Points, place: Int64s) -> RealDays:
    day = points.day - int(points.day.min())
    return RealDays(
        day=day, second=points.at_s % 86_400.0, place=place,
        weekday=(int(points.day.min()) + np.arange(points.days)) % 7,
    )  # fmt: skip

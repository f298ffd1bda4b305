"""How soon the next ambulance could be where, were all of them at their stations: minutes by hexagon."""

from __future__ import annotations

from collections.abc import Mapping

import h3
import numpy as np

from dispatch_core.roads import Mode, Roads
from dispatch_core.roads.graph import RoadGraph
from simulations.city_model import CityModel
from simulations.kernel.arrays import AMBULANCE, Float64s, Int64s

RESOLUTION = 8
Reach = Mapping[str, float]  # H3 cell → seconds from the call to the arrival, turnout included


def over_streets(roads: Roads, graph: RoadGraph, model: CityModel) -> Reach:
    """Mean over the ends of a cell's streets, from all stations at once under siren."""
    stations = ambulance_stations(model)
    if not len(stations):
        return {}
    spots = roads.snap(model.lon[stations], model.lat[stations])
    reach_s = roads.reach_s(spots, mode=Mode.SIREN)
    return _by_cell(graph.node_lon[graph.head], graph.node_lat[graph.head], reach_s + model.fleet.turnout_s)


def over_places(model: CityModel) -> Reach:
    """The same of a model that has kept no streets: over its places."""
    stations = ambulance_stations(model)
    if not len(stations):
        return {}
    reach_s = model.time_s[0, AMBULANCE][stations].min(axis=0) + model.fleet.turnout_s
    return _by_cell(model.lon, model.lat, reach_s.astype(np.float64))


def ambulance_stations(model: CityModel) -> Int64s:
    """Places where at least one ambulance stands."""
    return np.unique(model.fleet.base[model.fleet.kind == AMBULANCE])


def _by_cell(lon: Float64s, lat: Float64s, seconds: Float64s) -> Reach:
    known = np.isfinite(seconds)
    cells = [
        h3.latlng_to_cell(y, x, RESOLUTION)
        for y, x in zip(lat[known].tolist(), lon[known].tolist(), strict=True)
    ]
    names, cell = np.unique(np.array(cells, dtype="U15"), return_inverse=True)
    mean = np.bincount(cell, weights=seconds[known]) / np.bincount(cell)
    return dict(zip(names.tolist(), mean.tolist(), strict=True))

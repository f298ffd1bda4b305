"""Stations moved in the simulator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.errors import InvalidInput
from simulations.city_model import CityModel, Fleet
from simulations.demand import Demand
from simulations.kernel.arrays import AMBULANCE, TOW
from simulations.replications import Plan
from simulations.rules import POLICIES
from simulations.siting.hill_climb import climb

PLAN = Plan(replications=6, days=4.0)


def street() -> CityModel:
    """Five places two minutes apart; all accidents at the third, ambulance and tow truck at the first."""
    place = np.arange(5.0)
    away = np.abs(place[:, None] - place[None]) * 120.0
    return CityModel(
        name="street",
        time_s=np.stack([away, away])[None].astype(np.float32),
        lon=place,
        lat=np.zeros(5),
        stations=np.array([0]),
        hospitals=np.array([4]),
        yards=np.array([4]),
        demand=Demand(
            per_hour=np.full(168, 0.8),
            place_weight=np.array([0.0, 0, 1, 0, 0]),
            priority_share={1: 0.5, 3: 0.5},
            scene_s=np.array([600.0]),
            handover_s=np.array([300.0]),
            to_hospital=0.5,
            tow=0.5,
            tow_scene_s=np.array([900.0]),
        ),
        fleet=Fleet(kind=np.array([AMBULANCE, TOW]), base=np.array([0, 0])),
    )


def test_a_station_at_the_end_of_the_street_moves_to_where_people_are() -> None:
    model = street()
    found = climb(model, POLICIES["nearest_idle"], DispatchParams(), PLAN)
    assert found.is_local_best
    assert found.moves
    assert found.difference.high < 0
    assert (found.bases[model.fleet.kind == TOW] == model.fleet.base[model.fleet.kind == TOW]).all()
    replayed = model.fleet.base.copy()
    for move in found.moves:
        assert replayed[move.unit] == move.origin
        replayed[move.unit] = move.to
    assert (replayed == found.bases).all()


def test_a_station_that_stands_best_stays() -> None:
    model = street()
    best = model.with_fleet(
        replace(model.fleet, base=np.where(model.fleet.kind == AMBULANCE, 2, model.fleet.base))
    )
    found = climb(best, POLICIES["nearest_idle"], DispatchParams(), PLAN)
    assert found.moves == ()
    assert found.difference.mean == 0


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(InvalidInput, match="mean_s"):
        climb(street(), POLICIES["nearest_idle"], DispatchParams(), PLAN, measure="joy")

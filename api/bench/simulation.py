"""How fast cities are simulated: a year of the default region, one core, compiled beforehand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from api.bench import BenchLine, siting
from dispatch_core.assignment.params import DispatchParams
from maps.region import Region
from simulations.city_model import CityModel
from simulations.demand import Demand
from simulations.kernel.arrays import AMBULANCE
from simulations.kernel.run import simulate
from simulations.metrics import figures
from simulations.region_city import city_from_region
from simulations.replications import Plan, drawn, replicate
from simulations.rules import POLICIES, SimulatedPolicy, rules_of

YEAR = Plan(replications=1, days=365.0, warm_up_days=1.0, seed=1)
_PARAMS = DispatchParams()


def run(region: Region) -> Iterator[BenchLine]:
    """Seconds for a year's accidents by policy, calls a minute, 200 years, and siting."""
    model = city_from_region(region)
    nearest, joint = POLICIES["nearest_idle"], POLICIES["joint_redispatch"]
    yield _year("year_nearest_s", model, nearest)
    yield _year("year_joint_s", model, joint)
    yield BenchLine(name="calls_per_minute_nearest", value=_calls_a_minute(model), unit="calls/min")
    began = time.perf_counter()
    replicate(model, nearest, _PARAMS, replace(YEAR, replications=200))
    yield BenchLine(name="replications_200_s", value=_since(began), unit="s")
    yield from siting.run()


def _year(name: str, model: CityModel, policy: SimulatedPolicy) -> BenchLine:
    """Drawing the accidents and summing up included; the first run, unmeasured, compiles."""
    week = replace(YEAR, days=7.0)
    replicate(model, policy, _PARAMS, week)
    began = time.perf_counter()
    replicate(model, policy, _PARAMS, YEAR)
    return BenchLine(name=name, value=_since(began), unit="s")


def _calls_a_minute(model: CityModel) -> float:
    """Ambulance calls alone, given: the engine without the drawing, at the load of the model's year × 4."""
    demand: Demand = replace(model.demand, ambulance=1.0, tow=0.0)
    only = replace(model, demand=demand, fleet=replace(
        model.fleet, kind=model.fleet.kind[model.fleet.kind == AMBULANCE],
        base=model.fleet.base[model.fleet.kind == AMBULANCE],
    ))  # fmt: skip
    jobs = drawn(only, replace(YEAR, days=365.0, growth=4.0), 0)
    city, rules = only.arrays(standard_s=YEAR.standard_s), rules_of(POLICIES["nearest_idle"], _PARAMS)
    simulate(city, jobs, only.fleet.units(), rules)
    began = time.perf_counter()
    outcome = simulate(city, jobs, only.fleet.units(), rules)
    took = time.perf_counter() - began
    assert np.isfinite(figures(jobs, outcome, begin_s=0, end_s=np.inf, late_after_s={})["mean_s"])
    return round(len(jobs.at) / took * 60)


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)

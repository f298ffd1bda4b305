"""One model under one set of rules, many times over: the same seeds give every policy the same accidents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from dispatch_core.assignment.params import DispatchParams
from simulations.city_model import CityModel
from simulations.kernel.arrays import AMBULANCE, City, Float64s, Int64s, Jobs, Units
from simulations.kernel.run import simulate
from simulations.metrics import Interval, figures, interval
from simulations.rules import SimulatedPolicy, rules_of

DAY_S = 86_400.0
_DUTY = 1  # the stream of breakdowns
Figures = dict[str, Float64s]  # by name, float64[replications]
Progress = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often and how long; the first days fill the city and are not counted."""

    replications: int = 30
    days: float = 15.0
    warm_up_days: float = 1.0
    seed: int = 1
    growth: float = 1.0
    standard_s: float = 720.0
    late_after_s: Mapping[int, float] = field(
        default_factory=lambda: {1: 480.0, 2: 480.0, 3: 1200.0, 4: 1200.0}
    )
    busy: float = 0.3


def nearest(model: CityModel, to: Int64s, mode: int) -> Int64s:
    """int64[p]: of the places in `to` the one that is reached first; −1 where there are none."""
    if not len(to):
        return np.full(len(model.lon), -1, np.int64)
    chosen: Int64s = to[model.time_s[0, mode][:, to].argmin(axis=1)]
    return chosen


def drawn(model: CityModel, plan: Plan, replication: int) -> Jobs:
    """The accidents of one replication, whatever the policy."""
    seed = np.random.SeedSequence([plan.seed, replication])
    return model.demand.draw(
        days=plan.days, seed=seed, growth=plan.growth,
        nearest_hospital=nearest(model, model.hospitals, 0), nearest_yard=nearest(model, model.yards, 1),
    )  # fmt: skip


def on_duty(model: CityModel, plan: Plan, replication: int) -> Units:
    """The units of one replication; breakdowns are the same whatever the policy."""
    return model.fleet.units(days=plan.days, seed=np.random.SeedSequence([plan.seed, replication, _DUTY]))


def replicate(
    model: CityModel,
    policy: SimulatedPolicy,
    params: DispatchParams,
    plan: Plan,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Figures:
    """Every replication's figures, in order; with several workers over a pool of processes."""  # fmt: skip
    run = partial(_one, model, model.arrays(standard_s=plan.standard_s), policy, params, plan)
    told: list[dict[str, float]] = []
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            for figures_of in pool.map(run, range(plan.replications)):
                told.append(figures_of)
                _tell(progress)
    else:
        for replication in range(plan.replications):
            told.append(run(replication))
            _tell(progress)
    names = list(dict.fromkeys(name for one in told for name in one))
    return {name: np.array([one.get(name, np.nan) for one in told]) for name in names}


def _tell(progress: Progress | None) -> None:
    if progress is not None:
        progress()


def _one(
    model: CityModel,
    city: City,
    policy: SimulatedPolicy,
    params: DispatchParams,
    plan: Plan,
    replication: int,
) -> dict[str, float]:
    jobs = drawn(model, plan, replication)
    outcome = simulate(
        city, jobs, on_duty(model, plan, replication), rules_of(policy, params, busy=plan.busy)
    )
    begin_s, end_s = plan.warm_up_days * DAY_S, plan.days * DAY_S
    told = figures(jobs, outcome, begin_s=begin_s, end_s=end_s, late_after_s=plan.late_after_s)
    ambulances = model.fleet.kind == AMBULANCE
    told["utilisation"] = float(outcome.worked[ambulances].mean() / end_s)
    return told


def paired(ours: Figures, theirs: Figures, names: Sequence[str]) -> dict[str, Interval]:
    """Differences replication by replication: what both had in common falls out."""
    return {name: interval(ours[name] - theirs[name]) for name in names}

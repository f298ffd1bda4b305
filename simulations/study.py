"""Scenarios run on the same accidents and compared: figures with intervals; where and when people wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from dispatch_core.assignment.params import DispatchParams
from maps.main_streets import Lines
from simulations.city_model import CityModel
from simulations.isochrones import Reach
from simulations.kernel.arrays import AMBULANCE, TOW, City, Float64s, Int64s, Jobs, Outcome
from simulations.kernel.run import simulate
from simulations.metrics import Interval, figures, interval
from simulations.readiness import covered_by_hour
from simulations.replications import DAY_S, Figures, Plan, drawn, on_duty, paired
from simulations.rules import POLICIES, rules_of
from simulations.scenario import Scenario
from simulations.scenario_city import Ground, ground_of

_HOURS = 24
_AT_LEAST, _AT_MOST = 10, 2000  # replications while an interval is still too wide
Progress = Callable[[], object]


@dataclass(slots=True)
class Details:
    """Sums over replications of the ambulance calls: by place, by hour of the day, by unit.

    `covered_in_hour` sums shares of demand that a free ambulance at its station reaches within the standard.
    """

    calls_at: Float64s
    response_at_s: Float64s
    late_at: Float64s
    calls_in_hour: Float64s
    response_in_hour_s: Float64s
    late_in_hour: Float64s
    covered_in_hour: Float64s
    missions_of: Float64s
    busy_of: Float64s
    response_s: list[Float64s] = field(default_factory=list)

    def add(self, other: Details) -> None:
        for name in ("calls_at", "response_at_s", "late_at", "calls_in_hour", "response_in_hour_s",
                     "late_in_hour", "covered_in_hour", "missions_of", "busy_of"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.response_s += other.response_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What of a city is told and drawn afterwards: p places, u units, the reach of the stations, streets."""

    city: str
    source: str
    lon: Float64s
    lat: Float64s
    hospitals: Int64s
    unit_kind: Int64s
    unit_base: Int64s
    reach: Reach
    streets: Lines

    @classmethod
    def of(cls, ground: Ground) -> Scene:
        model = ground.model
        return cls(
            city=model.name, source=model.source, lon=model.lon, lat=model.lat, hospitals=model.hospitals,
            unit_kind=model.fleet.kind, unit_base=model.fleet.base, reach=ground.reach,
            streets=ground.streets,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One scenario's outcome; figures by name with one value a replication, those of tow trucks `tow_…`."""

    name: str
    scene: Scene
    plan: Plan
    figures: Figures
    details: Details

    def interval(self, name: str) -> Interval:
        return interval(self.figures[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    model: CityModel
    city: City
    plan: Plan
    policy: str
    dispatch: DispatchParams


def plan_of(scenario: Scenario) -> Plan:
    standard_s = scenario.standard_min * 60.0
    return Plan(
        replications=scenario.replications, days=scenario.days, warm_up_days=scenario.warm_up_days,
        seed=scenario.seed, growth=scenario.growth, standard_s=standard_s,
        late_after_s=dict.fromkeys((1, 2, 3, 4), standard_s),
    )  # fmt: skip


def run_scenario(
    scenario: Scenario,
    *,
    replications: int | None = None,
    executor: Executor | None = None,
    progress: Progress = lambda: None,
) -> Study:
    """All replications; with `until_within` as many as bring the mean's interval within that share of it.

    `executor` runs them elsewhere (a pool of processes, Dask's `client.get_executor()`); without, here.
    """  # fmt: skip
    ground, plan = ground_of(scenario), plan_of(scenario)
    model = ground.model
    task = _Task(
        model=model, city=model.arrays(standard_s=plan.standard_s), plan=plan, policy=scenario.policy,
        dispatch=scenario.dispatch,
    )  # fmt: skip
    told: list[dict[str, float]] = []
    details: Details | None = None
    wanted = replications or scenario.replications
    while len(told) < wanted:
        batch = range(len(told), wanted)
        for one, detail in _mapped(executor, task, batch):
            told.append(one)
            if details is None:
                details = detail
            else:
                details.add(detail)
            progress()
        if scenario.until_within is not None and replications is None:
            wanted = _wanted(np.array([one["mean_s"] for one in told]), scenario.until_within)
    assert details is not None
    names = list(dict.fromkeys(name for one in told for name in one))
    columns = {name: np.array([one.get(name, np.nan) for one in told]) for name in names}
    return Study(name=scenario.name, scene=Scene.of(ground), plan=plan, figures=columns, details=details)


def _mapped(
    executor: Executor | None, task: _Task, batch: Iterable[int]
) -> Iterable[tuple[dict[str, float], Details]]:
    if executor is None:
        return (_replication(task, number) for number in batch)
    return executor.map(_Runner(task), list(batch))


@dataclass(frozen=True, slots=True)
class _Runner:
    """Can be sent to another process."""

    task: _Task

    def __call__(self, number: int) -> tuple[dict[str, float], Details]:
        return _replication(self.task, number)


def _wanted(values: Float64s, within: float) -> int:
    """How many replications bring the half-width down to that share of the mean: it falls with the root."""
    seen = interval(values)
    need = len(values) * (seen.half_width / (within * seen.mean)) ** 2
    return int(min(max(np.ceil(need), len(values) if need <= len(values) else _AT_LEAST), _AT_MOST))


def _replication(task: _Task, number: int) -> tuple[dict[str, float], Details]:
    model, plan = task.model, task.plan
    jobs = drawn(model, plan, number)
    outcome = simulate(
        task.city, jobs, on_duty(model, plan, number), rules_of(POLICIES[task.policy], task.dispatch)
    )
    begin_s, end_s = plan.warm_up_days * DAY_S, plan.days * DAY_S
    told: dict[str, float] = {}
    for kind, prefix in ((AMBULANCE, ""), (TOW, "tow_")):
        if (jobs.kind == kind).any():
            one = figures(
                jobs, outcome, begin_s=begin_s, end_s=end_s, late_after_s=plan.late_after_s, kind=kind
            )
            told |= {f"{prefix}{name}": value for name, value in one.items()}
        mine = model.fleet.kind == kind
        if mine.any():
            told[f"{prefix}utilisation"] = float(outcome.worked[mine].mean() / end_s)
            told[f"{prefix}driven_h"] = float(outcome.driven[mine].mean() / 3600.0 / plan.days)
    covered = covered_by_hour(task.city, model.fleet, outcome, begin_s=begin_s, end_s=end_s)
    told["coverage"] = float(np.nanmean(covered))
    return told, _details(model, jobs, outcome, plan, begin_s, end_s, covered)


def _details(
    model: CityModel, jobs: Jobs, outcome: Outcome, plan: Plan, begin_s: float, end_s: float,
    covered: Float64s,
) -> Details:  # fmt: skip
    chosen = (jobs.kind == AMBULANCE) & (jobs.at >= begin_s) & np.isfinite(outcome.arrived)
    place, hour = jobs.place[chosen], (jobs.at[chosen] // 3600).astype(np.int64) % _HOURS
    response_s = (outcome.arrived - jobs.at)[chosen]
    late = (response_s > plan.standard_s).astype(np.float64)
    places, units = len(model.lon), len(model.fleet.base)

    def summed(
        of: np.ndarray[tuple[int, ...], np.dtype[np.int64]], length: int, weight: Float64s | None
    ) -> Float64s:
        return np.bincount(of, weights=weight, minlength=length).astype(np.float64)

    served = outcome.unit[outcome.unit >= 0]
    return Details(
        calls_at=summed(place, places, None), response_at_s=summed(place, places, response_s),
        late_at=summed(place, places, late), calls_in_hour=summed(hour, _HOURS, None),
        response_in_hour_s=summed(hour, _HOURS, response_s), late_in_hour=summed(hour, _HOURS, late),
        covered_in_hour=covered,
        missions_of=summed(served, units, None), busy_of=outcome.worked / end_s, response_s=[response_s],
    )  # fmt: skip


COMPARED = ("mean_s", "median_s", "p90_s", "late_share", "coverage", "utilisation", "driven_h", "moved_share",
            "queued_share", "lost_share", "tow_mean_s", "tow_p90_s", "tow_late_share")  # fmt: skip


def compared(studies: Sequence[Study]) -> list[Mapping[str, Interval]]:
    """Each scenario but the first, less the first, replication by replication; two may have one name."""
    first = studies[0].figures
    return [
        paired(_cut(study.figures, first), _cut(first, study.figures), _common(study.figures, first))
        for study in studies[1:]
    ]


def _common(ours: Figures, theirs: Figures) -> list[str]:
    return [name for name in COMPARED if name in ours and name in theirs]


def _cut(figures_of: Figures, other: Figures) -> Figures:
    """As many replications as both have."""
    count = min(len(next(iter(figures_of.values()))), len(next(iter(other.values()))))
    return {name: values[:count] for name, values in figures_of.items()}


def pool(workers: int) -> Executor | None:
    return ProcessPoolExecutor(workers) if workers > 1 else None

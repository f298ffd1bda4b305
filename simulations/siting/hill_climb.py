"""Stations moved one by one in the simulator itself, on common random numbers.

A location model knows averages; the simulator knows queues, policies and hours. A move is screened on few
replications, kept only if its paired 95 % interval says better on all of them, and what the climb won is told
on replications that the search never saw, since a search flatters what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.coverage.siting.plan import Patience
from dispatch_core.errors import InvalidInput
from simulations.city_model import CityModel
from simulations.kernel.arrays import AMBULANCE, Float64s, Int64s
from simulations.metrics import Interval, interval
from simulations.replications import Plan, replicate
from simulations.rules import SimulatedPolicy

MEASURES = ("mean_s", "p90_s", "late_share")
_NEIGHBOURS = 8  # places that a station may move to at once, the nearest by road and as many at random
_UNSEEN = 1_000_003  # added to the seed of the replications that judge
_SCREEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    unit: int
    origin: int
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """`before`, `after` and their paired `difference` on replications that the search never saw."""

    bases: Int64s
    moves: tuple[Move, ...]
    before: Interval
    after: Interval
    difference: Interval
    tried: int
    is_local_best: bool

    def net_moves(self, model: CityModel) -> tuple[Move, ...]:
        """From where each unit stood to where it stands at last."""
        return tuple(
            Move(unit=unit, origin=origin, to=to)
            for unit, (origin, to) in enumerate(
                zip(model.fleet.base.tolist(), self.bases.tolist(), strict=True)
            )
            if origin != to
        )

    def moved(self, model: CityModel) -> CityModel:
        """The city with its units where they stand at last."""
        return moved_city(model, self.bases)

    def record(self, model: CityModel) -> dict[str, Any]:
        """As JSON; places with their coordinates."""
        return {
            "moves": [
                {"unit": m.unit, "from": m.origin, "to": m.to, "lon": float(model.lon[m.to]),
                 "lat": float(model.lat[m.to])}
                for m in self.net_moves(model)
            ],
            "before": self.before.mean, "after": self.after.mean, "difference": self.difference.mean,
            "half_width": self.difference.half_width, "tried": self.tried,
            "is_local_best": self.is_local_best,
        }  # fmt: skip


def climb(
    model: CityModel,
    policy: SimulatedPolicy,
    params: DispatchParams,
    plan: Plan,
    *,
    measure: str = "mean_s",
    wall_s: float = 120.0,
    progress: Callable[[int, float], object] | None = None,
) -> Climb:
    """Moves one ambulance's station at a time while `measure`, less being better, falls; tow trucks stay."""
    if measure not in MEASURES:
        raise InvalidInput("measure", f"is one of {', '.join(MEASURES)}, not {measure}")
    patience = Patience(wall_s)
    random = np.random.default_rng(plan.seed)
    trial = _Trial(model, policy, params, measure)
    bases = model.fleet.base.copy()
    now = trial.values(bases, plan)
    moves: list[Move] = []
    tried, is_local_best = 0, False
    while not is_local_best and patience.left_s > 0:
        is_local_best = True
        for move in _moves(model, bases, random):
            if patience.left_s <= 0:
                is_local_best = False
                break
            tried += 1
            moved = bases.copy()
            moved[move.unit] = move.to
            better = trial.better(moved, now, plan)
            if better is not None:
                bases[:] = moved  # the walk over moves looks at it
                now, is_local_best = better, False
                moves.append(move)
                if progress is not None:
                    progress(len(moves), float(now.mean()))
    judged = replace(plan, seed=plan.seed + _UNSEEN, replications=max(plan.replications * 2, 20))
    before, after = trial.values(model.fleet.base, judged), trial.values(bases, judged)
    return Climb(
        bases=bases, moves=tuple(moves), before=interval(before), after=interval(after),
        difference=interval(after - before), tried=tried, is_local_best=is_local_best,
    )  # fmt: skip


def moved_city(model: CityModel, bases: Int64s) -> CityModel:
    """The city with other bases int64[u]; its stations are those where ambulances stand."""
    stations = np.unique(bases[model.fleet.kind == AMBULANCE])
    return replace(model, fleet=replace(model.fleet, base=bases), stations=stations)


class _Trial:
    """What bases are worth, by simulation."""

    def __init__(
        self, model: CityModel, policy: SimulatedPolicy, params: DispatchParams, measure: str
    ) -> None:
        self._model, self._policy, self._params, self._measure = model, policy, params, measure

    def values(self, bases: Int64s, plan: Plan) -> Float64s:
        """float64[replications]"""
        return replicate(moved_city(self._model, bases), self._policy, self._params, plan)[self._measure]

    def better(self, bases: Int64s, now: Float64s, plan: Plan) -> Float64s | None:
        """The new values, if less for certain; a hopeless move is dropped after a few replications."""
        few = min(_SCREEN, plan.replications)
        screened = self.values(bases, replace(plan, replications=few))
        if screened.mean() >= now[:few].mean():
            return None
        values = self.values(bases, plan)
        return values if interval(values - now).high < 0 else None


def _moves(model: CityModel, bases: Int64s, random: np.random.Generator) -> Iterator[Move]:
    """Every ambulance to places near its station and to some anywhere, in an order that favours nobody."""
    ambulances = np.flatnonzero(model.fleet.kind == AMBULANCE)
    away = model.time_s[0, AMBULANCE]
    for unit in random.permutation(ambulances):
        origin = int(bases[unit])
        near = np.argsort(away[origin], kind="stable")[1 : _NEIGHBOURS + 1]
        anywhere = random.choice(len(model.lon), min(_NEIGHBOURS, len(model.lon)), replace=False)
        for to in dict.fromkeys([*near.tolist(), *anywhere.tolist()]):
            if to != origin and np.isfinite(away[to, origin]) and np.isfinite(away[origin, to]):
                yield Move(unit=int(unit), origin=origin, to=int(to))
                if bases[unit] != origin:
                    break

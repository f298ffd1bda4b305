"""Plans for a cover model by search, bounds by its relaxation, and the two made to narrow it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dispatch_core.coverage.siting import cover_kernels, dual_kernels
from dispatch_core.coverage.siting.cover import CoverModel, narrowed
from dispatch_core.coverage.siting.plan import PROVEN, SitingParams

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]

_SEARCH_WORK = 2e8  # entries of the table that a search may look at: about a second
_STARTS = 6  # searches from what the relaxation proposes
_ROUND = 200  # steps of the relaxation between two attempts to round it


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """units int64[s] of the problem, their value, and a bound that no plan beats."""

    units: Int64s
    value: float
    bound: float = np.inf

    def is_enough(self, grain: float, wanted_gap: float) -> bool:
        """Whether the bound proves the plan best, or good enough."""
        return self.bound < self.value + max(margin(grain, self.value), wanted_gap * abs(self.value))

    def settled(self, grain: float) -> Found:
        """Proven, where every better plan is better by more than the bound allows."""
        return (
            replace(self, bound=self.value) if self.bound < self.value + margin(grain, self.value) else self
        )

    def bounded_by(self, bound: float) -> Found:
        """A bound on every plan that could still be better bounds all."""
        return replace(self, bound=max(min(self.bound, bound), self.value))


def margin(grain: float, value: float) -> float:
    """By how much a better plan is better at least."""
    return grain * (1 - 1e-6) if grain else PROVEN * max(abs(value), 1e-12)


def searched(model: CoverModel, *, seed: int, params: SitingParams) -> Found:
    """Greedy, then tabu search from it and from shaken plans."""
    random = np.random.default_rng(seed)
    best = np.zeros(len(model.most), np.int64)
    site_start, site_row, _, _ = model.lists()
    cover_kernels.greedy(
        site_start, site_row, model.weight, model.step, model.base, model.most, model.units, best
    )
    best_value = -np.inf
    steps = max(min(params.search_steps, int(_SEARCH_WORK / params.search_rounds / _step_work(model))), 1)
    for turn in range(params.search_rounds):
        start = best if turn == 0 else _shaken(best, model.most, random)
        value, plan = _swapped(model, start, steps, int(random.integers(2**31)))
        if value > best_value:
            best, best_value = plan, value
    return Found(units=model.whole(best), value=best_value + model.settled)


def _step_work(model: CoverModel) -> float:
    """Entries that one swap looks at, on average."""
    rows, sites = model.reach.shape
    entries = float(model.reach.sum())
    return float(model.units * (sites + entries / sites * entries / rows))


def improved(model: CoverModel, found: Found, start: Int64s) -> Found:
    """`found`, or what swaps make of `start` int64[s of the model] if that is better."""
    steps = max(int(_SEARCH_WORK / 20 / _step_work(model)), 1)
    value, plan = _swapped(model, start, steps, -1)
    if value + model.settled <= found.value:
        return found
    return replace(found, units=model.whole(plan), value=value + model.settled).bounded_by(found.bound)


def _swapped(model: CoverModel, start: Int64s, steps: int, seed: int) -> tuple[float, Int64s]:
    plan = np.zeros_like(start)
    value = cover_kernels.swapped(
        *model.lists(), model.weight, model.step, model.base, model.most, start.copy(), plan, steps, seed
    )
    return value, plan


def _shaken(plan: Int64s, most: Int64s, random: np.random.Generator) -> Int64s:
    """Half of the units moved to where chance wills."""
    shaken = plan.copy()
    for _ in range(max(int(plan.sum()) // 2, 1)):
        shaken[random.choice(np.flatnonzero(shaken))] -= 1
        shaken[random.choice(np.flatnonzero(shaken < most))] += 1
    return shaken


def bounded(
    model: CoverModel, found: Found, *, grain: float, steps: int, seed: int, params: SitingParams
) -> tuple[CoverModel, Found]:
    """The relaxation, rounded and improved every now and then, until it certifies the plan or `steps` end.

    The model comes back without whatever cannot be part of a better plan than the one found.
    """
    random = np.random.default_rng(seed)
    price = 0.5 * model.weight * model.step[model.base]
    part = np.full(len(model.most), model.units / len(model.most))
    least, most = np.zeros_like(model.most), model.most.copy()
    for done in range(0, steps, _ROUND):
        bound, value = dual_kernels.relaxed(
            *model.lists(), model.weight, model.step, model.base, model.most, model.units, price, part,
            min(_ROUND << (done // _ROUND), steps - done),
            found.value - model.settled + margin(grain, found.value), least, most,
        )  # fmt: skip
        found = improved(model, found.bounded_by(bound + model.settled), _rounded(part, model))
        if found.is_enough(grain, params.wanted_gap) or bound - value < 1e-6 * abs(bound):
            break
    if not found.is_enough(grain, params.wanted_gap):
        found = _near_relaxation(model, found, part, random)
    if int(least.sum()) > model.units or int(most.sum()) < model.units:  # nothing better is left
        return model, found.bounded_by(found.value)
    return narrowed(model, least=np.minimum(least, most), most=most), found


def _near_relaxation(model: CoverModel, found: Found, part: Float64s, random: np.random.Generator) -> Found:
    """Tabu search from plans drawn by what the relaxation thinks of each site."""
    steps = max(int(_SEARCH_WORK / 2 / _STARTS / _step_work(model)), 1)
    for _ in range(_STARTS):
        drawn = _rounded(part * random.random(len(part)) ** 0.5, model)
        value, plan = _swapped(model, drawn, steps, int(random.integers(2**31)))
        if value + model.settled > found.value:
            found = replace(found, units=model.whole(plan), value=value + model.settled).bounded_by(
                found.bound
            )
    return found


def _rounded(part: Float64s, model: CoverModel) -> Int64s:
    """Whole units, as many as asked: what is whole already, then the largest fractions."""
    whole = np.minimum(np.floor(part + 1e-6).astype(np.int64), model.most)
    for site in np.argsort(whole - part, kind="stable"):
        if whole.sum() >= model.units:
            break
        whole[site] = min(whole[site] + 1, model.most[site])
    for site in range(len(whole)):
        whole[site] += min(int(model.most[site] - whole[site]), max(model.units - int(whole.sum()), 0))
    return whole

"""MCLP and MEXCLP: the whole chain from problem to certified plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch_core.coverage.siting.cover import CoverModel, cover_model, without_dominated
from dispatch_core.coverage.siting.cover_programme import solved
from dispatch_core.coverage.siting.cover_search import Found, bounded, searched
from dispatch_core.coverage.siting.plan import Patience, SitingParams
from dispatch_core.coverage.siting.problem import Mclp, Mexclp

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


def maximise(model: CoverModel, *, patience: Patience, seed: int, params: SitingParams) -> Found:
    """Tabu search, relaxation, integer programme: each only if those before it left a gap."""
    grain = model.grain
    model = without_dominated(model)
    if model.units == 0 or not len(model.weight):
        return _settled(model)
    found = searched(model, seed=seed, params=params)
    for steps in (params.ascent_steps, params.ascent_steps * 2):  # the second in what the first has left
        model, found = bounded(model, found, grain=grain, steps=steps, seed=seed, params=params)
        if _is_over(model, found, grain, patience, params):
            return found.settled(grain)
    return solved(model, found, wall_s=patience.left_s, wanted_gap=params.wanted_gap).settled(grain)


def _is_over(model: CoverModel, found: Found, grain: float, patience: Patience, params: SitingParams) -> bool:
    return found.is_enough(grain, params.wanted_gap) or patience.left_s <= 0 or not len(model.weight)


def _settled(model: CoverModel) -> Found:
    """Nothing is left to win: units still to be placed stand anywhere."""
    units, left = model.placed.copy(), model.units
    here = np.zeros(len(model.most), np.int64)
    for site in range(len(here)):
        here[site] = min(left, int(model.most[site]))
        left -= int(here[site])
    return Found(units=model.whole(here) if len(here) else units, value=model.settled, bound=model.settled)


def mclp_model(problem: Mclp) -> CoverModel:
    sites = problem.reach.shape[1]
    step = np.zeros(problem.sites + 2)
    step[0] = 1.0
    return cover_model(
        problem.reach, problem.demand, step=step, units=problem.sites,
        most=np.ones(sites, np.int64), least=_standing(problem.open_sites, sites),
    )  # fmt: skip


def mexclp_model(problem: Mexclp) -> CoverModel:
    """With probabilities, a row for every level of probability that a point sees: they nest.

    Of the units that answer, the k-th likeliest to be in time does with (1 − q) q^(k−1); summed by parts that
    is Σ over levels of (level − next level) · (1 − q^(units at this level or above)).
    """
    sites = problem.reach.shape[1]
    step = np.append((1 - problem.busy) * problem.busy ** np.arange(problem.units), [0.0, 0.0])
    reach, weight = _by_level(problem.reach, problem.demand)
    at_most = problem.units if problem.at_most is None else problem.at_most
    return cover_model(
        reach, weight, step=step, units=problem.units,
        most=np.full(sites, at_most), least=_standing(problem.open_sites, sites),
    )  # fmt: skip


def _by_level(reach: Bools | Float64s, demand: Float64s) -> tuple[Bools, Float64s]:
    if reach.dtype == np.bool_:
        return reach.astype(np.bool_), demand
    rows, weights = [np.zeros((0, reach.shape[1]), np.bool_)], [np.zeros(0)]
    for probability, wanted in zip(reach, demand, strict=True):
        level = np.unique(probability[probability > 0])
        rows.append(probability >= level[:, None])
        weights.append(wanted * np.diff(level, prepend=0.0))
    return np.concatenate(rows), np.concatenate(weights)


def _standing(open_sites: tuple[int, ...], sites: int) -> Int64s:
    return np.bincount(np.array(open_sites, np.int64), minlength=sites).astype(np.int64)

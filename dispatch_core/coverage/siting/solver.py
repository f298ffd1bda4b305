"""One entry for every siting problem."""

from __future__ import annotations

import numpy as np

from dispatch_core.coverage.siting.centre import smallest_radius
from dispatch_core.coverage.siting.covering import maximise, mclp_model, mexclp_model
from dispatch_core.coverage.siting.double_standard import twice_covered
from dispatch_core.coverage.siting.found import SitesFound
from dispatch_core.coverage.siting.median import cheapest_median
from dispatch_core.coverage.siting.plan import Patience, SitingParams, SitingPlan, gap_of
from dispatch_core.coverage.siting.problem import (
    DoubleStandard,
    Lscp,
    Mclp,
    Mexclp,
    PCentre,
    PMedian,
    SitingProblem,
)
from dispatch_core.coverage.siting.set_cover import cheapest_cover


def solve(
    problem: SitingProblem, *, wall_s: float = 60.0, seed: int = 0, params: SitingParams | None = None
) -> SitingPlan:
    """The best plan found within about `wall_s` seconds, with a bound that no plan beats.

    InvalidInput where no plan exists. The same seed gives the same plan, unless time ran out.
    """
    patience = Patience(wall_s)
    found = _found(problem, patience, seed, params or SitingParams())
    return SitingPlan(
        objective=found.value,
        sites=tuple(sorted(found.sites.tolist())),
        bound=found.bound,
        gap=gap_of(found.value, found.bound),
        seconds=patience.spent_s,
        uncovered=_uncovered(problem),
    )


def _found(problem: SitingProblem, patience: Patience, seed: int, params: SitingParams) -> SitesFound:
    match problem:
        case Mclp() | Mexclp():
            model = mclp_model(problem) if isinstance(problem, Mclp) else mexclp_model(problem)
            best = maximise(model, patience=patience, seed=seed, params=params)
            sites = np.repeat(np.arange(len(best.units)), best.units)
            return SitesFound(sites=sites, value=best.value, bound=best.bound)
        case Lscp():
            return cheapest_cover(problem, patience=patience, wanted_gap=params.wanted_gap)
        case DoubleStandard():
            return twice_covered(problem, patience=patience, wanted_gap=params.wanted_gap)
        case PMedian():
            return cheapest_median(problem, patience=patience, seed=seed, params=params)
        case PCentre():
            return smallest_radius(problem, patience=patience)


def _uncovered(problem: SitingProblem) -> int:
    match problem:
        case Lscp() | Mclp():
            reach = problem.reach
        case Mexclp():
            reach = problem.reach > 0
        case DoubleStandard():
            reach = problem.far
        case _:
            return 0
    return int((~reach.any(axis=1)).sum())

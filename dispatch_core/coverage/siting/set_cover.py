"""LSCP: the cheapest sites that reach every point, by reductions and an integer programme."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from dispatch_core.coverage.siting.found import SitesFound
from dispatch_core.coverage.siting.plan import Patience
from dispatch_core.coverage.siting.problem import Lscp
from dispatch_core.coverage.siting.programme import Programme, maximised

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """What is left to decide: r rows by the columns `site` of the problem."""

    reach: Bools
    cost: Float64s
    site: Int64s


def cheapest_cover(problem: Lscp, *, patience: Patience, wanted_gap: float = 0.0) -> SitesFound:
    """Points that no site reaches are left out."""
    taken, rest = _rest(problem)
    chosen, bound = np.zeros(len(rest.cost), np.bool_), 0.0
    if len(rest.reach):
        chosen = greedy_cover(rest.reach, rest.cost)
        answer = maximised(
            _programme(rest), wall_s=patience.left_s, gap=wanted_gap, start=chosen.astype(np.float64)
        )
        if answer.x is not None and rest.cost @ (answer.x > 0.5) < rest.cost @ chosen:
            chosen = answer.x > 0.5
        bound = -answer.bound
        if (rest.cost == np.rint(rest.cost)).all():
            bound = np.ceil(bound - 1e-6)
    taken[rest.site[chosen]] = True
    value = float(rest.cost @ chosen)
    return SitesFound(sites=_needed(problem, taken), value=value, bound=max(min(bound, value), 0.0))


def is_coverable(problem: Lscp, room: int, *, patience: Patience) -> tuple[Int64s, bool | None]:
    """At most `room` sites beside the open ones that reach everybody, and whether there are any.

    None where time ran out before that was known.
    """
    if not problem.reach.any(axis=1).all():
        return np.zeros(0, np.int64), False
    taken, rest = _rest(problem)
    chosen = greedy_cover(rest.reach, np.ones(len(rest.site)))
    if chosen.sum() > room:
        programme = _programme(rest)
        within = replace(
            programme,
            table=sparse.csr_array(
                sparse.vstack([programme.table, sparse.csr_array(np.ones((1, len(rest.site))))])
            ),
            row_lower=np.append(programme.row_lower, -np.inf),
            row_upper=np.append(programme.row_upper, float(room)),
        )
        answer = maximised(within, wall_s=patience.left_s, is_any_enough=True)
        if answer.x is None:
            return np.zeros(0, np.int64), False if answer.is_impossible else None
        chosen = answer.x > 0.5
    taken[rest.site[chosen]] = True
    return _needed(problem, taken), True


def _rest(problem: Lscp) -> tuple[Bools, _Rest]:
    """bool[s] of the sites taken at once, and what they leave."""
    sites = problem.reach.shape[1]
    cost = np.ones(sites) if problem.cost is None else problem.cost
    taken = cost == 0
    taken[list(problem.open_sites)] = True
    free = np.flatnonzero(~taken)
    left = ~problem.reach[:, taken].any(axis=1) & problem.reach.any(axis=1)
    rows = hardest_rows(problem.reach[left][:, free])
    columns = undominated(rows, cost[free])
    return taken, _Rest(reach=rows[:, columns], cost=cost[free][columns], site=free[columns])


def _needed(problem: Lscp, chosen: Bools) -> Int64s:
    """Without the sites that cost nothing and reach nobody alone."""
    kept = chosen.copy()
    count = problem.reach[:, kept].sum(axis=1)
    free = np.ones(len(kept), np.bool_) if problem.cost is None else problem.cost == 0
    for site in np.flatnonzero(kept & free):
        if site not in problem.open_sites and (count[problem.reach[:, site]] > 1).all():
            kept[site] = False
            count -= problem.reach[:, site]
    return np.flatnonzero(kept)


def hardest_rows(reach: Bools) -> Bools:
    """Without rows that are reached whenever another row is."""
    reach = np.unique(reach, axis=0)
    table = reach.astype(np.float32)
    size = table.sum(axis=1)
    inside = (table @ table.T) >= size[None, :] - 0.5  # [a, b]: all sites of b reach a
    np.fill_diagonal(inside, False)
    return np.ascontiguousarray(reach[~inside.any(axis=1)])


def undominated(reach: Bools, cost: Float64s) -> Int64s:
    """Columns whose rows no other column reaches as well for no more."""
    table = reach.astype(np.float32)
    size = table.sum(axis=0)
    inside = (table.T @ table) >= size[:, None] - 0.5  # [a, b]: all rows of a are rows of b
    same = inside & inside.T & (cost[None, :] == cost[:, None])
    earlier = np.arange(len(cost))[None, :] < np.arange(len(cost))[:, None]
    beaten = inside & (cost[None, :] <= cost[:, None]) & (~same | earlier)
    np.fill_diagonal(beaten, False)
    return np.flatnonzero(~beaten.any(axis=1) & (size > 0))


def greedy_cover(reach: Bools, cost: Float64s) -> Bools:
    """bool[s]: the site with most new points for its cost, again and again; Chvátal, Math. OR 4 (1979)."""
    chosen = np.zeros(len(cost), np.bool_)
    left = np.ones(len(reach), np.bool_)
    while left.any():
        best = int((reach[left].sum(axis=0) / cost).argmax())
        chosen[best] = True
        left &= ~reach[:, best]
    return chosen


def _programme(rest: _Rest) -> Programme:
    rows, sites = rest.reach.shape
    return Programme(
        gain=-rest.cost,
        table=sparse.csr_array(rest.reach.astype(np.float64)),
        row_lower=np.ones(rows),
        row_upper=np.full(rows, np.inf),
        lower=np.zeros(sites),
        upper=np.ones(sites),
        whole=np.ones(sites, np.bool_),
    )

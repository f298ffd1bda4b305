"""What the Lagrangian has left of a p-median problem, as an integer programme of few variables.

For every point the costs that may serve it are stairs: a variable says that no open site is as near as the
k-th. García, Labbé, Marín, Solving large p-median problems with a radius formulation, INFORMS Journal on
Computing 23 (2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from dispatch_core.coverage.siting.median_kernels import CLOSED, OPEN
from dispatch_core.coverage.siting.programme import Programme, maximised

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Int8s = NDArray[np.int8]

_MOST_ENTRIES = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """`plan` int64[count] of the best plan found, None: none; no plan costs less than `bound`."""

    plan: Int64s | None
    bound: float


def cheapest_remaining(
    cost: Float64s, state: Int8s, count: int, dearest: Float64s, *, wall_s: float
) -> Remainder | None:
    """Of the plans that keep to `state` and serve each point at no more than its `dearest` float64[c].

    `bound` is infinite if there is none. None: the programme would be too large.
    """
    sites = np.flatnonzero(state != CLOSED)
    near = cost[:, sites]
    point, site = np.nonzero(near <= dearest[:, None])
    if len(point) > _MOST_ENTRIES:
        return None
    if len(np.unique(point)) < len(cost):
        return Remainder(plan=None, bound=np.inf)
    stairs = _stairs(near[point, site], point, site, len(sites))
    free, variables = len(sites), len(sites) + stairs.steps
    table = sparse.vstack(
        [stairs.table, sparse.csr_array(np.append(np.ones(free), np.zeros(stairs.steps))[None, :])],
        format="csr",
    )
    programme = Programme(
        gain=np.append(np.zeros(free), -stairs.height),
        table=sparse.csr_array(table),
        row_lower=np.append(stairs.at_least, float(count)),
        row_upper=np.append(np.full(len(stairs.at_least), np.inf), float(count)),
        lower=np.append((state[sites] == OPEN).astype(np.float64), np.zeros(stairs.steps)),
        upper=np.ones(variables),
        whole=np.arange(variables) < free,
    )
    answer = maximised(programme, wall_s=wall_s, is_bound_tight=True)
    if answer.is_impossible:
        return Remainder(plan=None, bound=np.inf)
    plan = None if answer.x is None else sites[np.flatnonzero(answer.x[:free] > 0.5)].astype(np.int64)
    return Remainder(plan=plan, bound=stairs.ground - answer.bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stairs:
    """Rows table · (sites, steps) ≥ at_least; a step not taken costs nothing, `ground` is always paid."""

    table: sparse.csr_array
    at_least: Float64s
    height: Float64s
    ground: float

    @property
    def steps(self) -> int:
        return len(self.height)


def _stairs(price: Float64s, point: Int64s, site: Int64s, sites: int) -> _Stairs:
    """A row for each point and each of its prices, in order: whoever climbs past the one before must find a
    site at this price or climb past it too; past the last nobody may."""
    order = np.lexsort((price, point))
    price, point, site = price[order], point[order], site[order]
    begins = np.append(True, (np.diff(point) != 0) | (np.diff(price) > 0))
    row = np.cumsum(begins) - 1
    level, owner = price[begins], point[begins]
    rows = len(level)
    is_first = np.append(True, np.diff(owner) != 0)
    is_last = np.append(is_first[1:], True)
    step = np.where(is_last, -1, np.cumsum(~is_last) - 1)
    climbs, follows = np.flatnonzero(~is_last), np.flatnonzero(~is_first)
    table = sparse.csr_array(
        (
            np.concatenate([np.ones(len(row)), np.ones(len(climbs)), -np.ones(len(follows))]),
            (
                np.concatenate([row, climbs, follows]),
                np.concatenate([site, sites + step[climbs], sites + step[follows - 1]]),
            ),
        ),
        shape=(rows, sites + len(climbs)),
    )
    return _Stairs(
        table=table,
        at_least=is_first.astype(np.float64),
        height=level[climbs + 1] - level[climbs],
        ground=float(level[is_first].sum()),
    )

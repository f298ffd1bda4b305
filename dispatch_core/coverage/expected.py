"""Coverage now: the share of expected demand that free units reach in time, and what each of them adds.

MEXCLP: Daskin, A maximum expected covering location model, Transportation Science 17 (1983). A cell that k
free units reach is covered with probability 1 − q^k, q being the share of time that a unit is busy.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput

Float64s = NDArray[np.float64]
Bools = NDArray[np.bool_]


def reaches(eta_s: Float64s, *, standard_s: float) -> Bools:
    """bool[u, c] from float64[u, c]: the unit is there within the standard, turnout included in `eta_s`."""
    within: Bools = eta_s <= standard_s
    return within


def covered_share(reach: Bools, demand: Float64s) -> float:
    """Share of `demand` float64[c] that at least one of the units in `reach` bool[u, c] gets to in time."""
    return _share(np.any(reach, axis=0, keepdims=True)[0].astype(np.float64), demand)


def expected_share(reach: Bools, demand: Float64s, *, busy: float) -> float:
    """Share of demand that finds a free unit in time when each is busy with probability `busy`."""
    return _share(1.0 - _busy(busy) ** reach.sum(axis=0), demand)


def marginal_loss(reach: Bools, demand: Float64s, *, busy: float) -> Float64s:
    """float64[u]: by how much of the share the expected coverage falls if the unit leaves."""
    alone = (1.0 - _busy(busy)) * busy ** np.maximum(reach.sum(axis=0) - 1, 0)
    loss: Float64s = reach @ (alone * _normal(demand))
    return loss


def marginal_gain(reach: Bools, posts: Bools, demand: Float64s, *, busy: float) -> Float64s:
    """float64[p]: by how much it grows if one more unit stands where posts bool[p, c] are reached from."""
    one_more = (1.0 - _busy(busy)) * busy ** reach.sum(axis=0)
    gain: Float64s = posts @ (one_more * _normal(demand))
    return gain


def share_by_district(
    reach: Bools, demand: Float64s, district: Sequence[Hashable], *, busy: float
) -> dict[Hashable, float]:
    """Expected share within each district; `district` names that of each cell."""
    if len(district) != len(demand):
        raise InvalidInput("district", "must name one for each cell")
    shares = {}
    for name in dict.fromkeys(district):
        here = np.array([d == name for d in district], np.bool_)
        shares[name] = expected_share(reach[:, here], demand[here], busy=busy)
    return shares


def _share(covered: Float64s, demand: Float64s) -> float:
    return float(covered @ _normal(demand))


def _normal(demand: Float64s) -> Float64s:
    """Demand as shares; all 0 where none is expected, which leaves nothing to lose."""
    total = demand.sum()
    return demand / total if total > 0 else np.zeros(len(demand))


def _busy(busy: float) -> float:
    if not 0 <= busy < 1:
        raise InvalidInput("busy", "is a share of at least 0 and below 1")
    return busy

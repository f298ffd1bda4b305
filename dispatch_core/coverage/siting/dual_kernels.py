"""Machine code for bounds on cover problems: the relaxation by a primal–dual method, and what it fixes.

The relaxation is the saddle point max over plans x, min over prices u ≥ 0 of u · reach x + Σ φ(u), where
φ_r(u) = max over n of weight_r · (g(base_r + n) − g(base_r)) − u n. Chambolle, Pock, J. Math. Imaging and
Vision 40 (2011), restarted from the average as in PDLP: Applegate et al., NeurIPS 2021. Any u gives a bound,
so that rounding errors of the iteration cannot spoil it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.compiled import compiled

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]

_CHECK_EVERY = 40
_RESTART_AFTER = 1200
_SHRUNK = 0.3  # of the duality gap at the last restart


@compiled
def _worth(site_start: Int32s, site_row: Int32s, price: Float64s) -> Float64s:
    """float64[s]: what a unit at each site earns at these prices."""
    worth = np.zeros(len(site_start) - 1)
    for site in range(len(worth)):
        for k in range(site_start[site], site_start[site + 1]):
            worth[site] += price[site_row[k]]
    return worth


@compiled
def _reached(row_start: Int32s, row_site: Int32s, plan: Float64s) -> Float64s:
    """float64[r]: units, or parts of units, that reach each row."""
    reached = np.zeros(len(row_start) - 1)
    for row in range(len(reached)):
        for k in range(row_start[row], row_start[row + 1]):
            reached[row] += plan[row_site[k]]
    return reached


@compiled
def _certain(weight: Float64s, step: Float64s, base: Int64s) -> float:
    value = 0.0
    for row in range(len(weight)):
        for k in range(base[row]):
            value += weight[row] * step[k]
    return value


@compiled
def _value(weight: Float64s, step: Float64s, base: Int64s, reached: Float64s) -> float:
    """What is won beyond `base` when rows are reached by `reached` units, g linear between whole numbers."""
    value = 0.0
    for row in range(len(weight)):
        left, k = reached[row], base[row]
        while left > 1e-12:
            value += weight[row] * step[k] * min(left, 1.0)
            left -= 1.0
            k += 1
    return value


@compiled
def _bound(
    weight: Float64s, step: Float64s, base: Int64s, most: Int64s, units: int, price: Float64s,
    worth: Float64s, target: float, fixed_least: Int64s, fixed_most: Int64s,
) -> float:  # fmt: skip
    """The dual value at `price`: no plan wins more beyond `base`.

    Lowers fixed_most[s] to 0 or raises fixed_least[s] to 1 where the other way ends below `target`.
    """
    bound = 0.0
    for row in range(len(weight)):
        k = base[row]
        while k - base[row] < units and weight[row] * step[k] > price[row]:
            bound += weight[row] * step[k] - price[row]
            k += 1
    order = np.argsort(-worth)
    filled = np.zeros(len(most), np.int64)
    left, last, following = units, -1, -1
    for site in order:
        filled[site] = min(most[site], left)
        left -= filled[site]
        bound += filled[site] * worth[site]
        if filled[site] > 0:
            last = site
        if filled[site] < most[site]:
            following = site
            break
    if following >= 0 and last >= 0:
        for site in range(len(most)):
            if filled[site] == 0 and bound - worth[last] + worth[site] < target:
                fixed_most[site] = 0
            elif filled[site] > 0 and bound - filled[site] * (worth[site] - worth[following]) < target:
                fixed_least[site] = 1
    return bound


@compiled
def _projected(plan: Float64s, most: Int64s, units: int) -> Float64s:
    """The nearest plan with 0 ≤ x ≤ most and Σ x = units: a common shift, found by bisection."""
    low, high = plan.min() - most.max() - 1.0, plan.max() + 1.0
    for _ in range(60):
        shift = 0.5 * (low + high)
        total = 0.0
        for site in range(len(plan)):
            total += min(max(plan[site] - shift, 0.0), most[site])
        if total > units:
            low = shift
        else:
            high = shift
    nearest = np.empty(len(plan))
    for site in range(len(plan)):
        nearest[site] = min(max(plan[site] - high, 0.0), most[site])
    return nearest


@compiled
def _lowered(
    weight: Float64s,
    step: Float64s,
    base: Int64s,
    units: int,
    price: Float64s,
    stride: float,
    reached: Float64s,
) -> None:
    """The proximal step on prices, in place: argmin of φ(u) + u · reached + (u − price)² / (2 stride)."""
    for row in range(len(weight)):
        free = price[row] - stride * reached[row]
        k = 0
        while True:
            candidate = free + stride * k
            if k >= units or candidate >= weight[row] * step[base[row] + k]:
                if k > 0:
                    candidate = min(candidate, weight[row] * step[base[row] + k - 1])
                break
            k += 1
        price[row] = min(max(candidate, 0.0), weight[row] * step[base[row]])


@compiled
def _norm(site_start: Int32s, site_row: Int32s, row_start: Int32s, row_site: Int32s) -> float:
    """Largest singular value of the reach table, by power iteration; a little above."""
    plan = np.ones(len(site_start) - 1)
    length = 1.0
    for _ in range(30):
        plan = _worth(site_start, site_row, _reached(row_start, row_site, plan))
        length = np.sqrt((plan * plan).sum())
        plan /= length
    return float(1.02 * np.sqrt(length))


@compiled
def relaxed(
    site_start: Int32s, site_row: Int32s, row_start: Int32s, row_site: Int32s, weight: Float64s,
    step: Float64s, base: Int64s, most: Int64s, units: int, price: Float64s, plan: Float64s, steps: int,
    target: float, fixed_least: Int64s, fixed_most: Int64s,
) -> tuple[float, float]:  # fmt: skip
    """(bound, value) of the relaxation after `steps` from `price` float64[r], `plan` float64[s], both moved.

    Ends sooner once the bound falls below `target`, what a better plan must win, or meets the value.
    """
    certain = _certain(weight, step, base)
    norm = _norm(site_start, site_row, row_start, row_site)
    scale = np.sqrt(0.1 * (weight * weight).sum() / units)  # how far prices move for each unit moved
    best, reach_value = np.inf, -np.inf
    best_price, best_plan = price.copy(), plan.copy()
    price_sum, plan_sum, summed = np.zeros(len(price)), np.zeros(len(plan)), 0
    price_then, plan_then, gap_then = price.copy(), plan.copy(), np.inf
    worth, reached = _worth(site_start, site_row, price), _reached(row_start, row_site, plan)
    now = plan.copy()
    for turn in range(1, steps + 1):
        before = reached
        now = _projected(now + 0.95 / (norm * scale) * worth, most, units)
        reached = _reached(row_start, row_site, now)
        _lowered(weight, step, base, units, price, 0.95 * scale / norm, 2.0 * reached - before)
        worth = _worth(site_start, site_row, price)
        price_sum += price
        plan_sum += now
        summed += 1
        if turn % _CHECK_EVERY and turn < steps:
            continue
        mean_price, mean_plan = price_sum / summed, plan_sum / summed
        mean_worth = _worth(site_start, site_row, mean_price)
        mean_reached = _reached(row_start, row_site, mean_plan)
        mean_bound = certain + _bound(weight, step, base, most, units, mean_price, mean_worth,
                                      target - certain, fixed_least, fixed_most)  # fmt: skip
        mean_value = certain + _value(weight, step, base, mean_reached)
        bound = certain + _bound(
            weight, step, base, most, units, price, worth, target - certain, fixed_least, fixed_most
        )
        value = certain + _value(weight, step, base, reached)
        if min(bound, mean_bound) < best:
            best = min(bound, mean_bound)
            best_price[:] = price if bound < mean_bound else mean_price
        if max(value, mean_value) > reach_value:
            reach_value = max(value, mean_value)
            best_plan[:] = now if value > mean_value else mean_plan
        if best < target or best - reach_value < 1e-7 * abs(best):
            break
        gap, mean_gap = bound - value, mean_bound - mean_value
        if min(gap, mean_gap) < _SHRUNK * gap_then or summed >= _RESTART_AFTER:
            if mean_gap < gap:
                price[:] = mean_price
                now, worth, reached = mean_plan, mean_worth, mean_reached
            gap_then = min(gap, mean_gap)
            moved = np.sqrt(((now - plan_then) ** 2).sum())
            paid = np.sqrt(((price - price_then) ** 2).sum())
            if moved > 1e-9 and paid > 1e-9:
                scale = np.sqrt(scale * paid / moved)
            plan_then, price_then = now.copy(), price.copy()
            price_sum[:], plan_sum[:], summed = 0.0, 0.0, 0
    price[:], plan[:] = best_price, best_plan
    return best, reach_value

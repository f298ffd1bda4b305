"""Machine code for the p-median problem: interchange for plans, Lagrangian relaxation for bounds.

cost float64[c, s] of serving each point from each site, finite. Prices u float64[c] for serving a point make
every site worth ρ(s) = Σ min(0, cost − u); the p sites of least ρ bound every plan from below:
Cornuéjols, Fisher, Nemhauser, Management Science 23 (1977).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.compiled import compiled

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Int8s = NDArray[np.int8]
Bools = NDArray[np.bool_]

FREE, OPEN, CLOSED = 0, 1, -1
_PATIENCE = 12  # steps without a better bound before the stride is cut
_SHORTEST = 1e-4  # stride at which the ascent ends


@compiled
def two_nearest(cost: Float64s, plan: Int64s, first: Int64s, near: Float64s, next_near: Float64s) -> float:
    """Fills each point's nearest of `plan` (its place there), that cost and the next; returns the sum."""
    total = 0.0
    for point in range(len(cost)):
        least, second, at = np.inf, np.inf, -1
        for k in range(len(plan)):
            price = cost[point, plan[k]]
            if price < least:
                least, second, at = price, least, k
            elif price < second:
                second = price
        first[point], near[point], next_near[point] = at, least, second
        total += least
    return total


@compiled
def interchanged(cost: Float64s, plan: Int64s, state: Int8s) -> float:
    """Swaps one site of `plan` for one outside it while that helps, the best swap first; the plan's cost.

    Sites of `plan` that `state` opens stay, closed ones do not enter. Whitaker, INFOR 21 (1983).
    """
    points, sites = cost.shape
    count = len(plan)
    first = np.empty(points, np.int64)
    near, next_near = np.empty(points), np.empty(points)
    inside = np.zeros(sites, np.bool_)
    for site in plan:
        inside[site] = True
    total = two_nearest(cost, plan, first, near, next_near)
    by_site = np.ascontiguousarray(cost.T)
    loss = np.empty(count)
    while True:
        best, leave, enter = -1e-9 * (1.0 + abs(total)), -1, -1
        for site in range(sites):
            if inside[site] or state[site] == CLOSED:
                continue
            gain = 0.0
            loss[:] = 0.0
            for point in range(points):
                price = by_site[site, point]
                if price < near[point]:
                    gain += near[point] - price
                else:
                    loss[first[point]] += min(price, next_near[point]) - near[point]
            for k in range(count):
                if loss[k] - gain < best and state[plan[k]] != OPEN:
                    best, leave, enter = loss[k] - gain, k, site
        if leave < 0:
            return total
        inside[plan[leave]], inside[enter] = False, True
        plan[leave] = enter
        total = two_nearest(cost, plan, first, near, next_near)


@compiled
def worth(cost: Float64s, price: Float64s) -> Float64s:
    """float64[s]: ρ of every site."""
    saved = np.zeros(cost.shape[1])
    for point in range(len(cost)):
        row, offered = cost[point], price[point]
        for site in range(len(saved)):
            saved[site] += min(0.0, row[site] - offered)
    return saved


@compiled
def cheapest(saved: Float64s, state: Int8s, count: int) -> Int64s:
    """int64[count]: the open sites, then the free ones of least ρ."""
    chosen = np.empty(count, np.int64)
    filled = 0
    for site in range(len(state)):
        if state[site] == OPEN:
            chosen[filled] = site
            filled += 1
    rank = np.argsort(saved)
    for site in rank:
        if filled == count:
            break
        if state[site] == FREE:
            chosen[filled] = site
            filled += 1
    return chosen


@compiled
def fix(saved: Float64s, state: Int8s, chosen: Int64s, bound: float, target: float) -> int:
    """Opens and closes free sites without which, or with which, no plan stays below `target`; how many."""
    last, following = -np.inf, np.inf  # the dearest chosen and the cheapest not chosen, of the free ones
    inside = np.zeros(len(state), np.bool_)
    for site in chosen:
        inside[site] = True
    for site in range(len(state)):
        if state[site] == FREE:
            if inside[site]:
                last = max(last, saved[site])
            else:
                following = min(following, saved[site])
    fixed = 0
    for site in range(len(state)):
        if state[site] != FREE:
            continue
        if inside[site] and bound - saved[site] + following >= target:
            state[site] = OPEN
            fixed += 1
        elif not inside[site] and bound - last + saved[site] >= target:
            state[site] = CLOSED
            fixed += 1
    return fixed


@compiled
def ascended(
    cost: Float64s, state: Int8s, count: int, price: Float64s, steps: int, stride: float, target: float,
    best_plan: Int64s,
) -> tuple[float, float]:  # fmt: skip
    """(bound, cost of best_plan) after subgradient steps from `price`, which becomes the best price found.

    `state` gains what is fixed against `target`, the cost that a wanted plan must stay below. Ends sooner
    once the bound reaches `target`. Held, Wolfe, Crowder, Mathematical Programming 6 (1974).
    """
    points = len(cost)
    best, value = -np.inf, np.inf
    best_price, now = price.copy(), price.copy()
    move = np.zeros(points)
    idle = 0
    for _ in range(steps):
        saved = worth(cost, now)
        chosen = cheapest(saved, state, count)
        bound = now.sum()
        for site in chosen:
            bound += saved[site]
        total = 0.0
        length = 0.0
        for point in range(points):
            served, least = 0, np.inf
            for site in chosen:
                if cost[point, site] < now[point]:
                    served += 1
                least = min(least, cost[point, site])
            total += least
            move[point] = 0.3 * move[point] + (1.0 - served)
            length += move[point] * move[point]
        if total < value:
            value = total
            best_plan[:] = chosen
        if bound > best:
            idle = 0 if bound - best > 1e-6 * abs(bound) else idle + 1
            best = bound
            best_price[:] = now
        else:
            idle += 1
        fix(saved, state, chosen, bound, target)
        if best >= target or length < 1e-12:
            break
        if idle >= _PATIENCE:
            idle = 0
            stride *= 0.6
            now[:] = best_price
            move[:] = 0.0
            if stride < _SHORTEST:
                break
            continue
        push = stride * max(1.03 * target - bound, 1e-9) / length
        for point in range(points):
            now[point] += push * move[point]
    price[:] = best_price
    return best, value

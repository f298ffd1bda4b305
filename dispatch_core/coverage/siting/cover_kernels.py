"""Machine code for search: place units so that Σ weight · g(units that reach the row) is largest.

g is concave and given by its steps, step[k] = g(k + 1) − g(k). Rows and sites know each other as compressed
lists, both ways.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.compiled import compiled

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]

_TINY = 1e-9


@compiled
def counted(site_start: Int32s, site_row: Int32s, base: Int64s, placed: Int64s) -> Int64s:
    """int64[r]: units that reach each row."""
    count = base.copy()
    for site in range(len(placed)):
        if placed[site] > 0:
            for k in range(site_start[site], site_start[site + 1]):
                count[site_row[k]] += placed[site]
    return count


@compiled
def gains(site_start: Int32s, site_row: Int32s, weight: Float64s, step: Float64s, count: Int64s) -> Float64s:
    """float64[s]: what one more unit at each site would win."""
    gain = np.zeros(len(site_start) - 1)
    for site in range(len(gain)):
        for k in range(site_start[site], site_start[site + 1]):
            row = site_row[k]
            gain[site] += weight[row] * step[count[row]]
    return gain


@compiled
def greedy(
    site_start: Int32s, site_row: Int32s, weight: Float64s, step: Float64s, base: Int64s, most: Int64s,
    units: int, placed: Int64s,
) -> None:  # fmt: skip
    """Fills `placed` up to `units`, the largest gain first."""
    count = counted(site_start, site_row, base, placed)
    for _ in range(units - placed.sum()):
        gain = gains(site_start, site_row, weight, step, count)
        best = -1
        for site in range(len(gain)):
            if placed[site] < most[site] and (best < 0 or gain[site] > gain[best]):
                best = site
        placed[best] += 1
        for k in range(site_start[best], site_start[best + 1]):
            count[site_row[k]] += 1


@compiled
def _shift(
    start: int, end: int, site_row: Int32s, row_start: Int32s, row_site: Int32s, weight: Float64s,
    step: Float64s, count: Int64s, gain: Float64s, by: int,
) -> None:  # fmt: skip
    """One unit more (by = 1) or fewer (−1) for the rows in site_row[start:end]; keeps `gain` true."""
    for k in range(start, end):
        row = site_row[k]
        before = step[count[row]]
        count[row] += by
        changed = weight[row] * (step[count[row]] - before)
        if changed != 0.0:
            for q in range(row_start[row], row_start[row + 1]):
                gain[row_site[q]] += changed


@compiled
def swapped(
    site_start: Int32s, site_row: Int32s, row_start: Int32s, row_site: Int32s, weight: Float64s,
    step: Float64s, base: Int64s, most: Int64s, placed: Int64s, best: Int64s, steps: int, seed: int,
) -> float:  # fmt: skip
    """Tabu search by swaps from `placed`; leaves the best plan in `best` and returns its value.

    Moving one unit costs Σ over the rows of the site left and of the site entered. seed < 0: plain descent
    that stops where no swap helps. Glover, Tabu search I, ORSA Journal on Computing 1 (1989).
    """
    tabu = seed >= 0
    if tabu:
        np.random.seed(seed)
    count = counted(site_start, site_row, base, placed)
    gain = gains(site_start, site_row, weight, step, count)
    value = 0.0
    for row in range(len(weight)):
        for k in range(count[row]):
            value += weight[row] * step[k]
    best_value = value
    best[:] = placed
    sites, units = len(gain), placed.sum()
    enter_after = np.zeros(sites, np.int64)
    leave_after = np.zeros(sites, np.int64)
    shared = np.zeros(sites)
    for turn in range(1, steps + 1):
        top, leave, enter, ties = -np.inf, -1, -1, 0
        for out in range(sites):
            if placed[out] == 0:
                continue
            shared[:] = 0.0
            loss = 0.0
            for k in range(site_start[out], site_start[out + 1]):
                row = site_row[k]
                last = weight[row] * step[count[row] - 1]
                loss += last
                both = last - weight[row] * step[count[row]]
                if both != 0.0:
                    for q in range(row_start[row], row_start[row + 1]):
                        shared[row_site[q]] += both
            held = tabu and leave_after[out] > turn
            for site in range(sites):
                if placed[site] >= most[site] or site == out:
                    continue
                change = gain[site] + shared[site] - loss
                if (held or (tabu and enter_after[site] > turn)) and value + change <= best_value + _TINY:
                    continue
                if change > top + _TINY:
                    top, leave, enter, ties = change, out, site, 1
                elif tabu and change > top - _TINY:
                    ties += 1
                    if np.random.randint(ties) == 0:
                        leave, enter = out, site
        if leave < 0 or (not tabu and top <= _TINY):
            break
        placed[leave] -= 1
        placed[enter] += 1
        _shift(
            site_start[leave],
            site_start[leave + 1],
            site_row,
            row_start,
            row_site,
            weight,
            step,
            count,
            gain,
            -1,
        )
        _shift(
            site_start[enter],
            site_start[enter + 1],
            site_row,
            row_start,
            row_site,
            weight,
            step,
            count,
            gain,
            1,
        )
        value += top
        if tabu:
            enter_after[leave] = turn + units // 3 + 2 + np.random.randint(10)
            leave_after[enter] = turn + units // 5 + np.random.randint(4)
        if value > best_value + _TINY:
            best_value = value
            best[:] = placed
    return best_value

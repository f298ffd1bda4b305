"""Before and after the model: fixes averaged into runs, and the edges driven between them."""

from __future__ import annotations

import numpy as np

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, Int64s, UInt8s
from dispatch_core.roads.matching_candidates import Model, Places, onto
from dispatch_core.roads.matching_kernels import BETWEEN, IMPOSSIBLE, MATCHED, OFF_ROAD
from dispatch_core.roads.matching_search import Scratch, Streets, forget, search
from dispatch_core.roads.street_pieces import Frame


@compiled
def connect(
    edge: Int32s, fraction: Float64s, before: Int32s, limit_m: Float64s, slack_m: float, streets: Streets,
    scratch: Scratch,
) -> tuple[Int32s, Int64s]:  # fmt: skip
    """The edges driven up to each fix: `path[first[t]:first[t+1]]` are entered after the fix before t."""
    n = len(edge)
    first = np.zeros(n + 1, np.int64)
    path = np.empty(4 * n + 64, np.int32)
    size = 0
    for t in range(n):
        p = before[t]
        if edge[t] >= 0 and p < 0:
            size, path = _append(path, size, edge[t])
        elif edge[t] >= 0:
            e, g = edge[p], edge[t]
            behind = (fraction[p] - fraction[t]) * streets.length_m[e]
            if not (e == g and behind <= slack_m):
                scratch.wanted[g] = 1
                touched = search(e, limit_m[t], 1, streets, scratch)
                scratch.wanted[g] = 0
                low, state = size, g
                while state != e or size == low:
                    size, path = _append(path, size, state)
                    state = scratch.through[state]
                path[low:size] = path[low:size][::-1].copy()
                forget(touched, scratch)
        first[t + 1] = size
    return path[:size].copy(), first


@compiled
def _append(path: Int32s, size: int, edge: int) -> tuple[int, Int32s]:
    if size == len(path):
        grown = np.empty(2 * len(path), np.int32)
        grown[:size] = path
        path = grown
    path[size] = edge
    return size + 1, path


@compiled
def clustered(x: Float64s, y: Float64s, spacing_m: float) -> tuple[Int64s, Float64s, Float64s]:
    """First rows of runs of fixes that stay within `spacing_m` of their own mean, and these means.

    Averaging, not picking: of many noisy fixes the first to lie far away is likely the worst. The first and
    the last fix stay alone: there the drive begins and ends.
    """
    n = len(x)
    first, mean_x, mean_y = np.empty(n, np.int64), np.empty(n), np.empty(n)
    runs, count = 0, 0
    for t in range(n):
        if (
            runs > 1
            and t < n - 1
            and (x[t] - mean_x[runs - 1]) ** 2 + (y[t] - mean_y[runs - 1]) ** 2 < spacing_m**2
        ):
            count += 1
            mean_x[runs - 1] += (x[t] - mean_x[runs - 1]) / count
            mean_y[runs - 1] += (y[t] - mean_y[runs - 1]) / count
        else:
            first[runs], mean_x[runs], mean_y[runs] = t, x[t], y[t]
            runs, count = runs + 1, 1
    return first[:runs].copy(), mean_x[:runs].copy(), mean_y[:runs].copy()


@compiled
def spread(
    kept_role: UInt8s, kept_edge: Int32s, kept_fraction: Float64s, kept_confidence: Float64s,
    path: Int32s, kept_entered: Int64s, kept: Int64s, x: Float64s, y: Float64s, heading_deg: Float64s,
    model: Model, places: Places,
) -> tuple[UInt8s, Int32s, Float64s, Float64s, Int64s]:  # fmt: skip
    """Every fix onto the roads found for its run: role, edge, fraction, confidence, edges entered."""
    n = len(x)
    role, edge = np.full(n, BETWEEN, np.uint8), np.full(n, -1, np.int32)
    fraction, confidence = np.zeros(n), np.zeros(n)
    entered = np.zeros(n + 1, np.int64)
    run = -1
    for t in range(n):
        entered[t + 1] = entered[t]
        if run + 1 < len(kept) and kept[run + 1] == t:
            run += 1
            entered[t + 1] = kept_entered[run + 1]
        if kept_role[run] != MATCHED:
            role[t] = kept_role[run]
            continue
        if kept[run] == t:
            role[t], edge[t], fraction[t] = MATCHED, kept_edge[run], kept_fraction[run]
        confidence[t] = kept_confidence[run]
        low = max(kept_entered[run] - 1, 0)
        high = min(kept_entered[min(run + 2, len(kept_entered) - 1)], len(path))
        best = IMPOSSIBLE
        for q in range(low, high):
            distance, at, likely = onto(path[q], x[t], y[t], heading_deg[t], model, places)
            if distance <= model.radius_m and likely > best:
                best, edge[t], fraction[t] = likely, path[q], at
        if edge[t] < 0:
            role[t], confidence[t] = OFF_ROAD, 0.0
    return role, edge, fraction, confidence, entered


def to_metres(lon: Float64s, lat: Float64s, frame: Frame) -> tuple[Float64s, Float64s]:
    """Degrees → metres east and north in the index's frame."""
    return (lon - frame.lon) * frame.metres_per_lon, (lat - frame.lat) * METRES_PER_DEGREE

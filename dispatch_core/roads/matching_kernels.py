"""The inner loops of map matching: candidates, bounded turn-by-turn distances, Viterbi."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, Int64s
from dispatch_core.roads.snapping import CELL_M, Frame, Segments

Bools = NDArray[np.bool_]
IMPOSSIBLE = -1e18


class Streets(NamedTuple):
    """The turn graph in metres; a U-turn or forbidden turn costs extra: drivers make them, maps err."""

    length_m: Float64s  # [m]
    turn_first: Int64s  # [m+1]
    turn_to: Int32s
    turn_cost_m: Float64s
    reverse: Int32s  # [m]


class Scratch(NamedTuple):
    """Arrays that one search leaves as it found them; one per thread."""

    distance: Float64s  # [m] inf
    through: Int32s  # [m] edge before
    touched: Int32s  # [m]
    wanted: NDArray[np.uint8]  # [m] 0
    heap_key: Float64s
    heap_edge: Int32s


class Model(NamedTuple):
    """`sigma_m` of a fix, `heading_sigma_deg`, the scale of detours, and what is never believed."""

    sigma_m: float
    heading_sigma_deg: float
    detour_m: float
    detour_share: float
    radius_m: float
    fastest_m_s: float
    beam: float


@compiled
def candidates(
    x: float, y: float, heading_deg: float, model: Model, segments: Segments, frame: Frame, reverse: Int32s,
    usable: Bools, edge: Int32s, fraction: Float64s, score: Float64s,
) -> int:  # fmt: skip
    """Directed edges near (x, y), nearest first, as many as `edge` holds, scored by distance and heading."""
    room = len(edge)
    gap = np.empty(room)
    found = 0
    r = model.radius_m
    for row in range(
        max(math.floor((y - r) / CELL_M), 0), min(math.floor((y + r) / CELL_M), frame.rows - 1) + 1
    ):
        for column in range(
            max(math.floor((x - r) / CELL_M), 0), min(math.floor((x + r) / CELL_M), frame.columns - 1) + 1
        ):
            cell = row * frame.columns + column
            for q in range(segments.cell_first[cell], segments.cell_first[cell + 1]):
                piece = segments.cell_piece[q]
                dx, dy = segments.dx[piece], segments.dy[piece]
                ex, ey = x - segments.x[piece], y - segments.y[piece]
                square = dx * dx + dy * dy
                along = 0.0 if square == 0 else min(1.0, max(0.0, (ex * dx + ey * dy) / square))
                distance = math.hypot(ex - along * dx, ey - along * dy)
                if distance > r:
                    continue
                at = min(1.0, segments.start[piece] + along * segments.share[piece])
                forth = segments.edge[piece]
                for side in range(2):
                    e = forth if side == 0 else reverse[forth]
                    if e < 0 or not usable[e]:
                        continue
                    sign = 1.0 if side == 0 else -1.0
                    likely = -0.5 * (distance / model.sigma_m) ** 2 + _heading_score(
                        sign * dx, sign * dy, heading_deg, model.heading_sigma_deg
                    )
                    found = _keep_best(
                        e, at if side == 0 else 1.0 - at, distance, likely, edge, fraction, gap, score, found
                    )
    return found


@compiled
def _heading_score(dx: float, dy: float, heading_deg: float, sigma_deg: float) -> float:
    if math.isnan(heading_deg) or (dx == 0 and dy == 0):
        return 0.0
    off = abs((math.degrees(math.atan2(dx, dy)) - heading_deg + 180.0) % 360.0 - 180.0)
    # Beyond three sigma a receiver may simply be wrong; the score is bounded so that one heading cannot rule.
    return max(-0.5 * (off / sigma_deg) ** 2, -4.5)


@compiled
def _keep_best(
    e: int, at: float, distance: float, likely: float, edge: Int32s, fraction: Float64s, gap: Float64s,
    score: Float64s, found: int,
) -> int:  # fmt: skip
    """Insert into the list sorted by distance, one entry an edge."""
    place = -1
    for z in range(found):
        if edge[z] == e:
            if gap[z] <= distance:
                return found
            place = z
            break
    if place < 0:
        if found < len(edge):
            place = found
            found += 1
        elif gap[found - 1] > distance:
            place = found - 1
        else:
            return found
    while place > 0 and gap[place - 1] > distance:
        edge[place], fraction[place] = edge[place - 1], fraction[place - 1]
        gap[place], score[place] = gap[place - 1], score[place - 1]
        place -= 1
    edge[place], fraction[place], gap[place], score[place] = e, at, distance, likely
    return found


@compiled
def _push(scratch: Scratch, size: int, key: float, state: int) -> int:
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if scratch.heap_key[parent] <= key:
            break
        scratch.heap_key[i], scratch.heap_edge[i] = scratch.heap_key[parent], scratch.heap_edge[parent]
        i = parent
    scratch.heap_key[i], scratch.heap_edge[i] = key, state
    return size + 1


@compiled
def _pop(scratch: Scratch, size: int) -> int:
    """Drops the least; the caller has read it at index 0."""
    size -= 1
    key, state = scratch.heap_key[size], scratch.heap_edge[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and scratch.heap_key[child + 1] < scratch.heap_key[child]:
            child += 1
        if scratch.heap_key[child] >= key:
            break
        scratch.heap_key[i], scratch.heap_edge[i] = scratch.heap_key[child], scratch.heap_edge[child]
        i = child
    scratch.heap_key[i], scratch.heap_edge[i] = key, state
    return size


@compiled
def search(start: int, limit_m: float, left: int, streets: Streets, scratch: Scratch) -> int:
    """Dijkstra from the end of state `start`: `distance` to the *beginning* of states within the limit.

    Stops once `left` states marked in `wanted` are settled. Returns how many entries of `touched` to
    forget with `forget`.
    """
    count, size = 0, 0
    for q in range(streets.turn_first[start], streets.turn_first[start + 1]):
        state, key = streets.turn_to[q], streets.turn_cost_m[q]
        if key < scratch.distance[state] and key <= limit_m:
            if scratch.distance[state] == np.inf:
                scratch.touched[count] = state
                count += 1
            scratch.distance[state], scratch.through[state] = key, start
            size = _push(scratch, size, key, state)
    while size > 0 and left > 0:
        key, state = scratch.heap_key[0], scratch.heap_edge[0]
        size = _pop(scratch, size)
        if key > scratch.distance[state]:
            continue
        if scratch.wanted[state] == 1:
            scratch.wanted[state] = 2
            left -= 1
        ahead = key + streets.length_m[state]
        for q in range(streets.turn_first[state], streets.turn_first[state + 1]):
            following, further = streets.turn_to[q], ahead + streets.turn_cost_m[q]
            if further < scratch.distance[following] and further <= limit_m:
                if scratch.distance[following] == np.inf:
                    scratch.touched[count] = following
                    count += 1
                scratch.distance[following], scratch.through[following] = further, state
                size = _push(scratch, size, further, following)
    return count


@compiled
def forget(count: int, scratch: Scratch) -> None:
    for q in range(count):
        scratch.distance[scratch.touched[q]] = np.inf


@compiled
def transitions(
    edge0: Int32s, fraction0: Float64s, score0: Float64s, edge1: Int32s, fraction1: Float64s,
    straight_m: float, elapsed_s: float, model: Model, streets: Streets, scratch: Scratch, out: Float64s,
) -> bool:  # fmt: skip
    """Log-likelihood of driving from each candidate to each of the next fix, `out[i, j]`; False if none can.

    Exponential in |driven − straight| (Newson and Krumm 2009), its scale growing with the straight distance
    since roads wind. A little way back on one edge is the receiver's error, not a drive round the block.
    """
    limit = 2.0 * straight_m + 500.0
    if elapsed_s > 0:
        limit = min(limit, model.fastest_m_s * elapsed_s + 4.0 * model.sigma_m + 50.0)
    scale = model.detour_m + model.detour_share * straight_m
    best = score0.max()
    any_way = False
    for i in range(len(edge0)):
        out[i, :] = IMPOSSIBLE
        if score0[i] < best - model.beam:
            continue
        e = edge0[i]
        left = 0
        for j in range(len(edge1)):
            if scratch.wanted[edge1[j]] == 0:
                scratch.wanted[edge1[j]] = 1
                left += 1
        touched = search(e, limit, left, streets, scratch)
        rest = (1.0 - fraction0[i]) * streets.length_m[e]
        for j in range(len(edge1)):
            g = edge1[j]
            ahead = (fraction1[j] - fraction0[i]) * streets.length_m[e]
            if g == e and ahead >= -2.0 * model.sigma_m:
                driven = max(ahead, 0.0)
                slip = max(-ahead, 0.0)
            else:
                driven = rest + scratch.distance[g] + fraction1[j] * streets.length_m[g]
                slip = 0.0
            if driven <= limit + streets.length_m[e] + streets.length_m[g]:
                out[i, j] = -(abs(driven - straight_m) + slip) / scale
                any_way = True
        forget(touched, scratch)
        for j in range(len(edge1)):
            scratch.wanted[edge1[j]] = 0
    return any_way


@compiled
def viterbi(
    x: Float64s, y: Float64s, at_s: Float64s, heading_deg: Float64s, room: int, patience: int, model: Model,
    segments: Segments, frame: Frame, usable: Bools, streets: Streets, scratch: Scratch,
) -> tuple[Int32s, Float64s, Float64s, Int32s]:  # fmt: skip
    """The likeliest edge and fraction of every fix, its posterior by max-marginals, and the fix before it.

    edge −1: no road near, or an outlier passed over. `before` −1 begins a piece: the way from the fix
    before is not known. Up to `patience` fixes that nothing can reach are outliers; then a new piece begins.
    """
    n = len(x)
    edges, fractions = np.full((n, room), -1, np.int32), np.zeros((n, room))
    own = np.full((n, room), IMPOSSIBLE)
    score = np.full((n, room), IMPOSSIBLE)
    way = np.full((n, room, room), IMPOSSIBLE)
    back = np.full((n, room), -1, np.int32)
    count = np.zeros(n, np.int32)
    before, after = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    ends = np.zeros(n, np.bool_)
    last, missed, first_missed = -1, 0, -1
    t = -1
    while t + 1 < n:
        t += 1
        k = candidates(
            x[t], y[t], heading_deg[t], model, segments, frame, streets.reverse, usable, edges[t],
            fractions[t], own[t],
        )  # fmt: skip
        count[t] = k
        if k == 0:
            continue
        reached = False
        if last >= 0:
            c = count[last]
            straight = math.hypot(x[t] - x[last], y[t] - y[last])
            reached = transitions(
                edges[last, :c], fractions[last, :c], score[last, :c], edges[t, :k], fractions[t, :k],
                straight, at_s[t] - at_s[last], model, streets, scratch, way[t],
            )  # fmt: skip
        if reached:
            for j in range(k):
                for i in range(count[last]):
                    total = score[last, i] + way[t, i, j]
                    if way[t, i, j] > IMPOSSIBLE and total + own[t, j] > score[t, j]:
                        score[t, j], back[t, j] = total + own[t, j], i
            before[t], after[last] = last, t
        elif last >= 0 and missed < patience:
            first_missed = t if missed == 0 else first_missed
            missed += 1
            count[t] = 0
            continue
        else:
            if last >= 0:
                ends[last] = True
            if missed > 0:
                # So many cannot all be wrong: the new piece begins with the first of them.
                t, last, missed = first_missed - 1, -1, 0
                continue
            score[t, :k] = own[t, :k]
        last, missed = t, 0
    if last >= 0:
        ends[last] = True
    edge, fraction, posterior = _trace_back(edges, fractions, own, score, way, back, count, before, ends)
    for t in range(n):
        if edge[t] < 0:
            before[t] = -1
    return edge, fraction, posterior, before


@compiled
def _trace_back(
    edges: Int32s, fractions: Float64s, own: Float64s, score: Float64s, way: Float64s, back: Int32s,
    count: Int32s, before: Int32s, ends: Bools,
) -> tuple[Int32s, Float64s, Float64s]:  # fmt: skip
    n, room = edges.shape
    edge, fraction, posterior = np.full(n, -1, np.int32), np.zeros(n), np.zeros(n)
    ahead = np.zeros(room)
    for end in range(n - 1, -1, -1):
        if not ends[end]:
            continue
        ahead[:] = 0.0
        t, j = end, int(np.argmax(score[end, : count[end]]))
        while t >= 0:
            k = count[t]
            top = score[t, j] + ahead[j]
            mass = 0.0
            for q in range(k):
                mass += math.exp(min(score[t, q] + ahead[q] - top, 0.0))
            edge[t], fraction[t], posterior[t] = edges[t, j], fractions[t, j], 1.0 / mass
            p = before[t]
            if p >= 0:
                earlier = np.full(room, IMPOSSIBLE)
                for i in range(count[p]):
                    for q in range(k):
                        earlier[i] = max(earlier[i], way[t, i, q] + own[t, q] + ahead[q])
                ahead[:] = earlier
                j = back[t, j]
            t = p
    return edge, fraction, posterior

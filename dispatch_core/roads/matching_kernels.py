"""The inner loops of map matching: from fix to fix, and the likeliest way through all of them (Viterbi)."""

from __future__ import annotations

import math

import numpy as np

from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, UInt8s
from dispatch_core.roads.matching_candidates import Model, Places, candidates, staying
from dispatch_core.roads.matching_search import Scratch, Streets, forget, search
from dispatch_core.roads.metric import Bools

IMPOSSIBLE = -1e18
MATCHED, BETWEEN, OFF_ROAD, OUTLIER = 0, 1, 2, 3  # what became of a fix


@compiled
def transitions(
    edge0: Int32s, fraction0: Float64s, score0: Float64s, edge1: Int32s, fraction1: Float64s,
    straight_m: float, elapsed_s: float, model: Model, streets: Streets, scratch: Scratch, out: Float64s,
) -> bool:  # fmt: skip
    """Log-likelihood of driving from each candidate to each of the next fix, `out[i, j]`; False if none can.

    Exponential in |driven − straight| (Newson and Krumm 2009), its scale growing with the straight distance
    since roads wind. A way so long that no likelihood of a place could outweigh it is looked for only if
    there is no other.
    """
    limit = 2.0 * straight_m + 500.0
    if elapsed_s > 0:
        limit = min(limit, model.fastest_m_s * elapsed_s + 4.0 * model.sigma_m + 50.0)
    near = straight_m + model.beam * (model.detour_m + model.detour_share * straight_m)
    if _ways(
        edge0, fraction0, score0, edge1, fraction1, straight_m, min(near, limit), model, streets, scratch, out
    ):
        return True
    return near < limit and _ways(
        edge0, fraction0, score0, edge1, fraction1, straight_m, limit, model, streets, scratch, out
    )


@compiled
def _ways(
    edge0: Int32s, fraction0: Float64s, score0: Float64s, edge1: Int32s, fraction1: Float64s,
    straight_m: float, limit_m: float, model: Model, streets: Streets, scratch: Scratch, out: Float64s,
) -> bool:  # fmt: skip
    """`transitions` over ways of at most `limit_m`."""
    scale = model.detour_m + model.detour_share * straight_m
    best = score0.max()
    any_way = False
    for i in range(len(edge0)):
        out[i, :] = IMPOSSIBLE
        if score0[i] < best - model.beam:
            continue
        e = edge0[i]
        rest = (1.0 - fraction0[i]) * streets.length_m[e]
        left = 0
        for j in range(len(edge1)):
            if scratch.wanted[edge1[j]] == 0:
                scratch.wanted[edge1[j]] = 1
                left += 1
        touched = search(e, limit_m - rest, left, streets, scratch)
        for j in range(len(edge1)):
            g = edge1[j]
            ahead = (fraction1[j] - fraction0[i]) * streets.length_m[e]
            slip = 0.0
            if g == e and ahead >= -2.0 * model.sigma_m:
                # A little way back on one edge is the receiver's error, not a drive round the block.
                driven = max(ahead, 0.0)
                slip = max(-ahead, 0.0)
            else:
                driven = rest + scratch.distance[g] + fraction1[j] * streets.length_m[g]
                if streets.reverse[e] == g:
                    turned = abs(1.0 - fraction1[j] - fraction0[i]) * streets.length_m[e] + model.u_turn_m
                    driven = min(driven, turned)
            if driven <= limit_m:
                out[i, j] = -(abs(driven - straight_m) + slip) / scale
                any_way = True
        forget(touched, scratch)
        for j in range(len(edge1)):
            scratch.wanted[edge1[j]] = 0
    return any_way


@compiled
def viterbi(
    x: Float64s, y: Float64s, at_s: Float64s, heading_deg: Float64s, room: int, patience: int, model: Model,
    places: Places, streets: Streets, scratch: Scratch,
) -> tuple[Int32s, Float64s, Float64s, Int32s, UInt8s]:  # fmt: skip
    """The likeliest edge and fraction of every fix, its posterior by max-marginals, the fix before, its role.

    edge −1: no road near, or an outlier passed over. `before` −1 begins a piece: the way from the fix
    before is not known. A fix that nothing can reach is an outlier, and one that is dearer to visit than to
    leave out; after more than `patience` of the former a new piece begins.
    """
    n = len(x)
    edges, fractions = np.full((n, room), -1, np.int32), np.zeros((n, room))
    own = np.full((n, room), IMPOSSIBLE)
    score = np.full((n, room), IMPOSSIBLE)
    way = np.full((n, room, room), IMPOSSIBLE)
    back = np.full((n, room), -1, np.int32)
    count = np.zeros(n, np.int32)
    before = np.full(n, -1, np.int32)
    ends = np.zeros(n, np.bool_)
    role = np.full(n, OFF_ROAD, np.uint8)
    trial, trial_score = np.empty((room, room)), np.empty(room)
    trial_back = np.empty(room, np.int32)
    last, missed, first_missed = -1, 0, -1
    t = -1
    while t + 1 < n:
        t += 1
        k = candidates(x[t], y[t], heading_deg[t], model, places, edges[t], fractions[t], own[t])
        if k > 0 and last >= 0:
            c = count[last]
            k = staying(
                x[t], y[t], heading_deg[t], model, places, edges[last, :c], score[last, :c], edges[t],
                fractions[t], own[t], k,
            )  # fmt: skip
        count[t] = k
        if k == 0:
            continue
        role[t] = OUTLIER
        p, left_out, cost, best = last, 0, 0.0, IMPOSSIBLE
        while p >= 0 and left_out <= patience:
            # From the fix before, or from one before that, those between being outliers.
            if best >= score[p, : count[p]].max() + own[t, :k].max() - cost:
                break
            c = count[p]
            straight = math.hypot(x[t] - x[p], y[t] - y[p])
            if transitions(
                edges[p, :c], fractions[p, :c], score[p, :c], edges[t, :k], fractions[t, :k], straight,
                at_s[t] - at_s[p], model, streets, scratch, trial[:c, :k],
            ):  # fmt: skip
                _extend(score[p, :c], trial, own[t, :k], cost, trial_score, trial_back)
                if trial_score[:k].max() > best:
                    best = trial_score[:k].max()
                    score[t, :k], back[t, :k], way[t, :c, :k] = trial_score[:k], trial_back[:k], trial[:c, :k]
                    before[t] = p
            elif best == IMPOSSIBLE:
                break
            p, left_out = before[p], left_out + 1
            if p >= 0:
                cost = left_out * model.outlier_cost + (at_s[t] - at_s[p]) * model.outlier_cost_per_s
        if best > IMPOSSIBLE:
            _leave_out(last, before[t], before, role)
        elif last >= 0 and missed < patience:
            first_missed = t if missed == 0 else first_missed
            missed += 1
            continue
        else:
            if last >= 0:
                ends[last] = True
            if missed > 0:
                # So many cannot all be wrong: the new piece begins with the first of them.
                t, last, missed = first_missed - 1, -1, 0
                continue
            score[t, :k] = own[t, :k]
        role[t] = MATCHED
        last, missed = t, 0
    if last >= 0:
        ends[last] = True
    edge, fraction, posterior = _trace_back(edges, fractions, own, score, way, back, count, before, ends)
    return edge, fraction, posterior, before, role


@compiled
def _extend(
    score0: Float64s, way: Float64s, own: Float64s, cost: float, score: Float64s, back: Int32s
) -> None:
    """The best score of each candidate over all that lead to it, less `cost`, and which one that is."""
    for j in range(len(own)):
        score[j], back[j] = IMPOSSIBLE, -1
        for i in range(len(score0)):
            if way[i, j] > IMPOSSIBLE and score0[i] + way[i, j] + own[j] - cost > score[j]:
                score[j], back[j] = score0[i] + way[i, j] + own[j] - cost, i


@compiled
def _leave_out(last: int, until: int, before: Int32s, role: UInt8s) -> None:
    """Mark the fixes from `last` back to `until`, which stays, as outliers."""
    p = last
    while p != until:
        earlier = before[p]
        before[p], role[p] = -1, OUTLIER
        p = earlier


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

"""Targets that lie behind their source on the same edge: the way there is a loop, never a negative step.

The turn graph knows an edge as one state, at distance 0 from itself; only these pairs need more, and they
are found and mended one by one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dispatch_core.roads.compiled import INF, compiled
from dispatch_core.roads.graph import Float64s, Int32s, Int64s
from dispatch_core.roads.metric import Bools
from dispatch_core.roads.search import Seeds, Tree, forget, meet
from dispatch_core.roads.spots import source_seeds, target_seeds


class Turns(NamedTuple):
    """The turn graph as the mending needs it: turns out of each state, and where edges are in the ranks."""

    out_first: Int64s
    to_rank: Int32s
    rank: Int32s
    copy_first: Int64s
    copies: Int32s


class Weights(NamedTuple):
    """The arrays of a metric that a query on spots reads."""

    edge_ms: Int32s
    may_start: Bools
    turn_ms: Int32s
    up: Int32s
    down: Int32s


@compiled
def pairs_behind(source: Int32s, at: Float64s, target: Int32s, to: Float64s, edge_ms: Int32s) -> Int32s:
    """int32[p, 2]: (source, target) rows that share an edge on which the target lies behind."""
    order = np.argsort(target.ravel())
    edges, rows = target.ravel()[order], order // 2
    fractions = to.ravel()[order]
    found = np.empty((16, 2), np.int32)
    count = 0
    for i in range(len(source)):
        for c in range(2):
            e = source[i, c]
            if e < 0:
                continue
            k = np.searchsorted(edges, e)
            while k < len(edges) and edges[k] == e:
                if np.rint(fractions[k] * edge_ms[e]) < np.rint(at[i, c] * edge_ms[e]):
                    if count == len(found):
                        larger = np.empty((2 * count, 2), np.int32)
                        larger[:count] = found
                        found = larger
                    found[count, 0], found[count, 1] = i, rows[k]
                    count += 1
                k += 1
    return found[:count]


@compiled
def loop_seeds(edge: int, fraction: float, turns: Turns, weights: Weights) -> Seeds:
    """Seeds of the journeys that leave `edge` at its head, whatever its own distance to itself."""
    low, high = turns.out_first[edge], turns.out_first[edge + 1]
    driven = np.int32(np.rint(fraction * weights.edge_ms[edge]))
    first, base = np.zeros(2, np.int32), np.empty(1, np.int32)
    rank, offset = np.empty(high - low, np.int32), np.empty(high - low, np.int32)
    count = 0
    for k in range(low, high):
        if weights.turn_ms[k] < INF:
            rank[count], offset[count] = turns.to_rank[k], weights.turn_ms[k]
            count += 1
    first[1] = count
    base[0] = -driven
    return Seeds(first, rank[:count], offset[:count], base)


@compiled
def mend(
    table: Int32s, pairs: Int32s, source: Int32s, at: Float64s, target: Int32s, to: Float64s, turns: Turns,
    weights: Weights, tree: Tree, near: Int32s, far: Int32s,
) -> None:  # fmt: skip
    """Compute the cells of `pairs` anew, each combination of their edges by itself."""
    one, at_one = np.full((1, 2), -1, np.int32), np.zeros((1, 2))
    other, at_other = np.full((1, 2), -1, np.int32), np.zeros((1, 2))
    for p in range(len(pairs)):
        i, j = pairs[p]
        best = INF
        for c in range(2):
            one[0, 0], at_one[0, 0] = source[i, c], at[i, c]
            if one[0, 0] < 0 or not weights.may_start[one[0, 0]]:
                continue
            for g in range(2):
                other[0, 0], at_other[0, 0] = target[j, g], to[j, g]
                end = target_seeds(
                    other, at_other, weights.edge_ms, turns.copy_first, turns.copies, turns.rank
                )
                if _is_behind(one[0, 0], at_one[0, 0], other[0, 0], at_other[0, 0], weights.edge_ms):
                    start = loop_seeds(one[0, 0], at_one[0, 0], turns, weights)
                else:
                    start = source_seeds(one, at_one, weights.edge_ms, weights.may_start, turns.rank)
                ms, _ = meet(start, 0, end, 0, tree, weights.up, weights.down, near, far)
                forget(start, 0, tree, near)
                forget(end, 0, tree, far)
                best = min(best, ms)
        table[i, j] = best


@compiled
def _is_behind(edge: int, at: float, target: int, to: float, edge_ms: Int32s) -> bool:
    return edge == target and np.rint(to * edge_ms[edge]) < np.rint(at * edge_ms[edge])

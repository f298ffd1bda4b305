"""Elimination-tree labels: a spot's distances to all its ancestors, kept between queries.

Every shortest path has its highest rank above both ends, so the time between two spots is the least sum over
the ancestors that they share, and those are a prefix of both rows, from the root down. A fleet keeps its rows
and pays microseconds for a query. (Hub labels with the hierarchy's own order: Abraham, Delling, Goldberg and
Werneck 2012; on elimination trees: Blum and Storandt 2020.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dispatch_core.roads.compiled import INF, UNREACHABLE_FROM, compiled
from dispatch_core.roads.graph import Int32s
from dispatch_core.roads.search import Seeds, Tree, climb, forget


class Rows(NamedTuple):
    """Labels of k spots with R seeds in a hierarchy of height H.

    first int32[k+1], base int32[k] as in Seeds; value int32[R, H] milliseconds to (or from) the ancestor at
    each depth, INF below the seed; ancestor int32[R, H] its rank; reach int32[R] how many; trunk int32[k]:
    how many ancestors all seeds of the spot share, where their values are already the best of the spot.
    """

    first: Int32s
    base: Int32s
    value: Int32s
    ancestor: Int32s
    reach: Int32s
    trunk: Int32s


@compiled
def label_rows(seeds: Seeds, tree: Tree, depth: Int32s, height: int, length: Int32s, d: Int32s) -> Rows:
    """Labels outward from the seeds over `length` = the metric's `up`, inward over its `down`."""
    k, r = len(seeds.base), len(seeds.rank)
    value, ancestor = np.full((r, height), INF, np.int32), np.empty((r, height), np.int32)
    reach, trunk = np.zeros(r, np.int32), np.zeros(k, np.int32)
    for i in range(k):
        climb(seeds, i, tree, length, d)
        for s in range(seeds.first[i], seeds.first[i + 1]):
            x = seeds.rank[s]
            reach[s] = depth[x] + 1
            while x >= 0:
                value[s, depth[x]] = d[x]
                ancestor[s, depth[x]] = x
                x = tree.parent[x]
        forget(seeds, i, tree, d)
        if seeds.first[i] < seeds.first[i + 1]:
            x = seeds.rank[seeds.first[i]]
            for s in range(seeds.first[i], seeds.first[i + 1]):
                y = seeds.rank[s]
                while x >= 0 and not (tree.lowest[x] <= y <= x):
                    x = tree.parent[x]
            trunk[i] = depth[x] + 1 if x >= 0 else 0
    return Rows(seeds.first, seeds.base, value, ancestor, reach, trunk)


@compiled
def _shared(a: Int32s, b: Int32s, limit: int) -> int:
    """How long the common prefix of two ancestor rows is."""
    low, high = 0, limit
    while low < high:
        middle = (low + high) // 2
        if a[middle] == b[middle]:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _least_sum(a: Int32s, b: Int32s, count: int) -> np.int32:
    best = np.int32(2 * INF)
    for k in range(count):
        best = min(best, np.int32(a[k] + b[k]))
    return best


@compiled
def join_rows(outward: Rows, inward: Rows) -> Int32s:
    """int32[s, t]: milliseconds from the spots of `outward` to those of `inward`."""
    table = np.full((len(outward.base), len(inward.base)), INF, np.int32)
    for i in range(len(outward.base)):
        for j in range(len(inward.base)):
            best = _join_spots(outward, i, inward, j)
            if best < UNREACHABLE_FROM:
                table[i, j] = best + outward.base[i] + inward.base[j]
    return table


@compiled
def _join_spots(outward: Rows, i: int, inward: Rows, j: int) -> int:
    a, b = outward.first[i], inward.first[j]
    if a == outward.first[i + 1] or b == inward.first[j + 1]:
        return INF
    count = _shared(outward.ancestor[a], inward.ancestor[b], min(outward.reach[a], inward.reach[b]))
    best = _least_sum(outward.value[a], inward.value[b], count)
    if count < min(outward.trunk[i], inward.trunk[j]):
        # The two part within both trunks, so every other pair of seeds sees the same values.
        return best
    for s in range(a, outward.first[i + 1]):
        for t in range(b, inward.first[j + 1]):
            count = _shared(outward.ancestor[s], inward.ancestor[t], min(outward.reach[s], inward.reach[t]))
            best = min(best, _least_sum(outward.value[s], inward.value[t], count))
    return best

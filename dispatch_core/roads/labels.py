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
from dispatch_core.roads.graph import Int32s, Int64s
from dispatch_core.roads.search import Seeds, Tree, climb, forget


class Rows(NamedTuple):
    """Labels of k spots in R slots, one for each seed, in a hierarchy of height H.

    first, end  int32[k]     the slots of each spot, first[i] … end[i]
    base        int32[k]     as in Seeds
    trunk       int32[k]     how many ancestors a spot's seeds share; there the values are the spot's best
    reach       int32[R]     how many ancestors the slot's seed has, itself among them
    value       int32[R, H]  milliseconds to (or from) the ancestor at each depth, INF below the seed
    ancestor    int32[R, H]  its rank
    """

    first: Int32s
    end: Int32s
    base: Int32s
    trunk: Int32s
    reach: Int32s
    value: Int32s
    ancestor: Int32s


def empty_rows(first: Int32s, slots: int, height: int) -> Rows:
    """Labels yet to be written: spot i may use the slots from first[i]; without a seed it reaches nothing."""
    k = len(first)
    return Rows(
        first.astype(np.int32), first.astype(np.int32), np.zeros(k, np.int32), np.zeros(k, np.int32),
        np.zeros(slots, np.int32), np.full((slots, height), INF, np.int32),
        np.empty((slots, height), np.int32),
    )  # fmt: skip


def label_rows(seeds: Seeds, tree: Tree, depth: Int32s, height: int, length: Int32s, d: Int32s) -> Rows:
    """Labels outward from the seeds over `length` = the metric's `up`, inward over its `down`."""
    rows = empty_rows(seeds.first[:-1], len(seeds.rank), height)
    write_rows(rows, np.arange(len(seeds.base), dtype=np.int32), seeds, tree, depth, length, d)
    return rows


@compiled
def write_rows(
    rows: Rows, where: Int32s, seeds: Seeds, tree: Tree, depth: Int32s, length: Int32s, d: Int32s
) -> None:
    """Write the labels of spot i of `seeds` as spot where[i] of `rows`, over what was there."""
    for i in range(len(where)):
        k = where[i]
        slot = rows.first[k]
        climb(seeds, i, tree, length, d)
        for s in range(seeds.first[i], seeds.first[i + 1]):
            x = seeds.rank[s]
            bottom = depth[x]
            rows.reach[slot] = bottom + 1
            rows.value[slot, bottom + 1 :] = INF
            while x >= 0:
                rows.value[slot, depth[x]] = d[x]
                rows.ancestor[slot, depth[x]] = x
                x = tree.parent[x]
            slot += 1
        forget(seeds, i, tree, d)
        rows.end[k] = slot
        rows.base[k] = seeds.base[i]
        rows.trunk[k] = _trunk(seeds, i, tree, depth)


@compiled
def _trunk(seeds: Seeds, i: int, tree: Tree, depth: Int32s) -> int:
    """How many ancestors the seeds of spot i have in common."""
    if seeds.first[i] == seeds.first[i + 1]:
        return 0
    x = seeds.rank[seeds.first[i]]
    for s in range(seeds.first[i], seeds.first[i + 1]):
        y = seeds.rank[s]
        while x >= 0 and not (tree.lowest[x] <= y <= x):
            x = tree.parent[x]
    if x < 0:
        return 0
    shared: int = depth[x] + 1
    return shared


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
def _first_ranks(rows: Rows) -> Int32s:
    """int32[k]: the rank of each spot's first seed, -1 where there is none."""
    ranks = np.full(len(rows.base), -1, np.int32)
    for i in range(len(ranks)):
        s = rows.first[i]
        if s < rows.end[i]:
            ranks[i] = rows.ancestor[s, rows.reach[s] - 1]
    return ranks


@compiled
def join_rows(outward: Rows, inward: Rows) -> Int32s:
    """int32[s, t]: milliseconds from the spots of `outward` to those of `inward`.

    The inward spots are visited by rank, away from the outward one on both sides: ranks being a postorder,
    what two spots share can only shrink from one to the next, so it need not be searched for each pair.
    """
    table = np.full((len(outward.base), len(inward.base)), INF, np.int32)
    ranks = _first_ranks(inward)
    order = np.argsort(ranks)
    order = order[np.searchsorted(ranks[order], 0) :]
    here, sources = ranks[order], _first_ranks(outward)
    between = np.zeros(len(order) + 1, np.int32)
    for k in range(1, len(order)):
        between[k] = _shared_by(inward, inward.first[order[k - 1]], inward, inward.first[order[k]])
    count = np.empty(len(order), np.int32)
    for i in range(len(sources)):
        if sources[i] < 0 or len(order) == 0:
            continue
        middle = np.searchsorted(here, sources[i])
        shared = 1 << 30
        for k in range(middle, len(order)):
            if k == middle:
                shared = _shared_by(outward, outward.first[i], inward, inward.first[order[k]])
            else:
                shared = min(shared, between[k])
            count[k] = shared
        for k in range(middle - 1, -1, -1):
            if k == middle - 1:
                shared = _shared_by(outward, outward.first[i], inward, inward.first[order[k]])
            else:
                shared = min(shared, between[k + 1])
            count[k] = shared
        _join_spot(outward, i, inward, order, count, table[i])
    return table


@compiled
def _shared_by(a: Rows, s: int, b: Rows, t: int) -> int:
    return _shared(a.ancestor[s], b.ancestor[t], min(a.reach[s], b.reach[t]))


@compiled
def _join_spot(outward: Rows, i: int, inward: Rows, order: Int64s, count: Int32s, times: Int32s) -> None:
    """One row of a table; the first seeds of spots i and order[k] share count[k] ancestors."""
    row, trunk, base = outward.value[outward.first[i]], outward.trunk[i], outward.base[i]
    first, trunks, bases, value = inward.first, inward.trunk, inward.base, inward.value
    for k in range(len(order)):
        j = order[k]
        b = first[j]
        best = np.int32(2 * INF)
        for depth in range(count[k]):
            best = min(best, np.int32(row[depth] + value[b, depth]))
        if count[k] >= min(trunk, trunks[j]):
            # They part below a trunk; elsewhere every other pair of seeds sees the same values.
            best = _least_of_pairs(outward, i, inward, j)
        if best < UNREACHABLE_FROM:
            times[j] = best + base + bases[j]


@compiled
def _least_of_pairs(outward: Rows, i: int, inward: Rows, j: int) -> np.int32:
    best = np.int32(2 * INF)
    for s in range(outward.first[i], outward.end[i]):
        for t in range(inward.first[j], inward.end[j]):
            for depth in range(_shared_by(outward, s, inward, t)):
                best = min(best, np.int32(outward.value[s, depth] + inward.value[t, depth]))
    return best

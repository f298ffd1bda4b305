"""Searches over the elimination tree: an upward climb, then a sweep down over the ranks that matter.

Climb: Dibbelt, Strasser and Wagner 2016, section 6.2. Sweep: the restricted PHAST of Delling, Goldberg and
Werneck, Faster Batched Shortest Paths in Road Networks, ATMOS 2011, the selection being the ancestors of the
queried ranks. All kernels work on ranks and int32 milliseconds.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np

from dispatch_core.roads.compiled import INF, UNREACHABLE_FROM, UInt32s, compiled
from dispatch_core.roads.graph import Int32s


class Tree(NamedTuple):
    """The arrays of a hierarchy that searches walk; the unsigned ones halve the time of a sweep."""

    first: UInt32s
    heads: UInt32s
    parent: Int32s
    lowest: Int32s


class Seeds(NamedTuple):
    """Where k searches begin (or end): seeds first[i] … first[i+1] belong to spot i.

    first int32[k+1]; rank int32; offset int32 ≥ 0, the smallest of a spot being 0; base int32[k] is added
    to every answer of the spot and may be negative: what was already driven of the edge.
    """

    first: Int32s
    rank: Int32s
    offset: Int32s
    base: Int32s


class Workspace:
    """Scratch of one thread; every kernel leaves `near` and `far` full of INF."""

    def __init__(self, state_count: int) -> None:
        self.near = np.full(state_count, INF, np.int32)
        self.far = np.full(state_count, INF, np.int32)
        self.stamp = np.zeros(state_count, np.int32)
        self.chosen = np.empty(state_count, np.int32)
        self._turn = 0

    def next_stamp(self) -> int:
        """A mark not used before on `stamp`."""
        self._turn += 1
        if self._turn == 2**31 - 1:
            self.stamp[:] = 0
            self._turn = 1
        return self._turn


class Workspaces(threading.local):
    """One `Workspace` a thread, made at its first query."""

    def __init__(self, state_count: int) -> None:
        self.here = Workspace(state_count)


@compiled
def climb(seeds: Seeds, spot: int, tree: Tree, length: Int32s, d: Int32s) -> None:
    """Distances from a spot's seeds to all their ancestors into `d`, which is INF elsewhere."""
    low, high = seeds.first[spot], seeds.first[spot + 1]
    for i in range(low, high):
        d[seeds.rank[i]] = min(d[seeds.rank[i]], seeds.offset[i])
    for i in range(low, high):
        x = seeds.rank[i]
        while x >= 0:
            # What lies above a later seed too is left to that seed's climb: all is known by then.
            shared = False
            for j in range(i + 1, high):
                shared |= tree.lowest[x] <= seeds.rank[j] and seeds.rank[j] <= x
            if shared:
                break
            reached = d[x]
            if reached < INF:
                for e in range(tree.first[x], tree.first[x + 1]):
                    y = tree.heads[e]
                    through = np.int32(reached + length[e])
                    if through < d[y]:
                        d[y] = through
            x = tree.parent[x]


@compiled
def forget(seeds: Seeds, spot: int, tree: Tree, d: Int32s) -> None:
    """Undo a climb."""
    for i in range(seeds.first[spot], seeds.first[spot + 1]):
        x = seeds.rank[i]
        while x >= 0:
            d[x] = INF
            x = tree.parent[x]


@compiled
def choose(seeds: Seeds, tree: Tree, stamp: Int32s, mark: int, chosen: Int32s) -> int:
    """Every ancestor of any seed into `chosen`, parents before children; returns how many."""
    count = 0
    for i in range(len(seeds.rank)):
        x, start = seeds.rank[i], count
        while x >= 0 and stamp[x] != mark:
            stamp[x] = mark
            chosen[count] = x
            count += 1
            x = tree.parent[x]
        low, high = start, count - 1
        while low < high:
            chosen[low], chosen[high] = chosen[high], chosen[low]
            low += 1
            high -= 1
    return count


@compiled
def sweep_table(
    many: Seeds, few: Seeds, tree: Tree, to_few: Int32s, from_few: Int32s, d: Int32s, stamp: Int32s,
    mark: int, chosen: Int32s,
) -> Int32s:  # fmt: skip
    """int32[many, few]: one climb and one sweep for each of `few`.

    For times from `many` to `few`, `to_few` is the metric's `up` and `from_few` its `down` (the climb runs
    backwards); for times from `few` to `many` the other way round.
    """
    table = np.full((len(many.base), len(few.base)), INF, np.int32)
    count = choose(many, tree, stamp, mark, chosen)
    for j in range(len(few.base)):
        climb(few, j, tree, from_few, d)
        for k in range(count):
            x = chosen[k]
            best = d[x]
            for e in range(tree.first[x], tree.first[x + 1]):
                through = np.int32(to_few[e] + d[tree.heads[e]])
                if through < best:
                    best = through
            d[x] = best
        for i in range(len(many.base)):
            best = INF
            for s in range(many.first[i], many.first[i + 1]):
                best = min(best, d[many.rank[s]] + many.offset[s])
            if best < UNREACHABLE_FROM:
                table[i, j] = best + many.base[i] + few.base[j]
        forget(few, j, tree, d)
        for k in range(count):
            d[chosen[k]] = INF
    return table


@compiled
def sweep_all(
    seeds: Seeds, tree: Tree, climbing: Int32s, descending: Int32s, state: Int32s, d: Int32s
) -> Int32s:
    """int32[N]: for each state the time from (or to) the nearest of all spots, bases included."""
    lowest_base = seeds.base.min()
    for i in range(len(seeds.base)):
        for s in range(seeds.first[i], seeds.first[i + 1]):
            offset = seeds.offset[s] + seeds.base[i] - lowest_base
            d[seeds.rank[s]] = min(d[seeds.rank[s]], offset)
    for x in range(len(state)):
        reached = d[x]
        if reached < INF:
            for e in range(tree.first[x], tree.first[x + 1]):
                y = tree.heads[e]
                d[y] = min(d[y], reached + climbing[e])
    result = np.empty(len(state), np.int32)
    for x in range(len(state) - 1, -1, -1):
        best = d[x]
        for e in range(tree.first[x], tree.first[x + 1]):
            through = np.int32(descending[e] + d[tree.heads[e]])
            if through < best:
                best = through
        d[x] = best
        result[state[x]] = best + lowest_base if best < UNREACHABLE_FROM else INF
    d[:] = INF
    return result


@compiled
def meet(
    source: Seeds, i: int, target: Seeds, j: int, tree: Tree, up: Int32s, down: Int32s, near: Int32s,
    far: Int32s,
) -> tuple[int, int]:  # fmt: skip
    """(milliseconds, highest rank of the shortest path) of one pair; -1 and INF if there is no road.

    Leaves the climbs in `near` and `far` for a trace; the caller forgets them.
    """
    climb(source, i, tree, up, near)
    climb(target, j, tree, down, far)
    best, top = INF, -1
    for s in range(target.first[j], target.first[j + 1]):
        x = target.rank[s]
        while x >= 0:
            if near[x] + far[x] < best:
                best, top = near[x] + far[x], x
            x = tree.parent[x]
    if best >= UNREACHABLE_FROM:
        return INF, -1
    return best + source.base[i] + target.base[j], top

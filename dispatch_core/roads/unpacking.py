"""From distances back to the states that a shortest path passes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dispatch_core.roads.compiled import UInt32s, compiled
from dispatch_core.roads.graph import Int32s, Int64s
from dispatch_core.roads.search import Seeds, Tree, forget, meet


class Lengths(NamedTuple):
    """A metric's arrays, as unpacking reads them."""

    up: Int32s
    down: Int32s
    own_up: Int32s
    own_down: Int32s


class Downward(NamedTuple):
    """The hierarchy's arcs by their heads; tails ascend."""

    first: UInt32s
    tail: Int32s
    arc: UInt32s


@compiled
def drive(
    source: Seeds, target: Seeds, tree: Tree, downward: Downward, lengths: Lengths, near: Int32s, far: Int32s
) -> tuple[int, Int32s]:
    """(milliseconds, int32[k] ranks of the states passed) between one spot and one other; empty: no road."""
    ms, top = meet(source, 0, target, 0, tree, lengths.up, lengths.down, near, far)
    ranks = np.empty(0, np.int32)
    if top >= 0:
        rise = _trace(source, top, downward, lengths.up, near)
        fall = _trace(target, top, downward, lengths.down, far)
        ranks = _unpack(np.concatenate((rise[::-1], fall[1:])), tree, downward, lengths)
    forget(source, 0, tree, near)
    forget(target, 0, tree, far)
    return ms, ranks


@compiled
def _trace(seeds: Seeds, top: int, downward: Downward, length: Int32s, d: Int32s) -> Int32s:
    """int32[k]: the ranks of a climb that ended at `top`, from `top` back to the seed it came from."""
    ranks = np.empty(64, np.int32)
    ranks[0] = top
    count, x = 1, top
    while not _begins(seeds, x, d):
        for e in range(downward.first[x], downward.first[x + 1]):
            if d[downward.tail[e]] + length[downward.arc[e]] == d[x]:
                x = downward.tail[e]
                break
        if count == len(ranks):
            ranks = _grown(ranks)
        ranks[count] = x
        count += 1
    return ranks[:count]


@compiled
def _begins(seeds: Seeds, x: int, d: Int32s) -> bool:
    return bool(np.any((seeds.rank == x) & (seeds.offset == d[x])))


@compiled
def _grown(a: Int32s) -> Int32s:
    larger = np.empty(len(a) * 2, np.int32)
    larger[: len(a)] = a
    return larger


@compiled
def _unpack(shortcuts: Int32s, tree: Tree, downward: Downward, lengths: Lengths) -> Int32s:
    """int32[k]: the ranks of every state on a path given by ranks joined by arcs of the hierarchy."""
    # A stack of ranks still to be reached, the next one on top.
    ahead = np.empty(max(256, len(shortcuts)), np.int32)
    depth = len(shortcuts) - 1
    ahead[:depth] = shortcuts[1:][::-1]
    ranks = np.empty(256, np.int32)
    ranks[0] = shortcuts[0]
    count = 1
    while depth > 0:
        middle = _middle(ranks[count - 1], ahead[depth - 1], tree, downward, lengths)
        if middle >= 0:
            if depth == len(ahead):
                ahead = _grown(ahead)
            ahead[depth] = middle
            depth += 1
        else:
            depth -= 1
            if count == len(ranks):
                ranks = _grown(ranks)
            ranks[count] = ahead[depth]
            count += 1
    return ranks[:count]


@compiled
def _middle(u: int, v: int, tree: Tree, downward: Downward, lengths: Lengths) -> int:
    """The rank below both ends that the arc u→v goes through; -1 if it is a single turn."""
    arc = _arc(min(u, v), max(u, v), tree)
    whole = lengths.up[arc] if u < v else lengths.down[arc]
    if whole == (lengths.own_up[arc] if u < v else lengths.own_down[arc]):
        return -1
    # The lower end has the fewer arcs below; each is half a triangle.
    for e in range(downward.first[min(u, v)], downward.first[min(u, v) + 1]):
        x, half = downward.tail[e], downward.arc[e]
        rest = whole - (lengths.down[half] if u < v else lengths.up[half])
        if rest > 0:
            other = _arc(x, max(u, v), tree)
            if other >= 0 and rest == (lengths.up[other] if u < v else lengths.down[other]):
                middle: int = x
                return middle
    return -1


@compiled
def _arc(low: int, high: int, tree: Tree) -> np.int64:
    """The arc between two ranks; -1 if there is none."""
    row = tree.heads[tree.first[low] : tree.first[low + 1]]
    for k in range(len(row)):
        if row[k] == high:
            return np.int64(tree.first[low]) + np.int64(k)
    return np.int64(-1)


@compiled
def turns_between(states: Int32s, out_first: Int64s, arc_to: Int32s, turn_ms: Int32s) -> Int32s:
    """int32[k-1]: the weight of the turn from each of k states to the next."""
    weight = np.empty(len(states) - 1, np.int32)
    for i in range(len(weight)):
        for k in range(out_first[states[i]], out_first[states[i] + 1]):
            if arc_to[k] == states[i + 1]:
                weight[i] = turn_ms[k]
    return weight

"""From distances back to the states that a shortest path passes."""

from __future__ import annotations

import numpy as np

from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Int32s, Int64s
from dispatch_core.roads.search import Seeds, Tree


@compiled
def trace(
    seeds: Seeds, spot: int, top: int, down: tuple[Int32s, Int32s, Int32s], length: Int32s, d: Int32s
) -> Int32s:
    """int32[k]: the ranks of a climb that ended at `top`, from `top` back to the seed it came from."""
    down_first, down_tail, down_arc = down
    ranks = np.empty(64, np.int32)
    ranks[0] = top
    count, x = 1, top
    while not _begins(seeds, spot, x, d):
        for e in range(down_first[x], down_first[x + 1]):
            if d[down_tail[e]] + length[down_arc[e]] == d[x]:
                x = down_tail[e]
                break
        if count == len(ranks):
            ranks = _grown(ranks)
        ranks[count] = x
        count += 1
    return ranks[:count]


@compiled
def _begins(seeds: Seeds, spot: int, x: int, d: Int32s) -> bool:
    for s in range(seeds.first[spot], seeds.first[spot + 1]):
        if seeds.rank[s] == x and seeds.offset[s] == d[x]:
            return True
    return False


@compiled
def _grown(a: Int32s) -> Int32s:
    larger = np.empty(len(a) * 2, np.int32)
    larger[: len(a)] = a
    return larger


@compiled
def unpack(
    shortcut_path: Int32s, tree: Tree, down: tuple[Int32s, Int32s, Int32s], up_ms: Int32s, down_ms: Int32s,
    own_up: Int32s, own_down: Int32s,
) -> Int32s:  # fmt: skip
    """int32[k]: the ranks of every state on a path given by ranks joined by arcs of the hierarchy."""
    # A stack of arcs still to be opened, the next one on top.
    tails, heads = np.empty(256, np.int32), np.empty(256, np.int32)
    while len(tails) < len(shortcut_path):
        tails, heads = _grown(tails), _grown(heads)
    depth = 0
    for k in range(len(shortcut_path) - 1, 0, -1):
        tails[depth], heads[depth] = shortcut_path[k - 1], shortcut_path[k]
        depth += 1
    ranks = np.empty(256, np.int32)
    ranks[0] = shortcut_path[0]
    count = 1
    while depth > 0:
        depth -= 1
        u, v = tails[depth], heads[depth]
        middle = _middle(u, v, tree, down, up_ms, down_ms, own_up, own_down)
        if middle < 0:
            if count == len(ranks):
                ranks = _grown(ranks)
            ranks[count] = v
            count += 1
            continue
        if depth + 2 > len(tails):
            tails, heads = _grown(tails), _grown(heads)
        tails[depth], heads[depth] = middle, v
        tails[depth + 1], heads[depth + 1] = u, middle
        depth += 2
    return ranks[:count]


@compiled
def _middle(
    u: int, v: int, tree: Tree, down: tuple[Int32s, Int32s, Int32s], up_ms: Int32s, down_ms: Int32s,
    own_up: Int32s, own_down: Int32s,
) -> int:  # fmt: skip
    """The rank below both ends that the arc u→v goes through; -1 if it is a single turn."""
    down_first, down_tail, down_arc = down
    low, high = min(u, v), max(u, v)
    arc = tree.first[low] + np.searchsorted(tree.heads[tree.first[low] : tree.first[low + 1]], high)
    if u < v:
        whole, single = up_ms[arc], own_up[arc]
    else:
        whole, single = down_ms[arc], own_down[arc]
    if whole == single:
        return -1
    i, j = down_first[u], down_first[v]
    while i < down_first[u + 1] and j < down_first[v + 1]:
        if down_tail[i] < down_tail[j]:
            i += 1
        elif down_tail[i] > down_tail[j]:
            j += 1
        else:
            if down_ms[down_arc[i]] + up_ms[down_arc[j]] == whole:
                middle: int = down_tail[i]
                return middle
            i += 1
            j += 1
    return -1


@compiled
def turns_between(states: Int32s, out_first: Int64s, arc_to: Int32s, turn_ms: Int32s) -> Int32s:
    """int32[k-1]: the weight of the turn from each of k states to the next."""
    weight = np.empty(len(states) - 1, np.int32)
    for i in range(len(weight)):
        for k in range(out_first[states[i]], out_first[states[i] + 1]):
            if arc_to[k] == states[i + 1]:
                weight[i] = turn_ms[k]
    return weight

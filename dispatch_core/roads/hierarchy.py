"""Customisable contraction hierarchy: everything about shortest paths that does not depend on the weights.

Dibbelt, Strasser and Wagner, Customizable Contraction Hierarchies, JEA 21 (2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.expansion import Expansion
from dispatch_core.roads.graph import Int32s


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """The chordal completion of a turn graph with N states, by rank: an arc leads to a higher rank.

    Ranks are a postorder of the elimination tree, so the states below x are the ranks lowest[x] … x.

    rank          int32[N]    rank of each state
    state         int32[N]    state of each rank
    first, heads  int32       CSR of the A upward arcs; the heads of a rank ascend
    parent        int32[N]    elimination tree: the lowest head; -1 at a root
    depth         int32[N]    0 at a root
    lowest        int32[N]    least rank below
    slot          int32[K]    the upward arc that turn k lies on; -1 for a turn into the same state
    is_up         bool[K]     whether turn k ascends
    down_first, down_tail, down_arc  int32   CSR of the same arcs by their heads; tails ascend
    triangle      int32[T]    for every pair of arcs (x,y), (x,z) in order: the arc (y,z)
    """

    rank: Int32s
    state: Int32s
    first: Int32s
    heads: Int32s
    parent: Int32s
    depth: Int32s
    lowest: Int32s
    slot: Int32s
    is_up: NDArray[np.bool_]
    down_first: Int32s
    down_tail: Int32s
    down_arc: Int32s
    triangle: Int32s

    @property
    def state_count(self) -> int:
        return len(self.rank)

    @property
    def arc_count(self) -> int:
        return len(self.heads)

    @property
    def height(self) -> int:
        """Length of the longest way from a state up to its root, both counted."""
        return int(self.depth.max()) + 1


def build_hierarchy(expansion: Expansion, order: Int32s) -> Hierarchy:
    """The hierarchy of the turn graph under `order`, int32[N], states from least to most important.

    Raises InvalidInput if `order` is no permutation of the states.
    """
    n = expansion.state_count
    state = np.asarray(order, np.int32)
    if state.shape != (n,) or not np.array_equal(np.sort(state), np.arange(n)):
        raise InvalidInput("order", f"is no permutation of the {n} states of this graph; rebuild the region")
    rank = _inverse(state)
    first, heads, parent = _complete(*_upward(expansion, rank))
    postorder = _postorder(parent)
    if not np.array_equal(postorder, np.arange(n)):
        state = state[postorder]
        rank = _inverse(state)
        first, heads, parent = _complete(*_upward(expansion, rank))
    slot, is_up = _slots(rank[expansion.arc_from], rank[expansion.arc_to], first, heads)
    depth, lowest = _tree_facts(parent)
    by_head = np.argsort(heads, kind="stable").astype(np.int32)
    tails = np.repeat(np.arange(n, dtype=np.int32), np.diff(first))
    return Hierarchy(
        rank=rank, state=state, first=first, heads=heads, parent=parent, depth=depth, lowest=lowest,
        slot=slot, is_up=is_up,
        down_first=np.searchsorted(heads[by_head], np.arange(n + 1)).astype(np.int32),
        down_tail=tails[by_head], down_arc=by_head, triangle=_triangles(first, heads),
    )  # fmt: skip


def postordered(expansion: Expansion, order: Int32s) -> Int32s:
    """An equivalent order, of the same fill, that `build_hierarchy` takes as it is."""
    _, _, parent = _complete(*_upward(expansion, _inverse(order)))
    postorder: Int32s = order[_postorder(parent)]
    return postorder


def _inverse(permutation: Int32s) -> Int32s:
    inverse = np.empty_like(permutation)
    inverse[permutation] = np.arange(len(permutation), dtype=np.int32)
    return inverse


def _upward(expansion: Expansion, rank: Int32s) -> tuple[Int32s, Int32s]:
    """CSR of the turns by rank, every one turned upward."""
    a, b = rank[expansion.arc_from], rank[expansion.arc_to]
    low, high = np.minimum(a, b), np.maximum(a, b)
    proper = low != high
    low, high = low[proper], high[proper]
    order = np.argsort(low, kind="stable")
    first = np.searchsorted(low[order], np.arange(len(rank) + 1)).astype(np.int32)
    return first, high[order]


@compiled
def _complete(first_in: Int32s, heads_in: Int32s) -> tuple[Int32s, Int32s, Int32s]:
    """Chordal completion by the elimination game: a rank inherits the heads of its children in the tree."""
    n = len(first_in) - 1
    heads = np.empty(len(heads_in) * 4 + 1024, np.int32)
    first = np.zeros(n + 1, np.int32)
    parent = np.full(n, -1, np.int32)
    child, sibling = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    seen = np.full(n, -1, np.int32)
    found = np.empty(n, np.int32)
    used = 0
    for x in range(n):
        count = 0
        seen[x] = x
        for e in range(first_in[x], first_in[x + 1]):
            y = heads_in[e]
            if seen[y] != x:
                seen[y] = x
                found[count] = y
                count += 1
        c = child[x]
        while c >= 0:
            for e in range(first[c], first[c + 1]):
                y = heads[e]
                if seen[y] != x:
                    seen[y] = x
                    found[count] = y
                    count += 1
            c = sibling[c]
        if used + count > len(heads):
            grown = np.empty(max(len(heads) * 2, used + count), np.int32)
            grown[:used] = heads[:used]
            heads = grown
        heads[used : used + count] = np.sort(found[:count])
        if count > 0:
            top = heads[used]
            parent[x], sibling[x], child[top] = top, child[top], x
        used += count
        first[x + 1] = used
    return first, heads[:used].copy(), parent


@compiled
def _postorder(parent: Int32s) -> Int32s:
    """Ranks in an order in which each subtree is one run; the fill stays the same."""
    n = len(parent)
    size = np.ones(n, np.int32)
    for x in range(n):
        if parent[x] >= 0:
            size[parent[x]] += size[x]
    # `end[x]`: where the part of x's run that is not yet given away ends. A postorder comes out unchanged.
    end = np.zeros(n, np.int32)
    order = np.empty(n, np.int32)
    roots_end = n
    for x in range(n - 1, -1, -1):
        p = parent[x]
        if p < 0:
            last = roots_end - 1
            roots_end -= size[x]
        else:
            last = end[p] - 1
            end[p] -= size[x]
        end[x] = last
        order[last] = x
    return order


@compiled
def _slots(a: Int32s, b: Int32s, first: Int32s, heads: Int32s) -> tuple[Int32s, NDArray[np.bool_]]:
    slot, is_up = np.full(len(a), -1, np.int32), a < b
    for k in range(len(a)):
        low, high = min(a[k], b[k]), max(a[k], b[k])
        if low < high:
            row = heads[first[low] : first[low + 1]]
            slot[k] = first[low] + np.searchsorted(row, high)
    return slot, is_up


@compiled
def _tree_facts(parent: Int32s) -> tuple[Int32s, Int32s]:
    n = len(parent)
    depth, lowest = np.zeros(n, np.int32), np.arange(n).astype(np.int32)
    for x in range(n):
        p = parent[x]
        if p >= 0:
            lowest[p] = min(lowest[p], lowest[x])
    for x in range(n - 1, -1, -1):
        if parent[x] >= 0:
            depth[x] = depth[parent[x]] + 1
    return depth, lowest


@compiled
def _triangles(first: Int32s, heads: Int32s) -> Int32s:
    total = np.int64(0)
    for x in range(len(first) - 1):
        degree = np.int64(first[x + 1] - first[x])
        total += degree * (degree - 1) // 2
    triangle = np.empty(total, np.int32)
    at = 0
    for x in range(len(first) - 1):
        for i in range(first[x], first[x + 1]):
            q = first[heads[i]]
            for j in range(i + 1, first[x + 1]):
                while heads[q] != heads[j]:
                    q += 1
                triangle[at] = q
                at += 1
    return triangle

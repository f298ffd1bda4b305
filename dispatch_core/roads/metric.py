"""The weights of one mode at one moment, worked up through the hierarchy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.compiled import INF, UInt32s, compiled
from dispatch_core.roads.graph import Int32s
from dispatch_core.roads.hierarchy import Hierarchy

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One immutable set of weights, milliseconds; a query holds the one it began with.

    edge_ms        int32[m]  to drive an edge from end to end
    may_enter      bool[m]   edges that a journey may turn into
    may_start      bool[m]   edges that a journey may begin on
    turn_ms        int32[K]  weight of each turn: the edge left and the junction; INF if forbidden
    up, down       int32[A]  length of the hierarchy's arcs, tail to head and head to tail
    own_up, own_down  int32[A]  the part of them that is a single turn, for unpacking
    """

    edge_ms: Int32s
    may_enter: Bools
    may_start: Bools
    turn_ms: Int32s
    up: Int32s
    down: Int32s
    own_up: Int32s
    own_down: Int32s


def customise(
    hierarchy: Hierarchy,
    *,
    from_edge: Int32s,
    to_edge: Int32s,
    junction_ms: Int32s,
    edge_ms: Int32s,
    may_enter: Bools,
    may_start: Bools,
) -> Metric:
    """The metric of these weights (basic customisation, Dibbelt, Strasser and Wagner 2016, section 5).

    `from_edge`, `to_edge` int32[K] name the road edges of each turn; `junction_ms` int32[K] its own cost.
    """
    turn_ms = np.empty(len(from_edge), np.int32)
    both = np.empty((hierarchy.arc_count, 2), np.int32)
    _respect(
        from_edge, to_edge, junction_ms, edge_ms, may_enter, hierarchy.slot, hierarchy.is_up, turn_ms, both
    )
    own_up, own_down = both[:, 0].copy(), both[:, 1].copy()
    _relax_triangles(hierarchy.first.view(np.uint32), hierarchy.triangle.view(np.uint32), both)
    return Metric(
        edge_ms=edge_ms, may_enter=may_enter, may_start=may_start, turn_ms=turn_ms,
        up=both[:, 0].copy(), down=both[:, 1].copy(), own_up=own_up, own_down=own_down,
    )  # fmt: skip


@compiled
def _respect(
    from_edge: Int32s, to_edge: Int32s, junction_ms: Int32s, edge_ms: Int32s, may_enter: Bools,
    slot: Int32s, is_up: Bools, turn_ms: Int32s, both: Int32s,
) -> None:  # fmt: skip
    both[:] = INF
    for k in range(len(from_edge)):
        weight = INF
        if may_enter[to_edge[k]]:
            weight = min(INF, edge_ms[from_edge[k]] + junction_ms[k])
        turn_ms[k] = weight
        if slot[k] >= 0:
            side = 0 if is_up[k] else 1
            both[slot[k], side] = min(both[slot[k], side], weight)


@compiled
def _relax_triangles(first: UInt32s, triangle: UInt32s, both: Int32s) -> None:
    at, one = np.uint64(0), np.uint64(1)
    for x in range(len(first) - 1):
        end = np.uint64(first[x + 1])
        for i in range(np.uint64(first[x]), end):
            up, down = both[i, 0], both[i, 1]
            for j in range(i + one, end):
                arc = triangle[at]
                at += one
                both[arc, 0] = min(both[arc, 0], np.int32(down + both[j, 0]))
                both[arc, 1] = min(both[arc, 1], np.int32(up + both[j, 1]))

"""Bounded turn-by-turn distances on the network of a matcher."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, Int64s


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

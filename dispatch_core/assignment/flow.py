"""Minimum-cost flow from needs to units: a home of OR-Tools that knows nothing of dispatch.

A row (need) sends `count` units of flow, each through a column (unit, capacity one) to the sink or straight
there through a dummy arc: that flow is held. Cost-scaling push-relabel: Goldberg, An efficient implementation
of a scaling minimum-cost flow algorithm, J. Algorithms 22 (1997).

Only the cheapest arcs of each row go in at first. Shortest distances in the residual graph then price the
arcs left out (column generation): if none could shorten the flow, it is optimal with them too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FIRST_ARCS = 12


class Flow(NamedTuple):
    """chosen bool[n, u], held int64[n]; `cost` is that of the chosen arcs and of the held flow."""

    chosen: Bools
    held: Int64s
    cost: int


def cheapest_flow(cost: Int64s, allowed: Bools, *, hold_row: Int64s, hold_cost: Int64s) -> Flow:
    """The cheapest way to serve or hold every slot.

    cost int64[n, u], read only where `allowed` bool[n, u]; hold_row int64[s] names the row of each slot and
    hold_cost int64[s] what it costs to hold one more of that row. Exact.
    """
    slots = len(hold_row)
    offered = _cheapest_arcs(cost, allowed, min(_FIRST_ARCS, slots))
    # No plan needs more than the `slots` cheapest arcs of a row: the other slots take fewer than that.
    enough: Bools | None = None
    while True:
        flow = _solve(cost, offered, hold_row, hold_cost)
        if np.array_equal(offered, allowed):
            return flow
        missed = _would_shorten(flow, cost, offered, allowed, hold_row, hold_cost)
        if not missed.any():
            return flow
        enough = _cheapest_arcs(cost, allowed, slots) if enough is None else enough
        more: Bools = offered | (enough & np.any(missed, axis=1, keepdims=True))
        if np.array_equal(more, offered):
            return flow
        offered = more


def _cheapest_arcs(cost: Int64s, allowed: Bools, k: int) -> Bools:
    """bool[n, u]: the k cheapest allowed arcs of each row, all of them where there are fewer."""
    if k >= allowed.shape[1]:
        return allowed
    priced = np.where(allowed, cost, np.iinfo(np.int64).max)
    nearest = np.argpartition(priced, k - 1, axis=1)[:, :k]
    kept = np.zeros_like(allowed)
    np.put_along_axis(kept, nearest, True, axis=1)
    return kept & allowed


def _solve(cost: Int64s, offered: Bools, hold_row: Int64s, hold_cost: Int64s) -> Flow:
    n, u = offered.shape
    rows, columns = np.nonzero(offered)
    used = np.unique(columns)
    sink = n + u
    one = np.ones(len(rows) + len(used) + len(hold_row), np.int64)
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([rows, n + used, hold_row]).astype(np.int32),
        np.concatenate([n + columns, np.full(len(used) + len(hold_row), sink)]).astype(np.int32),
        one,
        np.concatenate([cost[rows, columns], np.zeros(len(used), np.int64), hold_cost]),
    )
    supply = np.bincount(hold_row, minlength=n).astype(np.int64)
    solver.set_nodes_supplies(np.arange(n, dtype=np.int32), supply)
    solver.set_node_supply(sink, -int(supply.sum()))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise ArithmeticError(f"minimum-cost flow ended with {status}; are the costs too large?")
    flows = np.asarray(solver.flows(np.arange(len(rows), dtype=np.int32)), np.int64)
    chosen = np.zeros(offered.shape, np.bool_)
    chosen[rows[flows > 0], columns[flows > 0]] = True
    return Flow(chosen, supply - chosen.sum(axis=1), int(solver.optimal_cost()))


def _would_shorten(
    flow: Flow, cost: Int64s, offered: Bools, allowed: Bools, hold_row: Int64s, hold_cost: Int64s
) -> Bools:
    """bool[n, u]: allowed arcs left out whose reduced cost is negative."""
    potential = _potentials(flow, cost, offered, hold_row, hold_cost)
    n = len(cost)
    # cost + potential of the row < potential of the column, with one table less
    answer: Bools = cost < potential[None, n:-1] - potential[:n, None]
    answer &= allowed
    answer &= ~offered
    return answer


def _potentials(flow: Flow, cost: Int64s, offered: Bools, hold_row: Int64s, hold_cost: Int64s) -> Int64s:
    """int64[n + u + 1]: shortest distances in the residual graph (Bellman–Ford); rows, columns, sink."""
    n, u = offered.shape
    sink = n + u
    rows, columns = np.nonzero(offered)
    taken = flow.chosen[rows, columns]
    busy = flow.chosen.any(axis=0)
    column = n + np.arange(u)
    order = np.lexsort((hold_cost, hold_row))
    place = np.arange(len(order)) - np.searchsorted(hold_row[order], hold_row[order])
    holds = np.zeros(len(order), np.bool_)
    holds[order] = place < flow.held[hold_row[order]]  # the cheapest dummy arcs fill first
    # A served arc, a busy column and a full dummy arc can only be undone: turned round, at minus the cost.
    tail = np.concatenate([np.where(taken, n + columns, rows), np.where(busy, sink, column),
                           np.where(holds, sink, hold_row)])  # fmt: skip
    head = np.concatenate([np.where(taken, rows, n + columns), np.where(busy, column, sink),
                           np.where(holds, hold_row, sink)])  # fmt: skip
    arc = cost[rows, columns]
    length = np.concatenate([np.where(taken, -arc, arc), np.zeros(u, np.int64),
                             np.where(holds, -hold_cost, hold_cost)])  # fmt: skip
    distance = np.zeros(n + u + 1, np.int64)
    while True:
        shorter = distance.copy()
        np.minimum.at(shorter, head, distance[tail] + length)
        if np.array_equal(shorter, distance):
            return distance
        distance = shorter

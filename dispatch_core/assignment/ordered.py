"""Plans in which towing follows rescue: flow first, with a bound that often proves it, then CP-SAT."""

from __future__ import annotations

import numpy as np

from dispatch_core.assignment.cost import cost_s
from dispatch_core.assignment.order import begin_s, earliest_begin_s, in_order_s, ordered_rows
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.problem import Bools, Float64s, Problem
from dispatch_core.assignment.solver import choose, cost_of, plan_of, settled_units, solve
from dispatch_core.assignment.stop import Stop

_ROUNDS = 3
# Above so many pairs the first flow must do: its gap is told, and the desk is not kept waiting.
_MOST_PAIRS_REPEATED = 20_000
PROVEN = 1e-4  # the flow counts tenths of a second; a gap below this is rounding


def solve_in_order(
    problem: Problem, *, params: DispatchParams, stop: Stop | None = None, seed: int = 0
) -> Plan:
    """The cheapest plan when a tow truck is as late as the work that it waits for.

    Nobody more is held than in `solve`, which answers where no scene has an order. Otherwise: as soon as any
    plan could let towing begin gives a flow whose cost no plan beats; the same flow at its own beginnings,
    repeated, gives plans. Where they meet, the plan is proven best. Where they do not and `stop` is given,
    CP-SAT starts from the best plan and has until then; `gap` tells what is left unproven.
    """
    if not len(ordered_rows(problem)):
        return solve(problem, params=params, stop=stop, seed=seed)
    table = cost_s(problem, params)
    bound, best, cost = _by_flow(problem, table, params)
    gap = _gap(cost, bound)
    if stop is not None and gap > PROVEN:
        # CP-SAT brings pandas, two seconds and 80 MB: only who needs it pays, or imports it beforehand.
        from dispatch_core.assignment.sequence import SequenceModel

        better, proven = SequenceModel(problem, table, best, params).solve(stop=stop, seed=seed)
        if (found := _cost(problem, table, better, params)) < cost:
            best, cost = better, found
        gap = _gap(cost, max(bound, proven))
    begin = begin_s(problem, best, params)
    timed = in_order_s(problem, table, begin, params)
    return plan_of(problem, timed, best, params=params, policy="in_order", begin_s=begin, gap=gap)


def _by_flow(problem: Problem, table: Float64s, params: DispatchParams) -> tuple[float, Bools, float]:
    """(a cost that no plan beats, the best plan found, its cost)."""
    settled = settled_units(problem, np.isfinite(table))
    begin = earliest_begin_s(problem, table, settled, params)
    timed = in_order_s(problem, table, begin, params)
    chosen = choose(problem, timed, params=params)
    bound = cost_of(problem, timed, chosen, params=params) + _waiting(problem, chosen, params)
    best, cost = chosen, _cost(problem, table, chosen, params)
    for _ in range(_ROUNDS if problem.fit.size <= _MOST_PAIRS_REPEATED else 0):
        if _gap(cost, bound) <= PROVEN:
            break
        begin = begin_s(problem, chosen, params)
        chosen = choose(problem, in_order_s(problem, table, begin, params), params=params)
        found = _cost(problem, table, chosen, params)
        if found < cost:
            best, cost = chosen, found
    return bound, best, cost


def _cost(problem: Problem, table: Float64s, chosen: Bools, params: DispatchParams) -> float:
    timed = in_order_s(problem, table, begin_s(problem, chosen, params), params)
    return cost_of(problem, timed, chosen, params=params) + _waiting(problem, chosen, params)


def _waiting(problem: Problem, chosen: Bools, params: DispatchParams) -> float:
    """The tie-breaker among plans that hold equally many: what those held have waited already."""
    lacks = problem.row_count - chosen.sum(axis=1)
    waited_s = np.array([incident.waited_s for incident in problem.incidents])[problem.row_incident]
    return float((lacks * waited_s).sum() * params.waiting_weight)


def _gap(cost: float, bound: float) -> float:
    return max(cost - bound, 0.0) / max(abs(cost), 1.0)

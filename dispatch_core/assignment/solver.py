"""All open incidents solved together: the cheapest plan that holds nobody while a unit is free."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dispatch_core.assignment.cost import cost_s
from dispatch_core.assignment.flow import Int64s, cheapest_flow
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Assignment, Held, Plan
from dispatch_core.assignment.problem import SUBSTITUTE, Float64s, Problem

TENTHS = 10  # the solver counts tenths of a second in integers


def solve(problem: Problem, *, params: DispatchParams, stop: None = None, seed: int = 0) -> Plan:
    """Exact and deterministic, so that neither `stop` nor `seed` is consulted.

    First as few as possible are held, the gravest last; within an incident's priority the first unit of each
    need comes before anybody's second; then the total cost is least. The needs that can be served form a
    transversal matroid, hence hold costs that fall level by level reach that order in one flow.
    """
    table = cost_s(problem, params)
    allowed = np.isfinite(table)
    cost = np.rint(np.where(allowed, table, 0.0) * TENTHS).astype(np.int64)
    hold_row = np.repeat(np.arange(len(problem.row_need)), problem.row_count)
    hold_cost = _hold_cost(problem, params, cost, hold_row)
    flow = cheapest_flow(cost, allowed, hold_row=hold_row, hold_cost=hold_cost)
    return plan_of(problem, table, np.argwhere(flow.chosen), policy="joint")


def _hold_cost(problem: Problem, params: DispatchParams, cost: Int64s, hold_row: Int64s) -> Int64s:
    """int64[s]: one level is dearer than any difference between two plans; waiting tips within a level."""
    place = np.arange(len(hold_row)) - np.searchsorted(hold_row, hold_row)
    rank = problem.row_priority[hold_row] * (place.max(initial=0) + 1) + place
    _, level = np.unique(-rank, return_inverse=True)
    widest = cost.max(axis=1, initial=0) - cost.min(axis=1, initial=0)
    waited_s = np.array([incident.waited_s for incident in problem.incidents], np.float64)
    bonus = np.rint(waited_s * params.waiting_weight * TENTHS).astype(np.int64)
    step = int(widest[hold_row].sum()) + len(hold_row) * int(bonus.max(initial=0)) + 1
    return (level + 1) * step + bonus[problem.row_incident[hold_row]]


def plan_of(problem: Problem, table: Float64s, chosen: Iterable[Int64s], *, policy: str) -> Plan:
    """The plan that sends unit `column` for need `row`, for each (row, column) in `chosen`."""
    pairs = sorted((int(row), int(column)) for row, column in chosen)
    served = np.bincount([row for row, _ in pairs], minlength=len(problem.row_need))
    held = tuple(
        Held(incident_id=problem.incidents[i].id, need=need.capability, count=need.count - int(done))
        for i, need, done in zip(problem.row_incident, problem.row_need, served, strict=True)
        if need.count > done
    )
    assignments = tuple(_assignment(problem, table, row, column) for row, column in pairs)
    return Plan(policy=policy, assignments=assignments, held=held, cost_s=sum(a.cost_s for a in assignments))


def _assignment(problem: Problem, table: Float64s, row: int, column: int) -> Assignment:
    i, unit = int(problem.row_incident[row]), problem.units[column]
    return Assignment(
        incident_id=problem.incidents[i].id,
        unit_id=unit.id,
        need=problem.row_need[row].capability,
        turnout_s=unit.turnout_s,
        eta_s=float(problem.eta_s[i, column]),
        position_age_s=unit.position_age_s or 0.0,
        is_substitute=bool(problem.fit[row, column] == SUBSTITUTE),
        cost_s=float(table[row, column]),
    )

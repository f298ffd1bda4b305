"""Towing in its turn: when work can begin at each scene, and what a plan costs by that."""

from __future__ import annotations

import numpy as np

from dispatch_core.assignment.limits import turnout_s
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.problem import Bools, Float64s, Int64s, Problem
from dispatch_core.fleet.capability import UnitKind


def is_tow_row(problem: Problem) -> Bools:
    """bool[n]"""
    return np.array([need.capability.kind is UnitKind.TOW for need in problem.row_need], np.bool_)


def ordered_rows(problem: Problem) -> Int64s:
    """int64[k]: needs of tow trucks at a scene with an order."""
    ordered = np.array([incident.tow_order is not None for incident in problem.incidents], np.bool_)
    return np.flatnonzero(is_tow_row(problem) & ordered[problem.row_incident])


def response_s(problem: Problem) -> Float64s:
    """float64[n, u]: turnout and road."""
    seconds: Float64s = problem.eta_s + turnout_s(problem)
    return seconds[problem.row_incident]


def begin_s(problem: Problem, chosen: Bools, params: DispatchParams) -> Float64s:
    """float64[n]: when units of each need can begin by this plan; 0 where nothing is to be waited for."""
    tow = is_tow_row(problem)
    row, column = np.nonzero(chosen)  # few pairs of many: the whole table is not looked at
    arrive_s = (problem.eta_s[problem.row_incident[row], column]) + turnout_s(problem)[column]
    last_s = np.zeros(len(problem.row_need))
    np.maximum.at(last_s, row, np.where(np.isfinite(arrive_s), arrive_s, 0.0))
    lacks = chosen.sum(axis=1) < problem.row_count
    rescue_s = np.where(lacks, np.maximum(last_s, params.rescue_guess_s), last_s)
    begin = np.zeros(len(problem.row_need))
    for i, rows in _rows_of_ordered(problem).items():
        begin[rows[tow[rows]]] = _begins(problem, i, rescue_s[rows[~tow[rows]]], last_s[rows[tow[rows]]])
    return begin


def earliest_begin_s(problem: Problem, table: Float64s, settled: Bools, params: DispatchParams) -> Float64s:
    """float64[n]: no plan lets a need begin sooner; `table` float64[n, u] is inf where barred."""
    tow, arrive_s = is_tow_row(problem), response_s(problem)
    soonest_s = np.where(np.isfinite(table), arrive_s, np.inf).min(axis=1, initial=np.inf)
    fixed = problem.is_own_row & settled & np.isfinite(arrive_s)
    fixed_s = np.where(fixed, arrive_s, 0.0).max(axis=1, initial=0.0)
    done = (problem.is_own_row & settled).sum(axis=1) >= problem.row_count
    # Where more can go than all needs together ask, somebody does; else the others may wait for nobody.
    sure = np.isfinite(table).sum(axis=1) >= max(int(problem.row_count.sum()), 1)
    rescue_s = np.maximum(fixed_s, np.where(done, 0.0, np.minimum(soonest_s, params.rescue_guess_s)))
    tow_s = np.maximum(fixed_s, np.where(sure & ~done, soonest_s, 0.0))
    begin = np.zeros(len(problem.row_need))
    for i, rows in _rows_of_ordered(problem).items():
        begin[rows[tow[rows]]] = _begins(problem, i, rescue_s[rows[~tow[rows]]], tow_s[rows[tow[rows]]])
    return begin


def _rows_of_ordered(problem: Problem) -> dict[int, Int64s]:
    rows: dict[int, Int64s] = {}
    for i in np.unique(problem.row_incident[ordered_rows(problem)]).tolist():
        rows[i] = np.flatnonzero(problem.row_incident == i)
    return rows


def _begins(problem: Problem, incident: int, rescue_s: Float64s, tow_s: Float64s) -> float:
    """When towing begins at one scene, by the arrival of the last unit of each of its needs."""
    order = problem.incidents[incident].tow_order
    assert order is not None  # the caller asks for scenes with an order
    begin = order.not_before_s
    if order.rescue_work_s is not None and len(rescue_s):
        begin = max(begin, float(rescue_s.max()) + order.rescue_work_s)
    if order.together and len(tow_s):
        begin = max(begin, float(tow_s.max()))
    return begin


def in_order_s(problem: Problem, table: Float64s, begin: Float64s, params: DispatchParams) -> Float64s:
    """float64[n, u]: `table` with ordered tow trucks costing until they begin, not until they arrive.

    Driving itself stays slightly dear (`tow_drive_weight`), else a truck across the city that comes just in
    time would be as good as the one around the corner.
    """
    rows = ordered_rows(problem)
    if not len(rows):
        return table
    arrive_s = problem.eta_s[problem.row_incident[rows]] + turnout_s(problem)
    arrive_s = np.where(np.isfinite(arrive_s), arrive_s, 0.0)  # barred in `table` already
    waits_s = np.maximum(begin[rows, None] - arrive_s, 0.0)
    weight = np.array([params.priority_weight[int(p)] for p in problem.row_priority[rows]])[:, None]
    answer = table.copy()
    answer[rows] += weight * waits_s + params.tow_drive_weight * arrive_s
    return answer

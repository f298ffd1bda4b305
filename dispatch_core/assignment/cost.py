"""What it costs, in seconds, to send a unit: a sum of named terms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dispatch_core.assignment.limits import FREE, limit_of
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.problem import SUBSTITUTE, Float64s, Problem

Term = Callable[[Problem, DispatchParams], Float64s]

_NOTHING: Float64s = np.zeros(1)  # a term that speaks of nobody: spares a table of 200 × 2,000 zeros


def _weight(problem: Problem, params: DispatchParams) -> Float64s:
    """float64[i, 1]"""
    weights = [params.priority_weight[incident.priority] for incident in problem.incidents]
    return np.array(weights, np.float64).reshape(-1, 1)


def _response(problem: Problem, params: DispatchParams) -> Float64s:
    seconds: Float64s = problem.response_s * _weight(problem, params)
    return seconds.take(problem.row_incident, axis=0)


def _position_age(problem: Problem, params: DispatchParams) -> Float64s:
    seen = problem.position_age_s
    beyond_s = np.where(np.isfinite(seen), np.maximum(seen - params.fresh_s, 0.0), 0.0)
    if not beyond_s.any():
        return _NOTHING
    return (beyond_s * params.age_weight * _weight(problem, params))[problem.row_incident]


def _substitution(problem: Problem, params: DispatchParams) -> Float64s:
    extra: Float64s = (problem.fit == SUBSTITUTE) * params.substitution_s
    return extra


def _declined(problem: Problem, params: DispatchParams) -> Float64s:
    ago_s = problem.declined_ago_s
    if not (ago_s < params.decline_memory_s).any():
        return _NOTHING
    remembered = (ago_s < params.decline_memory_s)[problem.row_incident]
    return np.where(remembered & ~problem.is_own_row, params.declined_s, 0.0)


def _fatigue(problem: Problem, params: DispatchParams) -> Float64s:
    worked_s = np.array([unit.worked_s for unit in problem.units], np.float64)
    return np.maximum(worked_s - params.fatigue_after_s, 0.0) / 3600 * params.fatigue_s_per_h


def _shift_end(problem: Problem, params: DispatchParams) -> Float64s:
    """Grows from nothing to `shift_end_s` as less of a mission fits into the shift."""
    left = (unit.shift_left_s for unit in problem.units)
    left_s = np.array([np.inf if s is None else max(s, 0.0) for s in left], np.float64)
    if params.mission_s == 0:
        return np.zeros(len(left_s))
    return params.shift_end_s * np.maximum(1.0 - left_s / params.mission_s, 0.0)


def _switch(problem: Problem, params: DispatchParams) -> Float64s:
    if (problem.committed_row < 0).all():
        return _NOTHING
    leaves = (problem.committed_row >= 0) & ~problem.is_own_row
    return np.where(leaves, params.switch_s, 0.0)


def _coverage(problem: Problem, params: DispatchParams) -> Float64s:
    loss_s = np.minimum(problem.coverage_loss * params.coverage_point_s, params.coverage_cap_s)
    if not loss_s.any():
        return _NOTHING
    counts = (problem.row_priority > 1)[:, None] & (problem.committed_row < 0)
    return np.where(counts, loss_s, 0.0)


# Each gives float64 that broadcasts to [n, u]; their order is the order in which a person reads them.
TERMS: tuple[tuple[str, Term], ...] = (
    ("response", _response),
    ("position_age", _position_age),
    ("substitution", _substitution),
    ("declined", _declined),
    ("fatigue", _fatigue),
    ("shift_end", _shift_end),
    ("switch", _switch),
    ("coverage", _coverage),
)


def cost_s(problem: Problem, params: DispatchParams) -> Float64s:
    """float64[n, u]: weighted seconds of each unit for each need; inf where a hard limit forbids it."""
    (_, first), *others = TERMS
    total: Float64s = np.array(np.broadcast_to(first(problem, params), problem.fit.shape))
    for _, term in others:
        part = term(problem, params)
        if part is not _NOTHING:
            total += part
    np.putmask(total, limit_of(problem, params) != FREE, np.inf)
    return total


def term_tables_s(problem: Problem, params: DispatchParams) -> dict[str, Float64s]:
    """float64[n, u] of each term by name; read it only where no hard limit forbids."""
    return {name: np.broadcast_to(term(problem, params), problem.fit.shape) for name, term in TERMS}

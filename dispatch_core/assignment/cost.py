"""What it costs, in seconds, to send a unit: a sum of named terms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dispatch_core.assignment.limits import FREE, limit_of, position_age_s
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.problem import SUBSTITUTE, Float64s, Problem

Term = Callable[[Problem, DispatchParams], Float64s]


def _weight(problem: Problem, params: DispatchParams) -> Float64s:
    """float64[i, 1]"""
    weights = [params.priority_weight[incident.priority] for incident in problem.incidents]
    return np.array(weights, np.float64).reshape(-1, 1)


def turnout_s(problem: Problem) -> Float64s:
    """float64[u]"""
    return np.array([unit.turnout_s for unit in problem.units], np.float64)


def _response(problem: Problem, params: DispatchParams) -> Float64s:
    return ((problem.eta_s + turnout_s(problem)) * _weight(problem, params))[problem.row_incident]


def _position_age(problem: Problem, params: DispatchParams) -> Float64s:
    beyond_s = np.maximum(position_age_s(problem) - params.fresh_s, 0.0) * params.age_weight
    if params.age_weight == 0:
        return np.zeros((1, len(beyond_s)))
    return (beyond_s * _weight(problem, params))[problem.row_incident]


def _substitution(problem: Problem, params: DispatchParams) -> Float64s:
    return np.where(problem.fit == SUBSTITUTE, params.substitution_s, 0.0)


def _declined(problem: Problem, params: DispatchParams) -> Float64s:
    remembered = problem.declined_ago_s < params.decline_memory_s
    return np.where(remembered, params.declined_s, 0.0)[problem.row_incident]


# Each gives float64 that broadcasts to [n, u]; their order is the order in which a person reads them.
TERMS: tuple[tuple[str, Term], ...] = (
    ("response", _response),
    ("position_age", _position_age),
    ("substitution", _substitution),
    ("declined", _declined),
)


def cost_s(problem: Problem, params: DispatchParams) -> Float64s:
    """float64[n, u]: weighted seconds of each unit for each need; inf where a hard limit forbids it."""
    total = np.zeros(problem.fit.shape)
    for _, term in TERMS:
        total += term(problem, params)
    return np.where(limit_of(problem, params) == FREE, total, np.inf)


def term_tables_s(problem: Problem, params: DispatchParams) -> dict[str, Float64s]:
    """float64[n, u] of each term by name; read it only where no hard limit forbids."""
    return {name: np.broadcast_to(term(problem, params), problem.fit.shape) for name, term in TERMS}

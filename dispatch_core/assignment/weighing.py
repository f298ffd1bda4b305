"""Every pair of need and unit given its reason, derived from problem and plan: arrays for `explanation`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dispatch_core.assignment.cost import cost_s
from dispatch_core.assignment.limits import FREE, LIMITS, Limit, limit_of
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.problem import Bools, Float64s, Int8s, Int64s, Problem
from dispatch_core.assignment.solver import strands_nobody


class Choice(StrEnum):
    """Why a unit that could have been sent was not."""

    SENT_HERE = "sent_here"  # fills another need of the same incident
    TAKEN_BY_GRAVER = "taken_by_graver"
    TAKEN_BY_OTHER = "taken_by_other"  # as grave or slighter, and all together it is quicker so
    WOULD_STRAND = "would_strand"  # goes on to a slighter one, whose people would be left with nobody
    FARTHER = "farther"
    COSTLIER = "costlier"


Reason = Limit | Choice
REASONS: tuple[Reason, ...] = (*LIMITS, *Choice)
CHOSEN = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """One value for each need (row) and unit (column).

    reason      int8[n, u]     index into REASONS, or CHOSEN
    seconds     float64[n, u]  how old, long ago, farther or costlier; NaN where the reason has no number
    response_s  float64[n, u]  turnout and road time; inf where there is no road
    cost_s      float64[n, u]  inf where a hard limit bars the pair
    goes        int64[u]       incident that each unit is sent to, -1 for none
    """

    reason: Int8s
    seconds: Float64s
    response_s: Float64s
    cost_s: Float64s
    goes: Int64s


def weigh(problem: Problem, plan: Plan, params: DispatchParams) -> Pairs:
    """The hard limit that bars a pair, else where its unit goes, else how much worse it would be."""
    cost, limit = cost_s(problem, params), limit_of(problem, params)
    response_s = problem.response_s[problem.row_incident]
    chosen = _chosen_pairs(problem, plan)
    rows = problem.row_incident
    goes = np.full(len(problem.units), -1, np.int64)
    row_of, column_of = np.nonzero(chosen)
    goes[column_of] = rows[row_of]
    last_s = np.where(chosen, response_s, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    dearest_s = np.where(chosen, cost, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    grave = problem.row_priority[:, None]
    other_grave = np.array([i.priority for i in problem.incidents] + [99], np.int64)[goes][None, :]
    elsewhere = (goes[None, :] >= 0) & (goes[None, :] != rows[:, None])
    farther = response_s >= last_s
    lacks = (chosen.sum(axis=1) < problem.row_count)[:, None]
    goes_on: Bools = np.any(chosen & problem.is_own_row, axis=0, keepdims=True)
    stranding = lacks & goes_on & (other_grave > grave) & strands_nobody(problem, params)[:, None]
    index = {reason: k for k, reason in enumerate(REASONS)}
    reason = np.select(
        [chosen, limit != FREE, goes[None, :] == rows[:, None], elsewhere & (other_grave < grave),
         elsewhere & stranding, elsewhere, farther],
        [CHOSEN, limit, index[Choice.SENT_HERE], index[Choice.TAKEN_BY_GRAVER],
         index[Choice.WOULD_STRAND], index[Choice.TAKEN_BY_OTHER], index[Choice.FARTHER]],
        default=index[Choice.COSTLIER],
    ).astype(np.int8)  # fmt: skip
    seconds = np.full(reason.shape, np.nan)
    for code, value in (
        (Limit.STALE_POSITION, problem.position_age_s[None, :]),
        (Limit.DECLINED_RECENTLY, problem.declined_ago_s[rows]),
        (Choice.FARTHER, _beyond(response_s, last_s)),
        (Choice.COSTLIER, _beyond(cost, dearest_s)),
    ):
        np.copyto(seconds, value, where=reason == index[code])
    return Pairs(reason=reason, seconds=seconds, response_s=response_s, cost_s=cost, goes=goes)


def _beyond(value_s: Float64s, chosen_s: Float64s) -> Float64s:
    """By how much each pair lies above the last of those chosen; NaN where that says nothing."""
    told = np.isfinite(value_s) & np.isfinite(chosen_s)
    return np.where(told, value_s, np.nan) - np.where(told, chosen_s, 0.0)


def _chosen_pairs(problem: Problem, plan: Plan) -> Bools:
    row_of = {
        (problem.incidents[i].id, need.capability): row
        for row, (i, need) in enumerate(zip(problem.row_incident, problem.row_need, strict=True))
    }
    column_of = {unit.id: u for u, unit in enumerate(problem.units)}
    chosen = np.zeros(problem.fit.shape, np.bool_)
    sent = [(a.incident_id, a.need, a.unit_id) for a in plan.assignments]
    sent += [(kept.incident_id, kept.need, kept.unit_id) for kept in plan.kept]
    for incident_id, need, unit_id in sent:
        chosen[row_of[incident_id, need], column_of[unit_id]] = True
    return chosen

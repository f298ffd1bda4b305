"""Why these units and not the others: an answer for every unit and every need.

Nothing here is remembered by the solver: the same function explains a live decision, one read back from its
record, and one of a replay under another policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dispatch_core.assignment.cost import term_tables_s
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.problem import SUBSTITUTE, Float64s, Problem
from dispatch_core.assignment.weighing import CHOSEN, REASONS, Choice, Pairs, Reason, weigh
from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import IncidentId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`terms_s` are the parts of its cost by name, zero parts left out."""

    unit_id: UnitId
    call_sign: str
    response_s: float
    is_substitute: bool
    terms_s: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A free unit that would go next; `behind_s` is how much later it would be there (negative: sooner)."""

    unit_id: UnitId
    call_sign: str
    response_s: float
    behind_s: float
    cost_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """`seconds`: how old, long ago, farther or costlier; `incident_id`: where the unit is sent instead."""

    unit_id: UnitId
    call_sign: str
    reason: Reason
    seconds: float | None = None
    incident_id: IncidentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedExplanation:
    """`passed_over` lists the nearest first; `not_listed` counts, by reason, those left out for brevity.

    `nearest_idle` names whom the first-come, nearest-first rule would have sent.
    """

    incident_id: IncidentId
    need: Capability
    held: int
    chosen: tuple[Chosen, ...]
    next_best: tuple[Alternative, ...]
    passed_over: tuple[PassedOver, ...]
    not_listed: Mapping[str, int]
    nearest_idle: tuple[UnitId, ...]


def explain(
    problem: Problem,
    plan: Plan,
    *,
    params: DispatchParams,
    baseline: Plan | None = None,
    next_best: int = 3,
    listed: int = 100,
) -> tuple[NeedExplanation, ...]:
    """One explanation for each need, in the order of `problem.row_need`.

    `baseline` is what `nearest_idle` made of the same problem; of the units passed over only the `listed`
    nearest are listed for each need.
    """
    pairs = weigh(problem, plan, params)
    terms = term_tables_s(problem, params)
    instead = _by_need(baseline) if baseline is not None else {}
    held = {(h.incident_id, h.need): h.count for h in plan.held}
    answer = []
    for row, need in enumerate(problem.row_need):
        incident = problem.incidents[problem.row_incident[row]]
        key = (incident.id, need.capability)
        chosen = np.flatnonzero(pairs.reason[row] == CHOSEN)
        passed, not_listed = _passed_over(problem, pairs, row, listed)
        answer.append(
            NeedExplanation(
                incident_id=incident.id,
                need=need.capability,
                held=held.get(key, 0),
                chosen=tuple(_chosen(problem, pairs, terms, row, int(u)) for u in chosen),
                next_best=_alternatives(problem, pairs, row, next_best),
                passed_over=passed,
                not_listed=not_listed,
                nearest_idle=instead.get(key, ()),
            )
        )
    return tuple(answer)


def _by_need(plan: Plan) -> dict[tuple[IncidentId, Capability], tuple[UnitId, ...]]:
    sent: dict[tuple[IncidentId, Capability], tuple[UnitId, ...]] = {}
    for a in plan.assignments:
        key = (a.incident_id, a.need)
        sent[key] = (*sent.get(key, ()), a.unit_id)
    return sent


def _chosen(problem: Problem, pairs: Pairs, terms: Mapping[str, Float64s], row: int, u: int) -> Chosen:
    return Chosen(
        unit_id=problem.units[u].id,
        call_sign=problem.units[u].call_sign,
        response_s=float(pairs.response_s[row, u]),
        is_substitute=bool(problem.fit[row, u] == SUBSTITUTE),
        terms_s={name: float(table[row, u]) for name, table in terms.items() if table[row, u] != 0},
    )


def _alternatives(problem: Problem, pairs: Pairs, row: int, how_many: int) -> tuple[Alternative, ...]:
    """The cheapest units that the plan leaves free."""
    chosen = pairs.reason[row] == CHOSEN
    open_cost = np.where(pairs.goes < 0, pairs.cost_s[row], np.inf)
    best = [u for u in np.argsort(open_cost, kind="stable")[:how_many] if np.isfinite(open_cost[u])]
    last_s = pairs.response_s[row][chosen].max(initial=0.0)
    return tuple(
        Alternative(
            unit_id=problem.units[u].id,
            call_sign=problem.units[u].call_sign,
            response_s=float(pairs.response_s[row, u]),
            behind_s=float(pairs.response_s[row, u] - last_s),
            cost_s=float(pairs.cost_s[row, u]),
        )
        for u in best
    )


def _passed_over(
    problem: Problem, pairs: Pairs, row: int, listed: int
) -> tuple[tuple[PassedOver, ...], dict[str, int]]:
    others = np.flatnonzero(pairs.reason[row] != CHOSEN)
    others = others[np.argsort(pairs.response_s[row, others], kind="stable")]
    rest = np.bincount(pairs.reason[row, others[listed:]].astype(np.int64), minlength=len(REASONS))
    not_listed = {str(reason): int(n) for reason, n in zip(REASONS, rest, strict=True) if n}
    return tuple(_one_passed_over(problem, pairs, row, int(u)) for u in others[:listed]), not_listed


def _one_passed_over(problem: Problem, pairs: Pairs, row: int, u: int) -> PassedOver:
    seconds, goes = float(pairs.seconds[row, u]), int(pairs.goes[u])
    reason = REASONS[pairs.reason[row, u]]
    sent = reason in (Choice.TAKEN_BY_GRAVER, Choice.TAKEN_BY_OTHER, Choice.WOULD_STRAND)
    return PassedOver(
        unit_id=problem.units[u].id,
        call_sign=problem.units[u].call_sign,
        reason=reason,
        seconds=None if np.isnan(seconds) else seconds,
        incident_id=problem.incidents[goes].id if sent else None,
    )

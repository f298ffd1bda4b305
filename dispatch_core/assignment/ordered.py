"""Plans in which towing follows rescue: flow first, with a bound that often proves it, then CP-SAT."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dispatch_core.assignment.cost import cost_s
from dispatch_core.assignment.order import Towing, ordered_scenes
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.problem import Bools, Float64s, Problem
from dispatch_core.assignment.solver import choose, cost_of, plan_of, settled_units, solve
from dispatch_core.assignment.stop import Stop

_ROUNDS = 3
# Above so many pairs the first flow must do: its gap is told, and the desk is not kept waiting.
_MOST_PAIRS_REPEATED = 20_000
# Above so many CP-SAT has found nothing better in a desk's time (3 accidents of 75 units: 450 pairs).
_MOST_PAIRS_SEQUENCED = 1_000
PROVEN = 1e-4  # the flow counts tenths of a second; a gap below this is rounding


def load_sequencing() -> None:
    """CP-SAT brings pandas, two seconds and 80 MB: a desk loads it before an accident waits for it."""
    import dispatch_core.assignment.sequence  # noqa: F401


class _Found(NamedTuple):
    """A plan weighed: `begin_s` is when its towing begins, `timed_s` what every pair costs by that."""

    chosen: Bools
    begin_s: Float64s
    timed_s: Float64s
    cost: float


def solve_in_order(
    problem: Problem, *, params: DispatchParams, stop: Stop | None = None, seed: int = 0
) -> Plan:
    """The cheapest plan when a tow truck is as late as the work that it waits for.

    Nobody more is held than in `solve`, which answers where no scene has an order. Otherwise: as soon as any
    plan could let towing begin gives a flow whose cost no plan beats; the same flow at its own beginnings,
    repeated, gives plans. Where they meet, the plan is proven best. Where they do not, `stop` is given and
    the problem is of a desk's size, CP-SAT starts from the best plan and has until then; `gap` tells what is
    left unproven.
    """
    if not ordered_scenes(problem):
        return solve(problem, params=params, stop=stop, seed=seed)
    table = cost_s(problem, params)
    towing = Towing(problem, table, params)
    bound, best = _by_flow(problem, table, towing, params)
    gap = _gap(best.cost, bound)
    if stop is not None and gap > max(stop.gap, PROVEN) and problem.fit.size <= _MOST_PAIRS_SEQUENCED:
        # Only who needs it pays (`load_sequencing`).
        from dispatch_core.assignment.sequence import SequenceModel

        better, proven = SequenceModel(problem, table, best.chosen, params).solve(stop=stop, seed=seed)
        found = _weighed(problem, towing, better, params)
        best = found if found.cost < best.cost else best
        gap = _gap(best.cost, max(bound, proven))
    return plan_of(
        problem, best.timed_s, best.chosen,
        params=params, policy="in_order", begin_s=best.begin_s, gap=gap,
    )  # fmt: skip


def _by_flow(
    problem: Problem, table: Float64s, towing: Towing, params: DispatchParams
) -> tuple[float, _Found]:
    """A cost that no plan beats, and the best plan found."""
    timed = towing.timed_s(towing.earliest_s(settled_units(problem, np.isfinite(table))))
    chosen = choose(problem, timed, params=params)
    bound = cost_of(problem, timed, chosen, params=params) + _waiting(problem, chosen, params)
    best = found = _weighed(problem, towing, chosen, params)
    for _ in range(_ROUNDS if problem.fit.size <= _MOST_PAIRS_REPEATED else 0):
        if _gap(best.cost, bound) <= PROVEN:
            break
        chosen = choose(problem, found.timed_s, params=params)
        if np.array_equal(chosen, found.chosen):
            break  # its own beginnings lead to it again
        found = _weighed(problem, towing, chosen, params)
        best = found if found.cost < best.cost else best
    return bound, best


def _weighed(problem: Problem, towing: Towing, chosen: Bools, params: DispatchParams) -> _Found:
    begin_s = towing.begin_s(chosen)
    timed_s = towing.timed_s(begin_s)
    cost = cost_of(problem, timed_s, chosen, params=params) + _waiting(problem, chosen, params)
    return _Found(chosen, begin_s, timed_s, cost)


def _waiting(problem: Problem, chosen: Bools, params: DispatchParams) -> float:
    """The tie-breaker among plans that hold equally many: what those held have waited already."""
    lacks = problem.row_count - chosen.sum(axis=1)
    waited_s = np.array([incident.waited_s for incident in problem.incidents])[problem.row_incident]
    return float((lacks * waited_s).sum() * params.waiting_weight)


def _gap(cost: float, bound: float) -> float:
    return max(cost - bound, 0.0) / max(abs(cost), 1.0)

"""The ways to decide, by name: one signature for the live desk, for replay and for simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from dispatch_core.assignment.cost import cost_s
from dispatch_core.assignment.ordered import solve_in_order
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.problem import Problem
from dispatch_core.assignment.solver import plan_of, solve
from dispatch_core.assignment.stop import Stop

__all__ = ["POLICIES", "DispatchParams", "Policy", "nearest_idle", "solve", "solve_in_order"]


class Policy(Protocol):
    """Decides every open incident at once; pure, so that the same inputs give the same plan."""

    def __call__(
        self, problem: Problem, *, params: DispatchParams, stop: Stop | None = None, seed: int = 0
    ) -> Plan: ...


def nearest_idle(
    problem: Problem, *, params: DispatchParams, stop: Stop | None = None, seed: int = 0
) -> Plan:
    """What most dispatch systems do: one incident after the other, each takes its nearest free unit.

    The gravest first, then the longest waiting; the baseline that `solve` is measured against. The hard
    limits hold here as there; of the cost nothing counts but road time. A unit on its way goes on.
    """
    table = cost_s(problem, params)
    chosen = problem.is_own_row.copy()
    free = np.isfinite(table) & (problem.committed_row < 0)
    for row in _calls_in_order(problem):
        eta_s = np.where(free[row], problem.eta_s[problem.row_incident[row]], np.inf)
        lacks = problem.row_need[row].count - int(chosen[row].sum())
        for column in np.argsort(eta_s, kind="stable")[:lacks]:
            if np.isfinite(eta_s[column]):
                free[:, column] = False
                chosen[row, column] = True
    return plan_of(problem, table, chosen, params=params, policy="nearest_idle")


def _calls_in_order(problem: Problem) -> list[int]:
    def urgency(row: int) -> tuple[int, float, int]:
        incident = problem.incidents[problem.row_incident[row]]
        return incident.priority, -incident.waited_s, row

    return sorted(range(len(problem.row_need)), key=urgency)


POLICIES: Mapping[str, Policy] = {"joint": solve, "in_order": solve_in_order, "nearest_idle": nearest_idle}

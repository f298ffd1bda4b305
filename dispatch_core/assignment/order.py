"""Towing in its turn: when work can begin at each scene, and what a plan costs by that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dispatch_core.assignment.candidate import TowOrder
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.problem import Bools, Float64s, Int64s, Problem
from dispatch_core.errors import InvalidInput


class Scene(NamedTuple):
    """A scene with an order: its needs of ambulances and of tow trucks, int64 each."""

    order: TowOrder
    rescue: Int64s
    tow: Int64s

    def begins_s(self, rescue_s: Float64s, tow_s: Float64s) -> float:
        """When towing begins, by the arrival of the last unit of every need, float64[n] twice."""
        begin = self.order.not_before_s
        if self.order.rescue_work_s is not None and len(self.rescue):
            begin = max(begin, float(rescue_s[self.rescue].max()) + self.order.rescue_work_s)
        if self.order.together and len(self.tow):
            begin = max(begin, float(tow_s[self.tow].max()))
        return begin


class Towing:
    """The scenes of a problem at which tow trucks wait, and what that makes of its costs.

    `table` float64[n, u] is what `cost.cost_s` says, inf where barred; InvalidInput where nobody waits.
    """

    def __init__(self, problem: Problem, table: Float64s, params: DispatchParams) -> None:
        self._problem, self._table, self._params = problem, table, params
        self._scenes = ordered_scenes(problem)
        if not self._scenes:
            raise InvalidInput("problem", "has no scene with an order")
        self._rows = np.concatenate([scene.tow for scene in self._scenes])
        arrive_s = problem.response_s[problem.row_incident[self._rows]]
        self._arrive_s = np.where(np.isfinite(arrive_s), arrive_s, 0.0)  # barred in `table` already
        weights = [params.priority_weight[p] for p in problem.row_priority[self._rows].tolist()]
        self._weight = np.array(weights, np.float64)[:, None]
        self._driven_s = table[self._rows] + params.tow_drive_weight * self._arrive_s

    def begin_s(self, chosen: Bools) -> Float64s:
        """float64[n]: when units of each need can begin by this plan; 0 where nothing is to be waited for."""
        problem = self._problem
        row, column = np.nonzero(chosen)  # few pairs of many: the whole table is not looked at
        arrive_s = problem.response_s[problem.row_incident[row], column]
        last_s = np.zeros(len(problem.row_need))
        np.maximum.at(last_s, row, np.where(np.isfinite(arrive_s), arrive_s, 0.0))
        lacks = np.bincount(row, minlength=len(last_s)) < problem.row_count
        rescue_s = np.where(lacks, np.maximum(last_s, self._params.rescue_guess_s), last_s)
        return self._begins_s(rescue_s, last_s)

    def earliest_s(self, settled: Bools) -> Float64s:
        """float64[n]: no plan lets a need begin sooner; `settled` bool[u] go on whatever is decided."""
        problem, table = self._problem, self._table
        arrive_s = problem.response_s.take(problem.row_incident, axis=0)
        allowed = np.isfinite(table)
        fixed_s, done = np.zeros(len(table)), np.zeros(len(table), np.bool_)
        if settled.any():
            fixed = problem.is_own_row & settled
            fixed_s = np.where(fixed & np.isfinite(arrive_s), arrive_s, 0.0).max(axis=1, initial=0.0)
            done = fixed.sum(axis=1) >= problem.row_count
        np.putmask(arrive_s, ~allowed, np.inf)
        soonest_s = arrive_s.min(axis=1, initial=np.inf)
        # Where more can go than all needs together ask, somebody does; else the others may wait for nobody.
        sure = allowed.sum(axis=1) >= max(int(problem.row_count.sum()), 1)
        guess_s = np.where(done, 0.0, np.minimum(soonest_s, self._params.rescue_guess_s))
        tow_s = np.where(sure & ~done, soonest_s, 0.0)
        return self._begins_s(np.maximum(fixed_s, guess_s), np.maximum(fixed_s, tow_s))

    def _begins_s(self, rescue_s: Float64s, tow_s: Float64s) -> Float64s:
        begin = np.zeros(len(self._problem.row_need))
        for scene in self._scenes:
            begin[scene.tow] = scene.begins_s(rescue_s, tow_s)
        return begin

    def timed_s(self, begin_s: Float64s) -> Float64s:
        """float64[n, u]: the table with ordered tow trucks costing until they begin, not until they arrive.

        Driving itself stays slightly dear (`tow_drive_weight`), else a truck across the city that comes just
        in time would be as good as the one around the corner.
        """
        priced = begin_s[self._rows, None] - self._arrive_s
        np.maximum(priced, 0.0, out=priced)
        priced *= self._weight
        priced += self._driven_s
        answer = self._table.copy()
        answer[self._rows] = priced
        return answer


def ordered_scenes(problem: Problem) -> list[Scene]:
    """The scenes whose tow trucks have an order, as incidents are sorted."""
    scenes = []
    for i in np.unique(problem.row_incident[problem.is_tow_row]).tolist():
        order = problem.incidents[i].tow_order
        if order is not None:
            here = np.arange(*np.searchsorted(problem.row_incident, (i, i + 1)))
            tow = problem.is_tow_row[here]
            scenes.append(Scene(order, here[~tow], here[tow]))
    return scenes

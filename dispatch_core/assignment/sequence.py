"""Rescue before towing as a CP-SAT model: a home of OR-Tools for plans whose units wait for one another."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from ortools.sat.python import cp_model

from dispatch_core.assignment.order import Towing
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.problem import Bools, Float64s, Problem
from dispatch_core.assignment.solver import settled_units, slots_of
from dispatch_core.assignment.stop import Stop

_MOST_PAIRS = 4000
_TENTHS = 10
_HUNDREDTHS = 100


class SequenceModel:
    """One boolean for each pair of need and unit, one for each slot held, one time for each scene's towing.

    Exactly as many slots of each level (`solver.slots_of`) are held as in `start`, which a flow
    found: that order stands above any cost. Times are tenths of a second, the objective counts hundredths.
    """

    def __init__(self, problem: Problem, table: Float64s, start: Bools, params: DispatchParams) -> None:
        self._problem, self._table, self._start, self._params = problem, table, start, params
        self._model = cp_model.CpModel()
        self._allowed = np.isfinite(table)
        settled = settled_units(problem, self._allowed)
        self._settled = problem.is_own_row & settled
        self._response_s = problem.response_s[problem.row_incident]
        self._earliest_s = Towing(problem, table, params).earliest_s(settled)
        self._latest = self._latest_begin()
        self._pairs = self._worth_asking()
        self._sent = {pair: self._model.new_bool_var(f"sent{pair}") for pair in self._pairs}
        self._held = self._hold()
        self._cost: list[cp_model.LinearExprT] = []
        self._serve()
        self._price()
        for i, incident in enumerate(problem.incidents):
            if incident.tow_order is not None:
                self._wait_at(i)
        self._model.minimize(sum(self._cost))

    def solve(self, *, stop: Stop, seed: int) -> tuple[Bools, float]:
        """(the best pairs found, a proven lower bound in seconds; -inf if only a part was asked)."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        solver.parameters.max_deterministic_time = stop.work
        solver.parameters.max_time_in_seconds = stop.wall_s
        status = solver.solve(self._model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return self._start, -np.inf
        chosen = self._settled.copy()
        for pair, variable in self._sent.items():
            chosen[pair] = bool(solver.value(variable))
        whole = len(self._pairs) == int(self._allowed.sum())
        bound = solver.best_objective_bound / _HUNDREDTHS + self._constant_s()
        return chosen, bound if whole else -np.inf

    def _constant_s(self) -> float:
        """Switches are saved by going on, as in the flow: the saving of all is added back."""
        committed = (self._problem.committed_row >= 0) & ~self._settled.any(axis=0)
        return float(committed.sum()) * self._params.switch_s

    def _worth_asking(self) -> list[tuple[int, int]]:
        """All pairs that are allowed; of very many each need's cheapest and soonest, and the start."""
        keep = self._allowed
        if int(keep.sum()) > _MOST_PAIRS:
            k = max(_MOST_PAIRS // (2 * len(keep)), 1)
            cheap = np.argsort(self._table, axis=1, kind="stable")[:, :k]
            soon = np.argsort(np.where(keep, self._response_s, np.inf), axis=1, kind="stable")[:, :k]
            keep = np.zeros_like(keep)
            np.put_along_axis(keep, np.hstack([cheap, soon]), True, axis=1)
            keep = (keep | self._start) & self._allowed
        return [(int(row), int(column)) for row, column in np.argwhere(keep)]

    def _latest_begin(self) -> int:
        """Tenths of a second by which towing can begin everywhere, whatever the plan."""
        arrivals_s = self._response_s[np.isfinite(self._response_s)]
        orders = [incident.tow_order for incident in self._problem.incidents if incident.tow_order]
        last_s = max(float(arrivals_s.max(initial=0.0)), self._params.rescue_guess_s)
        works_s = max((order.rescue_work_s or 0.0 for order in orders), default=0.0)
        not_before_s = max((order.not_before_s for order in orders), default=0.0)
        return round(max(last_s + works_s, not_before_s) * _TENTHS) + _TENTHS

    def _hold(self) -> dict[tuple[int, int], cp_model.IntVar]:
        """A boolean for each slot (row, place) that the plan may hold; later places are held first."""
        model = self._model
        slots = slots_of(self._problem, self._params, settled_units(self._problem, self._allowed))
        level_of = {
            (row, place): level for row, place, level in zip(*(part.tolist() for part in slots), strict=True)
        }
        held = {slot: model.new_bool_var(f"held{slot}") for slot in level_of}
        number: Counter[int] = Counter()
        levels: defaultdict[int, list[cp_model.IntVar]] = defaultdict(list)
        served = self._start.sum(axis=1)
        for (row, place), level in level_of.items():
            levels[level].append(held[row, place])
            number[level] += int(place >= served[row])
            if (row, place + 1) in held:
                model.add_implication(held[row, place], held[row, place + 1])
            model.add_hint(held[row, place], bool(place >= served[row]))
        for level, variables in levels.items():
            model.add(sum(variables) == number[level])
        return held

    def _serve(self) -> None:
        by_row: defaultdict[int, list[cp_model.IntVar]] = defaultdict(list)
        by_column: defaultdict[int, list[cp_model.IntVar]] = defaultdict(list)
        for (row, column), variable in self._sent.items():
            by_row[row].append(variable)
            by_column[column].append(variable)
            self._model.add_hint(variable, bool(self._start[row, column]))
        slots: defaultdict[int, list[cp_model.IntVar]] = defaultdict(list)
        for (row, _), variable in self._held.items():
            slots[row].append(variable)
        for row, variables in slots.items():
            self._model.add(sum(variables) + sum(by_row[row]) == len(variables))
        for variables in by_column.values():
            self._model.add_at_most_one(variables)

    def _price(self) -> None:
        problem, params = self._problem, self._params
        saved = np.where(problem.committed_row >= 0, params.switch_s, 0.0)
        for (row, column), variable in self._sent.items():
            self._cost.append(round((self._table[row, column] - saved[column]) * _HUNDREDTHS) * variable)
        for (row, _), variable in self._held.items():
            waited_s = problem.incidents[problem.row_incident[row]].waited_s
            self._cost.append(round(waited_s * params.waiting_weight * _HUNDREDTHS) * variable)

    def _wait_at(self, incident: int) -> None:
        """Adds the time at which towing begins at a scene, and what waiting for it costs each tow truck."""
        problem, model, params = self._problem, self._model, self._params
        order = problem.incidents[incident].tow_order
        assert order is not None  # the caller asks for scenes with an order
        here = problem.row_incident == incident
        tow = problem.is_tow_row
        earliest = round(self._earliest_s[here & tow].max(initial=0.0) * _TENTHS)
        latest = self._latest
        begin = model.new_int_var(earliest, latest, f"begin{incident}")
        work_s = order.rescue_work_s
        for (row, _), variable in self._held.items():
            if here[row] and not tow[row] and work_s is not None:
                model.add(begin >= round((params.rescue_guess_s + work_s) * _TENTHS) * variable)
        weight = round(params.priority_weight[problem.incidents[incident].priority] * _TENTHS)
        for (row, column), variable in self._sent.items():
            if not here[row]:
                continue
            arrives = round(float(self._response_s[row, column]) * _TENTHS)
            if not tow[row] and work_s is not None:
                model.add(begin >= (arrives + round(work_s * _TENTHS)) * variable)
            elif tow[row]:
                if order.together:
                    model.add(begin >= arrives * variable)
                waits = model.new_int_var(0, latest, f"waits{row, column}")
                model.add(waits >= begin - arrives).only_enforce_if(variable)
                drive = round(params.tow_drive_weight * arrives * _TENTHS)
                self._cost += [weight * waits, drive * variable]

"""All open incidents solved together: the cheapest plan that holds nobody while a unit is free."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from dispatch_core.assignment.cost import cost_s
from dispatch_core.assignment.flow import cheapest_flow
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Assignment, Held, Kept, Move, Plan
from dispatch_core.assignment.problem import SUBSTITUTE, Bools, Float64s, Int64s, Problem
from dispatch_core.assignment.stop import Stop
from dispatch_core.fleet.unit import UnitStatus

TENTHS = 10  # the solver counts tenths of a second in integers


def solve(problem: Problem, *, params: DispatchParams, stop: Stop | None = None, seed: int = 0) -> Plan:
    """Exact and deterministic, so that neither `stop` nor `seed` is consulted.

    First as few as possible are held, the gravest last, save that nobody to whom a crew is on its way is left
    with none where the next crew is soon free (`strand_beyond_s`); within an incident's priority the first
    unit of each need comes before anybody's second; then the total cost is least. The needs that can be
    served form a transversal matroid, hence hold costs that fall level by level reach that order in one flow.

    A need that a unit is on its way to is solved with the others: one flow decides whether the unit goes on,
    is bumped to a graver incident, or is relieved by a nearer one and set free.
    """
    table = cost_s(problem, params)
    return plan_of(problem, table, choose(problem, table, params=params), params=params, policy="joint")


def choose(problem: Problem, table: Float64s, *, params: DispatchParams) -> Bools:
    """bool[n, u]: the pairs of the cheapest plan by the costs in `table`, those that go on included."""
    allowed = np.isfinite(table)
    committed = problem.committed_row >= 0
    # A switch is saved by going on rather than charged on every way to leave, that of going nowhere too.
    tenths = table - np.where(committed, params.switch_s, 0.0)
    np.putmask(tenths, ~allowed, 0.0)
    tenths *= TENTHS
    cost = np.rint(tenths, out=tenths).astype(np.int64)
    settled = settled_units(problem, allowed)
    hold_row, hold_cost = _holds(problem, params, cost, settled)
    flow = cheapest_flow(cost, allowed, hold_row=hold_row, hold_cost=hold_cost)
    return flow.chosen | (problem.is_own_row & settled) if settled.any() else flow.chosen


def settled_units(problem: Problem, allowed: Bools) -> Bools:
    """bool[u]: units on their way whose own need is barred to the solver: they go on whatever it finds."""
    settled: Bools = problem.committed_row >= 0
    if settled.any():
        settled &= ~(problem.is_own_row & allowed).any(axis=0)
    return settled


class Slots(NamedTuple):
    """What is still to be decided, slot by slot: int64[s] each; a slot of greater `level` is held later.

    row    the need
    place  within its need: 0 for the first unit
    level  1 for whoever is held first
    """

    row: Int64s
    place: Int64s
    level: Int64s


def slots_of(problem: Problem, params: DispatchParams, settled: Bools) -> Slots:
    """By priority, then by place; first of all those whom no crew may leave to nobody (`strands_nobody`)."""
    going = problem.committed_row
    done = np.bincount(going[settled], minlength=len(problem.row_need))
    row = np.repeat(np.arange(len(problem.row_need)), problem.row_count - done)
    place = np.arange(len(row)) - np.searchsorted(row, row) + done[row]
    rank = problem.row_priority[row] * (place.max(initial=0) + 1) + place
    coming = np.bincount(going[going >= 0], minlength=len(problem.row_need))
    promised = (place < coming[row]) & strands_nobody(problem, params)[row]
    rank = np.where(promised, rank - rank.max(initial=0) - 1, rank)
    _, level = np.unique(-rank, return_inverse=True)
    return Slots(row, place, level + 1)


def strands_nobody(problem: Problem, params: DispatchParams) -> Bools:
    """bool[n]: needs that crews on their way do not leave unless somebody takes over.

    So it is where the next crew is expected to be free soon: each of those at work is for `mission_s`.
    """
    at_work = Counter(unit.kind for unit in problem.units if unit.status is UnitStatus.ENGAGED)
    soon = {kind: params.mission_s <= params.strand_beyond_s * count for kind, count in at_work.items()}
    return np.array([soon.get(need.capability.kind, False) for need in problem.row_need], np.bool_)


def _holds(problem: Problem, params: DispatchParams, cost: Int64s, settled: Bools) -> tuple[Int64s, Int64s]:
    """The row of every slot that is still to be decided, int64[s], and what holding it costs, int64[s].

    One level is dearer than any difference between two plans; having waited tips the scales within a level.
    """
    slots = slots_of(problem, params, settled)
    widest = cost.max(axis=1, initial=0) - cost.min(axis=1, initial=0)
    waited_s = np.array([incident.waited_s for incident in problem.incidents], np.float64)
    bonus = np.rint(waited_s * params.waiting_weight * TENTHS).astype(np.int64)
    step = int(widest[slots.row].sum()) + len(slots.row) * int(bonus.max(initial=0)) + 1
    return slots.row, slots.level * step + bonus[problem.row_incident[slots.row]]


def plan_of(
    problem: Problem,
    table: Float64s,
    chosen: Bools,
    *,
    params: DispatchParams,
    policy: str,
    begin_s: Float64s | None = None,
    gap: float = 0.0,
) -> Plan:
    """The plan that serves need `row` with unit `column` wherever `chosen` bool[n, u] says so.

    `begin_s` float64[n]: when units of the need can begin at their scene; they may leave later by as much.
    """
    own = chosen & problem.is_own_row
    new = np.argwhere(chosen & ~own).tolist()
    moves = _moves(problem, chosen)
    begin = np.zeros(len(problem.row_need)) if begin_s is None else begin_s
    return Plan(
        policy=policy,
        assignments=tuple(_assignment(problem, table, row, column, begin[row]) for row, column in new),
        held=_held(problem, chosen),
        cost_s=cost_of(problem, table, chosen, params=params),
        gap=gap,
        kept=tuple(_kept(problem, row, column) for row, column in np.argwhere(own).tolist()),
        moves=moves,
    )


def cost_of(problem: Problem, table: Float64s, chosen: Bools, *, params: DispatchParams) -> float:
    """Seconds by `table` of the pairs chosen and of the units set free, without those that are settled."""
    costs = table[chosen]
    free = (problem.committed_row >= 0) & ~chosen.any(axis=0)
    return float(costs[np.isfinite(costs)].sum() + free.sum() * params.switch_s)


def _held(problem: Problem, chosen: Bools) -> tuple[Held, ...]:
    lacks = (problem.row_count - chosen.sum(axis=1)).tolist()
    return tuple(
        Held(incident_id=problem.incidents[i].id, need=need.capability, count=count)
        for i, need, count in zip(problem.row_incident, problem.row_need, lacks, strict=True)
        if count
    )


def _kept(problem: Problem, row: int, column: int) -> Kept:
    incident = problem.incidents[problem.row_incident[row]]
    need = problem.row_need[row].capability
    return Kept(incident_id=incident.id, unit_id=problem.units[column].id, need=need)


def _moves(problem: Problem, chosen: Bools) -> tuple[Move, ...]:
    moves = []
    for column in np.flatnonzero((problem.committed_row >= 0) & ~(chosen & problem.is_own_row).any(axis=0)):
        commitment = problem.units[column].commitment
        assert commitment is not None  # committed_row says so
        to = [problem.incidents[problem.row_incident[row]].id for row in np.flatnonzero(chosen[:, column])]
        moves.append(
            Move(
                unit_id=problem.units[column].id,
                from_incident_id=commitment.incident_id,
                need=commitment.need,
                to_incident_id=to[0] if to else None,
            )
        )
    return tuple(sorted(moves, key=lambda move: (move.from_incident_id, move.need, move.unit_id)))


def _assignment(problem: Problem, table: Float64s, row: int, column: int, begin_s: float) -> Assignment:
    i, unit = int(problem.row_incident[row]), problem.units[column]
    response_s = unit.turnout_s + float(problem.eta_s[i, column])
    return Assignment(
        incident_id=problem.incidents[i].id,
        unit_id=unit.id,
        need=problem.row_need[row].capability,
        turnout_s=unit.turnout_s,
        eta_s=float(problem.eta_s[i, column]),
        position_age_s=unit.position_age_s or 0.0,
        is_substitute=bool(problem.fit[row, column] == SUBSTITUTE),
        cost_s=float(table[row, column]),
        depart_in_s=max(float(begin_s) - response_s, 0.0),
    )

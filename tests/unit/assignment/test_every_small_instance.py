"""The plan against every plan: all instances of two by two, and drawn ones up to five by five."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.problem import pose
from dispatch_core.assignment.solver import solve
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.unit import UnitStatus
from tests.unit.assignment.instances import (
    ALS,
    BLS,
    best_by_trying_all,
    incident,
    served_by,
    small_problems,
    unit,
)

SMALL = DispatchParams(switch_s=25.0, freeze_s=3.0)
Drawn = tuple[list[OpenIncident], list[Candidate], list[list[float]]]


def agrees(
    incidents: list[OpenIncident], units: list[Candidate], eta_s: list[list[float]], *, promised: bool = False
) -> None:
    params = replace(SMALL, strand_beyond_s=86_400.0) if promised else SMALL
    plan = solve(pose(incidents, units, eta_s=eta_s), params=params)
    waiting_s = sum(incidents[h.incident_id.int].waited_s * h.count for h in plan.held)
    served, cost = best_by_trying_all(incidents, units, eta_s, switch_s=25.0, freeze_s=3.0, promised=promised)
    assert served_by(plan, incidents, units, promised=promised) == served
    assert plan.cost_s + waiting_s == pytest.approx(cost)


@pytest.mark.parametrize(
    "rolling_to",
    [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(None, marks=pytest.mark.slow)],
)
def test_every_instance_of_two_incidents_and_two_units_is_solved_best(rolling_to: int | None) -> None:
    """Als asked by one, bls by the other; each road 5 s, 40 s or none; every pair of two priorities."""
    for first, second in itertools.product((1, 3), repeat=2):
        asking = [incident(0, ALS, priority=first), incident(1, BLS, priority=second)]
        other = unit(1, BLS)
        rolls = unit(0, ALS)
        if rolling_to is not None:
            going = Commitment(incident_id=asking[rolling_to].id, need=ALS)
            rolls = unit(0, ALS, commitment=going, status=UnitStatus.ENGAGED)
        for roads in itertools.product((5.0, 40.0, math.inf), repeat=4):
            for promised in (False, True):
                agrees(asking, [rolls, other], [list(roads[:2]), list(roads[2:])], promised=promised)


@settings(max_examples=10)
@given(small_problems(incidents=5, units=5, slots=5, under_way=True))
def test_drawn_instances_up_to_five_by_five_are_solved_best(drawn: Drawn) -> None:
    agrees(*drawn)
    agrees(*drawn, promised=True)


@pytest.mark.slow
@given(small_problems(incidents=5, units=5, slots=5, under_way=True))
def test_five_hundred_instances_up_to_five_by_five_are_solved_best(drawn: Drawn) -> None:
    agrees(*drawn)
    agrees(*drawn, promised=True)


PRIORITIES = (1, 2, 3, 4)
STEPS = tuple(itertools.product(PRIORITIES, repeat=2))


def returns(may_bump: frozenset[tuple[int, int]]) -> bool:
    """Whether a walk of at most four steps comes back to where it began: tried step by step."""
    at = {(p, p) for p in PRIORITIES}
    for _ in PRIORITIES:
        at = {(start, to) for start, here in at for origin, to in may_bump if origin == here}
        if any(start == here for start, here in at):
            return True
    return False


def guarded(may_bump: frozenset[tuple[int, int]]) -> bool:
    try:
        DispatchParams(may_bump=may_bump)
    except InvalidInput:
        return False
    return True


def test_every_matrix_over_three_priorities_is_accepted_exactly_if_no_walk_returns() -> None:
    steps = [step for step in STEPS if 4 not in step]
    accepted = 0
    for bits in range(2 ** len(steps)):
        may_bump = frozenset(step for k, step in enumerate(steps) if bits >> k & 1)
        assert guarded(may_bump) is not returns(may_bump)
        accepted += guarded(may_bump)
    assert accepted == 25  # acyclic digraphs on three labelled nodes: OEIS A003024


@pytest.mark.slow
def test_every_matrix_over_four_priorities_is_accepted_exactly_if_no_walk_returns() -> None:
    accepted = 0
    for bits in range(2 ** len(STEPS)):
        may_bump = frozenset(step for k, step in enumerate(STEPS) if bits >> k & 1)
        fine = guarded(may_bump)
        assert fine is not returns(may_bump)
        accepted += fine
    assert accepted == 543  # OEIS A003024

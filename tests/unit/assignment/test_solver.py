from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from dispatch_core.assignment.flow import cheapest_flow
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.policy import POLICIES, nearest_idle
from dispatch_core.assignment.problem import Candidate, OpenIncident, pose
from dispatch_core.assignment.solver import solve
from dispatch_core.fleet.capability import Need
from dispatch_core.fleet.unit import UnitStatus
from tests.unit.assignment.instances import (
    ALS,
    BLS,
    WHEEL_LIFT,
    best_by_trying_all,
    incident,
    served_by,
    small_problems,
    unit,
)

PARAMS = DispatchParams()
Drawn = tuple[list[OpenIncident], list[Candidate], list[list[float]]]


def pairs(plan: Plan) -> list[tuple[int, int]]:
    return [(a.incident_id.int, a.unit_id.int - 1000) for a in plan.assignments]


def test_an_injury_accident_gets_the_nearest_ambulance_and_the_nearest_tow_truck_in_one_plan() -> None:
    units = [unit(1, ALS), unit(2, ALS), unit(3, WHEEL_LIFT), unit(4, WHEEL_LIFT)]
    plan = solve(pose([incident(1, ALS, WHEEL_LIFT)], units, eta_s=[[300, 200, 90, 100]]), params=PARAMS)
    assert pairs(plan) == [(1, 2), (1, 3)]
    assert plan.held == ()


def test_two_incidents_share_two_units_better_than_one_after_the_other() -> None:
    # Greedy gives the first incident unit 1 (60 s) and leaves the second 500 s; together 100 + 70 is best.
    problem = pose([incident(1, ALS), incident(2, ALS)], [unit(1, ALS), unit(2, ALS)],
                   eta_s=[[60, 100], [70, 500]])  # fmt: skip
    assert pairs(solve(problem, params=PARAMS)) == [(1, 2), (2, 1)]
    assert pairs(nearest_idle(problem, params=PARAMS)) == [(1, 1), (2, 2)]


def test_the_last_unit_goes_to_the_graver_incident_however_far() -> None:
    problem = pose([incident(1, ALS, priority=3), incident(2, ALS, priority=1)], [unit(1, ALS)],
                   eta_s=[[1], [7000]])  # fmt: skip
    plan = solve(problem, params=PARAMS)
    assert pairs(plan) == [(2, 1)]
    assert [(h.incident_id.int, h.need, h.count) for h in plan.held] == [(1, ALS, 1)]


def test_nobody_gets_a_second_unit_before_an_equally_grave_incident_has_its_first() -> None:
    problem = pose([incident(1, Need(capability=BLS, count=2)), incident(2, BLS)],
                   [unit(1, BLS), unit(2, BLS)], eta_s=[[10, 10], [900, 900]])  # fmt: skip
    assert sorted(i for i, _ in pairs(solve(problem, params=PARAMS))) == [1, 2]


def test_among_equals_the_longer_waiting_incident_is_served() -> None:
    waits = [incident(1, ALS, waited_s=0.0), incident(2, ALS, waited_s=600.0)]
    assert pairs(solve(pose(waits, [unit(1, ALS)], eta_s=[[100], [140]]), params=PARAMS)) == [(2, 1)]


def test_als_is_spared_while_a_bls_unit_is_hardly_farther() -> None:
    units = [unit(1, ALS), unit(2, BLS)]
    near = solve(pose([incident(1, BLS)], units, eta_s=[[60, 80]]), params=PARAMS)
    far = solve(pose([incident(1, BLS)], units, eta_s=[[60, 120]]), params=PARAMS)
    assert pairs(near) == [(1, 2)]
    assert pairs(far) == [(1, 1)]
    assert far.assignments[0].is_substitute


def test_an_old_position_is_weighed_and_a_stale_one_excluded() -> None:
    weighed = [unit(1, ALS, position_age_s=160.0), unit(2, ALS)]
    assert pairs(solve(pose([incident(1, ALS)], weighed, eta_s=[[50, 140]]), params=PARAMS)) == [(1, 2)]
    stale = [unit(1, ALS, position_age_s=601.0), unit(2, ALS, position_age_s=None)]
    assert solve(pose([incident(1, ALS)], stale, eta_s=[[50, 140]]), params=PARAMS).held[0].count == 1


def test_a_decline_rests_and_then_ranks_behind_everybody_else() -> None:
    asked, units = [incident(1, ALS)], [unit(1, ALS), unit(2, ALS)]

    def sent(fleet: list[Candidate], ago_s: float) -> list[tuple[int, int]]:
        declined = {(asked[0].id, units[0].id): ago_s}
        eta_s = [[10.0, 900.0][: len(fleet)]]
        return pairs(solve(pose(asked, fleet, eta_s=eta_s, declined_ago_s=declined), params=PARAMS))

    assert sent(units, 30.0) == [(1, 2)]
    assert sent(units, 300.0) == [(1, 2)]
    assert sent(units[:1], 30.0) == []
    assert sent(units[:1], 300.0) == [(1, 1)]
    assert sent(units, 1000.0) == [(1, 1)]


@pytest.mark.parametrize("status", [s for s in UnitStatus if s is not UnitStatus.AVAILABLE])
def test_a_unit_that_is_not_available_is_never_sent(status: UnitStatus) -> None:
    problem = pose([incident(1, ALS)], [unit(1, ALS, status=status)], eta_s=[[10]])
    assert solve(problem, params=PARAMS).assignments == ()


def test_no_incident_and_no_unit_make_an_empty_plan() -> None:
    assert solve(pose([], [], eta_s=[]), params=PARAMS) == Plan(
        policy="joint", assignments=(), held=(), cost_s=0
    )
    assert solve(pose([], [unit(1, ALS)], eta_s=[]), params=PARAMS).assignments == ()
    assert solve(pose([incident(1, ALS)], [], eta_s=[[]]), params=PARAMS).held[0].count == 1


@settings(max_examples=15)
@given(small_problems(slots=4, units=4))
def test_the_plan_equals_the_best_of_all_plans(drawn: Drawn) -> None:
    incidents, units, eta_s = drawn
    plan = solve(pose(incidents, units, eta_s=eta_s), params=PARAMS)
    waiting_s = sum(incidents[h.incident_id.int].waited_s * h.count for h in plan.held)
    best_served, best_cost = best_by_trying_all(incidents, units, eta_s)
    assert served_by(plan, incidents, units) == best_served
    assert plan.cost_s + waiting_s == pytest.approx(best_cost)


@settings(max_examples=15)
@given(small_problems(), st.randoms(use_true_random=False))
def test_the_order_in_which_incidents_and_units_are_given_does_not_matter(
    drawn: Drawn, shuffle: random.Random
) -> None:
    incidents, units, eta_s = drawn
    rows, columns = list(range(len(incidents))), list(range(len(units)))
    shuffle.shuffle(rows)
    shuffle.shuffle(columns)
    turned = pose(
        [incidents[i] for i in rows],
        [units[u] for u in columns],
        eta_s=[[eta_s[i][u] for u in columns] for i in rows],
    )
    for policy in POLICIES.values():
        assert policy(turned, params=PARAMS) == policy(pose(incidents, units, eta_s=eta_s), params=PARAMS)


@settings(max_examples=15)
@given(small_problems(units=8, slots=8), st.sampled_from(sorted(POLICIES)))
def test_a_unit_is_sent_once_and_nobody_is_held_while_a_unit_could_go(drawn: Drawn, policy: str) -> None:
    incidents, units, eta_s = drawn
    plan = POLICIES[policy](pose(incidents, units, eta_s=eta_s), params=PARAMS)
    sent = [a.unit_id for a in plan.assignments]
    assert len(set(sent)) == len(sent)
    idle = [unit for unit in units if unit.id not in sent]
    for held in plan.held:
        alone = [OpenIncident(id=held.incident_id, priority=1, needs=(Need(capability=held.need),))]
        roads = [[eta_s[held.incident_id.int][units.index(unit)] for unit in idle]]
        assert solve(pose(alone, idle, eta_s=roads), params=PARAMS).assignments == ()
    asked = Counter({(i.id, n.capability): n.count for i in incidents for n in i.needs})
    answered = Counter((a.incident_id, a.need) for a in plan.assignments)
    answered.update({(h.incident_id, h.need): h.count for h in plan.held})
    assert answered == asked


@pytest.mark.parametrize("units", [60, 90, 400])
def test_leaving_out_dear_arcs_costs_nothing(units: int) -> None:
    # 80 needs compete for 60, 90 or 400 units, many times more than the arcs that go in at first.
    draw = np.random.default_rng(units)
    cost = draw.integers(1, 1000, (80, units))
    allowed = draw.random((80, units)) < 0.5
    hold = np.full(80, 1_000_000)
    flow = cheapest_flow(cost, allowed, hold_row=np.arange(80), hold_cost=hold)
    wide = np.hstack([np.where(allowed, cost, 10**9), np.full((80, 80), 10**9)])
    np.fill_diagonal(wide[:, units:], 1_000_000)
    rows, columns = linear_sum_assignment(wide)
    assert flow.cost == wide[rows, columns].sum()

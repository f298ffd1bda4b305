from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident
from dispatch_core.assignment.explanation import explain
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.policy import POLICIES, nearest_idle
from dispatch_core.assignment.problem import pose
from dispatch_core.assignment.record import inputs_record, params_of, plan_of_record, plan_record, problem_of
from dispatch_core.assignment.solver import solve
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.ids import IncidentId
from tests.unit.assignment.instances import (
    ALS,
    BLS,
    best_by_trying_all,
    incident,
    served_by,
    small_problems,
    unit,
)

PARAMS = DispatchParams()
SMALL = DispatchParams(switch_s=25.0, freeze_s=3.0)
INF = float("inf")


def rolling(number: int, to: OpenIncident, need: Capability = ALS, **changes: object) -> Candidate:
    commitment = Commitment(incident_id=to.id, need=need)
    return unit(number, need, commitment=commitment, status=UnitStatus.ENGAGED, **changes)


def told(plan: Plan) -> dict[str, list[tuple[int, ...]]]:
    """Units and incidents by number: who is newly sent, goes on, is moved."""
    return {
        "sent": [(a.unit_id.int - 1000, a.incident_id.int) for a in plan.assignments],
        "kept": [(k.unit_id.int - 1000, k.incident_id.int) for k in plan.kept],
        "moved": [(m.unit_id.int - 1000, m.from_incident_id.int,
                   m.to_incident_id.int if m.to_incident_id else 0) for m in plan.moves],
    }  # fmt: skip


def test_the_only_ambulance_is_bumped_from_a_slight_to_a_grave_accident() -> None:
    slight, grave = incident(1, priority=4), incident(2, ALS, priority=1)
    plan = solve(pose([slight, grave], [rolling(1, slight)], eta_s=[[200], [900]]), params=PARAMS)
    assert told(plan) == {"sent": [(1, 2)], "kept": [], "moved": [(1, 1, 2)]}
    assert [(h.incident_id.int, h.count) for h in plan.held] == [(1, 1)]


def crowded(*fleet: Candidate) -> list[Candidate]:
    """With a dozen crews at work elsewhere, of whom one is free within 300 s by the odds."""
    return [*fleet, *(unit(50 + n, ALS, status=UnitStatus.ENGAGED) for n in range(12))]


def test_nobody_is_left_without_a_crew_where_another_is_soon_free() -> None:
    slight, grave = incident(1, priority=4), incident(2, ALS, priority=1)
    fleet = crowded(rolling(1, slight))
    problem = pose([slight, grave], fleet, eta_s=[[200] * 13, [130] * 13])
    plan = solve(problem, params=PARAMS)
    assert (told(plan)["kept"], [h.incident_id.int for h in plan.held]) == ([(1, 1)], [2])
    (need,) = [e for e in explain(problem, plan, params=PARAMS) if e.held]
    (passed,) = [p for p in need.passed_over if p.call_sign == "U1"]
    assert (passed.reason, passed.incident_id) == ("would_strand", slight.id)
    always = replace(PARAMS, strand_beyond_s=0.0)
    assert told(solve(problem, params=always))["moved"] == [(1, 1, 2)]


def test_a_crew_is_bumped_all_the_same_where_another_takes_over() -> None:
    slight, grave = incident(1, priority=4), incident(2, ALS, priority=1)
    fleet = crowded(rolling(1, slight), unit(2, ALS))
    problem = pose([slight, grave], fleet, eta_s=[[200] * 14, [130, *[600] * 13]])
    assert told(solve(problem, params=PARAMS))["moved"] == [(1, 1, 2)]


def test_a_unit_is_not_taken_from_an_incident_as_grave() -> None:
    first, second = incident(1, priority=2), incident(2, ALS, priority=2)
    plan = solve(pose([first, second], [rolling(1, first)], eta_s=[[900], [130]]), params=PARAMS)
    assert told(plan) == {"sent": [], "kept": [(1, 1)], "moved": []}
    assert [h.incident_id.int for h in plan.held] == [2]


def test_a_bumped_unit_is_replaced_in_the_same_plan() -> None:
    slight, grave = incident(1, priority=3), incident(2, ALS, priority=1)
    problem = pose([slight, grave], [rolling(1, slight), unit(2, ALS)], eta_s=[[300, 320], [150, 900]])
    assert told(solve(problem, params=PARAMS)) == {
        "sent": [(2, 1), (1, 2)], "kept": [], "moved": [(1, 1, 2)]
    }  # fmt: skip


@pytest.mark.parametrize(("gain_s", "relieved"), [(140.0, False), (160.0, True)])
def test_a_nearer_free_unit_relieves_only_if_the_gain_beats_the_switch(gain_s: float, relieved: bool) -> None:
    # Priority 3 weighs a second double: 150 s gained are worth the switch of 300.
    there = incident(1, priority=3)
    problem = pose([there], [rolling(1, there), unit(2, ALS)], eta_s=[[800.0, 800.0 - gain_s]])
    plan = solve(problem, params=PARAMS)
    assert told(plan)["moved"] == ([(1, 1, 0)] if relieved else [])
    assert told(plan)["sent"] == ([(2, 1)] if relieved else [])


def test_a_unit_near_its_arrival_is_left_alone() -> None:
    slight, grave = incident(1, priority=4), incident(2, ALS, priority=1)
    problem = pose([slight, grave], [rolling(1, slight)], eta_s=[[119], [1]])
    assert told(solve(problem, params=PARAMS))["kept"] == [(1, 1)]
    (need,) = [e for e in explain(problem, solve(problem, params=PARAMS), params=PARAMS) if e.held]
    assert [p.reason for p in need.passed_over] == ["settled"]


def test_a_unit_that_has_fallen_silent_goes_on_in_the_plan() -> None:
    there = incident(1, priority=4)
    for silent in (rolling(1, there, position_age_s=900.0), rolling(1, there, position_age_s=None)):
        plan = solve(pose([there], [silent, unit(2, ALS)], eta_s=[[INF, 10]]), params=PARAMS)
        assert told(plan) == {"sent": [], "kept": [(1, 1)], "moved": []}


def test_the_baseline_never_takes_a_unit_off() -> None:
    slight, grave = incident(1, priority=4), incident(2, ALS, priority=1)
    problem = pose([slight, grave], [rolling(1, slight)], eta_s=[[500], [1]])
    assert told(nearest_idle(problem, params=PARAMS)) == {"sent": [], "kept": [(1, 1)], "moved": []}


@pytest.mark.parametrize(
    "may_bump",
    [{(1, 1)}, {(1, 2), (2, 1)}, {(4, 3), (3, 2), (2, 4)}, {(4, 1), (3, 1), (2, 3), (3, 4), (4, 2)}],
)
def test_a_bump_matrix_with_a_cycle_is_refused(may_bump: set[tuple[int, int]]) -> None:
    with pytest.raises(InvalidInput, match="cycle"):
        DispatchParams(may_bump=frozenset(may_bump))


@settings(max_examples=30)
@given(st.frozensets(st.tuples(st.integers(1, 4), st.integers(1, 4)), max_size=8))
def test_whatever_bump_matrix_is_accepted_has_no_walk_that_returns(
    may_bump: frozenset[tuple[int, int]],
) -> None:
    reach = set(may_bump)
    for _ in range(4):
        reach |= {(a, d) for a, b in reach for c, d in reach if b == c}
    if any((p, p) in reach for p in range(1, 5)):
        with pytest.raises(InvalidInput):
            DispatchParams(may_bump=may_bump)
    else:
        assert DispatchParams(may_bump=may_bump).may_bump == may_bump


def test_an_incident_that_a_unit_is_on_its_way_to_cannot_be_left_out() -> None:
    with pytest.raises(InvalidInput):
        pose([incident(2, ALS)], [rolling(1, incident(1))], eta_s=[[10]])


Drawn = tuple[list[OpenIncident], list[Candidate], list[list[float]]]


@settings(max_examples=15)
@given(small_problems(slots=4, units=4, under_way=True))
def test_the_plan_with_switches_equals_the_best_of_all_plans(drawn: Drawn) -> None:
    incidents, units, eta_s = drawn
    plan = solve(pose(incidents, units, eta_s=eta_s), params=SMALL)
    waiting_s = sum(incidents[h.incident_id.int].waited_s * h.count for h in plan.held)
    best_served, best_cost = best_by_trying_all(incidents, units, eta_s, switch_s=25.0, freeze_s=3.0)
    assert served_by(plan, incidents, units) == best_served
    assert plan.cost_s + waiting_s == pytest.approx(best_cost)


@settings(max_examples=15)
@given(small_problems(units=8, slots=8, under_way=True), st.sampled_from(sorted(POLICIES)))
def test_every_unit_under_way_goes_on_or_is_moved_and_nobody_is_sent_twice(drawn: Drawn, policy: str) -> None:
    incidents, units, eta_s = drawn
    problem = pose(incidents, units, eta_s=eta_s)
    plan = POLICIES[policy](problem, params=SMALL)
    rolling_units = Counter(u.id for u in units if u.commitment)
    assert Counter([k.unit_id for k in plan.kept] + [m.unit_id for m in plan.moves]) == rolling_units
    sent = Counter([a.unit_id for a in plan.assignments] + [k.unit_id for k in plan.kept])
    assert set(sent.values()) <= {1}
    to = {m.unit_id: m.to_incident_id for m in plan.moves}
    bumped = {a.unit_id: a.incident_id for a in plan.assignments if a.unit_id in rolling_units}
    assert bumped == {unit_id: there for unit_id, there in to.items() if there}
    stored = json.loads(json.dumps([inputs_record(problem, SMALL), plan_record(plan)], allow_nan=False))
    again = POLICIES[policy](problem_of(stored[0]), params=params_of(stored[0]))
    assert again == plan == plan_of_record(stored[1])


@settings(max_examples=15)
@given(small_problems(units=6, slots=6, under_way=True))
def test_solving_again_after_carrying_a_plan_out_moves_nobody(drawn: Drawn) -> None:
    """No unit circles; only one that the first plan set free may find new work in the second."""
    incidents, units, eta_s = drawn
    plan = solve(pose(incidents, units, eta_s=eta_s), params=SMALL)
    goes = {a.unit_id: Commitment(incident_id=a.incident_id, need=a.need) for a in plan.assignments}
    goes |= {k.unit_id: Commitment(incident_id=k.incident_id, need=k.need) for k in plan.kept}
    open_needs: dict[IncidentId, list[Need]] = {i.id: [] for i in incidents}
    for h in plan.held:
        open_needs[h.incident_id].append(Need(capability=h.need, count=h.count))
    later = [replace(i, needs=tuple(open_needs[i.id])) for i in incidents]
    fleet = [_with(u, goes.get(u.id)) for u in units]
    again = solve(pose(later, fleet, eta_s=eta_s), params=SMALL)
    assert again.moves == ()
    assert {a.unit_id for a in again.assignments} <= {m.unit_id for m in plan.moves if not m.to_incident_id}


def _with(candidate: Candidate, commitment: Commitment | None) -> Candidate:
    status = UnitStatus.ENGAGED if commitment else UnitStatus.AVAILABLE
    return replace(candidate, commitment=commitment, status=status)


def test_als_is_freed_for_a_grave_accident_when_bls_can_take_over() -> None:
    slight, grave = incident(1, priority=3), incident(2, ALS, priority=1)
    als = unit(1, ALS, commitment=Commitment(incident_id=slight.id, need=BLS), status=UnitStatus.ENGAGED)
    problem = pose([slight, grave], [als, unit(2, BLS)], eta_s=[[300, 400], [200, 100]])
    assert told(solve(problem, params=PARAMS)) == {
        "sent": [(2, 1), (1, 2)], "kept": [], "moved": [(1, 1, 2)]
    }  # fmt: skip

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.assignment.candidate import Candidate, OpenIncident, TowOrder
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.policy import solve, solve_in_order
from dispatch_core.assignment.problem import pose
from dispatch_core.assignment.stop import Stop
from dispatch_core.fleet.capability import Capability, UnitKind
from tests.unit.assignment.instances import ALS, WHEEL_LIFT, incident, served_by, small_problems, unit

PARAMS = DispatchParams()
HEAVY, CRANE = Capability.HEAVY_TOW, Capability.CRANE
AFTER_RESCUE = TowOrder(rescue_work_s=600.0)


def pairs(plan: Plan) -> list[tuple[int, int]]:
    return [(a.incident_id.int, a.unit_id.int - 1000) for a in plan.assignments]


def test_a_tow_truck_leaves_so_as_to_arrive_when_it_can_work() -> None:
    scene = replace(incident(1, ALS, WHEEL_LIFT), tow_order=AFTER_RESCUE)
    plan = solve_in_order(
        pose([scene], [unit(1, ALS), unit(2, WHEEL_LIFT)], eta_s=[[300, 200]]), params=PARAMS
    )
    assert [a.depart_in_s for a in plan.assignments] == [0.0, 700.0]
    assert plan.gap == 0.0


def test_the_near_tow_truck_is_left_for_the_scene_that_need_not_wait() -> None:
    waiting = replace(incident(1, ALS, WHEEL_LIFT), tow_order=AFTER_RESCUE)
    ready = incident(2, WHEEL_LIFT)
    units = [unit(1, ALS), unit(2, WHEEL_LIFT), unit(3, WHEEL_LIFT)]
    problem = pose([waiting, ready], units, eta_s=[[300, 100, 500], [900, 200, 550]])
    # By arrival alone unit 2 serves scene 1 (100 + 550 < 500 + 200); in order unit 3 is early enough there.
    assert pairs(solve(problem, params=PARAMS)) == [(1, 1), (1, 2), (2, 3)]
    assert pairs(solve_in_order(problem, params=PARAMS)) == [(1, 1), (1, 3), (2, 2)]


def test_among_tow_trucks_that_come_in_time_the_nearest_goes() -> None:
    scene = replace(incident(1, ALS, WHEEL_LIFT), tow_order=AFTER_RESCUE)
    units = [unit(1, ALS), unit(2, WHEEL_LIFT), unit(3, WHEEL_LIFT)]
    assert pairs(solve_in_order(pose([scene], units, eta_s=[[300, 250, 200]]), params=PARAMS))[1] == (1, 3)


def test_a_scene_still_worked_by_units_not_in_the_plan_is_waited_for() -> None:
    scene = replace(incident(1, WHEEL_LIFT), tow_order=TowOrder(not_before_s=1000.0))
    plan = solve_in_order(pose([scene], [unit(2, WHEEL_LIFT)], eta_s=[[400]]), params=PARAMS)
    assert plan.assignments[0].depart_in_s == 600.0


def test_a_crane_and_a_heavy_tow_truck_begin_together() -> None:
    scene = replace(incident(1, CRANE, HEAVY), tow_order=TowOrder(together=True))
    plan = solve_in_order(pose([scene], [unit(1, CRANE), unit(2, HEAVY)], eta_s=[[900, 300]]), params=PARAMS)
    assert [a.depart_in_s for a in plan.assignments] == [0.0, 600.0]


def test_without_an_order_the_plan_is_that_of_the_flow() -> None:
    problem = pose([incident(1, ALS, WHEEL_LIFT)], [unit(1, ALS), unit(2, WHEEL_LIFT)], eta_s=[[300, 200]])
    assert solve_in_order(problem, params=PARAMS, stop=Stop()) == solve(problem, params=PARAMS)


def cost_in_order(
    incidents: list[OpenIncident],
    units: list[Candidate],
    eta_s: list[list[float]],
    sent: dict[int, tuple[int, str]],
) -> float:
    """Written out again: weighted seconds until each unit can begin, and a fifth of each tow truck's road."""
    weight = {1: 8.0, 2: 4.0, 3: 2.0, 4: 1.0}
    total = 0.0
    for i, scene in enumerate(incidents):
        here = {u: Capability(asked) for u, (where, asked) in sent.items() if where == i}
        arrive = {u: units[u].turnout_s + eta_s[i][u] for u in here}
        towing = [u for u in here if units[u].kind is UnitKind.TOW]
        rescue = [u for u in here if units[u].kind is UnitKind.AMBULANCE]
        begin, order = 0.0, scene.tow_order
        if order is not None:
            begin = order.not_before_s
            asked = [n for n in scene.needs if n.capability.kind is UnitKind.AMBULANCE]
            if order.rescue_work_s is not None and asked:
                last = max((arrive[u] for u in rescue), default=0.0)
                lacks = len(rescue) < sum(n.count for n in asked)
                begin = max(begin, (max(last, 1800.0) if lacks else last) + order.rescue_work_s)
            if order.together:
                begin = max([begin, *(arrive[u] for u in towing)])
        for u, asked_for in here.items():
            exact = asked_for in units[u].capabilities
            late = max((units[u].position_age_s or 0.0) - 60.0, 0.0)
            start = max(arrive[u], begin) if u in towing else arrive[u]
            total += (start + late) * weight[scene.priority] + (0.0 if exact else 120.0)
            total += 0.2 * arrive[u] if order is not None and u in towing else 0.0
    return total


ORDERS = st.builds(
    TowOrder,
    rescue_work_s=st.none() | st.sampled_from([0.0, 4.0, 10.0]),
    not_before_s=st.sampled_from([0.0, 6.0]),
    together=st.booleans(),
)


@st.composite
def with_orders(draw: st.DrawFn) -> tuple[list[OpenIncident], list[Candidate], list[list[float]]]:
    incidents, units, eta_s = draw(small_problems(slots=4, units=5))
    return [replace(i, tow_order=draw(st.none() | ORDERS), waited_s=0.0) for i in incidents], units, eta_s


@settings(max_examples=15)
@given(with_orders())
def test_the_ordered_plan_equals_the_best_of_all_ordered_plans(
    drawn: tuple[list[OpenIncident], list[Candidate], list[list[float]]],
) -> None:
    incidents, units, eta_s = drawn
    problem = pose(incidents, units, eta_s=eta_s)
    plan = solve_in_order(problem, params=PARAMS, stop=Stop(work=5.0, wall_s=20.0))
    quick = solve_in_order(problem, params=PARAMS)
    flow = solve(problem, params=PARAMS)
    assert served_by(plan, incidents, units) == served_by(flow, incidents, units)
    slots = [(i, n.capability) for i, inc in enumerate(incidents) for n in inc.needs for _ in range(n.count)]
    best = math.inf
    for chosen in itertools.product([None, *range(len(units))], repeat=len(slots)):
        sent = {u: slot for u, slot in zip(chosen, slots, strict=True) if u is not None}
        if len(sent) != sum(u is not None for u in chosen):
            continue
        if any(not can_go(units[u], asked, eta_s[i][u]) for u, (i, asked) in sent.items()):
            continue
        if serves(incidents, slots, chosen) == served_by(flow, incidents, units):
            best = min(best, cost_in_order(incidents, units, eta_s, sent))
    number = {u.id: k for k, u in enumerate(units)}
    place = {i.id: k for k, i in enumerate(incidents)}
    mine = {number[a.unit_id]: (place[a.incident_id], str(a.need)) for a in plan.assignments}
    assert cost_in_order(incidents, units, eta_s, mine) == pytest.approx(best, abs=0.5)
    assert plan.cost_s == pytest.approx(best, abs=0.5)
    assert quick.cost_s * (1 - quick.gap) <= best + 0.5


def can_go(candidate: Candidate, asked: Capability, eta_s: float) -> bool:
    stands_in = {(ALS, Capability.BLS), (Capability.FLATBED, WHEEL_LIFT)}
    fits = asked in candidate.capabilities or any((c, asked) in stands_in for c in candidate.capabilities)
    return fits and math.isfinite(eta_s) and (candidate.position_age_s or 0.0) <= 600


def serves(
    incidents: list[OpenIncident], slots: list[tuple[int, Capability]], chosen: tuple[int | None, ...]
) -> tuple[int, ...]:
    """Units served by (priority, place in its need)."""
    places = [slots[:k].count(slot) for k, slot in enumerate(slots)]
    count: dict[tuple[int, int], int] = {}
    for u, (i, _), place in zip(chosen, slots, places, strict=True):
        grade = incidents[i].priority, place
        count[grade] = count.get(grade, 0) + (u is not None)
    return tuple(count[grade] for grade in sorted(count))

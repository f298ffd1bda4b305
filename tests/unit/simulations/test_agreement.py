"""The simulator's compiled decisions are the desk's: same plan cost, same choice, on random problems."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident
from dispatch_core.assignment.cheapest_rows import cheapest_rows
from dispatch_core.assignment.cost import cost_s
from dispatch_core.assignment.flow import cheapest_flow
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.policy import solve
from dispatch_core.assignment.problem import pose
from dispatch_core.coverage.expected import marginal_gain, marginal_loss
from dispatch_core.fleet.unit import UnitStatus
from simulations.kernel.arrays import NOBODY
from simulations.kernel.deciding import choose_home, costs, coverage_loss
from simulations.kernel.state import beginning
from simulations.rules import SimulatedPolicy, rules_of
from tests.unit.assignment.instances import BLS, incident, unit
from tests.unit.simulations import worlds

PARAMS = DispatchParams(coverage_point_s=20.0, switch_s=30.0, freeze_s=0.0)
PROMISED = replace(PARAMS, strand_beyond_s=86_400.0)


@given(st.integers(0, 2**32), st.integers(1, 7), st.integers(0, 8))
def test_the_compiled_assignment_costs_what_the_flow_costs(seed: int, n: int, u: int) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.integers(-20, 100, (n, u))
    allowed = rng.random((n, u)) < 0.7
    hold = rng.integers(50, 400, n)
    flow = cheapest_flow(cost, allowed, hold_row=np.arange(n), hold_cost=hold)
    chosen = cheapest_rows(np.where(allowed, cost, np.inf).astype(np.float64), hold.astype(np.float64))
    given_out = chosen[chosen >= 0]
    assert len(set(given_out.tolist())) == len(given_out)
    assert all(allowed[row, column] for row, column in enumerate(chosen) if column >= 0)
    total = sum(hold[row] if column < 0 else cost[row, column] for row, column in enumerate(chosen))
    assert total == flow.cost


Desk = tuple[list[OpenIncident], list[Candidate], list[list[float]], list[float]]


@st.composite
def desks(draw: st.DrawFn) -> Desk:
    """Accidents that ask one ambulance each, units free or rolling to one of them."""
    asking, fleet = [], []
    rolling = draw(st.integers(0, 3))
    for number in range(draw(st.integers(1, 5)) + rolling):
        needs = () if number < rolling else (BLS,)
        asking.append(
            incident(
                number, *needs, priority=draw(st.integers(1, 4)), waited_s=float(draw(st.integers(0, 900)))
            )
        )
    for number in range(rolling + draw(st.integers(0, 5))):
        changes: dict[str, object] = {"turnout_s": float(draw(st.integers(0, 60)))}
        if number < rolling:
            changes |= {"commitment": Commitment(incident_id=asking[number].id, need=BLS),
                        "status": UnitStatus.ENGAGED}  # fmt: skip
        fleet.append(unit(number, BLS, **changes))
    table = [[float(draw(st.integers(1, 900))) for _ in fleet] for _ in asking]
    loss = [float(draw(st.integers(0, 20))) for _ in fleet]
    return asking, fleet, table, loss


@given(desks(), st.sampled_from((PARAMS, PROMISED)))
def test_a_joint_plan_is_the_desk_s(desk: Desk, params: DispatchParams) -> None:
    asking, fleet, table, loss = desk
    losses = {one.id: points for one, points in zip(fleet, loss, strict=True)}
    problem = pose(asking, fleet, eta_s=table, coverage_loss=losses)
    live = solve(problem, params=params)
    rules = rules_of(SimulatedPolicy(joint=True, redispatch=True), params)
    rows = np.arange(len(asking))
    committed = np.array([k if one.commitment else -1 for k, one in enumerate(fleet)], np.int64)
    turnout = np.array([one.turnout_s for one in fleet])
    jobs = worlds.jobs(
        np.zeros(len(asking)), np.zeros(len(asking)), priority=[one.priority for one in asking]
    )
    cost, hold = costs(
        jobs, rules, rows, committed, np.array(table).reshape(len(asking), len(fleet)) + turnout,
        np.array(loss, np.float64), np.array([one.waited_s for one in asking]),
        params is PROMISED,
    )  # fmt: skip
    chosen = cheapest_rows(cost, hold)
    assert sum(column >= 0 for column in chosen) == len(live.assignments) + len(live.kept)
    desk_cost = cost_s(problem, params)
    free = [k for k in range(len(fleet)) if committed[k] >= 0 and k not in set(chosen.tolist())]
    ours = sum(desk_cost[row, column] for row, column in enumerate(chosen) if column >= 0)
    assert abs(ours + len(free) * params.switch_s - live.cost_s) < 0.5 * len(asking)


@given(st.integers(0, 2**32))
def test_coverage_is_reckoned_as_the_desk_reckons_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, c, u = 8, 12, 5
    weight = rng.random(c)
    world = worlds.city(
        rng.random((p, p)),
        reach=rng.random((p, c)) < 0.4,
        cell_weight=weight / weight.sum(),
        posts=np.arange(p),
    )
    fleet = worlds.units(rng.integers(0, p, u))
    state = beginning(worlds.jobs([], []), fleet)
    rules = worlds.rules(busy=0.4)
    here = world.reach[fleet.base]
    live = marginal_loss(here, world.cell_weight, busy=0.4) * 100
    assert np.allclose(coverage_loss(world, state, fleet, rules, 0, fleet.base), live)
    choose_home(world, fleet, state, rules, 2)
    gain = marginal_gain(np.delete(here, 2, axis=0), world.reach, world.cell_weight, busy=0.4)
    assert gain[state.home[2]] >= gain.max() - 1e-9
    assert state.job[2] == NOBODY

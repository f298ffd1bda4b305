from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident
from dispatch_core.assignment.cost import cost_s, term_tables_s
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.policy import solve
from dispatch_core.assignment.problem import pose
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.unit import UnitStatus
from tests.unit.assignment.instances import ALS, BLS, WHEEL_LIFT, incident, unit

PARAMS = DispatchParams(coverage_point_s=20.0, coverage_cap_s=100.0)


def terms(scene: OpenIncident, sent: Candidate, *, params: DispatchParams = PARAMS, loss: float = 0.0,
          ago_s: float = math.inf) -> dict[str, float]:  # fmt: skip
    problem = pose([scene], [sent], eta_s=[[100.0]], coverage_loss={sent.id: loss},
                   declined_ago_s={(scene.id, sent.id): ago_s})  # fmt: skip
    tables = {name: float(table[0, 0]) for name, table in term_tables_s(problem, params).items()}
    assert cost_s(problem, params)[0, 0] == pytest.approx(sum(tables.values()))
    return {name: value for name, value in tables.items() if value}


def test_turnout_and_road_count_by_priority() -> None:
    asked = [incident(1, ALS, priority=p) for p in (1, 2, 3, 4)]
    sent = unit(1, ALS, turnout_s=20.0)
    assert [terms(scene, sent) for scene in asked] == [{"response": r} for r in (960.0, 480.0, 240.0, 120.0)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"position_age_s": 60.0}, {}),
        ({"position_age_s": 75.0}, {"position_age": 60.0}),
        ({"worked_s": 8 * 3600.0}, {}),
        ({"worked_s": 10 * 3600.0}, {"fatigue": 60.0}),
        ({"shift_left_s": 3600.0}, {}),
        ({"shift_left_s": 900.0}, {"shift_end": 225.0}),
        ({"shift_left_s": 0.0}, {"shift_end": 300.0}),
    ],
)
def test_what_speaks_against_a_crew_is_priced(changes: dict[str, object], expected: dict[str, float]) -> None:
    assert terms(incident(1, ALS), unit(1, ALS, **changes)) == {"response": 400.0, **expected}


def test_a_substitute_costs_its_price() -> None:
    assert terms(incident(1, BLS), unit(1, ALS))["substitution"] == 120.0
    assert "substitution" not in terms(incident(1, BLS), unit(1, ALS, BLS))


@pytest.mark.parametrize(("loss", "expected"), [(0.0, None), (2.0, 40.0), (50.0, 100.0)])
def test_uncovering_demand_costs_by_the_point_up_to_a_cap(loss: float, expected: float | None) -> None:
    assert terms(incident(1, ALS), unit(1, ALS), loss=loss).get("coverage") == expected


def test_for_the_gravest_no_coverage_is_kept_back() -> None:
    assert "coverage" not in terms(incident(1, ALS, priority=1), unit(1, ALS), loss=9.0)


def test_leaving_uncovers_nothing_that_an_engaged_unit_covered() -> None:
    slight, grave = incident(1, priority=4), incident(2, ALS, priority=2)
    rolling = unit(1, ALS, status=UnitStatus.ENGAGED, commitment=Commitment(incident_id=slight.id, need=ALS))
    problem = pose([slight, grave], [rolling], eta_s=[[900], [100]], coverage_loss={rolling.id: 9.0})
    tables = term_tables_s(problem, PARAMS)
    assert tables["coverage"].tolist() == [[0.0], [0.0]]
    assert tables["switch"].tolist() == [[0.0], [PARAMS.switch_s]]


def test_a_decline_is_remembered_for_a_quarter_of_an_hour() -> None:
    assert terms(incident(1, ALS), unit(1, ALS), ago_s=899.0)["declined"] == 7200.0
    assert "declined" not in terms(incident(1, ALS), unit(1, ALS), ago_s=900.0)


def sent(scene: OpenIncident, units: list[Candidate]) -> list[int]:
    plan = solve(pose([scene], units, eta_s=[[*range(len(units))]]), params=PARAMS)
    return [a.unit_id.int - 1000 for a in plan.assignments]


def test_a_unit_is_not_sent_outside_its_districts() -> None:
    units = [
        unit(1, ALS, districts=frozenset({"亭湖"})),
        unit(2, ALS, districts=frozenset({"盐都", "亭湖"})),
        unit(3, ALS),
    ]
    assert sent(replace(incident(1, ALS), district="盐都"), units) == [2]
    assert sent(replace(incident(1, ALS), district="大丰"), units) == [3]
    assert sent(incident(1, ALS), units) == [1]


def test_a_tow_truck_is_not_sent_to_a_vehicle_too_heavy_for_it() -> None:
    trucks = [unit(1, WHEEL_LIFT, tows_at_most_kg=3000.0), unit(2, WHEEL_LIFT)]
    assert sent(replace(incident(1, WHEEL_LIFT), tows_kg=3000.0), trucks) == [1]
    assert sent(replace(incident(1, WHEEL_LIFT), tows_kg=3001.0), trucks) == [2]
    assert sent(replace(incident(1, ALS), tows_kg=9000.0), [unit(1, ALS)]) == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"priority_weight": {1: 8.0, 2: 4.0, 3: 2.0}},
        {"priority_weight": {1: 1.0, 2: 4.0, 3: 2.0, 4: 1.0}},
        {"priority_weight": {1: 8.0, 2: 4.0, 3: 2.0, 4: 0.0}},
        {"switch_s": -1.0},
        {"fresh_s": math.nan},
        {"substitution_s": math.inf},
        {"stale_s": 30.0},
        {"decline_memory_s": 60.0},
        {"may_bump": frozenset({(3, 0)})},
    ],
)
def test_a_weight_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        DispatchParams(**wrong)  # type: ignore[arg-type]


def test_the_weights_survive_being_stored_and_unknown_ones_are_refused() -> None:
    params = DispatchParams(switch_s=123.0, may_bump=frozenset({(4, 3)}))
    assert DispatchParams.from_record(params.record()) == params
    assert DispatchParams.from_record({"switch_s": 123.0}).switch_s == 123.0
    with pytest.raises(InvalidInput, match="speed"):
        DispatchParams.from_record({"speed": 9})


@pytest.mark.parametrize("eta_s", [[[math.nan]], [[-1.0]]])
def test_a_road_time_that_is_none_is_refused(eta_s: list[list[float]]) -> None:
    with pytest.raises(InvalidInput):
        pose([incident(1, ALS)], [unit(1, ALS)], eta_s=eta_s)


def test_naming_a_unit_or_an_incident_twice_is_refused() -> None:
    with pytest.raises(InvalidInput):
        pose([incident(1, ALS)], [unit(1, ALS), unit(1, BLS)], eta_s=np.zeros((1, 2)))
    with pytest.raises(InvalidInput):
        pose([incident(1, ALS), incident(1, BLS)], [unit(1, ALS)], eta_s=np.zeros((2, 1)))

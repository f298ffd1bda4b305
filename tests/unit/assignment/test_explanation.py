from __future__ import annotations

import json
from collections import Counter

from hypothesis import given, settings

from dispatch_core.assignment.explanation import NeedExplanation, explain
from dispatch_core.assignment.limits import Limit
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.policy import nearest_idle, solve
from dispatch_core.assignment.problem import Candidate, OpenIncident, pose
from dispatch_core.assignment.record import (
    explanation_record,
    inputs_record,
    params_of,
    plan_of_record,
    plan_record,
    problem_of,
)
from dispatch_core.assignment.weighing import Choice
from dispatch_core.assignment.wording import REASON_SENTENCES, why, why_not
from dispatch_core.fleet.unit import UnitStatus
from tests.unit.assignment.instances import ALS, BLS, WHEEL_LIFT, incident, small_problems, unit

PARAMS = DispatchParams()
INF = float("inf")


def explained(
    incidents: list[OpenIncident], units: list[Candidate], eta_s: list[list[float]], ago_s: float = INF
) -> tuple[NeedExplanation, ...]:
    declined = {(incidents[0].id, units[-1].id): ago_s}
    problem = pose(incidents, units, eta_s=eta_s, declined_ago_s=declined)
    baseline = nearest_idle(problem, params=PARAMS)
    return explain(problem, solve(problem, params=PARAMS), params=PARAMS, baseline=baseline)


def reasons(need: NeedExplanation) -> dict[str, tuple[str, float | None]]:
    return {p.call_sign: (p.reason, p.seconds) for p in need.passed_over}


def test_every_unit_is_told_why_it_was_not_sent() -> None:
    units = [
        unit(1, ALS),
        unit(2, ALS),
        unit(3, WHEEL_LIFT),
        unit(4, ALS, status=UnitStatus.OFF_SHIFT),
        unit(5, ALS, status=UnitStatus.ENGAGED),
        unit(6, ALS, status=UnitStatus.OUT_OF_SERVICE),
        unit(7, ALS, position_age_s=700.0),
        unit(8, ALS, position_age_s=None),
        unit(9, ALS),
        unit(10, ALS, position_age_s=200.0),
        unit(11, ALS),
    ]
    eta_s = [[100.0, 130.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, INF, 90.0, 1.0]]
    (need,) = explained([incident(1, ALS)], units, eta_s, ago_s=45.0)
    assert [c.call_sign for c in need.chosen] == ["U1"]
    assert need.chosen[0].terms_s == {"response": 400.0}
    assert reasons(need) == {
        "U2": ("farther", 30.0),
        "U3": ("not_capable", None),
        "U4": ("off_shift", None),
        "U5": ("engaged", None),
        "U6": ("out_of_service", None),
        "U7": ("stale_position", 700.0),
        "U8": ("no_position", None),
        "U9": ("no_road", None),
        "U10": ("costlier", 4 * (90.0 + 140.0 - 100.0)),
        "U11": ("declined_recently", 45.0),
    }
    assert [a.call_sign for a in need.next_best] == ["U2", "U10"]
    assert [a.behind_s for a in need.next_best] == [30.0, -10.0]


def test_a_unit_sent_elsewhere_names_the_graver_incident() -> None:
    incidents = [incident(1, ALS, priority=3), incident(2, ALS, priority=1), incident(3, ALS, priority=3)]
    slight, grave, _ = explained(incidents, [unit(1, ALS), unit(2, ALS)], [[10, 90], [20, 99], [900, 900]])
    assert slight.passed_over[0].reason is Choice.TAKEN_BY_GRAVER
    assert slight.passed_over[0].incident_id == incidents[1].id
    assert grave.passed_over[0].reason is Choice.TAKEN_BY_OTHER
    assert grave.passed_over[0].incident_id == incidents[0].id


def test_a_unit_that_serves_another_need_here_says_so() -> None:
    als, bls = explained([incident(1, ALS, BLS)], [unit(1, ALS), unit(2, BLS)], [[50, 90]])
    assert reasons(als) == {"U2": ("not_capable", None)}
    assert reasons(bls) == {"U1": ("sent_here", None)}


def test_what_nearest_idle_would_have_done_stands_beside_the_plan() -> None:
    first, second = explained([incident(1, ALS), incident(2, ALS)], [unit(1, ALS), unit(2, ALS)],
                              [[60, 100], [70, 500]])  # fmt: skip
    assert [c.call_sign for c in first.chosen] == ["U2"]
    assert [u.int for u in first.nearest_idle] == [1001]
    assert [u.int for u in second.nearest_idle] == [1002]


def test_the_farthest_are_counted_where_the_list_would_be_long() -> None:
    problem = pose([incident(1, ALS)], [unit(n, ALS) for n in range(9)], eta_s=[[*range(9)]])
    (need,) = explain(problem, solve(problem, params=PARAMS), params=PARAMS, listed=3)
    assert [p.call_sign for p in need.passed_over] == ["U1", "U2", "U3"]
    assert need.not_listed == {"farther": 5}


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    assert set(REASON_SENTENCES) == {*Limit, *Choice}
    (need,) = explained([incident(1, ALS)], [unit(1, ALS), unit(2, ALS)], [[120, 180]])
    assert why(need, language="zh-CN") == "高级救护：派 U1，约 2.0 分钟到达；其次 U2，相差 60 秒。"
    assert (
        why(need, language="en")
        == "advanced life support: U1 is sent, there in about 2.0 min; next U2, +60 s."
    )
    assert why_not(need.passed_over[0], language="zh-CN") == "U2：到达晚 60 秒"
    assert why_not(need.passed_over[0], language="en") == "U2 would arrive 60 s later"


@settings(max_examples=15)
@given(small_problems())
def test_a_decision_read_back_from_its_record_is_decided_and_explained_the_same(
    drawn: tuple[list[OpenIncident], list[Candidate], list[list[float]]],
) -> None:
    incidents, units, eta_s = drawn
    declined = {(incidents[0].id, units[0].id): 500.0} if units else {}
    problem = pose(incidents, units, eta_s=eta_s, declined_ago_s=declined)
    plan = solve(problem, params=PARAMS)
    stored = json.loads(json.dumps([inputs_record(problem, PARAMS), plan_record(plan)]))
    again, params = problem_of(stored[0]), params_of(stored[0])
    assert plan_of_record(stored[1]) == plan == solve(again, params=params)
    first = explain(problem, plan, params=PARAMS)
    assert explain(again, plan, params=params) == first
    assert json.loads(json.dumps(explanation_record(first))) == explanation_record(first)


@settings(max_examples=15)
@given(small_problems())
def test_each_unit_is_either_chosen_or_passed_over_once_for_each_need(
    drawn: tuple[list[OpenIncident], list[Candidate], list[list[float]]],
) -> None:
    incidents, units, eta_s = drawn
    for need in explained(incidents, units, eta_s) if units else ():
        told = Counter([c.unit_id for c in need.chosen] + [p.unit_id for p in need.passed_over])
        assert told == Counter(u.id for u in units)
        assert {a.unit_id for a in need.next_best} <= {p.unit_id for p in need.passed_over}

"""A day of two accidents replayed in the small town, by hand and by machine."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from dispatch_core.assignment.candidate import TowOrder
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.fleet.capability import Capability, Need, UnitKind
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.services.replay import Call, Replay
from dispatch_core.services.replayed import Replayed, Response, figures
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.world import World
from tests.city import corner, town

TRUCK = Capability.WHEEL_LIFT
LATE = {UnitKind.AMBULANCE: 600.0, UnitKind.TOW: 100.0}


def _call(number: int, at_s: float, place: LonLat, priority: int = 3) -> Call:
    return Call(
        id=IncidentId(UUID(int=number)), at_s=at_s, priority=priority, place=place,
        needs=(Need(capability=TRUCK),), handling_s={TRUCK: 600.0},
    )  # fmt: skip


def _truck(number: int, place: LonLat) -> tuple[Unit, LonLat]:
    unit = Unit(
        id=UnitId(UUID(int=100 + number)), call_sign=f"T{number}", kind=UnitKind.TOW,
        capabilities=frozenset({TRUCK}), status=UnitStatus.AVAILABLE, agency="t", turnout_s=30.0,
    )  # fmt: skip
    return unit, place


def _ran(calls: list[Call], crews: list[tuple[Unit, LonLat]], policy: str = "joint") -> Replayed:
    world = World(roads=town())
    return Replay(world, calls, crews, policy=policy, params=DispatchParams()).run()


def test_a_unit_is_free_for_the_second_accident_when_the_first_is_handled() -> None:
    ran = _ran([_call(1, 0, corner(2, 0)), _call(2, 60, corner(3, 0))], [_truck(1, corner(0, 0))])
    # Two blocks of 30 s and the turnout: there at 90 s; free at 690; turnout and one block more: 750.
    assert [round(one.response_s) for one in ran.responses] == [90, 690]
    assert ran.drive_m == pytest.approx(1500, abs=2)
    assert (ran.unserved, ran.redispatches) == (0, 0)


def test_jurisdictions_and_towing_limits_of_the_day_are_kept_by_every_policy() -> None:
    west = {
        "type": "Polygon",
        "coordinates": [[[120.0, 33.0], [120.15, 33.0], [120.15, 34.0], [120.0, 33.0]]],
    }
    limits = UnitLimits(
        districts={"west": west}, serves={"T1": ("west",)}, tows_at_most_kg={"T1": 3000.0, "T2": 2000.0}
    )
    near, far = _truck(1, corner(0, 0)), _truck(2, corner(4, 0))
    outside = replace(_call(1, 0, corner(0, 0)), district="east")
    heavy = replace(_call(2, 60, corner(1, 1)), district="west", tows_kg=2500.0)
    for policy in ("joint", "nearest_idle"):
        ran = Replay(
            World(roads=town()), [outside, heavy], [near, far], policy=policy, params=DispatchParams(),
            limits=limits,
        ).run()  # fmt: skip
        # The nearest may not leave its district; the other cannot tow the heavy one.
        by_call = {one.incident_id.int: round(one.response_s) for one in ran.responses}
        assert by_call == {1: 150, 2: 90}


def test_a_graver_accident_takes_the_unit_from_its_way_where_the_policy_lets_it() -> None:
    calls = [_call(1, 0, corner(8, 8), priority=4), _call(2, 60, corner(0, 2), priority=1)]
    joint = _ran(calls, [_truck(1, corner(0, 0))])
    first_come = _ran(calls, [_truck(1, corner(0, 0))], "nearest_idle")
    assert (joint.redispatches, first_come.redispatches) == (1, 0)
    by_machine = {one.incident_id.int: one.response_s for one in joint.responses}
    by_turn = {one.incident_id.int: one.response_s for one in first_come.responses}
    assert by_machine[2] < 300 < by_turn[2]
    assert len(joint.responses) == len(first_come.responses) == 2


def _ambulance(number: int, place: LonLat) -> tuple[Unit, LonLat]:
    unit, _ = _truck(number, place)
    return replace(
        unit, call_sign=f"A{number}", kind=UnitKind.AMBULANCE, capabilities=frozenset({Capability.ALS})
    ), place


def test_towing_waits_for_rescue_in_the_ordered_policy_alone() -> None:
    both = (Need(capability=Capability.ALS), Need(capability=TRUCK))
    hurt = replace(
        _call(1, 0, corner(2, 0)), needs=both, handling_s={TRUCK: 600.0, Capability.ALS: 900.0},
        tow_order=TowOrder(rescue_work_s=900.0),
    )  # fmt: skip
    crews = [_ambulance(1, corner(0, 0)), _truck(2, corner(4, 0))]
    told = {}
    for policy in ("in_order", "joint"):
        ran = _ran([hurt, _call(2, 1200, corner(2, 0))], crews, policy)
        told[policy] = {(r.incident_id.int, r.need): round(r.response_s) for r in ran.responses}
    rescued_s = told["in_order"][1, Capability.ALS]
    assert told["in_order"][1, TRUCK] == rescued_s + 900
    assert told["joint"][1, TRUCK] == 90
    # Whoever came early could not begin earlier: the next car waits for its truck as long.
    assert told["joint"][2, TRUCK] == told["in_order"][2, TRUCK] == rescued_s + 900 + 600 - 1200 + 30


def test_a_crew_that_becomes_free_nearby_relieves_one_that_is_far() -> None:
    calls = [_call(1, 0, corner(0, 0)), _call(2, 700, corner(0, 1), priority=1)]
    ran = _ran(calls, [_truck(1, corner(1, 0)), _truck(2, corner(8, 8))])
    # The near one is free again at 660 and goes itself: nobody need be relieved.
    assert (ran.redispatches, len(ran.responses)) == (0, 2)
    calls = [_call(1, 0, corner(0, 0)), _call(2, 500, corner(0, 1), priority=1)]
    ran = _ran(calls, [_truck(1, corner(1, 0)), _truck(2, corner(8, 8))])
    assert ran.redispatches == 1
    assert max(r.response_s for r in ran.responses if r.incident_id.int == 2) < 300


def test_figures_have_intervals_and_late_shares_by_priority() -> None:
    seconds = [50.0, 150.0, 250.0, 50.0]
    told = figures(
        [
            Response(incident_id=IncidentId(UUID(int=k)), need=TRUCK, priority=1 + k % 2, response_s=s)
            for k, s in enumerate(seconds)
        ],
        late_after_s=LATE,
    )
    mean = told["mean_s"]
    assert isinstance(mean, dict)
    assert mean["value"] == 125.0
    assert mean["ci95"][0] <= 125.0 <= mean["ci95"][1]
    assert told["late_share"] == {"1": 0.5, "2": 0.5}

"""A day of two accidents replayed in the small town, by hand and by machine."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.fleet.capability import Capability, Need, UnitKind
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.services.replay import Call, Replay, Replayed, Response, figures
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

"""Expected arrivals are kept, learnt from and judged; the fleet's positions tell the traffic."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import UnitId
from dispatch_core.incidents import IncidentKind
from dispatch_core.missions import Mission, MissionEvent
from dispatch_core.roads.eta import Drives
from dispatch_core.roads.matching import Matcher, MatchParams
from dispatch_core.roads.passages import joined
from dispatch_core.roads.profiles import hour_of_week
from dispatch_core.services import crews, tracking
from dispatch_core.services.arrivals import judged, past_drives
from dispatch_core.services.fleet_speeds import FleetSpeeds
from dispatch_core.services.usual_speeds import learnt_profile
from dispatch_core.store import missions
from tests.city import Desk, corner, town

ZONE = ZoneInfo("Asia/Shanghai")


def _drive(desk: Desk, unit: UnitId, *, takes: float) -> Mission:
    """One mission driven `takes` times as long as the engine says."""
    desk.drive_to(unit, corner(1, 1))
    desk.report(corner(5, 1), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (mission,) = desk.solve()
    assert mission.drive_s is not None

    def step(event: MissionEvent) -> None:
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, unit, mission.id, event)
            tx.commit()

    step(MissionEvent.ACCEPT)
    step(MissionEvent.DEPART)
    desk.wait(mission.drive_s * takes)
    step(MissionEvent.ARRIVE)
    step(MissionEvent.FINISH)
    with desk.engine.connect() as connection:
        return missions.get(connection, mission.id)


def test_a_mission_keeps_the_engines_seconds_and_a_band_around_its_arrival(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    mission = _drive(desk, unit, takes=1.0)
    # four blocks of 500 m; an ambulance under siren is faster than 60 km/h
    assert 60 < (mission.drive_s or 0.0) < 120
    assert mission.earliest_eta_at is not None
    assert mission.latest_eta_at is not None
    assert mission.earliest_eta_at < mission.eta_at < mission.latest_eta_at
    assert mission.eta_at == mission.predicted_eta_at
    with desk.engine.connect() as connection:
        drives = past_drives(connection, zone=UTC, drilled=False)
        none = past_drives(connection, zone=UTC, drilled=True)
    assert len(none) == 0
    assert drives.actual_s == pytest.approx(drives.predicted_s, abs=0.01)
    assert drives.hour.tolist() == [4]


def test_what_was_learnt_moves_the_next_arrival(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    for _ in range(12):
        _drive(desk, unit, takes=1.5)
    with desk.engine.connect() as connection:
        drives = past_drives(connection, zone=UTC, drilled=False)
    (siren,) = judged(drives)
    assert siren.mode == "siren"
    assert siren.learnt_from == siren.corrected.count == 6
    assert siren.plain.bias_s == pytest.approx(-0.5 * drives.predicted_s.mean(), rel=0.01)
    assert abs(siren.corrected.bias_s) < abs(siren.plain.bias_s)
    assert siren.corrected.mae_s < siren.plain.mae_s


def test_no_drives_have_no_judgement() -> None:
    none = np.zeros(0, np.int64)
    assert (
        judged(Drives(mode=none, hour=none, predicted_s=none.astype(float), actual_s=none.astype(float)))
        == []
    )


def test_tow_trucks_tell_the_speed_of_the_streets_and_ambulances_do_not(desk: Desk) -> None:
    tow = desk.add_unit("T1", corner(1, 4), Capability.WHEEL_LIFT)
    siren = desk.add_unit("A1", corner(1, 6), Capability.ALS)
    matcher = Matcher(town().graph, params=MatchParams(sigma_m=5.0))
    fleet = FleetSpeeds(town().graph, matcher, since=desk.now - timedelta(seconds=1))
    found = []
    for second in range(10, 121, 10):  # 30 km/h where 60 are usual
        desk.wait(10)
        blocks = second * 30 / 3.6 / 500
        moved: list[tracking.Recorded] = [
            desk.drive_to(tow, corner(1 + blocks, 4)), desk.drive_to(siren, corner(1 + blocks, 6))
        ]  # fmt: skip
        assert all(one.accepted.all() for one in moved)
        if second % 30 == 0:
            with desk.engine.connect() as connection:
                found.append(fleet.driven(connection, at=desk.now, speed=1.0))
    told = joined(found)
    assert len(set(told.unit.tolist())) == 1
    assert told.speed_kmh == pytest.approx(np.full(len(told.edge), 30.0), rel=0.05)
    driven = {town().graph.length_m[e] for e in told.edge}
    assert all(metres == pytest.approx(500, rel=0.01) for metres in driven)


def test_usual_speeds_are_learnt_for_the_hour_in_which_they_were_driven(desk: Desk) -> None:
    tow = desk.add_unit("T1", corner(1, 4), Capability.WHEEL_LIFT)
    began = desk.now
    for second in range(10, 301, 10):  # 30 km/h where 60 are usual
        desk.wait(10)
        desk.drive_to(tow, corner(1 + (second * 30 / 3.6 / 500) % 7, 4))
    with desk.engine.connect() as connection:
        profile, passages = learnt_profile(
            connection, town().graph, zone=ZONE, begins_at=began - timedelta(hours=3), ends_at=desk.now
        )
    driven = profile.share[hour_of_week(began.astimezone(ZONE)), town().graph.road_class[0]]
    other = profile.share[hour_of_week(began.astimezone(ZONE)) - 5, town().graph.road_class[0]]
    assert passages >= 3
    assert 0.5 < driven < other < 1.0  # few drives: the hour is drawn to its class, the class to free flow
    with desk.engine.connect() as connection:
        flat, none = learnt_profile(
            connection, town().graph, zone=ZONE, begins_at=began - timedelta(hours=3), ends_at=began
        )
    assert (flat.record(), none) == ({}, 0)

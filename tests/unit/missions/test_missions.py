from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.errors import Conflict
from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import DecisionId, IncidentId, MissionId, UnitId
from dispatch_core.missions import ACTIVE, FILLING, Mission, MissionEvent, MissionStatus, mission_after

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def errand(status: str = "offered") -> Mission:
    return Mission(
        id=MissionId(UUID(int=1)),
        incident_id=IncidentId(UUID(int=2)),
        unit_id=UnitId(UUID(int=3)),
        decision_id=DecisionId(UUID(int=4)),
        need=Capability.ALS,
        status=MissionStatus(status),
        offered_at=AT,
        offer_expires_at=AT + timedelta(seconds=30),
        predicted_eta_at=AT + timedelta(minutes=5),
        eta_at=AT + timedelta(minutes=5),
    )


def after(mission: Mission, *events: str) -> Mission:
    for minute, event in enumerate(events, start=1):
        mission = mission_after(mission, MissionEvent(event), at=AT + timedelta(minutes=minute))
    return mission


def test_an_errand_with_a_second_leg_is_stamped_at_every_step() -> None:
    done = after(errand(), "accept", "depart", "arrive", "load", "deliver", "finish")
    stamps = (done.accepted_at, done.departed_at, done.arrived_at, done.loaded_at, done.delivered_at,
              done.ended_at)  # fmt: skip
    assert stamps == tuple(AT + timedelta(minutes=m) for m in range(1, 7))
    assert (done.status, done.version) == ("done", 6)


def test_an_errand_may_end_at_the_scene() -> None:
    done = after(errand(), "accept", "depart", "arrive", "finish")
    assert (done.status, done.loaded_at) == ("done", None)


@pytest.mark.parametrize(
    ("status", "events"),
    [
        ("offered", {"accept", "decline", "expire", "cancel", "break_down", "bump"}),
        ("accepted", {"depart", "cancel", "break_down", "bump"}),
        ("en_route", {"arrive", "cancel", "break_down", "bump"}),
        ("on_scene", {"load", "finish", "cancel", "break_down"}),
        ("loaded", {"deliver", "break_down"}),
        ("delivered", {"finish", "break_down"}),
        ("done", set()),
        ("declined", set()),
        ("expired", set()),
        ("cancelled", set()),
        ("broken_down", set()),
        ("bumped", set()),
    ],
)
def test_each_state_allows_its_steps_and_no_other(status: str, events: set[str]) -> None:
    allowed = set()
    for event in MissionEvent:
        try:
            mission_after(errand(status), event, at=AT)
        except Conflict:
            continue
        allowed.add(str(event))
    assert allowed == events


@given(st.lists(st.sampled_from(MissionEvent), max_size=12))
def test_a_mission_ends_once_and_says_when(events: list[MissionEvent]) -> None:
    mission = errand()
    for event in events:
        ended = not mission.is_active
        try:
            mission = mission_after(mission, event, at=AT)
        except Conflict:
            continue
        assert not ended
    assert mission.is_active == (mission.ended_at is None)


def test_the_reason_given_is_kept() -> None:
    declined = mission_after(errand(), MissionEvent.DECLINE, at=AT, reason="flat tyre")
    assert (declined.end_reason, declined.ended_at) == ("flat tyre", AT)


def test_only_a_mission_under_way_or_done_fills_its_need() -> None:
    still_filling = FILLING - ACTIVE
    assert still_filling == {MissionStatus.DONE}
    assert set(MissionStatus) - FILLING == {"declined", "expired", "cancelled", "broken_down", "bumped"}

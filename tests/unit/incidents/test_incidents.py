from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId
from dispatch_core.incidents import (
    Incident,
    IncidentEvent,
    IncidentKind,
    IncidentStatus,
    default_needs,
    default_priority,
    incident_after,
    outstanding,
)


def accident(**changes: object) -> Incident:
    values: dict[str, object] = {
        "id": IncidentId(UUID(int=1)),
        "kind": IncidentKind.INJURY_ACCIDENT,
        "status": IncidentStatus.OPEN,
        "priority": 2,
        "place": LonLat(120.15, 33.35),
        "reported_at": datetime(2024, 5, 1, tzinfo=UTC),
        "needs": (Need(capability=Capability.ALS),),
    }
    return Incident(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "casualties", "vehicles", "expected"),
    [
        ("injury_accident", 1, 1, {"als": 1, "wheel_lift": 1}),
        ("injury_accident", 0, 2, {"als": 1, "wheel_lift": 2}),
        ("injury_accident", 2, 1, {"als": 1, "wheel_lift": 1}),
        ("injury_accident", 3, 1, {"als": 1, "bls": 1, "wheel_lift": 1}),
        ("injury_accident", 6, 1, {"als": 1, "bls": 2, "wheel_lift": 1}),
        ("pedestrian_accident", 1, 0, {"als": 1}),
        ("damage_accident", 0, 2, {"wheel_lift": 2}),
        ("damage_accident", 0, 0, {"wheel_lift": 1}),
        ("lorry_accident", 1, 2, {"als": 1, "heavy_tow": 1, "wheel_lift": 1}),
        ("lorry_accident", 0, 1, {"heavy_tow": 1}),
        ("breakdown", 0, 1, {"wheel_lift": 1}),
    ],
)
def test_an_accident_asks_for_what_its_kind_and_extent_need(
    kind: str, casualties: int, vehicles: int, expected: dict[str, int]
) -> None:
    needs = default_needs(IncidentKind(kind), casualties=casualties, vehicles=vehicles)
    assert {str(need.capability): need.count for need in needs} == expected


@pytest.mark.parametrize(
    ("kind", "casualties", "priority"),
    [("injury_accident", 3, 1), ("injury_accident", 0, 2), ("damage_accident", 1, 2),
     ("damage_accident", 0, 3), ("breakdown", 0, 4)],
)  # fmt: skip
def test_the_hurt_come_before_the_dented(kind: str, casualties: int, priority: int) -> None:
    assert default_priority(IncidentKind(kind), casualties=casualties) == priority


@given(st.sampled_from(IncidentKind), st.integers(0, 1000), st.integers(0, 1000))
def test_every_accident_asks_for_at_least_one_unit(
    kind: IncidentKind, casualties: int, vehicles: int
) -> None:
    assert accident(needs=default_needs(kind, casualties=casualties, vehicles=vehicles)).needs


def test_a_filled_need_is_counted_off_and_a_surplus_is_ignored() -> None:
    needs = (Need(capability=Capability.ALS), Need(capability=Capability.WHEEL_LIFT, count=3))
    left = outstanding(needs, [Capability.ALS, Capability.ALS, Capability.WHEEL_LIFT])
    assert left == (Need(capability=Capability.WHEEL_LIFT, count=2),)


@pytest.mark.parametrize(
    ("status", "event", "after"),
    [("open", "close", "closed"), ("open", "cancel", "cancelled"), ("open", "merge", "merged"),
     ("closed", "reopen", "open"), ("merged", "reopen", "open")],
)  # fmt: skip
def test_an_incident_goes_by_its_table(status: str, event: str, after: str) -> None:
    moved = incident_after(accident(status=IncidentStatus(status)), IncidentEvent(event))
    assert (moved.status, moved.version) == (after, 1)


def test_a_cancelled_incident_stays_cancelled() -> None:
    for event in IncidentEvent:
        with pytest.raises(Conflict):
            incident_after(accident(status=IncidentStatus.CANCELLED), event)


@pytest.mark.parametrize(
    "wrong",
    [
        {"priority": 0},
        {"priority": 5},
        {"reported_at": datetime(2024, 5, 1)},  # noqa: DTZ001
        {"casualties": -1},
        {"vehicles": 1001},
        {"needs": (Need(capability=Capability.ALS), Need(capability=Capability.ALS, count=2))},
    ],
)
def test_an_incident_that_can_never_be_right_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        accident(**wrong)

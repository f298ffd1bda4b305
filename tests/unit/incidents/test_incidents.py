from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId
from dispatch_core.incidents import (
    Incident,
    IncidentEvent,
    IncidentKind,
    IncidentStatus,
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
    ("kind", "casualties", "priority"),
    [("injury_accident", 3, 1), ("injury_accident", 0, 2), ("damage_accident", 1, 2),
     ("damage_accident", 0, 3), ("breakdown", 0, 4)],
)  # fmt: skip
def test_the_hurt_come_before_the_dented(kind: str, casualties: int, priority: int) -> None:
    assert default_priority(IncidentKind(kind), casualties=casualties) == priority


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

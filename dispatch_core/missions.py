"""One unit's errand for one incident, from offer to done, and the table of its steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import DecisionId, IncidentId, MissionId, PlaceId, UnitId


class MissionStatus(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    LOADED = "loaded"
    DELIVERED = "delivered"
    DONE = "done"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    BROKEN_DOWN = "broken_down"
    BUMPED = "bumped"


class MissionEvent(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    DEPART = "depart"
    ARRIVE = "arrive"
    LOAD = "load"
    DELIVER = "deliver"
    FINISH = "finish"
    CANCEL = "cancel"
    BREAK_DOWN = "break_down"
    BUMP = "bump"


MISSION_TRANSITIONS: dict[tuple[MissionStatus, MissionEvent], MissionStatus] = {
    (MissionStatus.OFFERED, MissionEvent.ACCEPT): MissionStatus.ACCEPTED,
    (MissionStatus.OFFERED, MissionEvent.DECLINE): MissionStatus.DECLINED,
    (MissionStatus.OFFERED, MissionEvent.EXPIRE): MissionStatus.EXPIRED,
    (MissionStatus.ACCEPTED, MissionEvent.DEPART): MissionStatus.EN_ROUTE,
    (MissionStatus.EN_ROUTE, MissionEvent.ARRIVE): MissionStatus.ON_SCENE,
    (MissionStatus.ON_SCENE, MissionEvent.LOAD): MissionStatus.LOADED,
    (MissionStatus.ON_SCENE, MissionEvent.FINISH): MissionStatus.DONE,
    (MissionStatus.LOADED, MissionEvent.DELIVER): MissionStatus.DELIVERED,
    (MissionStatus.DELIVERED, MissionEvent.FINISH): MissionStatus.DONE,
    **{
        (status, MissionEvent.CANCEL): MissionStatus.CANCELLED
        for status in (
            MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE, MissionStatus.ON_SCENE
        )
    },
    **{
        (status, MissionEvent.BREAK_DOWN): MissionStatus.BROKEN_DOWN
        for status in (
            MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE, MissionStatus.ON_SCENE,
            MissionStatus.LOADED, MissionStatus.DELIVERED,
        )
    },
    **{
        (status, MissionEvent.BUMP): MissionStatus.BUMPED
        for status in (MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE)
    },
}  # fmt: skip

ACTIVE = frozenset(
    {
        MissionStatus.OFFERED,
        MissionStatus.ACCEPTED,
        MissionStatus.EN_ROUTE,
        MissionStatus.ON_SCENE,
        MissionStatus.LOADED,
        MissionStatus.DELIVERED,
    }
)
# A mission in one of these fills a need of its incident; in any other the need is open again.
FILLING = ACTIVE | {MissionStatus.DONE}
# Its crew may still be sent elsewhere.
MOVABLE = frozenset({MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """When a unit is expected; four arrivals in five fall between the earliest and the latest."""

    eta_at: datetime
    earliest_at: datetime
    latest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferParams:
    """How long a crew may think; then the mission is offered to the next."""

    answer_within_s: float = 30.0

    def __post_init__(self) -> None:
        if not 5 <= self.answer_within_s <= 600:
            raise InvalidInput("answer_within_s", "must lie between 5 and 600 seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """`need` is the capability that the incident asked; the unit may carry one that stands in for it.

    `offer_expires_at` bounds the offer; `eta_at` is the expected arrival at the scene, predicted at the
    decision (`predicted_eta_at`) and renewed with every position; four arrivals in five fall between
    `earliest_eta_at` and `latest_eta_at`. `drive_s` are the engine's own seconds to the scene when the unit
    was offered it, without any correction, in a world `world_speed` times as fast: for calibration.
    A crew that leaves at `depart_at` comes when its work can begin. `replaces_id` is the mission it was taken
    off for this one; `sent_by` is who chose the unit: `dispatcher` or `operator`.
    """

    id: MissionId
    incident_id: IncidentId
    unit_id: UnitId
    decision_id: DecisionId
    need: Capability
    status: MissionStatus
    offered_at: datetime
    offer_expires_at: datetime
    predicted_eta_at: datetime
    eta_at: datetime
    earliest_eta_at: datetime | None = None
    latest_eta_at: datetime | None = None
    drive_s: float | None = None
    world_speed: float = 1.0
    accepted_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    loaded_at: datetime | None = None
    delivered_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    destination_id: PlaceId | None = None
    depart_at: datetime | None = None
    replaces_id: MissionId | None = None
    sent_by: str = "dispatcher"
    version: int = 0

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_chosen_by_person(self) -> bool:
        """The machine leaves alone what a person has ordered."""
        return self.sent_by != "dispatcher"


_STAMPS: dict[MissionStatus, str] = {
    MissionStatus.ACCEPTED: "accepted_at",
    MissionStatus.EN_ROUTE: "departed_at",
    MissionStatus.ON_SCENE: "arrived_at",
    MissionStatus.LOADED: "loaded_at",
    MissionStatus.DELIVERED: "delivered_at",
}


def mission_after(mission: Mission, event: MissionEvent, *, at: datetime, reason: str = "") -> Mission:
    """The mission after one event, stamped with its time; Conflict if the table has no such step."""
    status = MISSION_TRANSITIONS.get((mission.status, event))
    if status is None:
        raise Conflict(f"the mission is {mission.status}; cannot {event}", code="mission-status-conflict")
    changes: dict[str, Any] = {
        "status": status,
        "version": mission.version + 1,
        "end_reason": reason or mission.end_reason,
        _STAMPS.get(status, "ended_at"): at,
    }
    return replace(mission, **changes)

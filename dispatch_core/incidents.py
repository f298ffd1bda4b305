"""What happened, where, how grave, and which units it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId


class IncidentKind(StrEnum):
    INJURY_ACCIDENT = "injury_accident"
    DAMAGE_ACCIDENT = "damage_accident"
    PEDESTRIAN_ACCIDENT = "pedestrian_accident"
    LORRY_ACCIDENT = "lorry_accident"
    BREAKDOWN = "breakdown"


class IncidentStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"


class IncidentEvent(StrEnum):
    CLOSE = "close"
    CANCEL = "cancel"
    MERGE = "merge"
    REOPEN = "reopen"


INCIDENT_TRANSITIONS: dict[tuple[IncidentStatus, IncidentEvent], IncidentStatus] = {
    (IncidentStatus.OPEN, IncidentEvent.CLOSE): IncidentStatus.CLOSED,
    (IncidentStatus.OPEN, IncidentEvent.CANCEL): IncidentStatus.CANCELLED,
    (IncidentStatus.OPEN, IncidentEvent.MERGE): IncidentStatus.MERGED,
    (IncidentStatus.CLOSED, IncidentEvent.REOPEN): IncidentStatus.OPEN,
    (IncidentStatus.MERGED, IncidentEvent.REOPEN): IncidentStatus.OPEN,
}

# The gravest first; the weight of a second of waiting in `assignment`.
PRIORITIES = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that needs units at a place; `priority` 1 is the gravest.

    `number` counts incidents for people to speak of; the database gives it, 0 before. `merged_into` is the
    incident that turned out to be the same accident.
    """

    id: IncidentId
    kind: IncidentKind
    status: IncidentStatus
    priority: int
    place: LonLat
    reported_at: datetime
    needs: tuple[Need, ...]
    casualties: int = 0
    vehicles: int = 0
    address: str = ""
    description: str = ""
    number: int = 0
    alarm_level: int = 1
    merged_into: IncidentId | None = None
    version: int = 0

    def __post_init__(self) -> None:
        if self.priority not in PRIORITIES:
            raise InvalidInput("priority", "is 1 (gravest) to 4")
        if self.reported_at.tzinfo is None:
            raise InvalidInput("reported_at", "must carry a time zone")
        if not 0 <= self.casualties <= 1000:
            raise InvalidInput("casualties", "must lie between 0 and 1,000")
        if not 0 <= self.vehicles <= 1000:
            raise InvalidInput("vehicles", "must lie between 0 and 1,000")
        if not 1 <= self.alarm_level <= 5:
            raise InvalidInput("alarm_level", "is 1 to 5")
        if len({need.capability for need in self.needs}) != len(self.needs):
            raise InvalidInput("needs", "names a capability twice")


def incident_after(incident: Incident, event: IncidentEvent) -> Incident:
    """The incident with its next status; Conflict if the table has no such step."""
    status = INCIDENT_TRANSITIONS.get((incident.status, event))
    if status is None:
        raise Conflict(f"the incident is {incident.status}; cannot {event}", code="incident-status-conflict")
    return replace(incident, status=status, version=incident.version + 1)


def default_priority(kind: IncidentKind, *, casualties: int) -> int:
    """1 with several hurt, 2 with anyone hurt, 3 for a damage accident, 4 for a breakdown."""
    if casualties >= 3:
        return 1
    if casualties or kind in (IncidentKind.INJURY_ACCIDENT, IncidentKind.PEDESTRIAN_ACCIDENT):
        return 2
    return 4 if kind is IncidentKind.BREAKDOWN else 3


def outstanding(needs: Iterable[Need], filled: Iterable[Capability]) -> tuple[Need, ...]:
    """What is still asked once every mission in `filled` (its need's capability) is counted off."""
    have = Counter(filled)
    return tuple(
        Need(capability=need.capability, count=need.count - have[need.capability])
        for need in needs
        if need.count > have[need.capability]
    )

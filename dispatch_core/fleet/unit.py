"""A crewed vehicle that can be sent, and the table of what may happen to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.ids import StationId, UnitId


class UnitStatus(StrEnum):
    """Whether a unit may be sent; how far its errand has come is told by its mission alone."""

    OFF_SHIFT = "off_shift"
    AVAILABLE = "available"
    ENGAGED = "engaged"
    OUT_OF_SERVICE = "out_of_service"


class UnitEvent(StrEnum):
    BEGIN_SHIFT = "begin_shift"
    END_SHIFT = "end_shift"
    ENGAGE = "engage"
    RELEASE = "release"
    BREAK_DOWN = "break_down"
    REPAIRED = "repaired"


UNIT_TRANSITIONS: dict[tuple[UnitStatus, UnitEvent], UnitStatus] = {
    (UnitStatus.OFF_SHIFT, UnitEvent.BEGIN_SHIFT): UnitStatus.AVAILABLE,
    (UnitStatus.AVAILABLE, UnitEvent.END_SHIFT): UnitStatus.OFF_SHIFT,
    (UnitStatus.AVAILABLE, UnitEvent.ENGAGE): UnitStatus.ENGAGED,
    (UnitStatus.AVAILABLE, UnitEvent.BREAK_DOWN): UnitStatus.OUT_OF_SERVICE,
    (UnitStatus.ENGAGED, UnitEvent.RELEASE): UnitStatus.AVAILABLE,
    (UnitStatus.ENGAGED, UnitEvent.BREAK_DOWN): UnitStatus.OUT_OF_SERVICE,
    (UnitStatus.OUT_OF_SERVICE, UnitEvent.REPAIRED): UnitStatus.AVAILABLE,
    (UnitStatus.OUT_OF_SERVICE, UnitEvent.END_SHIFT): UnitStatus.OFF_SHIFT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One ambulance or tow truck with its crew; `turnout_s` is dispatch to wheels rolling.

    A retired one is on the city's register no more and begins no shift.
    """

    id: UnitId
    call_sign: str
    kind: UnitKind
    capabilities: frozenset[Capability]
    status: UnitStatus
    agency: str
    station_id: StationId | None = None
    plate: str = ""
    phone: str = ""
    turnout_s: float = 60.0
    version: int = 0
    is_retired: bool = False

    def __post_init__(self) -> None:
        if not self.call_sign.strip():
            raise InvalidInput("call_sign", "must not be empty")
        if not self.capabilities:
            raise InvalidInput("capabilities", f"{self.call_sign} can do nothing; name at least one")
        strange = [c for c in self.capabilities if c.kind is not self.kind]
        if strange:
            raise InvalidInput("capabilities", f"no {self.kind} carries {', '.join(sorted(strange))}")
        if not 0 <= self.turnout_s <= 3600:
            raise InvalidInput("turnout_s", "must lie between 0 and 3,600 seconds")


def unit_after(unit: Unit, event: UnitEvent) -> Unit:
    """The unit with its next status; Conflict if the table has no such step."""
    status = UNIT_TRANSITIONS.get((unit.status, event))
    if unit.is_retired:
        raise Conflict(f"unit {unit.call_sign} is retired", code="unit-status-conflict")
    if status is None:
        raise Conflict(
            f"unit {unit.call_sign} is {unit.status} and cannot {event}", code="unit-status-conflict"
        )
    return replace(unit, status=status, version=unit.version + 1)

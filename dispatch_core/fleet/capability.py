"""What a unit can do, what an incident asks, and which capability may stand in for which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatch_core.errors import InvalidInput


class UnitKind(StrEnum):
    AMBULANCE = "ambulance"
    TOW = "tow"


class Capability(StrEnum):
    ALS = "als"  # advanced life support
    BLS = "bls"  # basic life support
    FLATBED = "flatbed"
    WHEEL_LIFT = "wheel_lift"
    HEAVY_TOW = "heavy_tow"
    CRANE = "crane"

    @property
    def kind(self) -> UnitKind:
        """The kind of unit that carries it."""
        return UnitKind.AMBULANCE if self in (Capability.ALS, Capability.BLS) else UnitKind.TOW


# One way only: the key may be sent where any of the values is asked, never the reverse.
STANDS_IN_FOR: dict[Capability, frozenset[Capability]] = {
    Capability.ALS: frozenset({Capability.BLS}),
    Capability.FLATBED: frozenset({Capability.WHEEL_LIFT}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """So many units of one capability, asked by an incident."""

    capability: Capability
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 50:
            raise InvalidInput("count", "an incident needs 1 to 50 units of a capability")


def substitution(offered: frozenset[Capability], asked: Capability) -> bool | None:
    """False if the capability itself is on board, True if another stands in for it, None if neither."""
    if asked in offered:
        return False
    return True if any(asked in STANDS_IN_FOR.get(c, frozenset()) for c in offered) else None

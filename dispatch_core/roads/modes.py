"""How a vehicle travels: the same roads, different permissions and costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.graph import ROAD_CLASSES


class Mode(StrEnum):
    """One metric each over the same hierarchy."""

    ROAD = "road"  # a tow truck and ordinary traffic: obeys every rule
    SIREN = "siren"  # an ambulance under blue light


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnParams:
    """Seconds that a junction costs beyond the metres driven; `inf` forbids.

    `cross_turn_s` is a right-angled turn across oncoming traffic (left where one drives on the right),
    `near_turn_s` the other side; both grow with the angle. `destination_s` is paid on entering an
    access=destination road, so that nobody drives through it to save a moment.
    """

    drives_on_right: bool = True
    cross_turn_s: float = 6.0
    near_turn_s: float = 2.0
    signal_s: float = 5.0
    u_turn_s: float = 30.0
    dead_end_u_turn_s: float = 8.0
    destination_s: float = 30.0

    def __post_init__(self) -> None:
        for name in ("cross_turn_s", "near_turn_s", "signal_s", "u_turn_s", "dead_end_u_turn_s",
                     "destination_s"):  # fmt: skip
            value = getattr(self, name)
            if math.isnan(value) or value < 0:
                raise InvalidInput(name, f"must be at least 0 seconds, is {value}")

    @classmethod
    def none(cls) -> TurnParams:
        """Junctions cost nothing; restrictions still hold."""
        return cls(
            cross_turn_s=0, near_turn_s=0, signal_s=0, u_turn_s=0, dead_end_u_turn_s=0, destination_s=0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeParams:
    """What one mode may do and how fast: speed factors by road class multiply the free-flow speed."""

    speed_factor: float = 1.0
    class_speed_factor: Mapping[str, float] = field(default_factory=dict)
    turn_factor: float = 1.0
    passes_exempt_restrictions: bool = False
    uses_emergency_only: bool = False
    uses_wrong_way: bool = False

    def __post_init__(self) -> None:
        unknown = set(self.class_speed_factor) - set(ROAD_CLASSES)
        if unknown:
            raise InvalidInput("class_speed_factor", f"names no road class: {', '.join(sorted(unknown))}")
        if not all(0 < f < math.inf for f in (self.speed_factor, *self.class_speed_factor.values())):
            raise InvalidInput("speed_factor", "must be a positive number")
        if not 0 <= self.turn_factor < math.inf:
            raise InvalidInput("turn_factor", "must be at least 0")


ORDINARY = ModeParams()
UNDER_SIREN = ModeParams(
    speed_factor=1.15,
    class_speed_factor={"residential": 1.05, "living_street": 1.0, "service": 1.0, "track": 1.0},
    turn_factor=0.5,
    passes_exempt_restrictions=True,
    uses_emergency_only=True,
)
DEFAULT_MODES: Mapping[Mode, ModeParams] = {Mode.ROAD: ORDINARY, Mode.SIREN: UNDER_SIREN}

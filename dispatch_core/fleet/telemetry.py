"""A fix from a unit's device, the reasons to refuse one, and the limits of belief.

Fix time, device and server time stay apart: `fixed_at` is the receiver's, `received_at` the server's. How
fixes are judged is told in `pipeline`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dispatch_core.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One GPS observation as the device sent it, in its device's datum; nothing about it is believed yet.

    `is_positioned` is False where the receiver itself says that it had no fix; `alarms` are the bits of
    `vehicle_alarms`.
    """

    event_id: str
    lon: float
    lat: float
    fixed_at: datetime
    heading_deg: float | None = None
    speed_kmh: float | None = None
    accuracy_m: float | None = None
    altitude_m: float | None = None
    alarms: int = 0
    is_mock: bool = False
    is_positioned: bool = True

    def __post_init__(self) -> None:
        if self.fixed_at.tzinfo is None:
            raise InvalidInput("fixed_at", "must carry a time zone")


class Refusal(StrEnum):
    """Why a fix is kept but not believed; asked in this order, the first that holds is the reason."""

    NO_FIX = "no_fix"
    NOT_FINITE = "not_finite"
    NOT_ON_EARTH = "not_on_earth"
    NULL_ISLAND = "null_island"
    OUTSIDE_REGION = "outside_region"
    IN_FUTURE = "in_future"
    TOO_OLD = "too_old"
    MOCK = "mock"
    INACCURATE = "inaccurate"
    IMPOSSIBLE_SPEED = "impossible_speed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryParams:
    """Limits of belief; `jitter_m` is how far two good fixes of a parked unit may lie apart.

    `fresh_s` is how long a better device keeps the unit's marker to itself after its last fix; `outvoted_by`
    how many fixes in a row that agree with each other are believed against the one before them.
    """

    max_future_s: float = 300.0
    retention_s: float = 30 * 86_400.0
    max_accuracy_m: float = 500.0
    max_speed_kmh: float = 220.0
    jitter_m: float = 100.0
    fresh_s: float = 15.0
    outvoted_by: int = 4

    def __post_init__(self) -> None:
        names = ("max_future_s", "retention_s", "max_accuracy_m", "max_speed_kmh", "jitter_m", "fresh_s")
        for name in (*names, "outvoted_by"):
            if not 0 < getattr(self, name) < math.inf:
                raise InvalidInput(name, "must be a positive number")

    def at_speed(self, factor: float) -> TelemetryParams:
        """The limits of a drill in which the physical world runs `factor` times faster."""
        return replace(
            self, max_speed_kmh=self.max_speed_kmh * factor, jitter_m=self.jitter_m * max(1.0, factor)
        )

"""A fix from a unit's device: believed, or refused with the reason kept.

Fix time, device and server time stay apart: `fixed_at` is the receiver's, `received_at` the server's. A fix
that was seen before is the store's to tell (unit, event id, fix time); here only its content is judged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import Box, LonLat, distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One GPS observation as the device sent it, WGS-84; nothing about it is believed yet."""

    event_id: str
    lon: float
    lat: float
    fixed_at: datetime
    heading_deg: float | None = None
    speed_kmh: float | None = None
    accuracy_m: float | None = None
    is_mock: bool = False
    source: str = "json"

    def __post_init__(self) -> None:
        if self.fixed_at.tzinfo is None:
            raise InvalidInput("fixed_at", "must carry a time zone")


class Refusal(StrEnum):
    """Why a fix is kept but not believed."""

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
    """Limits of belief; `jitter_m` is how far two good fixes of a parked unit may lie apart."""

    max_future_s: float = 300.0
    retention_s: float = 30 * 86_400.0
    max_accuracy_m: float = 500.0
    max_speed_kmh: float = 220.0
    jitter_m: float = 100.0

    def __post_init__(self) -> None:
        for name in ("max_future_s", "retention_s", "max_accuracy_m", "max_speed_kmh", "jitter_m"):
            if not 0 < getattr(self, name) < math.inf:
                raise InvalidInput(name, "must be a positive number")

    def at_speed(self, factor: float) -> TelemetryParams:
        """The limits of a drill in which the physical world runs `factor` times faster."""
        return replace(
            self, max_speed_kmh=self.max_speed_kmh * factor, jitter_m=self.jitter_m * max(1.0, factor)
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is None when the fix is believed."""

    reason: Refusal | None = None

    @property
    def accepted(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hearing:
    """A fix with all that it is judged against."""

    fix: Fix
    previous: Fix | None
    received_at: datetime
    box: Box
    params: TelemetryParams


def _not_finite(case: _Hearing) -> bool:
    fix = case.fix
    told = (fix.heading_deg, fix.speed_kmh, fix.accuracy_m)
    return not all(math.isfinite(value) for value in (fix.lon, fix.lat, *(v for v in told if v is not None)))


def _not_on_earth(case: _Hearing) -> bool:
    return not (-180 <= case.fix.lon <= 180 and -90 <= case.fix.lat <= 90)


def _null_island(case: _Hearing) -> bool:
    # Receivers without a fix report zeros, sometimes jittered; no road lies within a kilometre of (0, 0).
    return abs(case.fix.lon) < 0.01 and abs(case.fix.lat) < 0.01


def _outside_region(case: _Hearing) -> bool:
    return not case.box.contains(LonLat(case.fix.lon, case.fix.lat))


def _in_future(case: _Hearing) -> bool:
    return (case.fix.fixed_at - case.received_at).total_seconds() > case.params.max_future_s


def _too_old(case: _Hearing) -> bool:
    return (case.received_at - case.fix.fixed_at).total_seconds() > case.params.retention_s


def _mock(case: _Hearing) -> bool:
    return case.fix.is_mock


def _inaccurate(case: _Hearing) -> bool:
    accuracy_m = case.fix.accuracy_m
    return accuracy_m is not None and not 0 <= accuracy_m <= case.params.max_accuracy_m


def _impossible_speed(case: _Hearing) -> bool:
    fix, limit_kmh = case.fix, case.params.max_speed_kmh
    if fix.speed_kmh is not None and not 0 <= fix.speed_kmh <= limit_kmh:
        return True
    return case.previous is not None and implied_speed_kmh(case.previous, fix, case.params) > limit_kmh


# Asked in this order; the first that holds is the reason. Later checks may rely on earlier ones.
CHECKS: tuple[tuple[Refusal, Callable[[_Hearing], bool]], ...] = (
    (Refusal.NOT_FINITE, _not_finite),
    (Refusal.NOT_ON_EARTH, _not_on_earth),
    (Refusal.NULL_ISLAND, _null_island),
    (Refusal.OUTSIDE_REGION, _outside_region),
    (Refusal.IN_FUTURE, _in_future),
    (Refusal.TOO_OLD, _too_old),
    (Refusal.MOCK, _mock),
    (Refusal.INACCURATE, _inaccurate),
    (Refusal.IMPOSSIBLE_SPEED, _impossible_speed),
)


def judge(
    fix: Fix, *, previous: Fix | None, received_at: datetime, box: Box, params: TelemetryParams
) -> Verdict:
    """Believe the fix, or name the first check it fails.

    `previous` is the unit's neighbouring believed fix in time, before or after; `box` the region's extent,
    already widened by as much as a unit may stray.
    """
    case = _Hearing(fix=fix, previous=previous, received_at=received_at, box=box, params=params)
    return Verdict(next((refusal for refusal, holds in CHECKS if holds(case)), None))


def implied_speed_kmh(one: Fix, other: Fix, params: TelemetryParams) -> float:
    """The slowest speed that joins two fixes once their inaccuracy is granted; inf for two places at once."""
    slack_m = max(params.jitter_m, (one.accuracy_m or 0.0) + (other.accuracy_m or 0.0))
    apart_m = distance_m(LonLat(one.lon, one.lat), LonLat(other.lon, other.lat)) - slack_m
    if apart_m <= 0:
        return 0.0
    apart_s = abs((other.fixed_at - one.fixed_at).total_seconds())
    return math.inf if apart_s == 0 else apart_m / apart_s * 3.6


def is_newer(fix: Fix, newest: Fix | None) -> bool:
    """True if the live position may move to this fix; a late one enters the history only."""
    return newest is None or fix.fixed_at > newest.fixed_at

"""A terminal's location as the intake takes it."""

from __future__ import annotations

import math
import struct
from functools import lru_cache

from api.gateways.jt808.location import Location
from dispatch_core.fleet.fixes import UNPOSITIONED, FixRow, Sender, microseconds, number_of

_SAID = struct.Struct("<qdddiII")
_microseconds = lru_cache(maxsize=4096)(microseconds)  # many terminals, the same seconds


def row_of(sender: Sender, location: Location) -> FixRow:
    """Terminals name no events: what a location says names it, so that one sent again in a batch is known."""
    at_us = _microseconds(location.fixed_at)
    said = _SAID.pack(
        at_us, location.lon, location.lat, location.speed_kmh, location.course_deg, location.alarm,
        location.status,
    )  # fmt: skip
    return (
        number_of(sender.device_id.bytes + said),
        at_us,
        location.lon,
        location.lat,
        float(location.course_deg),
        location.speed_kmh,
        math.nan,
        0 if location.is_positioned else UNPOSITIONED,
        float(location.altitude_m),
        location.alarm,
    )

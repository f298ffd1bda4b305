"""A terminal's location as the intake takes it."""

from __future__ import annotations

import math
import struct

from api import clock
from api.gateways.jt808.location import POSITIONED, Location, fixed_part, time_us
from api.gateways.jt808.wire import FrameError
from dispatch_core.fleet.fixes import UNPOSITIONED, FixRow, Sender, microseconds, number_of

_SAID = struct.Struct("<qdddiII")


def row_of(sender: Sender, location: Location) -> FixRow:
    """One of a batch."""
    return _row(
        sender, microseconds(location.fixed_at), location.lon, location.lat, location.altitude_m,
        location.speed_kmh, location.course_deg, location.alarm, location.status,
    )  # fmt: skip


def row_from(sender: Sender, body: bytes) -> FixRow:
    """The same straight from the body of 0x0200, whose items say nothing of the fix; FrameError as there.

    A receiver that never saw a satellite knows no time either and reports noughts: that is kept as of now,
    for want of another time, and not believed.
    """
    alarm, status, lon, lat, altitude_m, speed_kmh, course_deg, stamp = fixed_part(body)
    try:
        at_us = time_us(stamp)
    except FrameError:
        at_us, status = microseconds(clock.now()), status & ~POSITIONED
    return _row(sender, at_us, lon, lat, altitude_m, speed_kmh, course_deg, alarm, status)


def _row(
    sender: Sender, at_us: int, lon: float, lat: float, altitude_m: int, speed_kmh: float, course_deg: int,
    alarm: int, status: int,
) -> FixRow:  # fmt: skip
    """Terminals name no events: what a location says names it, so that one sent again in a batch is known."""
    said = _SAID.pack(at_us, lon, lat, speed_kmh, course_deg, alarm, status)
    event = number_of(sender.packed[16:] + said)
    flags = 0 if status & POSITIONED else UNPOSITIONED
    return event, at_us, lon, lat, float(course_deg), speed_kmh, math.nan, flags, float(altitude_m), alarm

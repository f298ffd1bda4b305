"""A terminal's location as the intake takes it."""

from __future__ import annotations

import math
import struct

from api import clock
from api.gateways.jt808.location import POSITIONED, fixed_part, time_us
from api.gateways.jt808.wire import FrameError
from dispatch_core.fleet.fixes import UNPOSITIONED, FixRow, Sender, microseconds, number_of

_SAID = struct.Struct("<qdddiII")


def row_from(sender: Sender, body: bytes) -> FixRow:
    """Straight from the body of 0x0200, whose items say nothing of the fix; FrameError if it is none.

    A receiver that never saw a satellite knows no time either and reports noughts: that is kept as of now,
    for want of another time, and not believed. Terminals name no events: what a location says names it, so
    that one sent again in a batch is known.
    """
    alarm, status, lon, lat, altitude_m, speed_kmh, course_deg, stamp = fixed_part(body)
    try:
        at_us = time_us(stamp)
    except FrameError:
        at_us, status = microseconds(clock.now()), status & ~POSITIONED
    said = _SAID.pack(at_us, lon, lat, speed_kmh, course_deg, alarm, status)
    event = number_of(sender.packed[16:] + said)
    flags = 0 if status & POSITIONED else UNPOSITIONED
    return event, at_us, lon, lat, float(course_deg), speed_kmh, math.nan, flags, float(altitude_m), alarm

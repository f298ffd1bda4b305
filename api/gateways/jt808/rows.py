"""A terminal's location as the intake takes it."""

from __future__ import annotations

import math

from api.gateways.jt808.location import Location
from dispatch_core.fleet.fixes import UNPOSITIONED, FixRow, Sender, event_number, microseconds


def row_of(sender: Sender, location: Location) -> FixRow:
    """Terminals name no events: what a location says names it, so that one sent again in a batch is known."""
    at_us = microseconds(location.fixed_at)
    said = (
        f"{at_us} {location.lon} {location.lat} {location.speed_kmh} {location.course_deg} "
        f"{location.alarm} {location.status}"
    )
    return (
        event_number(sender.device_id, said),
        at_us,
        location.lon,
        location.lat,
        float(location.course_deg),
        location.speed_kmh,
        math.nan,
        0 if location.is_positioned else UNPOSITIONED,
    )

"""The alarms that a vehicle's terminal raises, as bits of 32 (JT/T 808-2019, table 24)."""

from __future__ import annotations

ALARMS: tuple[str, ...] = (
    "emergency", "speeding", "fatigue", "dangerous_driving", "gnss_fault", "antenna_cut", "antenna_short",
    "supply_low", "supply_cut", "display_fault", "speech_fault", "camera_fault", "card_fault",
    "speeding_soon", "fatigue_soon", "forbidden_driving", "tyre_pressure", "blind_spot",
    "driven_too_long_today", "parked_too_long", "area_crossed", "route_crossed", "section_time",
    "off_route", "speed_sensor_fault", "fuel", "stolen", "forbidden_ignition", "forbidden_move",
    "collision_ahead", "rollover_ahead", "forbidden_door",
)  # fmt: skip

EMERGENCY = 1 << ALARMS.index("emergency")


def named(bits: int) -> list[str]:
    """The alarms that are on, in the standard's order."""
    return [name for bit, name in enumerate(ALARMS) if bits >> bit & 1]

"""The clock on the wall of a region, and the side of the road where its zone settles that."""

from __future__ import annotations

import tzfpy

from dispatch_core.geo import Box

_LEFT_HAND = """
    Africa/Blantyre Africa/Dar_es_Salaam Africa/Gaborone Africa/Harare Africa/Johannesburg Africa/Kampala
    Africa/Lusaka Africa/Maputo Africa/Maseru Africa/Mbabane Africa/Nairobi Africa/Windhoek
    America/Barbados America/Guyana America/Jamaica America/Nassau America/Paramaribo America/Port_of_Spain
    Asia/Bangkok Asia/Brunei Asia/Colombo Asia/Dhaka Asia/Dili Asia/Hong_Kong Asia/Jakarta Asia/Jayapura
    Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Kuala_Lumpur Asia/Kuching Asia/Macau Asia/Makassar
    Asia/Nicosia Asia/Pontianak Asia/Singapore Asia/Thimphu Asia/Tokyo Atlantic/Bermuda Atlantic/Stanley
    Europe/Dublin Europe/Guernsey Europe/Isle_of_Man Europe/Jersey Europe/London Europe/Malta Indian/Mahe
    Indian/Maldives Indian/Mauritius Pacific/Auckland Pacific/Fiji Pacific/Port_Moresby
"""


def time_zone_at(box: Box) -> str:
    """IANA name at the middle of the region; at sea a zone of whole hours."""
    return tzfpy.get_tz((box.west + box.east) / 2, (box.south + box.north) / 2) or "Etc/UTC"


def drives_left(time_zone: str) -> bool:
    return time_zone in _LEFT_HAND.split() or time_zone.startswith("Australia/")

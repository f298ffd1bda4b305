"""0x0200 location reports and 0x0704 batches (JT/T 808-2019, section 8.18 and 8.49)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from api.gateways.jt808.items import Item, decode_items, encode_items
from api.gateways.jt808.wire import FrameError
from dispatch_core.fleet.fixes import microseconds

BEIJING = timezone(timedelta(hours=8))  # terminals report GMT+8 wherever they are
_FIXED_PART = struct.Struct(">IIIIHHH6s")
LOCATION_LENGTH = _FIXED_PART.size  # without its items
POSITIONED, _SOUTH, _WEST = 0x2, 0x4, 0x8


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One position of a terminal: degrees (south and west negative), metres, km/h, degrees from north."""

    lon: float
    lat: float
    altitude_m: int
    speed_kmh: float
    course_deg: int
    fixed_at: datetime
    alarm: int = 0
    status: int = 0
    items: dict[str, Item] = field(default_factory=dict)

    @property
    def is_positioned(self) -> bool:
        """The receiver had a fix; without it the coordinates are the last known or nought."""
        return bool(self.status & POSITIONED)

    @property
    def is_on_earth(self) -> bool:
        return abs(self.lat) <= 90 and abs(self.lon) <= 180


def decode_location(body: bytes) -> Location:
    """The body of 0x0200 (28 bytes and items); FrameError names what cannot be."""
    alarm, status, lon, lat, altitude_m, speed_kmh, course_deg, stamp = fixed_part(body)
    return Location(
        lon=lon, lat=lat, altitude_m=altitude_m, speed_kmh=speed_kmh, course_deg=course_deg,
        fixed_at=_time(stamp), alarm=alarm, status=status, items=dict(decode_items(body[_FIXED_PART.size :])),
    )  # fmt: skip


def fixed_part(body: bytes) -> tuple[int, int, float, float, int, float, int, bytes]:
    """(alarm, status, lon, lat, altitude_m, speed_kmh, course_deg, the time as sent).

    Degrees that are not on earth are told as they came: whoever keeps a position keeps them with a reason.
    """
    if len(body) < _FIXED_PART.size:
        raise FrameError(f"a location has 28 bytes at least, {len(body)} came")
    alarm, status, lat, lon, altitude, speed, course, stamp = _FIXED_PART.unpack_from(body)
    return (
        alarm, status, (-lon if status & _WEST else lon) / 1e6, (-lat if status & _SOUTH else lat) / 1e6,
        # Below sea level terminals send a signed word in the unsigned field.
        altitude - 0x10000 if altitude >= 0x8000 else altitude, speed / 10, course % 360, stamp,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def time_us(stamp: bytes) -> int:
    """Microseconds since 1970 of a time as sent."""
    return microseconds(_time(stamp))


@lru_cache(maxsize=4096)  # a city's terminals report the same seconds
def _time(stamp: bytes) -> datetime:
    digits = stamp.hex()
    if not digits.isdecimal():
        raise FrameError(f"the time {digits} is not decimal")
    year, month, day, hour, minute, second = (int(digits[i : i + 2]) for i in range(0, 12, 2))
    try:
        local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=BEIJING)
    except ValueError:
        raise FrameError(f"there is no time {digits}") from None
    return local.astimezone(UTC)


def batch_items(body: bytes) -> tuple[list[bytes], list[str]]:
    """0x0704 → the bodies of its locations as sent, and what is wrong with those left out."""
    if len(body) < 3:
        raise FrameError("a batch has 3 bytes at least")
    (count,) = struct.unpack_from(">H", body)
    items: list[bytes] = []
    at = 3
    for index in range(1, count + 1):
        if at + 2 > len(body):
            return items, [f"item {index} of {count} is missing"]
        (length,) = struct.unpack_from(">H", body, at)
        at += 2 + length
        if at > len(body):
            return items, [f"item {index} of {count} is cut short"]
        items.append(body[at - length : at])
    return items, []


def decode_batch(body: bytes) -> tuple[list[Location], list[str]]:
    """0x0704 → locations in the order sent, and why each unreadable one was left out."""
    items, missing = batch_items(body)
    locations: list[Location] = []
    problems: list[str] = []
    for index, item in enumerate(items, 1):
        try:
            locations.append(decode_location(item))
        except FrameError as error:
            problems.append(f"item {index} of {len(items)}: {error}")
    return locations, problems + missing


def encode_location(location: Location) -> bytes:
    """The inverse of `decode_location` for the fixed part and the named items."""
    status = location.status & ~(_SOUTH | _WEST)
    status |= _SOUTH if location.lat < 0 else 0
    status |= _WEST if location.lon < 0 else 0
    fixed = _FIXED_PART.pack(
        location.alarm, status, round(abs(location.lat) * 1e6), round(abs(location.lon) * 1e6),
        location.altitude_m & 0xFFFF, round(location.speed_kmh * 10), location.course_deg % 360,
        stamp_of(location.fixed_at.replace(microsecond=0)),
    )  # fmt: skip
    return fixed + encode_items(location.items)


@lru_cache(maxsize=4096)
def stamp_of(at: datetime) -> bytes:
    """Of a whole second, as terminals tell it."""
    return bytes.fromhex(at.astimezone(BEIJING).strftime("%y%m%d%H%M%S"))


def encode_batch(locations: list[Location], *, is_backfill: bool = True) -> bytes:
    """The body of 0x0704; `is_backfill` marks positions kept while out of reach."""
    items = [encode_location(location) for location in locations]
    return struct.pack(">HB", len(items), int(is_backfill)) + b"".join(
        struct.pack(">H", len(item)) + item for item in items
    )

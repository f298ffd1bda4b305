"""Additional items of a location: those of the standard by name, any other raw under its hexadecimal id."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

Item = float | str | list[int] | dict[str, int]

# Plain numbers (JT/T 808-2019, table 27): id → (name, bytes, divisor).
_NUMBERS: dict[int, tuple[str, int, int]] = {
    0x01: ("mileage_km", 4, 10),
    0x02: ("fuel_l", 2, 10),
    0x03: ("recorder_speed_kmh", 2, 10),
    0x04: ("alarm_event", 2, 1),
    0x25: ("signals", 4, 1),
    0x2A: ("io_state", 2, 1),
    0x2B: ("analogue", 4, 1),
    0x30: ("signal_strength", 1, 1),
    0x31: ("satellites", 1, 1),
}
_NUMBER_IDS = {name: (kind, size, divisor) for kind, (name, size, divisor) in _NUMBERS.items()}
# Several numbers in one (tables 28 to 30): id → (name, layout, the numbers' names). Speeding inside no
# place has its first byte alone.
_RECORDS: dict[int, list[tuple[str, struct.Struct, tuple[str, ...]]]] = {
    0x11: [
        ("speeding", struct.Struct(">B"), ("place_kind",)),
        ("speeding", struct.Struct(">BI"), ("place_kind", "place_id")),
    ],
    0x12: [("crossing", struct.Struct(">BIB"), ("place_kind", "place_id", "leaving"))],
    0x13: [("section_time", struct.Struct(">IHB"), ("section_id", "driven_s", "too_long"))],
}
_TYRES, _TYRES_NAME, _WHEELS, _NO_WHEEL = 0x05, "tyre_pressures", 30, 0xFF
_TEMPERATURE, _TEMPERATURE_NAME, _BELOW_ZERO = 0x06, "carriage_temperature_c", 0x8000


def decode_items(raw: bytes) -> Iterator[tuple[str, Item]]:
    """Items up to the first that overruns: terminals are known to end a report in the middle of one."""
    at = 0
    while at + 2 <= len(raw):
        kind, length = raw[at], raw[at + 1]
        value = raw[at + 2 : at + 2 + length]
        if len(value) < length:
            return
        yield _named(kind, value)
        at += 2 + length


def _named(kind: int, value: bytes) -> tuple[str, Item]:
    known = _NUMBERS.get(kind)
    if known is not None and known[1] == len(value):
        name, _, divisor = known
        number = int.from_bytes(value, "big")
        return name, number if divisor == 1 else number / divisor
    for name, layout, fields in _RECORDS.get(kind, ()):
        if layout.size == len(value):
            return name, dict(zip(fields, layout.unpack(value), strict=True))
    if kind == _TYRES and len(value) == _WHEELS:
        return _TYRES_NAME, list(value.rstrip(bytes((_NO_WHEEL,))))
    if kind == _TEMPERATURE and len(value) == 2:
        size = int.from_bytes(value, "big")
        return _TEMPERATURE_NAME, -(size ^ _BELOW_ZERO) if size & _BELOW_ZERO else size
    return f"0x{kind:02x}", value.hex()


def encode_items(items: Mapping[str, Item]) -> bytes:
    """The inverse."""
    return b"".join(
        bytes((kind, len(value))) + value
        for kind, value in (_as_sent(name, item) for name, item in items.items())
    )


def _as_sent(name: str, item: Item) -> tuple[int, bytes]:
    if isinstance(item, str):
        return int(name, 16), bytes.fromhex(item)
    if isinstance(item, list):
        return _TYRES, bytes(item).ljust(_WHEELS, bytes((_NO_WHEEL,)))
    if isinstance(item, dict):
        for kind, forms in _RECORDS.items():
            for known, layout, fields in forms:
                if known == name and len(fields) == len(item):
                    return kind, layout.pack(*(item[field] for field in fields))
        raise KeyError(name)
    if name == _TEMPERATURE_NAME:
        degrees = round(item)
        return _TEMPERATURE, (abs(degrees) | (_BELOW_ZERO if degrees < 0 else 0)).to_bytes(2, "big")
    kind, size, divisor = _NUMBER_IDS[name]
    return kind, round(item * divisor).to_bytes(size, "big")

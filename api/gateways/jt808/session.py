"""Registration, authentication and the replies of both sides (JT/T 808-2019, sections 8.1 to 8.9)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from api.gateways.jt808.wire import FrameError


class MessageId(IntEnum):
    """The messages this gateway knows by name; any other is acknowledged as not supported."""

    TERMINAL_REPLY = 0x0001
    HEARTBEAT = 0x0002
    LOG_OUT = 0x0003
    REGISTER = 0x0100
    AUTHENTICATE = 0x0102
    LOCATION = 0x0200
    LOCATION_ANSWER = 0x0201
    CONTROL_ANSWER = 0x0500
    LOCATION_BATCH = 0x0704
    MULTIMEDIA = 0x0801
    PLATFORM_REPLY = 0x8001
    RESEND_PARTS = 0x8003
    REGISTER_REPLY = 0x8100


class Result(IntEnum):
    """The last byte of 0x8001."""

    OK = 0
    FAILED = 1
    BAD_MESSAGE = 2
    NOT_SUPPORTED = 3


class RegisterResult(IntEnum):
    """The third byte of 0x8100."""

    OK = 0
    VEHICLE_REGISTERED = 1
    NO_SUCH_VEHICLE = 2
    TERMINAL_REGISTERED = 3
    NO_SUCH_TERMINAL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a terminal says of itself; with `plate_colour` 0 the plate field holds the VIN."""

    province: int
    city: int
    manufacturer: str
    model: str
    terminal_id: str
    plate_colour: int
    plate: str


# Widths of manufacturer, model and terminal id. The 2011 and 2013 texts share one header, so a body too
# short for 2013 is read as 2011.
_WIDTHS_2019, _WIDTHS_2013, _WIDTHS_2011 = (11, 30, 30), (5, 20, 7), (5, 8, 7)


def decode_registration(body: bytes, *, version: int | None) -> Registration:
    """The body of 0x0100; `version` from the header decides between the three forms."""
    widths = _WIDTHS_2019 if version is not None else _WIDTHS_2013
    if version is None and len(body) < 5 + sum(_WIDTHS_2013):
        widths = _WIDTHS_2011
    if len(body) < 5 + sum(widths):
        raise FrameError(f"a registration has {5 + sum(widths)} bytes at least, {len(body)} came")
    province, city = struct.unpack_from(">HH", body)
    fields, at = [], 4
    for width in widths:
        fields.append(_text(body[at : at + width]))
        at += width
    return Registration(
        province=province, city=city, manufacturer=fields[0], model=fields[1], terminal_id=fields[2],
        plate_colour=body[at], plate=_text(body[at + 1 :]),
    )  # fmt: skip


def encode_registration(registration: Registration, *, version: int | None, short: bool = False) -> bytes:
    """The inverse; `short` writes the 2011 form."""
    widths = _WIDTHS_2019 if version is not None else _WIDTHS_2011 if short else _WIDTHS_2013
    values = (registration.manufacturer, registration.model, registration.terminal_id)
    body = struct.pack(">HH", registration.province, registration.city)
    for value, width in zip(values, widths, strict=True):
        body += value.encode("gb18030")[:width].ljust(width, b"\0")
    return body + bytes((registration.plate_colour,)) + registration.plate.encode("gb18030")


def decode_authentication(body: bytes, *, version: int | None) -> str:
    """The code that the platform gave at registration, out of the body of 0x0102."""
    if version is None:
        return _text(body)
    if not body or len(body) < 1 + body[0]:
        raise FrameError("the authentication code is cut short")
    return _text(body[1 : 1 + body[0]])


def encode_authentication(code: str, *, version: int | None, imei: str = "", software: str = "") -> bytes:
    """The body of 0x0102."""
    raw = code.encode("gb18030")
    if version is None:
        return raw
    return (
        bytes((len(raw),))
        + raw
        + imei.encode()[:15].ljust(15, b"\0")
        + software.encode()[:20].ljust(20, b"\0")
    )


def encode_register_reply(serial: int, result: RegisterResult, code: str = "") -> bytes:
    """The body of 0x8100; the code only where registration succeeded."""
    body = struct.pack(">HB", serial, result)
    return body + code.encode("gb18030") if result is RegisterResult.OK else body


def encode_platform_reply(serial: int, message_id: int, result: Result) -> bytes:
    """The body of 0x8001."""
    return struct.pack(">HHB", serial, message_id, result)


def encode_resend_request(first_serial: int, parts: list[int]) -> bytes:
    """The body of 0x8003: which sub-packages are missing."""
    return struct.pack(">HB", first_serial, len(parts)) + struct.pack(f">{len(parts)}H", *parts)


def _text(raw: bytes) -> str:
    """Chinese up to the padding, in GB 18030, which begins as GBK; what is neither is shown as such."""
    return raw.strip(b"\0 ").split(b"\0", 1)[0].decode("gb18030", errors="replace").strip()

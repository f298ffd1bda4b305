"""The message header, 2011/2013 and 2019 forms (JT/T 808-2019, table 2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from api.gateways.jt808.wire import FrameError

_BODY_LENGTH = 0x03FF
_ENCRYPTION = 0x1C00
_PARTS = 0x2000
_VERSION_2019 = 0x4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`phone`: the terminal's number as sent, leading zeros kept (12 digits, 20 in the 2019 form).

    Terminals are met that send another number there than decimal digits: it stays hexadecimal.

    `version` is None before 2019, else the protocol's revision byte; `part`/`parts` count sub-packages
    from 1; `encrypted` tells that the body is RSA-encrypted, which this gateway cannot read.
    """

    message_id: int
    phone: str
    serial: int
    body_length: int
    version: int | None = None
    parts: int = 1
    part: int = 1
    encrypted: bool = False


def split_payload(payload: bytes) -> tuple[Header, bytes]:
    """(header, body) of an unwrapped frame; FrameError where lengths do not hold."""
    try:
        return _split(payload)
    except struct.error:
        raise FrameError("ends inside the header") from None


def _split(payload: bytes) -> tuple[Header, bytes]:
    message_id, attributes = struct.unpack_from(">HH", payload)
    at, version, digits = 4, None, 6
    if attributes & _VERSION_2019:
        version, digits, at = payload[4], 10, 5
    phone = payload[at : at + digits].hex()
    if len(phone) != 2 * digits:
        raise FrameError("ends inside the terminal's number")
    at += digits
    (serial,) = struct.unpack_from(">H", payload, at)
    at += 2
    parts, part = 1, 1
    if attributes & _PARTS:
        parts, part = struct.unpack_from(">HH", payload, at)
        at += 4
        if not 1 <= part <= parts:
            raise FrameError(f"sub-package {part} of {parts}")
    length = attributes & _BODY_LENGTH
    if len(payload) - at != length:
        raise FrameError(f"the header promises a body of {length} bytes, {len(payload) - at} came")
    header = Header(
        message_id=message_id, phone=phone, serial=serial, body_length=length, version=version,
        parts=parts, part=part, encrypted=bool(attributes & _ENCRYPTION),
    )  # fmt: skip
    return header, payload[at:]


def join_payload(header: Header, body: bytes) -> bytes:
    """Header and body as sent; `header.body_length` is not read, the body tells."""
    if len(body) > _BODY_LENGTH:
        raise FrameError(f"a body of {len(body)} bytes must be sent in sub-packages")
    attributes = len(body) | (_PARTS if header.parts > 1 else 0)
    digits = 6
    version = b""
    if header.version is not None:
        attributes |= _VERSION_2019
        digits, version = 10, bytes((header.version,))
    head = struct.pack(">HH", header.message_id, attributes) + version
    head += bytes.fromhex(header.phone.rjust(2 * digits, "0")[-2 * digits :])
    head += struct.pack(">H", header.serial)
    if header.parts > 1:
        head += struct.pack(">HH", header.parts, header.part)
    return head + body

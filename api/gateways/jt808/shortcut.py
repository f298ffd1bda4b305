"""The way of nearly all that terminals send: whole location reports and nothing else, answered with "ok".

One a piece as a rule; several where the gateway is late, which must not make it later. Whatever is anything
else (cut, in parts, encrypted, of another number, wrong in any byte) is left to
the long way, whose answers these are; a property test holds the two together.
"""

from __future__ import annotations

import struct

from api.gateways.jt808.session import MessageId, Result
from api.gateways.jt808.wire import ESCAPE, FLAG, checksum, escaped

_LOCATION = struct.pack(">H", MessageId.LOCATION)
_LOCATION_SUM = checksum(_LOCATION)
_ANSWER = struct.Struct(">HHHBB")  # our serial, the report's serial, its id, result, checksum
_ANSWER_LENGTH = 5
_FORM_2019 = 0x4000
_ESCAPE = bytes((ESCAPE,))
_BETWEEN = bytes((FLAG, FLAG))  # one frame's last byte and the next one's first


class Shortcut:
    """What every frame of one authenticated terminal has in common."""

    __slots__ = ("_body_at", "_form", "_head", "_head_sum", "_identity")

    def __init__(self, phone: str, version: int | None) -> None:
        self._identity = (b"" if version is None else bytes((version,))) + bytes.fromhex(phone)
        self._form = 0 if version is None else _FORM_2019
        self._body_at = 4 + len(self._identity) + 2
        head = struct.pack(">HH", MessageId.PLATFORM_REPLY, _ANSWER_LENGTH | self._form) + self._identity
        self._head, self._head_sum = head, checksum(head)

    def reports(self, received: bytes) -> list[tuple[int, bytes]] | None:
        """(serial, body) of the location reports that are all of `received`; None for anything else."""
        if received[0] != FLAG or received[-1] != FLAG:
            return None
        found = []
        for raw in received[1:-1].split(_BETWEEN):
            report = self._report(raw)
            if report is None:
                return None
            found.append(report)
        return found

    def _report(self, raw: bytes) -> tuple[int, bytes] | None:
        """Of what stands between two flags."""
        if FLAG in raw:
            return None
        if ESCAPE in raw:
            if raw.count(_ESCAPE) != raw.count(b"\x7d\x01") + raw.count(b"\x7d\x02"):
                return None
            # In this order: the other way around 7d 01 02 would be unescaped twice.
            raw = raw.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
        at = self._body_at
        if raw[:2] != _LOCATION or raw[4 : at - 2] != self._identity:
            return None
        # Neither parts nor encryption, and as long as it says.
        if (raw[2] << 8 | raw[3]) != self._form | (len(raw) - 1 - at) or checksum(raw):
            return None
        return raw[at - 2] << 8 | raw[at - 1], raw[at:-1]

    def answer(self, serial: int, reported: int) -> bytes:
        """The frame 0x8001 that says "ok" to the location report of serial `reported`."""
        both = serial ^ reported
        told = self._head_sum ^ (both >> 8) ^ (both & 0xFF) ^ _LOCATION_SUM ^ Result.OK
        return escaped(self._head + _ANSWER.pack(serial, reported, MessageId.LOCATION, Result.OK, told))

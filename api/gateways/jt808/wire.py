"""Bytes on the wire: flags, escapes, checksum (JT/T 808-2019, section 4.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

FLAG = 0x7E
ESCAPE = 0x7D
# A body holds at most 1,023 bytes, a header 21; escaped at worst twice that. More is not a frame.
LONGEST_FRAME = 2 * (1023 + 21 + 1) + 2


class FrameError(ValueError):
    """The bytes are no frame; the message says why. The connection goes on with the next one."""


def checksum(payload: bytes) -> int:
    """All bytes XORed: the number that they spell is folded in halves."""
    folded = int.from_bytes(payload, "big")
    width = 8 << max(len(payload) - 1, 0).bit_length()
    while width > 8:
        width >>= 1
        folded ^= folded >> width
    return folded & 0xFF


def wrap(payload: bytes) -> bytes:
    """Header and body → a frame with checksum, escapes and flags."""
    return escaped(payload + bytes((checksum(payload),)))


def escaped(raw: bytes) -> bytes:
    """Payload and checksum → a frame."""
    return b"\x7e" + raw.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + b"\x7e"


def unwrap(frame: bytes) -> bytes:
    """A frame, flags included or not → header and body; FrameError on a bad escape or checksum."""
    inner = frame.strip(b"\x7e")
    if len(inner) < 13:
        raise FrameError("shorter than a header and its checksum")
    raw = _unescaped(inner)
    if checksum(raw[:-1]) != raw[-1]:
        raise FrameError(f"checksum is {raw[-1]:#04x}, should be {checksum(raw[:-1]):#04x}")
    return raw[:-1]


def _unescaped(inner: bytes) -> bytes:
    parts = inner.split(b"\x7d")
    out = bytearray(parts[0])
    for part in parts[1:]:
        if part[:1] == b"\x01":
            out.append(ESCAPE)
        elif part[:1] == b"\x02":
            out.append(FLAG)
        else:
            raise FrameError("0x7d is followed by neither 0x01 nor 0x02")
        out += part[1:]
    return bytes(out)


@dataclass(slots=True)
class FrameSplitter:
    """Cuts a stream into frames; what cannot become one is dropped and counted."""

    dropped_bytes: int = 0
    _rest: bytearray = field(default_factory=bytearray)

    @property
    def is_between_frames(self) -> bool:
        """The last byte was a frame's flag."""
        return self._rest == b"\x7e"

    def feed(self, received: bytes) -> list[bytes]:
        """The frames (without flags) that are whole by now, in order."""
        self._rest += received
        pieces = bytes(self._rest).split(b"\x7e")
        # Before the first flag and between two frames' flags nothing belongs; empty pieces are idle flags.
        if len(pieces) == 1:
            self._keep_possible(pieces[0])
            return []
        self.dropped_bytes += len(pieces[0])
        self._rest = bytearray(b"\x7e" + pieces[-1])
        self._keep_possible(bytes(self._rest))
        return [piece for piece in pieces[1:-1] if piece]

    def _keep_possible(self, rest: bytes) -> None:
        if not rest.startswith(b"\x7e") or len(rest) > LONGEST_FRAME:
            self.dropped_bytes += len(rest)
            self._rest = bytearray()
        else:
            self._rest = bytearray(rest)

"""Frames out of a line of a capture, in whatever shape a logger or a tool wrote it."""

from __future__ import annotations

import re

from api.gateways.jt808.header import Header, split_payload
from api.gateways.jt808.wire import FLAG, FrameError, checksum, unwrap

_REMARK = ("#", "//", ";")
_PREFIX = re.compile(r"(?:0x|\\x)(?=[0-9a-f])", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,:;|\-\[\](){}\"']+")
_HEX = re.compile(r"(?:[0-9a-f]{2})+", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9a-f]+", re.IGNORECASE)
# Where other words stand on the line, a time before it or a length behind: from the first flag on.
_FLAGGED = re.compile(r"(?<![0-9a-z])7e(?:[\s,:;|\-]*[0-9a-f]{2})+", re.IGNORECASE)
_FLAG = bytes((FLAG,))
_FLAGS = re.compile(_FLAG + b"{2,}")


def frames_in(line: str) -> list[bytes]:
    """The frames of a line, none where it is blank or a remark; FrameError where it is no hexadecimal."""
    text = line.strip().lstrip("\ufeff")
    if not text or text.startswith(_REMARK):
        return []
    bare = _PREFIX.sub("", text)
    packed = _BETWEEN.sub("", bare)
    if _HEX.fullmatch(packed) and not _is_dated(packed):
        found = [bytes.fromhex(packed)]
    else:
        runs = [bytes.fromhex(_BETWEEN.sub("", run)) for run in _FLAGGED.findall(bare)]
        found = [raw[: raw.rindex(_FLAG) + 1] for raw in runs]
    frames = [frame for raw in found for frame in _cut(raw)]
    if not found:
        raise FrameError("the line is not hexadecimal")
    if not frames and _DIGITS.fullmatch(packed) and len(packed) % 2:
        raise FrameError("half a byte is missing: the number of hexadecimal digits is odd")
    if not frames:
        raise FrameError("nothing stands between the flags")
    return frames


def _is_dated(packed: str) -> bool:
    """A time of digits alone stands before the first flag."""
    before = packed.lower().partition("7e")[0]
    return packed.lower().endswith("7e") and 0 < len(before) < 24 and before.isdecimal()


def _cut(raw: bytes) -> list[bytes]:
    """Several frames may follow one another; one that was unescaped by the tool may hold a flag inside."""
    if raw.startswith(_FLAG) and raw.endswith(_FLAG) and _is_plain(raw[1:-1]):
        return [raw[1:-1]]
    frames: list[bytes] = []
    for piece in _FLAGS.split(raw.strip(_FLAG)):
        parts = piece.split(_FLAG)
        frames += parts if any(map(_opens, parts)) else [piece]
    return [frame for frame in frames if frame]


def _opens(frame: bytes) -> bool:
    try:
        opened(frame)
    except FrameError:
        return False
    return True


def opened(frame: bytes) -> tuple[Header, bytes]:
    """Header and body of a frame as sent, or as a tool kept it behind the unescaping."""
    try:
        return split_payload(unwrap(frame))
    except FrameError:
        if not _is_plain(frame):
            raise
        return split_payload(frame[:-1])


def _is_plain(frame: bytes) -> bool:
    """Without unescaping both checksum and length hold: by chance they would not."""
    if len(frame) < 13 or checksum(frame):
        return False
    try:
        split_payload(frame[:-1])
    except FrameError:
        return False
    return True

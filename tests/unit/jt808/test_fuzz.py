"""Whatever bytes come, no exception leaves the decoder, and a good frame behind them is still read."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import Location, decode_batch, decode_location, encode_batch, encode_location
from api.gateways.jt808.reassembly import Reassembler
from api.gateways.jt808.session import (
    MessageId,
    Registration,
    decode_authentication,
    decode_registration,
    encode_authentication,
    encode_registration,
)  # fmt: skip
from api.gateways.jt808.wire import LONGEST_FRAME, FrameError, FrameSplitter, unwrap, wrap

HERE = Location(
    lon=120.14, lat=33.35, altitude_m=4, speed_kmh=36.5, course_deg=90, status=3,
    fixed_at=datetime(2026, 11, 23, 4, tzinfo=UTC), items={"mileage_km": 9.5, "0xe1": "00ff7e7d"},
)  # fmt: skip
ME = Registration(
    province=32, city=900, manufacturer="YCT", model="M1", terminal_id="T1", plate_colour=2, plate="苏J12345"
)
LAST = wrap(join_payload(Header(message_id=2, phone="013800138000", serial=9, body_length=0), b""))


def frames() -> list[bytes]:
    """One of each kind, in each form of header, and a long one in parts."""
    bodies = [
        (MessageId.LOCATION, encode_location(HERE)),
        (MessageId.LOCATION_BATCH, encode_batch([HERE] * 3)),
        (MessageId.HEARTBEAT, b""),
    ]
    sent = []
    for version in (None, 1):
        mine = [
            *bodies,
            (MessageId.REGISTER, encode_registration(ME, version=version)),
            (MessageId.AUTHENTICATE, encode_authentication("code", version=version)),
        ]
        for message_id, body in mine:
            header = Header(
                message_id=message_id, phone="013800138000", serial=1, body_length=0, version=version
            )
            sent.append(wrap(join_payload(header, body)))
    for part in (1, 2):
        header = Header(
            message_id=MessageId.LOCATION_BATCH,
            phone="013800138000",
            serial=part,
            body_length=0,
            parts=2,
            part=part,
        )
        sent.append(wrap(join_payload(header, bodies[1][1][:60] if part == 1 else bodies[1][1][60:])))
    return sent


def read(received: bytes, splitter: FrameSplitter, joining: Reassembler) -> list[Header]:
    """What a connection does with bytes, but for the replies; FrameError is the only way to fail."""
    headers = []
    for frame in splitter.feed(received):
        try:
            header, body = split_payload(unwrap(frame))
            whole = joining.add(header, body, at_s=0.0)
            headers.append(header)
            if whole is None:
                continue
            header, body = whole
            match header.message_id:
                case MessageId.LOCATION:
                    decode_location(body)
                case MessageId.LOCATION_BATCH:
                    decode_batch(body)
                case MessageId.REGISTER:
                    decode_registration(body, version=header.version)
                case MessageId.AUTHENTICATE:
                    decode_authentication(body, version=header.version)
        except FrameError:
            continue
    return headers


def mutated(random_: random.Random, good: list[bytes]) -> bytes:
    """A frame with bytes changed, lost, doubled or put in; with every second one its checksum made right."""
    frame = bytearray(random_.choice(good))
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(frame))
        match random_.randrange(4):
            case 0:
                frame[at] = random_.randrange(256)
            case 1:
                del frame[at : at + random_.randint(1, 4)]
            case 2:
                frame[at:at] = random_.randbytes(random_.randint(1, 8))
            case _:
                frame[at:at] = frame[at : at + 16]
        if not frame:
            return b""
    if random_.random() < 0.5:
        return bytes(frame)
    return wrap(bytes(frame).replace(b"\x7e", b"")[:LONGEST_FRAME])


def fuzz(seed: int, size: int) -> int:
    """Mutated bytes read; each stream ends in a good frame that must be understood."""
    random_ = random.Random(seed)
    good, total = frames(), 0
    while total < size:
        splitter, joining = FrameSplitter(), Reassembler()
        stream = b"".join(mutated(random_, good) for _ in range(40))
        total += len(stream)
        at = 0
        while at < len(stream):
            step = random_.randint(1, 700)
            read(stream[at : at + step], splitter, joining)
            at += step
        # A flag ends whatever was open; then the connection understands again.
        assert read(b"\x7e" + LAST, splitter, joining)[-1].message_id == MessageId.HEARTBEAT
    return total


def test_bytes_changed_at_random_harm_nothing_but_their_frame() -> None:
    assert fuzz(1, 200_000) >= 200_000


@pytest.mark.slow
def test_ten_million_bytes_changed_at_random_harm_nothing_but_their_frame() -> None:
    assert fuzz(2, 10_000_000) >= 10_000_000

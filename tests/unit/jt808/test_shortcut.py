"""The short way of a terminal's report says what the long way says, or nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from operator import xor
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import decode_location, encode_location
from api.gateways.jt808.rows import row_from
from api.gateways.jt808.session import MessageId, Result, encode_platform_reply
from api.gateways.jt808.shortcut import Shortcut
from api.gateways.jt808.wire import FrameError, FrameSplitter, checksum, unwrap, wrap
from dispatch_core.fleet.fixes import UNPOSITIONED, Sender, microseconds
from dispatch_core.ids import UnitId
from tests.unit.jt808.test_frames import LOCATION_BODY, locations

ME = Sender(device_id=UUID(int=7), unit_id=UnitId(UUID(int=8)))
versions = st.sampled_from((None, 1, 0x7D))
serials = st.integers(0, 0xFFFF)


def phone_of(version: int | None) -> str:
    return "013800138000" if version is None else "00000000013800138000"


def frame(version: int | None, serial: int, body: bytes, message_id: int = MessageId.LOCATION) -> bytes:
    header = Header(
        message_id=message_id, phone=phone_of(version), serial=serial, body_length=0, version=version
    )
    return wrap(join_payload(header, body))


def read_the_long_way(received: bytes) -> list[tuple[Header, bytes]] | None:
    """What came if it is whole frames and nothing else."""
    splitter = FrameSplitter()
    splitter.feed(b"\x7e")
    frames = splitter.feed(received)
    if not frames or not splitter.is_between_frames:
        return None
    try:
        return [split_payload(unwrap(frame)) for frame in frames]
    except FrameError:
        return None


@given(locations, versions, serials)
def test_a_report_is_read_as_by_the_long_way(location, version, serial) -> None:
    body = encode_location(location)
    assert Shortcut(phone_of(version), version).reports(frame(version, serial, body)) == [(serial, body)]
    row, told = row_from(ME, body), decode_location(body)
    assert math.isnan(row[6])
    assert row[1:6] == (microseconds(told.fixed_at), told.lon, told.lat, told.course_deg, told.speed_kmh)
    assert row[7:] == (0 if told.is_positioned else UNPOSITIONED, told.altitude_m, told.alarm)
    assert row_from(ME, body)[0] == row[0]


@given(versions, serials, serials)
def test_the_answer_is_that_of_the_long_way(version, serial, reported) -> None:
    body = encode_platform_reply(reported, MessageId.LOCATION, Result.OK)
    expected = frame(version, serial, body, MessageId.PLATFORM_REPLY)
    assert Shortcut(phone_of(version), version).answer(serial, reported) == expected


@given(st.data(), versions, locations, st.integers(1, 3))
def test_of_mutated_bytes_the_short_way_reads_nothing_that_the_long_way_does_not(
    data, version, location, count
) -> None:
    reports = [frame(version, serial, encode_location(location)) for serial in range(5, 5 + count)]
    received = bytearray(b"".join(reports))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(received) - 1))
        match data.draw(st.sampled_from(("set", "cut", "put"))):
            case "set":
                received[at] = data.draw(st.sampled_from((0x7D, 0x7E, 1, 2, 0x20, received[at] ^ 4)))
            case "cut" if len(received) > 2:
                del received[at]
            case _:
                received.insert(at, data.draw(st.sampled_from((0x7D, 0x7E, 1, 2))))
    short = Shortcut(phone_of(version), version).reports(bytes(received))
    if short is not None:
        long = read_the_long_way(bytes(received))
        assert long is not None
        assert short == [(header.serial, body) for header, body in long]
        for header, _ in long:
            said = (header.message_id, header.phone, header.parts)
            assert said == (MessageId.LOCATION, phone_of(version), 1)


@given(versions, st.lists(st.tuples(serials, locations), min_size=1, max_size=5))
def test_reports_that_come_together_are_read_together(version, sent) -> None:
    bodies = [(serial, encode_location(location)) for serial, location in sent]
    received = b"".join(frame(version, serial, body) for serial, body in bodies)
    assert Shortcut(phone_of(version), version).reports(received) == bodies


def test_what_is_no_plain_report_of_this_terminal_is_left_to_the_long_way() -> None:
    mine = Shortcut(phone_of(None), None)
    good = frame(None, 1, LOCATION_BODY)
    assert mine.reports(good) == [(1, LOCATION_BODY)]
    stranger = wrap(
        join_payload(
            Header(message_id=MessageId.LOCATION, phone="013800138001", serial=1, body_length=0),
            LOCATION_BODY,
        )
    )
    part = Header(
        message_id=MessageId.LOCATION, phone=phone_of(None), serial=1, body_length=0, parts=2, part=1
    )
    others = (
        good + good[:-1], good + stranger, good + b"\x7e" + good, good[:-1], good[1:], b"\x7e", b"\x7e\x7e",
        stranger,
        frame(None, 1, b"", MessageId.HEARTBEAT), frame(1, 1, LOCATION_BODY),
        wrap(join_payload(part, LOCATION_BODY)),
        wrap(join_payload(replace(part, parts=1, part=1), LOCATION_BODY) + b"\0"),
    )  # fmt: skip
    assert [mine.reports(other) for other in others] == [None] * len(others)


@given(st.binary(max_size=1100))
def test_the_checksum_is_every_byte_xored(payload) -> None:
    assert checksum(payload) == reduce(xor, payload, 0)

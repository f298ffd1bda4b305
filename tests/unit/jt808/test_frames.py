"""Frames against bytes worked out by hand from the standard's tables, and round trips of our own encoder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import (
    Location,
    decode_batch,
    decode_location,
    encode_batch,
    encode_location,
)  # fmt: skip
from api.gateways.jt808.reassembly import Reassembler
from api.gateways.jt808.session import (
    Registration,
    decode_authentication,
    decode_registration,
    encode_authentication,
    encode_registration,
)  # fmt: skip
from api.gateways.jt808.wire import FrameError, FrameSplitter, unwrap, wrap

_FIRST, _LAST = datetime.fromisoformat("2001-01-01"), datetime.fromisoformat("2098-01-01")

# lat 31.234567 = 0x01DC9A07, lon 121.654321 = 0x07404C31; status 3: ignition on, positioned.
LOCATION_BODY = bytes.fromhex("00000000 00000003 01DC9A07 07404C31 0064 012C 005A 240115103000")

_byte, _word, _long = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
ITEMS = {
    "mileage_km": st.integers(0, 10**6), "fuel_l": st.integers(0, 6553),
    "recorder_speed_kmh": st.integers(0, 250),
    "alarm_event": _word, "tyre_pressures": st.lists(st.integers(0, 0xFE), max_size=30),
    "carriage_temperature_c": st.integers(-0x7FFF, 0x7FFF), "signals": _long, "io_state": _word,
    "speeding": st.one_of(
        st.fixed_dictionaries({"place_kind": _byte}),
        st.fixed_dictionaries({"place_kind": _byte, "place_id": _long}),
    ),
    "crossing": st.fixed_dictionaries({"place_kind": _byte, "place_id": _long, "leaving": _byte}),
    "section_time": st.fixed_dictionaries({"section_id": _long, "driven_s": _word, "too_long": _byte}),
    "analogue": _long, "signal_strength": _byte, "satellites": st.integers(0, 40),
    "0xeb": st.binary(max_size=40).map(bytes.hex),
}  # fmt: skip
headers = st.builds(
    Header,
    message_id=st.integers(0, 0xFFFF),
    phone=st.text("0123456789", min_size=12, max_size=12),
    serial=st.integers(0, 0xFFFF),
    body_length=st.just(0),
)
locations = st.builds(
    Location,
    lon=st.integers(-180_000_000, 180_000_000).map(lambda n: n / 1e6),
    lat=st.integers(-90_000_000, 90_000_000).map(lambda n: n / 1e6),
    altitude_m=st.integers(-500, 8000),
    speed_kmh=st.integers(0, 65535).map(lambda n: n / 10),
    course_deg=st.integers(0, 359),
    fixed_at=st.datetimes(_FIRST, _LAST).map(lambda t: t.replace(microsecond=0, tzinfo=UTC)),
    alarm=st.integers(0, 0xFFFFFFFF),
    status=st.integers(0, 3),
    items=st.fixed_dictionaries({}, optional=ITEMS),
)


def test_a_location_is_read_as_the_tables_say() -> None:
    location = decode_location(LOCATION_BODY)
    assert (location.lon, location.lat) == (121.654321, 31.234567)
    assert (location.altitude_m, location.speed_kmh, location.course_deg) == (100, 30.0, 90)
    assert location.fixed_at == datetime(2024, 1, 15, 2, 30, tzinfo=UTC)
    assert location.is_positioned


def test_status_bits_two_and_three_say_south_and_west() -> None:
    body = LOCATION_BODY[:7] + b"\x0f" + LOCATION_BODY[8:]
    location = decode_location(body)
    assert (location.lon, location.lat) == (-121.654321, -31.234567)


def test_items_are_scaled_and_a_cut_item_ends_the_list() -> None:
    items = bytes.fromhex("0104 0000000A 0302 0064 3001 1F 3101 0C E002 ABCD 2A")
    location = decode_location(LOCATION_BODY + items)
    assert location.items == {
        "mileage_km": 1.0, "recorder_speed_kmh": 10.0, "signal_strength": 31, "satellites": 12, "0xe0": "abcd"
    }  # fmt: skip


def test_items_of_several_numbers_are_read_as_the_tables_say() -> None:
    items = bytes.fromhex("1105 02 0000000B 1101 00 1206 04 00000007 01 1307 00000009 001E 01 0602 8005")
    assert decode_location(LOCATION_BODY + items + b"\x05\x1e" + b"\x20\x21".ljust(30, b"\xff")).items == {
        "speeding": {"place_kind": 0}, "crossing": {"place_kind": 4, "place_id": 7, "leaving": 1},
        "section_time": {"section_id": 9, "driven_s": 30, "too_long": 1}, "carriage_temperature_c": -5,
        "tyre_pressures": [32, 33],
    }  # fmt: skip


def test_flag_and_escape_bytes_travel_escaped() -> None:
    # From the standard: 30 7E 08 7D 55 is sent as 30 7D 02 08 7D 01 55.
    payload = bytes.fromhex("307E087D55") + bytes(8)
    frame = wrap(payload)
    assert frame.startswith(bytes.fromhex("7E 30 7D02 08 7D01 55"))
    assert unwrap(frame) == payload


def test_a_wrong_checksum_is_refused() -> None:
    frame = bytearray(wrap(bytes(16)))
    frame[3] ^= 1
    with pytest.raises(FrameError, match="checksum"):
        unwrap(bytes(frame))


def test_the_2019_header_carries_a_version_and_twenty_digits() -> None:
    payload = bytes.fromhex("0200 4002 01 00000000013912345678 0007 ABCD")
    header, body = split_payload(payload)
    assert (header.version, header.phone, header.serial) == (1, "00000000013912345678", 7)
    assert body == b"\xab\xcd"


def test_a_length_that_lies_is_refused() -> None:
    with pytest.raises(FrameError, match="promises"):
        split_payload(bytes.fromhex("0200 0003 013912345678 0007 ABCD"))


@given(headers, st.binary(max_size=1023), st.sampled_from([None, 1]))
def test_a_frame_comes_back_as_it_went(header: Header, body: bytes, version: int | None) -> None:
    phone = header.phone if version is None else header.phone.rjust(20, "0")
    header = replace(header, version=version, phone=phone, body_length=len(body))
    assert split_payload(unwrap(wrap(join_payload(header, body)))) == (header, body)


@given(locations)
def test_a_location_comes_back_as_it_went(location: Location) -> None:
    status = location.status | (4 if location.lat < 0 else 0) | (8 if location.lon < 0 else 0)
    assert decode_location(encode_location(location)) == replace(location, status=status)


@given(st.lists(locations, max_size=5))
def test_a_batch_keeps_its_order(sent: list[Location]) -> None:
    received, problems = decode_batch(encode_batch(sent))
    assert [one.fixed_at for one in received] == [one.fixed_at for one in sent]
    assert problems == []


def test_one_bad_item_of_a_batch_leaves_the_others() -> None:
    good = encode_location(decode_location(LOCATION_BODY))
    bad = good[:22] + b"\x99\x99\x99\x99\x99\x99"
    body = b"\x00\x02\x01" + len(bad).to_bytes(2, "big") + bad + len(good).to_bytes(2, "big") + good
    received, problems = decode_batch(body)
    assert [one.lat for one in received] == [31.234567]
    assert problems == ["item 1 of 2: there is no time 999999999999"]


@pytest.mark.parametrize(("version", "short"), [(None, True), (None, False), (1, False)])
def test_a_registration_is_read_in_all_three_forms(version: int | None, short: bool) -> None:
    sent = Registration(
        province=32, city=900, manufacturer="YCT01", model="BOX-9", terminal_id="A1B2C3D",
        plate_colour=2, plate="苏J12345",
    )  # fmt: skip
    body = encode_registration(sent, version=version, short=short)
    assert decode_registration(body, version=version) == sent


@given(st.text("ABCdef0123456789", min_size=1, max_size=30), st.sampled_from([None, 1]))
def test_an_authentication_code_comes_back(code: str, version: int | None) -> None:
    assert decode_authentication(encode_authentication(code, version=version), version=version) == code


@given(st.lists(st.binary(min_size=12, max_size=60), min_size=1, max_size=6), st.integers(1, 40))
def test_a_stream_is_cut_into_its_frames_wherever_reads_end(payloads: list[bytes], step: int) -> None:
    stream = b"".join(wrap(payload) for payload in payloads)
    splitter, frames = FrameSplitter(), []
    for at in range(0, len(stream), step):
        frames += splitter.feed(stream[at : at + step])
    assert [unwrap(frame) for frame in frames] == payloads
    assert splitter.dropped_bytes == 0


def test_noise_before_a_frame_is_dropped_and_counted() -> None:
    splitter = FrameSplitter()
    frames = splitter.feed(b"GET /" + wrap(bytes(16)))
    assert [unwrap(frame) for frame in frames] == [bytes(16)]
    assert splitter.dropped_bytes == 5


@given(st.permutations([1, 2, 3, 4]))
def test_sub_packages_join_in_any_order(order: list[int]) -> None:
    joining = Reassembler()
    results = [
        joining.add(
            Header(
                message_id=0x0704,
                phone="0" * 12,
                serial=(65534 + part) & 0xFFFF,
                body_length=1,
                parts=4,
                part=part,
            ),
            bytes((part,)),
            at_s=0.0,
        )
        for part in order
    ]
    assert results[:3] == [None, None, None]
    assert results[3] is not None
    assert results[3][1] == b"\x01\x02\x03\x04"


def test_sub_packages_under_one_serial_join_too() -> None:
    joining = Reassembler()
    header = Header(message_id=0x0801, phone="0" * 12, serial=9, body_length=1, parts=3)
    joined = [joining.add(replace(header, part=part), bytes((part,)), at_s=0.0) for part in (1, 3, 2)]
    assert joined[:2] == [None, None]
    assert joined[2] is not None
    assert joined[2][1] == b"\x01\x02\x03"


def _incomplete(joining: Reassembler) -> dict[int, list[int]]:
    return {header.serial: missing for header, missing in joining.incomplete()}


def test_an_incomplete_message_says_what_is_missing_and_is_forgotten_in_time() -> None:
    joining = Reassembler(patience_s=10)
    header = Header(message_id=0x0704, phone="0" * 12, serial=5, body_length=1, parts=3, part=1)
    assert joining.add(header, b"a", at_s=0.0) is None
    assert _incomplete(joining) == {5: [2, 3]}
    assert joining.add(replace(header, serial=90, part=2, parts=2), b"b", at_s=11.0) is None
    assert _incomplete(joining) == {89: [1]}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.binary(max_size=9)), max_size=60))
def test_no_more_is_held_of_incomplete_messages_than_is_allowed(sent: list[tuple[int, int, bytes]]) -> None:
    joining = Reassembler(most_messages=2, most_bytes=20)
    for at_s, (message, part, body) in enumerate(sent):
        serial = 100 * message + part
        header = Header(message_id=0x0704, phone="0" * 12, serial=serial, body_length=0, parts=5, part=part)
        assert joining.add(header, body, at_s=at_s) is None  # the fifth part never comes
        held = [body for waiting in joining._waiting.values() for body in waiting.bodies.values()]
        assert joining._held_bytes == sum(map(len, held)) <= 20
        assert len(joining._waiting) <= 2


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_frame_error(noise: bytes) -> None:
    for frame in FrameSplitter().feed(b"\x7e" + noise + b"\x7e"):
        try:
            _, body = split_payload(unwrap(frame))
            decode_location(body)
            decode_batch(body)
            decode_registration(body, version=None)
        except FrameError:
            continue

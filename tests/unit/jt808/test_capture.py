"""`yct jt808 decode` on captures: however a line was written, whatever a terminal does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli.jt808 import describe
from api.gateways.jt808.header import Header, join_payload
from api.gateways.jt808.location import Location, encode_batch, encode_location
from api.gateways.jt808.session import Registration, encode_registration
from api.gateways.jt808.wire import checksum, wrap
from tests.unit.jt808.test_frames import LOCATION_BODY, locations


def frame(body: bytes, message_id: int = 0x0200, phone: str = "013912345678", **facts: Any) -> bytes:
    header = Header(message_id=message_id, phone=phone, serial=1, body_length=0, **facts)
    return wrap(join_payload(header, body))


AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
GOOD = frame(LOCATION_BODY)
HEARTBEAT = frame(b"", message_id=0x0002)
SPACED = GOOD.hex(" ").upper()


def one(line: str) -> dict[str, Any]:
    (described,) = describe([line])
    return described


def test_a_frame_is_described_by_who_where_and_when() -> None:
    told = one(GOOD.hex())
    assert (told["id"], told["message"]) == ("013912345678", "0x0200")
    assert (told["lon"], told["lat"], told["altitude_m"]) == (121.654321, 31.234567, 100)
    assert (told["speed_kmh"], told["course_deg"]) == (30.0, 90)
    assert told["fixed_at"] == "2024-01-15T02:30:00Z"


@pytest.mark.parametrize(
    "line",
    [
        GOOD.hex().upper(), SPACED, f"0x{GOOD.hex()}", GOOD.hex(":"), GOOD.hex("-"), f"  {SPACED}\r\n",
        ", ".join(f"0x{byte:02X}" for byte in GOOD), "".join(f"\\x{byte:02x}" for byte in GOOD),
        GOOD[1:-1].hex(), f"2024-01-15 10:30:00.123 {SPACED}", f"20240115103000 {GOOD.hex()}",
        f"[2024-01-15T10:30:00Z] 127.0.0.1:40112 -> {SPACED} (43 bytes)", f'"{GOOD.hex()}",',
        f"\ufeff{GOOD.hex()}", f"1705286400 {GOOD.hex()}",
    ],
)  # fmt: skip
def test_a_line_is_read_however_a_logger_wrote_it(line: str) -> None:
    assert one(line) == one(GOOD.hex())


def test_frames_of_one_line_are_told_one_after_another() -> None:
    shared = GOOD[:-1] + HEARTBEAT  # one flag ends the first and begins the second
    for line in ((GOOD + HEARTBEAT).hex(), shared.hex(), f"10:30:00 {SPACED} {HEARTBEAT.hex(' ')}"):
        assert [told["message"] for told in describe([line])] == ["0x0200", "0x0002"]


def test_blank_lines_and_remarks_are_told_nothing_of_and_garbage_is_an_error() -> None:
    assert list(describe(["", "   ", "# a remark", "// another"])) == []
    for line in ("not hex", "7e0", "7e00ff7e", "7e7e", "7e"):
        assert [set(told) for told in describe([line])] == [{"error"}], line


def test_every_changed_byte_is_found_out() -> None:
    for at in range(1, len(GOOD) - 1):
        wrong = bytearray(GOOD)
        wrong[at] ^= 0x20
        assert all("error" in told and "lon" not in told for told in describe([wrong.hex()])), at


@given(locations)
def test_a_frame_that_a_tool_unescaped_is_read_as_the_one_that_was_sent(location: Location) -> None:
    sent = frame(encode_location(location))
    plain = sent[1:-1].replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
    assert one((b"\x7e" + plain + b"\x7e").hex()) == one(sent.hex())


def test_a_number_that_is_not_decimal_is_told_as_it_came() -> None:
    assert one(frame(LOCATION_BODY, phone="4f07788ef676").hex())["id"] == "4f07788ef676"


def test_positions_inside_other_messages_are_found() -> None:
    inside = [
        (0x0201, b"\0\x07" + LOCATION_BODY), (0x0500, b"\0\x07" + LOCATION_BODY),
        (0x0801, bytes(8) + LOCATION_BODY + b"\xff\xd8picture"), (0x0704, b"\0\x01\0\0\x1c" + LOCATION_BODY),
    ]  # fmt: skip
    for message_id, body in inside:
        told = one(frame(body, message_id=message_id).hex())
        assert (told["message"], told["lon"]) == (f"0x{message_id:04x}", 121.654321)
    assert "lon" not in one(frame(bytes(8) + b"\xff\xd8\xff\xe0" * 9, message_id=0x0801).hex())


def test_vendors_messages_and_items_break_nothing() -> None:
    assert one(frame(b"\xf0\x01?", message_id=0x0900).hex())["message"] == "0x0900"
    told = one(frame(LOCATION_BODY + bytes.fromhex("EB 03 0001FF E1 09 01")).hex())
    assert told["items"] == {"0xeb": "0001ff"}


def test_what_cannot_be_says_so_and_whose_it_was() -> None:
    off_earth = LOCATION_BODY[:8] + (90_000_001).to_bytes(4) + LOCATION_BODY[12:]
    no_time, cut = LOCATION_BODY[:22] + bytes(6), LOCATION_BODY[:20]
    for body, why in ((off_earth, "not on earth"), (no_time, "no time"), (cut, "28 bytes")):
        told = one(frame(body).hex())
        assert told["id"] == "013912345678"
        assert why in told["error"]
        assert "lon" not in told
    encrypted = bytearray(
        join_payload(Header(message_id=0x0200, phone="0" * 12, serial=1, body_length=0), b"")
    )
    encrypted[2] |= 0x04
    assert "encrypted" in one(bytes((*encrypted, checksum(bytes(encrypted)))).hex())["error"]


@given(st.permutations(range(3)))
def test_a_batch_in_parts_is_told_with_its_last_part(order: list[int]) -> None:
    here = Location(lon=-71.3, lat=-29.9, altitude_m=4, speed_kmh=0, course_deg=0, fixed_at=AT)
    body = encode_batch([here] * 4)
    pieces = [body[:40], body[40:80], body[80:]]
    parts = [
        wrap(join_payload(Header(message_id=0x0704, phone="0" * 12, serial=7 + n, body_length=0,
                                 parts=3, part=n + 1), piece))
        for n, piece in enumerate(pieces)
    ]  # fmt: skip
    told = list(describe(parts[n].hex() for n in order))
    assert ["lon" in one for one in told] == [False, False, True]
    assert (told[2]["lon"], told[2]["lat"], len(told[2]["positions"])) == (-71.3, -29.9, 4)


@given(st.text("7eE012dD \t-:,x\\#[]\ufeff", max_size=120))
def test_whatever_a_line_holds_is_described_or_an_error(line: str) -> None:
    for told in describe([line]):
        assert ("error" in told) != ("message" in told) or told["id"]


def test_a_plate_of_four_byte_characters_is_read() -> None:
    plate = "粤𠮷B1234"
    said = Registration(
        province=44, city=300, manufacturer="ABCDE", model="M", terminal_id="T", plate_colour=1, plate=plate
    )
    for version in (None, 1):
        body = encode_registration(said, version=version)
        phone = "013912345678" if version is None else "0" * 9 + "13912345678"
        told = one(frame(body, message_id=0x0100, phone=phone, version=version).hex())
        assert told["registration"]["plate"] == plate


def test_half_a_byte_is_told() -> None:
    assert "odd" in one(GOOD.hex()[:-1])["error"]

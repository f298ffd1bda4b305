"""Terminals of JT/T 808 on plain sockets, at a gateway beside the service."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from api import tokens
from api.gateways.jt808.location import encode_batch, encode_location
from api.gateways.jt808.session import MessageId, Registration, encode_registration
from dispatch_core.store import devices
from tests.api.devices import Beside, location
from tests.unit.jt808.test_fuzz import frames, mutated


@pytest.mark.parametrize("version", [None, 1])
def test_a_terminal_registers_reports_and_hears_ok(beside: Beside, version: int | None) -> None:
    beside.device("jt808", "013800138000")
    terminal = beside.terminal("013800138000", version)
    if version is not None:
        terminal.phone = "00000000" + terminal.phone
    terminal.sign_in()
    _, body = terminal.ask(MessageId.HEARTBEAT, b"")
    assert body == terminal.serial.to_bytes(2) + b"\x00\x02\x00"
    now = datetime.now(UTC)
    sent = location(now=now)
    _, body = terminal.ask(MessageId.LOCATION, encode_location(sent))
    assert body == terminal.serial.to_bytes(2) + b"\x02\x00\x00"
    at = beside.position()
    assert (at["lon"], at["lat"], at["speed_kmh"], at["heading_deg"]) == (sent.lon, sent.lat, 36.5, 90.0)
    earlier, later = location(now=now, seconds=-9), location(now=now, seconds=-5)
    terminal.ask(MessageId.LOCATION_BATCH, encode_batch([earlier, sent, later]))
    assert beside.stored() == 3  # the one in the middle was there
    assert beside.position()["fixed_at"] == at["fixed_at"]
    _, body = terminal.ask(0x0F0F, b"?")
    assert body[4] == 3


def test_a_terminal_s_altitude_and_alarms_are_in_the_track(beside: Beside) -> None:
    beside.device("jt808", "013800138000")
    terminal = beside.terminal("013800138000")
    terminal.sign_in()
    # bit 0: the emergency button; bit 31: a door opened where it must not
    now = datetime.now(UTC)
    for n, alarm in enumerate((0, 1, 1 << 31 | 1)):
        told = location(now=now, seconds=n - 9, altitude_m=(4, -2, 3000)[n], alarm=alarm)
        terminal.ask(MessageId.LOCATION, encode_location(told))
    start = (now - timedelta(minutes=1)).isoformat()
    unit = next(u for u in beside.town.get("/v1/units")["units"] if u["position"])
    asked = beside.town.http.get(f"/v1/units/{unit['id']}/track", params={"from": start})
    facts = asked.raise_for_status().json()["features"][0]["properties"]
    assert facts["altitude_m"] == [4, -2, 3000]
    assert facts["alarms"] == [[], ["emergency"], ["emergency", "forbidden_door"]]


def test_a_stranger_and_a_wrong_code_open_nothing(beside: Beside) -> None:
    stranger = beside.terminal("000000000001")
    registration = Registration(province=0, city=0, manufacturer="", model="", terminal_id="",
                                plate_colour=0, plate="")  # fmt: skip
    _, body = stranger.ask(MessageId.REGISTER, encode_registration(registration, version=None))
    assert body[2] == 4
    _, body = stranger.ask(MessageId.LOCATION, encode_location(location()))
    assert body[4] == 1
    beside.device("jt808", "000000000002")
    thief = beside.terminal("000000000002")
    _, body = thief.ask(MessageId.AUTHENTICATE, b"guessed")
    assert body[4] == 1
    assert beside.stored() == 0


def test_a_code_that_another_process_gave_opens_at_once(beside: Beside) -> None:
    added = beside.device("jt808", "000000000003")
    beside.terminal("000000000003").sign_in()  # by now its code is remembered here
    code = tokens.draw()
    with beside.town.service.engine.begin() as connection:
        devices.give_token(connection, UUID(added["id"]), tokens.known_digest(code))
    elsewhere = beside.terminal("000000000003")
    _, body = elsewhere.ask(MessageId.AUTHENTICATE, code.encode())
    assert body[4] == 0
    _, body = elsewhere.ask(MessageId.AUTHENTICATE, b"guessed")
    assert body[4] == 1


def test_what_comes_right_after_authentication_waits_for_it(beside: Beside) -> None:
    beside.device("jt808", "000000000003")
    first = beside.terminal("000000000003")
    registration = Registration(province=0, city=0, manufacturer="", model="", terminal_id="",
                                plate_colour=0, plate="")  # fmt: skip
    _, body = first.ask(MessageId.REGISTER, encode_registration(registration, version=None))
    second = beside.terminal("000000000003")
    hello = second.frame(MessageId.AUTHENTICATE, body[3:])
    second.send(hello + second.frame(MessageId.LOCATION, encode_location(location())))
    assert [second.answer()[1][2:] for _ in range(2)] == [b"\x01\x02\x00", b"\x02\x00\x00"]


def test_reports_that_come_in_one_piece_are_acknowledged_one_by_one(beside: Beside) -> None:
    beside.device("jt808", "7")
    terminal = beside.terminal("000000000007")
    terminal.sign_in()
    now = datetime.now(UTC)
    told = [encode_location(location(now=now, seconds=-n)) for n in (3, 2, 1)]
    terminal.send(b"".join(terminal.frame(MessageId.LOCATION, body) for body in told))
    answers = [terminal.answer()[1] for _ in told]
    last = terminal.serial
    assert answers == [n.to_bytes(2) + b"\x02\x00\x00" for n in (last - 2, last - 1, last)]
    assert beside.stored() == 3


def test_a_bad_checksum_harms_neither_its_connection_nor_others(beside: Beside) -> None:
    for number in ("4", "5"):
        beside.device("jt808", number)
    terminals = [beside.terminal(number.rjust(12, "0")) for number in ("4", "5")]
    for terminal in terminals:
        terminal.sign_in()
    bad = bytearray(terminals[0].frame(MessageId.LOCATION, encode_location(location())))
    bad[20] ^= 0x01
    terminals[0].send(bytes(bad) + b"\x7e\x7d\x05\x7e" + b"noise" * 2000 + b"\x7e\x7e")
    for terminal in terminals:
        _, body = terminal.ask(MessageId.LOCATION, encode_location(location()))
        assert body[4] == 0
    assert beside.stored() == 2


def test_sub_packages_are_joined_and_each_is_acknowledged(beside: Beside) -> None:
    beside.device("jt808", "6")
    terminal = beside.terminal("000000000006")
    terminal.sign_in()
    now = datetime.now(UTC)
    body = encode_batch([location(now=now, seconds=-n) for n in range(40)])
    pieces = [body[:500], body[500:1000], body[1000:]]
    frames = [terminal.frame(MessageId.LOCATION_BATCH, p, parts=3, part=n + 1) for n, p in enumerate(pieces)]
    terminal.send(frames[2] + frames[0])
    time.sleep(0.2)
    assert beside.stored() == 0
    terminal.send(frames[1])
    acknowledged = {terminal.answer()[1][:2] for _ in range(3)}
    assert acknowledged == {serial.to_bytes(2) for serial in (3, 4, 5)}
    assert beside.stored() == 40


def test_a_receiver_without_a_fix_moves_nothing(beside: Beside) -> None:
    added = beside.device("jt808", "7")
    terminal = beside.terminal("000000000007")
    terminal.sign_in()
    _, body = terminal.ask(MessageId.LOCATION, encode_location(replace(location(), status=1)))
    assert body[4] == 0
    assert beside.position() is None
    refused = beside.town.get(f"/v1/units/{added['unit_id']}/refusals")["refused"]
    assert refused == {added["id"]: {"no_fix": 1}}


def test_what_cannot_be_is_kept_with_its_reason(beside: Beside) -> None:
    added = beside.device("jt808", "4F07788EF676")  # some terminals pack another number than decimal digits
    terminal = beside.terminal("4f07788ef676")
    terminal.sign_in()
    here = encode_location(location())
    off_earth = here[:8] + (91_000_000).to_bytes(4) + here[12:]
    for body in (off_earth, here[:22] + bytes(6)):  # the other knows no time: it never saw a satellite
        _, answer = terminal.ask(MessageId.LOCATION, body)
        assert answer[4] == 0
    assert beside.position() is None
    pieces = (here[:22] + b"\x99" * 6, here, here[:20])
    batch = b"\0\x04\x01" + b"".join(len(piece).to_bytes(2) + piece for piece in pieces)
    _, answer = terminal.ask(MessageId.LOCATION_BATCH, batch)
    assert answer[4] == 0
    assert beside.position() is not None
    refused = beside.town.get(f"/v1/units/{added['unit_id']}/refusals")["refused"]
    assert refused == {added["id"]: {"not_on_earth": 1, "no_fix": 2}}


def test_connections_that_send_noise_harm_no_other(beside: Beside) -> None:
    for number in ("8", "9"):
        beside.device("jt808", number)
    good, wild = (beside.terminal(number.rjust(12, "0")) for number in ("8", "9"))
    good.sign_in()
    wild.sign_in()
    noise, kinds, now = random.Random(808), frames(), datetime.now(UTC)
    for n in range(20):
        strangers = [beside.terminal("000000000010") for _ in range(3)]
        for one in (wild, *strangers):
            one.send(b"".join(mutated(noise, kinds) for _ in range(30)))
        _, body = good.ask(MessageId.LOCATION, encode_location(location(now=now, seconds=n - 60)))
        assert body[4] == 0
    stored = "SELECT count(*) FROM dispatch.fix f JOIN dispatch.device d ON d.id = f.device_id"
    with beside.town.service.engine.connect() as connection:
        mine = connection.execute(text(f"{stored} WHERE d.number = '8'")).scalar_one()
    assert mine == 20
    wild.send(b"\x7e\x7e")
    answers = {wild.ask(MessageId.HEARTBEAT, b"")[0].message_id for _ in range(3)}
    assert 0x8001 in answers

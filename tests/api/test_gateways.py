"""Every way in, as devices speak: a gateway of its own beside the service, on one database."""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from websockets.sync.client import connect

from api.gateways.gateway import Gateway
from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import Location, encode_batch, encode_location
from api.gateways.jt808.session import MessageId, Registration, encode_authentication, encode_registration
from api.gateways.jt808.wire import FrameSplitter, unwrap, wrap
from api.gateways.osmand import moment
from api.gateways.process import GatewayApp
from dispatch_core.fleet.telemetry import TelemetryParams
from dispatch_core.geo import LonLat
from maps.coordinates import wgs84_to_gcj02
from tests.api.conftest import Town, fix_at
from tests.browser.serving import served
from tests.city import corner
from tests.unit.jt808.test_fuzz import frames, mutated

HERE = corner(4, 4)


@dataclass(frozen=True, slots=True)
class Beside:
    """A gateway as devices reach it."""

    url: str
    jt808_port: int
    town: Town

    def device(self, protocol: str, number: str, sign: str = "救护01", **facts: Any) -> dict[str, Any]:
        unit = next(u for u in self.town.get("/v1/units")["units"] if u["call_sign"] == sign)
        body = {"unit_id": unit["id"], "protocol": protocol, "number": number, **facts}
        added: dict[str, Any] = self.town.http.post("/v1/devices", json=body).raise_for_status().json()
        return added

    def position(self, sign: str = "救护01") -> Any:
        return next(u for u in self.town.get("/v1/units")["units"] if u["call_sign"] == sign)["position"]

    def terminal(self, phone: str, version: int | None = None) -> Terminal:
        return self.town.closing.enter_context(closing(Terminal(self.jt808_port, phone, version)))

    def stored(self) -> int:
        with self.town.service.engine.connect() as connection:
            count: int = connection.execute(text("SELECT count(*) FROM dispatch.fix")).scalar_one()
        return count


@pytest.fixture
def beside(town_service: Town) -> Iterator[Beside]:
    service = town_service.service
    gateway = Gateway.open(
        service.engine, service.uow, service.roads.graph, service.running_drill,
        telemetry=TelemetryParams(), moved=lambda _: None,
    )  # fmt: skip
    with served(GatewayApp(gateway, host="127.0.0.1", jt808_port=0)) as url:
        yield Beside(url, gateway.terminals.port, town_service)


# -- OsmAnd ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stamp", ["s", "ms", "iso"])
def test_the_traccar_client_s_query_is_taken_as_it_is(beside: Beside, stamp: str) -> None:
    beside.device("osmand", "123456")
    now = datetime.now(UTC).replace(microsecond=0)
    shapes = {"s": int(now.timestamp()), "ms": int(now.timestamp() * 1000), "iso": now.isoformat()}
    query = {
        "id": "123456", "timestamp": shapes[stamp], "lat": HERE.lat, "lon": HERE.lon, "speed": "21.598",
        "bearing": "90.0", "altitude": "4.0", "accuracy": "5.0", "batt": "87.0", "charge": "true",
    }  # fmt: skip
    answer = httpx.post(beside.url, params=query)
    assert (answer.status_code, answer.content) == (200, b"")
    at = beside.position()
    assert (at["lon"], at["lat"], at["heading_deg"]) == (HERE.lon, HERE.lat, 90.0)
    assert at["speed_kmh"] == pytest.approx(40.0, abs=0.01)
    assert datetime.fromisoformat(at["fixed_at"]) == now
    assert httpx.get(beside.url + "/osmand", params=query).status_code == 200  # sent again: stored once
    assert beside.stored() == 1


def test_the_traccar_client_s_json_is_taken_as_it_is(beside: Beside) -> None:
    beside.device("osmand", "phone-7")
    body = {
        "location": {
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"), "is_moving": True,
            "odometer": 12.5, "event": "motionchange",
            "coords": {"latitude": HERE.lat, "longitude": HERE.lon, "accuracy": 6.1, "speed": 10.0,
                       "heading": 180.5, "altitude": 3.0},
            "battery": {"is_charging": False, "level": 0.55}, "activity": {"type": "in_vehicle"},
        },
        "device_id": "phone-7",
    }  # fmt: skip
    assert httpx.post(beside.url, json=body).status_code == 200
    at = beside.position()
    assert (at["lon"], at["lat"], at["speed_kmh"], at["heading_deg"]) == (HERE.lon, HERE.lat, 36.0, 180.5)


def test_an_osmand_request_that_cannot_be_read_says_why(beside: Beside) -> None:
    beside.device("osmand", "1")
    assert httpx.post(beside.url, params={"id": "2", "lat": 1, "lon": 2}).status_code == 404
    wrong = [
        ({"id": "1", "lat": "north", "lon": 2}, "lat"),
        ({"id": "1", "lat": 1, "lon": 2, "timestamp": "noon"}, "timestamp"),
        ({"id": "1", "lat": 1}, "lon"),
        ({"lat": 1, "lon": 2}, "id"),
    ]
    for query, field in wrong:
        answer = httpx.post(beside.url, params=query)
        assert answer.status_code == 422, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert httpx.post(beside.url, content=b"[1,2").status_code == 422
    assert httpx.post(beside.url, content=b"\xff\xfe").status_code == 422
    assert beside.stored() == 0


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"speed_kmh": "fast"}, "speed_kmh"), ({"speed_kmh": [1]}, "speed_kmh"), ({"lat": 10**400}, "lat"),
        ({"timestamp": True}, "timestamp"), ({"timestamp": 10**400}, "timestamp"), ({"id": "a\0b"}, "id"),
        ({"location": [1]}, "location.coords"), ({"location": [{"coords": 1}]}, "location.coords"),
    ],
)  # fmt: skip
def test_whatever_a_field_holds_is_answered_by_its_name(
    beside: Beside, sent: dict[str, Any], field: str
) -> None:
    beside.device("osmand", "1")
    answer = httpx.post(beside.url, json={"id": "1", "lat": HERE.lat, "lon": HERE.lon} | sent)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert beside.stored() == 0


def test_numbers_too_large_are_kept_with_their_reason(beside: Beside) -> None:
    device = beside.device("osmand", "1")
    here = {"id": "1", "lat": HERE.lat, "lon": HERE.lon}
    for wrong in ({"speed": 1e308}, {"altitude": 1e308}, {"lat": 1e308}):
        assert httpx.post(beside.url, json=here | wrong).status_code == 200
    assert beside.stored() == 3
    counted = beside.town.get(f"/v1/units/{device['unit_id']}/refusals")["refused"]
    assert counted == {device["id"]: {"not_finite": 2, "not_on_earth": 1}}


def test_all_of_a_long_list_is_stored_before_it_is_acknowledged(beside: Beside) -> None:
    beside.device("osmand", "1")
    now = datetime.now(UTC)
    coords = {"latitude": HERE.lat, "longitude": HERE.lon}
    locations = [
        {"timestamp": (now - timedelta(seconds=n)).isoformat(), "coords": coords} for n in range(250)
    ]
    assert httpx.post(beside.url, json={"device_id": "1", "location": locations}).status_code == 200
    assert beside.stored() == 250


def test_the_root_of_the_service_takes_a_position_and_shows_a_page_otherwise(beside: Beside) -> None:
    beside.device("osmand", "1")
    url = str(beside.town.http.base_url)
    assert httpx.get(url).headers["content-type"].startswith("text/html")
    told = httpx.get(url, params={"id": "1", "lat": HERE.lat, "lon": HERE.lon})
    assert (told.status_code, told.content) == (200, b"")
    assert beside.stored() == 1


@pytest.mark.parametrize(
    "told", ["2026-11-23T20:00:00 08:00", "2026-11-23 20:00:00.000 0800", "2026-11-23 12:00:00", "1795435200"]
)
def test_a_time_whose_plus_was_not_escaped_is_read(told: str) -> None:
    assert moment(told) == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_phone_s_token_serves_as_its_identifier(beside: Beside) -> None:
    token = beside.device("osmand", "any")["token"]
    query = {"id": token, "lat": HERE.lat, "lon": HERE.lon}
    assert httpx.get(beside.url, params=query).status_code == 200
    assert beside.position()["lon"] == HERE.lon


# -- our JSON ----------------------------------------------------------------------------------------------


def test_a_device_of_another_datum_and_a_better_device(beside: Beside) -> None:
    amap = beside.device("json", "amap", datum="gcj02", priority=60)["token"]
    best = beside.device("json", "best", priority=5)["token"]

    def report(token: str, place: LonLat, seconds: float) -> Any:
        fix = fix_at(place)
        fix["fixed_at"] = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(f"{beside.url}/v1/driver/positions", json=fix, headers=headers).json()

    lon, lat = wgs84_to_gcj02(HERE.lon, HERE.lat)
    assert report(amap, LonLat(float(lon), float(lat)), 0)["outcomes"][0]["accepted"]
    assert beside.position()["lon"] == pytest.approx(HERE.lon, abs=1e-7)
    report(best, corner(4, 4.1), 1)
    assert report(amap, LonLat(float(lon), float(lat)), 2)["outcomes"][0]["accepted"]
    assert beside.position()["lat"] == corner(4, 4.1).lat
    assert beside.stored() == 3


def test_a_retired_device_is_a_stranger(beside: Beside) -> None:
    added = beside.device("json", "gone")
    headers = {"Authorization": f"Bearer {added['token']}"}
    path = "/v1/driver/positions"  # at the service itself: it has forgotten the token at once
    assert beside.town.http.post(path, json=fix_at(HERE), headers=headers).status_code == 200
    beside.town.http.delete(f"/v1/devices/{added['id']}").raise_for_status()
    assert beside.town.http.post(path, json=fix_at(HERE), headers=headers).status_code == 401
    again = beside.device("json", "gone")
    assert again["id"] != added["id"]
    body = {"unit_id": again["unit_id"], "protocol": "json", "number": "gone"}
    assert beside.town.http.post("/v1/devices", json=body).json()["type"] == "/problems/device-exists"


def test_a_socket_answers_each_message_once_it_is_stored(beside: Beside) -> None:
    token = beside.device("json", "page")["token"]
    with connect(beside.url.replace("http", "ws") + "/v1/driver/positions") as page:
        page.send(json.dumps({"token": token}))
        assert json.loads(page.recv()) == {"ready": True}
        page.send(json.dumps(fix_at(HERE)))
        assert json.loads(page.recv())["outcomes"][0]["accepted"]
        page.send(json.dumps({"event_id": "x", "lon": False}))
        assert json.loads(page.recv())["problem"] == "invalid-input"
        page.send(json.dumps({"positions": [fix_at(corner(4, 4.05)), fix_at(LonLat(0, 0))]}))
        assert [o["reason"] for o in json.loads(page.recv())["outcomes"]] == [None, "null_island"]
    assert beside.stored() == 3
    with connect(beside.url.replace("http", "ws") + "/v1/driver/positions") as page:
        page.send('{"token": "' + "x" * 43 + '"}')
        with pytest.raises(Exception, match="1008"):
            page.recv()


def test_what_a_gateway_elsewhere_stored_reaches_the_watchers_here(beside: Beside) -> None:
    token = beside.device("json", "far")["token"]
    headers = {"Authorization": f"Bearer {token}"}
    events = beside.town.events()
    assert next(events)[0] == "snapshot"
    httpx.post(f"{beside.url}/v1/driver/positions", json=fix_at(HERE), headers=headers).raise_for_status()
    name, _, data = next(event for event in events if event[0] == "positions")
    assert (name, json.loads(data)[0][1:3]) == ("positions", [round(HERE.lon, 6), round(HERE.lat, 6)])


# -- JT/T 808 ----------------------------------------------------------------------------------------------


class Terminal:
    """What a vehicle's terminal does, on a plain socket."""

    def __init__(self, port: int, phone: str, version: int | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.phone, self.version, self.serial = phone, version, 0
        self._splitter = FrameSplitter()
        self._frames: list[bytes] = []

    def frame(self, message_id: int, body: bytes, *, parts: int = 1, part: int = 1) -> bytes:
        self.serial += 1
        header = Header(message_id=message_id, phone=self.phone, serial=self.serial, body_length=len(body),
                        version=self.version, parts=parts, part=part)  # fmt: skip
        return wrap(join_payload(header, body))

    def send(self, raw: bytes) -> None:
        self._socket.sendall(raw)

    def answer(self) -> tuple[Header, bytes]:
        while not self._frames:
            received = self._socket.recv(4096)
            assert received, "the server closed the connection"
            self._frames += self._splitter.feed(received)
        return split_payload(unwrap(self._frames.pop(0)))

    def ask(self, message_id: int, body: bytes) -> tuple[Header, bytes]:
        self.send(self.frame(message_id, body))
        return self.answer()

    def sign_in(self) -> None:
        registration = Registration(province=32, city=900, manufacturer="YCT", model="M1", terminal_id="T1",
                                    plate_colour=2, plate="苏J12345")  # fmt: skip
        header, body = self.ask(MessageId.REGISTER, encode_registration(registration, version=self.version))
        assert (header.message_id, body[:3]) == (0x8100, self.serial.to_bytes(2) + b"\0")
        code = body[3:].decode()
        _, body = self.ask(MessageId.AUTHENTICATE, encode_authentication(code, version=self.version))
        assert body[4] == 0

    def close(self) -> None:
        self._socket.close()


def location(place: LonLat = HERE, *, seconds: float = 0, **facts: Any) -> Location:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    return Location(**{
        "lon": round(place.lon, 6), "lat": round(place.lat, 6), "altitude_m": 4, "speed_kmh": 36.5,
        "course_deg": 90, "fixed_at": at, "status": 3, **facts,
    })  # fmt: skip


@pytest.mark.parametrize("version", [None, 1])
def test_a_terminal_registers_reports_and_hears_ok(beside: Beside, version: int | None) -> None:
    beside.device("jt808", "013800138000")
    terminal = beside.terminal("013800138000", version)
    if version is not None:
        terminal.phone = "00000000" + terminal.phone
    terminal.sign_in()
    _, body = terminal.ask(MessageId.HEARTBEAT, b"")
    assert body == terminal.serial.to_bytes(2) + b"\x00\x02\x00"
    sent = location()
    _, body = terminal.ask(MessageId.LOCATION, encode_location(sent))
    assert body == terminal.serial.to_bytes(2) + b"\x02\x00\x00"
    at = beside.position()
    assert (at["lon"], at["lat"], at["speed_kmh"], at["heading_deg"]) == (sent.lon, sent.lat, 36.5, 90.0)
    terminal.ask(MessageId.LOCATION_BATCH, encode_batch([location(seconds=-9), sent, location(seconds=-5)]))
    assert beside.stored() == 3  # the one in the middle was there
    assert beside.position()["fixed_at"] == at["fixed_at"]
    _, body = terminal.ask(0x0F0F, b"?")
    assert body[4] == 3


def test_a_terminal_s_altitude_and_alarms_are_in_the_track(beside: Beside) -> None:
    beside.device("jt808", "013800138000")
    terminal = beside.terminal("013800138000")
    terminal.sign_in()
    # bit 0: the emergency button; bit 31: a door opened where it must not
    for n, alarm in enumerate((0, 1, 1 << 31 | 1)):
        told = location(seconds=n - 9, altitude_m=(4, -2, 3000)[n], alarm=alarm)
        terminal.ask(MessageId.LOCATION, encode_location(told))
    start = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
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
    body = encode_batch([location(seconds=-n) for n in range(40)])
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


def test_connections_that_send_noise_harm_no_other(beside: Beside) -> None:
    for number in ("8", "9"):
        beside.device("jt808", number)
    good, wild = (beside.terminal(number.rjust(12, "0")) for number in ("8", "9"))
    good.sign_in()
    wild.sign_in()
    noise, kinds = random.Random(808), frames()
    for n in range(20):
        strangers = [beside.terminal("000000000010") for _ in range(3)]
        for one in (wild, *strangers):
            one.send(b"".join(mutated(noise, kinds) for _ in range(30)))
        _, body = good.ask(MessageId.LOCATION, encode_location(location(seconds=n - 60)))
        assert body[4] == 0
    stored = "SELECT count(*) FROM dispatch.fix f JOIN dispatch.device d ON d.id = f.device_id"
    with beside.town.service.engine.connect() as connection:
        mine = connection.execute(text(f"{stored} WHERE d.number = '8'")).scalar_one()
    assert mine == 20
    wild.send(b"\x7e\x7e")
    answers = {wild.ask(MessageId.HEARTBEAT, b"")[0].message_id for _ in range(3)}
    assert 0x8001 in answers

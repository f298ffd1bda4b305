"""The map's WebSocket as a page speaks to it."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from dispatch_core.geo import LonLat
from tests.api.town import Town, fix_at
from tests.city import corner
from tests.waiting import PATIENCE_S


@pytest.fixture
def drivers(town_service: Town) -> dict[str, httpx.Client]:
    """An ambulance at one corner, a tow truck at the other."""
    found = {sign: town_service.device(sign) for sign in ("救护01", "拖车07")}
    report(found["救护01"], 1.0)
    report(found["拖车07"], 6.0)
    return found


def report(driver: httpx.Client, x: float) -> None:
    driver.post("/v1/driver/positions", json=fix_at(corner(x, 1))).raise_for_status()


def unit_of(driver: httpx.Client) -> str:
    found: str = driver.get("/v1/driver/me").json()["id"]
    return found


def opened(town: Town, **wish: Any) -> ClientConnection:
    address = town.url.replace("http", "ws", 1) + "/v1/map"
    link = town.closing.enter_context(connect(address, open_timeout=PATIENCE_S))
    link.send(json.dumps({"token": town.token, **wish}))
    return link


def heard(link: ClientConnection) -> tuple[str, dict[str, list[Any]]]:
    told = json.loads(link.recv(timeout=PATIENCE_S))
    return told["seq"], {row[0]: row for row in told["positions"]}


def heard_of(link: ClientConnection, unit: str) -> dict[str, list[Any]]:
    while unit not in (rows := heard(link)[1]):
        continue
    return rows


def around(place: LonLat) -> str:
    return f"{place.lon - 0.001},{place.lat - 0.001},{place.lon + 0.001},{place.lat + 0.001}"


def test_a_map_is_told_everything_and_then_what_moves(
    town_service: Town, drivers: dict[str, httpx.Client]
) -> None:
    link = opened(town_service)
    assert set(heard(link)[1]) >= {unit_of(driver) for driver in drivers.values()}
    report(drivers["救护01"], 1.1)
    rows = heard_of(link, unit_of(drivers["救护01"]))
    assert rows[unit_of(drivers["救护01"])][1] == round(corner(1.1, 1).lon, 6)


def test_a_map_that_comes_back_with_its_seq_is_told_only_what_it_missed(
    town_service: Town, drivers: dict[str, httpx.Client]
) -> None:
    link = opened(town_service)
    seq, _ = heard(link)
    link.close()
    report(drivers["拖车07"], 6.1)
    again = opened(town_service, seq=seq)
    assert set(heard(again)[1]) == {unit_of(drivers["拖车07"])}
    elsewhere = opened(town_service, seq="0123456789ab-7")  # of another process
    assert set(heard(elsewhere)[1]) >= {unit_of(driver) for driver in drivers.values()}


def test_a_map_may_look_elsewhere_without_connecting_anew(
    town_service: Town, drivers: dict[str, httpx.Client]
) -> None:
    ambulance, tow = (unit_of(drivers[sign]) for sign in ("救护01", "拖车07"))
    here = corner(1, 1)
    link = opened(town_service, box=around(here))
    assert set(heard(link)[1]) == {ambulance}
    agency = next(u["agency"] for u in town_service.get("/v1/units")["units"] if u["id"] == tow)
    link.send(json.dumps({"agency": agency}))
    rows = heard(link)[1]
    assert tow in rows
    assert ambulance not in rows
    link.send(json.dumps({"box": "1,2,3"}))
    with pytest.raises(ConnectionClosed, match="box"):
        heard(link)


def test_a_mission_s_watcher_is_told_of_its_unit_alone(
    town_service: Town, drivers: dict[str, httpx.Client]
) -> None:
    town_service.report(corner(1, 1), casualties=1)
    while (found := drivers["救护01"].get("/v1/driver/mission", params={"wait_s": 5})).status_code != 200:
        continue
    mission = found.json()
    mission_id = mission.get("id") or mission["mission"]["id"]
    assert set(heard(opened(town_service, mission=mission_id))[1]) == {unit_of(drivers["救护01"])}
    with pytest.raises(ConnectionClosed):
        heard(opened(town_service, mission=unit_of(drivers["救护01"])))


def test_devices_strangers_and_nonsense_are_shown_out(
    town_service: Town, drivers: dict[str, httpx.Client]
) -> None:
    device = drivers["救护01"].headers["authorization"].partition(" ")[2]
    for token in ("", "nonsense", device):
        with pytest.raises(ConnectionClosed):
            heard(opened(town_service, token=token))
    link = opened(town_service)
    heard(link)
    link.send("[1, 2")
    with pytest.raises(ConnectionClosed, match="message"):
        heard_of(link, "nobody")


def test_one_who_does_not_read_holds_up_nobody(town_service: Town, drivers: dict[str, httpx.Client]) -> None:
    host, port = town_service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        request = "GET /v1/stream HTTP/1.1\r\nHost: x\r\n"
        deaf.sendall(f"{request}Authorization: Bearer {town_service.token}\r\n\r\n".encode())
        link = opened(town_service)
        heard(link)
        for step in range(3):
            report(drivers["救护01"], 1.0 + step / 50)
            heard_of(link, unit_of(drivers["救护01"]))

"""Our own way in, by HTTP and by socket: a gateway of its own beside the service, on one database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.sync.client import connect

from dispatch_core.geo import LonLat
from maps.coordinates import wgs84_to_gcj02
from tests.api.devices import HERE, Beside
from tests.api.town import fix_at
from tests.city import corner


def test_a_device_of_another_datum_and_a_better_device(beside: Beside) -> None:
    amap = beside.device("json", "amap", datum="gcj02", priority=60)["token"]
    best = beside.device("json", "best", priority=5)["token"]

    def report(token: str, place: LonLat, seconds: float) -> Any:
        fix = fix_at(place)
        fix["fixed_at"] = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
        headers = {"Authorization": f"Bearer {token}"}
        return beside.http.post(f"{beside.url}/v1/driver/positions", json=fix, headers=headers).json()

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
    beside.http.post(
        f"{beside.url}/v1/driver/positions", json=fix_at(HERE), headers=headers
    ).raise_for_status()
    name, _, data = next(event for event in events if event[0] == "positions")
    assert (name, json.loads(data)[0][1:3]) == ("positions", [round(HERE.lon, 6), round(HERE.lat, 6)])

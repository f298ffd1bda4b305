"""The protocol of OsmAnd and the Traccar Client, as phones speak it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.gateways.osmand import moment
from tests.api.devices import HERE, Beside


@pytest.mark.parametrize("stamp", ["s", "ms", "iso"])
def test_the_traccar_client_s_query_is_taken_as_it_is(beside: Beside, stamp: str) -> None:
    beside.device("osmand", "123456")
    now = datetime.now(UTC).replace(microsecond=0)
    shapes = {"s": int(now.timestamp()), "ms": int(now.timestamp() * 1000), "iso": now.isoformat()}
    query = {
        "id": "123456", "timestamp": shapes[stamp], "lat": HERE.lat, "lon": HERE.lon, "speed": "21.598",
        "bearing": "90.0", "altitude": "4.0", "accuracy": "5.0", "batt": "87.0", "charge": "true",
    }  # fmt: skip
    answer = beside.http.post(beside.url, params=query)
    assert (answer.status_code, answer.content) == (200, b"")
    at = beside.position()
    assert (at["lon"], at["lat"], at["heading_deg"]) == (HERE.lon, HERE.lat, 90.0)
    assert at["speed_kmh"] == pytest.approx(40.0, abs=0.01)
    assert datetime.fromisoformat(at["fixed_at"]) == now
    assert beside.http.get(beside.url + "/osmand", params=query).status_code == 200  # sent again: stored once
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
    assert beside.http.post(beside.url, json=body).status_code == 200
    at = beside.position()
    assert (at["lon"], at["lat"], at["speed_kmh"], at["heading_deg"]) == (HERE.lon, HERE.lat, 36.0, 180.5)


@pytest.mark.parametrize("path", ["", "/osmand", "/osmand/"])
def test_the_traccar_client_of_2025_is_taken_as_it_is(beside: Beside, path: str) -> None:
    beside.device("osmand", "48241179")
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # What it says for servers that read no JSON stands in one more field; -1 is its "unknown".
    body = (
        f'{{"location":{{"timestamp":"{at}","coords":{{"latitude":{HERE.lat},"longitude":{HERE.lon},'
        f'"accuracy":5,"speed":-1,"heading":-1,"altitude":5}},"is_moving":false,"odometer":0,'
        f'"event":"motionchange","battery":{{"level":1,"is_charging":false}},"activity":{{"type":"still"}},'
        f'"extras":{{}},"_":"&id=48241179&lat={HERE.lat}&lon={HERE.lon}&timestamp={at}&"}},'
        f'"device_id":"48241179"}}'
    )
    sent = beside.http.post(beside.url + path, content=body, headers={"Content-Type": "application/json"})
    assert sent.status_code == 200
    told = beside.position()
    assert (told["lon"], told["lat"], told["speed_kmh"], told["heading_deg"]) == (
        HERE.lon,
        HERE.lat,
        None,
        None,
    )
    assert datetime.fromisoformat(told["fixed_at"]) == datetime.fromisoformat(at)


def test_the_app_s_sos_is_kept_with_its_position(beside: Beside) -> None:
    device = beside.device("osmand", "48241179")
    now = datetime.now(UTC) - timedelta(seconds=5)
    calm = {"timestamp": now.isoformat(), "coords": {"latitude": HERE.lat, "longitude": HERE.lon}}
    pressed = calm | {"timestamp": (now + timedelta(seconds=1)).isoformat(), "extras": {"alarm": "sos"}}
    for location in (calm | {"extras": {}}, pressed):
        sent = beside.http.post(beside.url, json={"location": location, "device_id": "48241179"})
        assert sent.status_code == 200
    start = (now - timedelta(minutes=1)).isoformat().replace("+", "%2B")
    track = beside.town.get(f"/v1/units/{device['unit_id']}/track?from={start}")
    assert track["features"][0]["properties"]["alarms"] == [[], ["emergency"]]


def test_older_clients_are_taken_as_they_are(beside: Beside) -> None:
    device = beside.device("osmand", "353861053849681")
    now = datetime.now(UTC).replace(microsecond=0)
    where, at = f"lat={HERE.lat}&lon={HERE.lon}", [now - timedelta(seconds=n) for n in range(5, 0, -1)]
    queries = [
        f"id=353861053849681&timestamp={int(at[0].timestamp())}&{where}&speed=5.4&bearing=0.0&altitude=0&batt=9"
        "&charge=true&alarm=sos",
        f"{where}&timestamp={at[1]:%Y-%m-%d+%H%%3A%M%%3A%S}&altitude=384.7&speed=0.0&id=353861053849681",
        f"id=353861053849681&{where}&timestamp={at[2]:%Y-%m-%dT%H%%3A%M%%3A%SZ}&hdop=6.0&speed=0.0",
        f"{where}&timestamp={int(at[3].timestamp()) * 1000}&speed=0.0&heading=0.0&vacc=0&hacc=0"
        "&deviceid=353861053849681",
        f"id=353861053849681&timestamp={int(at[4].timestamp())}&location={HERE.lat},{HERE.lon}&valid=1",
    ]
    for query in queries:
        assert beside.http.get(f"{beside.url}/?{query}").status_code == 200
    form = {"content": queries[0], "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    assert beside.http.post(beside.url, **form).status_code == 200  # the same once more
    start = (now - timedelta(minutes=1)).isoformat()
    track = beside.town.get(f"/v1/units/{device['unit_id']}/track?from={start.replace('+', '%2B')}")
    facts = track["features"][0]["properties"]
    assert [datetime.fromisoformat(t) for t in facts["coordTimes"]] == at
    assert facts["alarms"] == [["emergency"], [], [], [], []]
    assert facts["speed_kmh"][0] == pytest.approx(10.0, abs=0.01)


def test_an_osmand_request_that_cannot_be_read_says_why(beside: Beside) -> None:
    beside.device("osmand", "1")
    assert beside.http.post(beside.url, params={"id": "2", "lat": 1, "lon": 2}).status_code == 404
    wrong = [
        ({"id": "1", "lat": "north", "lon": 2}, "lat"),
        ({"id": "1", "lat": 1, "lon": 2, "timestamp": "noon"}, "timestamp"),
        ({"id": "1", "lat": 1}, "lon"),
        ({"lat": 1, "lon": 2}, "id"),
    ]
    for query, field in wrong:
        answer = beside.http.post(beside.url, params=query)
        assert answer.status_code == 422, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert beside.http.post(beside.url, content=b"[1,2").status_code == 422
    assert beside.http.post(beside.url, content=b"\xff\xfe").status_code == 422
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
    answer = beside.http.post(beside.url, json={"id": "1", "lat": HERE.lat, "lon": HERE.lon} | sent)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert beside.stored() == 0


def test_numbers_too_large_are_kept_with_their_reason(beside: Beside) -> None:
    device = beside.device("osmand", "1")
    here = {"id": "1", "lat": HERE.lat, "lon": HERE.lon}
    for wrong in ({"speed": 1e308}, {"altitude": 1e308}, {"lat": 1e308}):
        assert beside.http.post(beside.url, json=here | wrong).status_code == 200
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
    assert beside.http.post(beside.url, json={"device_id": "1", "location": locations}).status_code == 200
    assert beside.stored() == 250


def test_the_root_of_the_service_takes_a_position_and_shows_a_page_otherwise(beside: Beside) -> None:
    beside.device("osmand", "1")
    url = str(beside.town.http.base_url)
    assert beside.http.get(url).headers["content-type"].startswith("text/html")
    told = beside.http.get(url, params={"id": "1", "lat": HERE.lat, "lon": HERE.lon})
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
    assert beside.http.get(beside.url, params=query).status_code == 200
    assert beside.position()["lon"] == HERE.lon

"""A rescue over HTTP: desk, crews and party each see what is theirs."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.api.town import Town, fix_at
from tests.city import corner
from tests.waiting import eventually


def _mission(device: httpx.Client) -> Any:
    answer = device.get("/v1/driver/mission", params={"wait_s": 5})
    return answer.json() if answer.status_code == 200 else None


def test_a_rescue_from_report_to_closed_case(town_service: Town) -> None:
    town = town_service
    ambulance, tow = town.device("救护01"), town.device("拖车01")
    ambulance.post("/v1/driver/positions", json=fix_at(corner(1, 1))).raise_for_status()
    tow.post("/v1/driver/positions", json={"positions": [fix_at(corner(3, 3))]}).raise_for_status()
    reported = town.report(corner(2, 1), caller_phone="13800001234").raise_for_status().json()
    offer = eventually(lambda: _mission(ambulance))
    assert (offer["status"], offer["incident"]["id"]) == ("offered", reported["incident"]["id"])
    assert offer["route"]["distance_m"] == 500.0
    token = reported["tracking_url"].rsplit("/", 1)[1]
    party = town.client()
    assert all(m["position"] is None for m in party.get(f"/v1/track/{token}").json()["missions"])
    for step in ("accept", "depart"):
        ambulance.post(f"/v1/driver/missions/{offer['id']}/{step}").raise_for_status()
    seen = party.get(f"/v1/track/{token}").json()
    coming = next(m for m in seen["missions"] if m["kind"] == "ambulance")
    assert (coming["status"], coming["position"]["lon"]) == ("en_route", corner(1, 1).lon)
    for step in ("arrive", "load", "deliver", "finish"):
        moved = ambulance.post(f"/v1/driver/missions/{offer['id']}/{step}").raise_for_status().json()
    assert moved["destination"]["kind"] == "hospital"
    towing = eventually(lambda: _mission(tow))
    for step in ("accept", "depart", "arrive", "finish"):
        tow.post(f"/v1/driver/missions/{towing['id']}/{step}").raise_for_status()
    ended = party.get(f"/v1/track/{token}").json()
    assert ended["ended"]
    assert all(m["position"] is None and m["route"] is None for m in ended["missions"])
    incident = town.get(f"/v1/incidents/{reported['incident']['id']}")
    assert incident["status"] == "closed"
    case = town.get(f"/v1/incidents/{incident['id']}/case")
    assert case["broken_at"] is None
    assert [e["kind"] for e in case["entries"]].count("mission.done") == 2
    decision = town.get(f"/v1/decisions/{offer['decision_id']}")
    assert decision["outputs"]["explanation"]
    sms = town.service.settings.var / "log" / "sms-simulated.jsonl"
    message = eventually(lambda: sms.is_file() and sms.read_text())
    assert token in json.loads(message)["text"]


def test_the_stream_tells_a_snapshot_then_every_change_and_resumes_without_a_gap(town_service: Town) -> None:
    town = town_service
    device = town.device("救护01")
    device.post("/v1/driver/positions", json=fix_at(corner(1, 1))).raise_for_status()
    events = town.events()
    name, number, data = next(events)
    assert name == "snapshot"
    assert number == str(json.loads(data)["seq"])
    assert len(json.loads(data)["units"]) == 75
    incident_id = town.report(corner(2, 1)).json()["incident"]["id"]
    last_seen = int(number)
    for name, number, data in events:
        last_seen = int(number or last_seen)
        if name == "mission" and json.loads(data)["incident_id"] == incident_id:
            break
    events.close()
    mission = eventually(lambda: _mission(device))
    device.post(f"/v1/driver/missions/{mission['id']}/accept").raise_for_status()
    resumed = town.events(last_id=last_seen)
    for name, _, data in resumed:
        assert name != "snapshot"
        if name == "mission" and json.loads(data)["status"] == "accepted":
            break


def test_positions_reach_the_stream(town_service: Town) -> None:
    device = town_service.device("拖车07")
    events = town_service.events()
    next(events)
    place = corner(4, 4)
    device.post(
        "/v1/driver/positions", json=fix_at(place, heading_deg=90.0, speed_kmh=30.0)
    ).raise_for_status()
    rows = next(json.loads(data) for name, _, data in events if name == "positions")
    assert [row[1:5] for row in rows] == [[round(place.lon, 6), round(place.lat, 6), 90, 30.0]]


def test_a_party_sees_nothing_of_another_accident(town_service: Town) -> None:
    town = town_service
    for n, sign in enumerate(("救护01", "救护02", "拖车01", "拖车02")):
        town.device(sign).post("/v1/driver/positions", json=fix_at(corner(n, 0))).raise_for_status()
    mine = town.report(corner(0, 2)).json()
    other = town.report(corner(8, 8)).json()
    token, stranger = mine["tracking_url"].rsplit("/", 1)[1], town.client()
    shown = eventually(lambda: len(_missions(town, mine)) == 2 and stranger.get(f"/v1/track/{token}").text)
    eventually(lambda: _missions(town, other))
    hidden = [other["incident"]["id"], *(m["id"] for m in _missions(town, other))]
    hidden += [m["call_sign"] for m in _missions(town, other)]
    assert len(hidden) > 1
    assert not [text for text in hidden if text in shown]


def _missions(town: Town, reported: Any) -> Any:
    return town.get(f"/v1/incidents/{reported['incident']['id']}")["missions"]

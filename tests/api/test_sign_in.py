"""Signing in by code, and what a crew's phone may then ask."""

from __future__ import annotations

import httpx

from tests.api.desk import offered, on_shift, reported, unit_id
from tests.api.town import Town
from tests.city import corner


def _try(town: Town, code: str) -> httpx.Response:
    return town.client().post("/v1/driver/session", json={"call_sign": "救护01", "code": code})


def _code(town: Town) -> str:
    path = f"/v1/units/{unit_id(town, '救护01')}/sign-in-code"
    told: str = town.http.post(path).raise_for_status().json()["code"]
    return told


def test_a_crew_signs_in_once_with_the_code_that_the_desk_tells(town_service: Town) -> None:
    town = town_service
    before = town.device("救护01")
    code = _code(town)
    assert len(code) == 6
    answer = _try(town, code)
    assert answer.status_code == 201
    me = town.client(answer.json()["token"]).get("/v1/driver/me")
    assert me.json()["call_sign"] == "救护01"
    assert before.get("/v1/driver/me").status_code == 401
    assert _try(town, code).status_code == 401


def test_five_wrong_tries_use_a_code_up(town_service: Town) -> None:
    code = _code(town_service)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [_try(town_service, wrong).status_code for _ in range(5)] == [401] * 5
    assert _try(town_service, code).status_code == 401


def test_four_wrong_tries_leave_a_code_good(town_service: Town) -> None:
    code = _code(town_service)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [_try(town_service, wrong).status_code for _ in range(4)] == [401] * 4
    assert _try(town_service, code).status_code == 201


def test_a_second_screen_opens_the_desk_by_code(town_service: Town) -> None:
    code = town_service.http.post("/v1/session/code").json()["code"]
    screen = town_service.client()
    assert screen.post("/v1/session", json={"code": code}).status_code == 204
    assert screen.get("/v1/units").status_code == 200
    assert screen.post("/v1/session", json={"code": code}).status_code == 401


def test_a_device_may_not_issue_codes(town_service: Town) -> None:
    device = town_service.device("救护01")
    assert device.post("/v1/session/code").status_code == 403


def test_a_crew_is_told_its_way_by_streets_and_calls_without_the_number(town_service: Town) -> None:
    town = town_service
    ambulance = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(3, 2), caller_phone="13800001234")
    mission = offered(ambulance, incident)
    told = ambulance.get(f"/v1/driver/missions/{mission['id']}/directions").raise_for_status().json()
    steps = told["directions"]
    assert steps[0]["turn"] == "depart"
    assert abs(sum(step["distance_m"] for step in steps) - mission["route"]["distance_m"]) < 5
    called = ambulance.post(f"/v1/driver/missions/{mission['id']}/call").raise_for_status()
    assert called.json()["party"] == "138****1234"
    assert called.json()["simulated"]
    assert "13800001234" not in called.text
    other = town.device("救护02")
    assert other.post(f"/v1/driver/missions/{mission['id']}/call").status_code == 404

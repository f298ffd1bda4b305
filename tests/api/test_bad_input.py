"""What can never be right gets a clear problem, and nothing is lost by it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dispatch_core.geo import LonLat
from tests.api.town import Town, fix_at
from tests.city import corner
from tests.waiting import PATIENCE_S

SEA = LonLat(125.0, 33.0)


def _problem(answer: httpx.Response, status: int, code: str) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["type"]) == (status, f"/problems/{code}")
    return body


def test_everything_that_can_be_wrong_with_a_report(town_service: Town) -> None:
    town = town_service
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"lon": False}, "lon"),
        ({"lon": "120.1"}, "lon"),
        ({"lat": 91.0}, "lat"),
        ({"kind": "earthquake"}, "kind"),
        ({"casualties": -1}, "casualties"),
        ({"casualties": 1.5}, "casualties"),
        ({"priority": 9}, "priority"),
        ({"needs": [{"capability": "rocket"}]}, "needs.0.capability"),
        ({"hurt": 3}, "hurt"),
        ({"caller_phone": "call me"}, "caller_phone"),
        ({"description": "x" * 2001}, "description"),
    ]
    for facts, field in wrong:
        body = _problem(town.report(corner(1, 1), **facts), 422, "invalid-input")
        assert [error["field"] for error in body["errors"]] == [field]
    body = _problem(town.report(SEA), 422, "invalid-input")
    assert "no road" in body["detail"]
    _problem(town.http.post("/v1/incidents", content=b"{nonsense"), 422, "invalid-input")
    assert town.get("/v1/incidents")["incidents"] == []


def test_a_body_of_ten_megabytes_is_refused_announced_or_not(town_service: Town) -> None:
    def chunks() -> Any:
        for _ in range(100):
            yield b" " * 100_000

    for _ in range(5):  # on a connection that stays usable
        _problem(town_service.http.post("/v1/incidents", content=b" " * 10_000_000), 413, "body-too-large")
        town_service.get("/v1/units")
    _problem(town_service.http.post("/v1/incidents", content=chunks()), 413, "body-too-large")


def test_ten_megabytes_of_positions_are_refused_to_clients_that_write_before_they_read(
    town_service: Town,
) -> None:
    token = town_service.device("救护01").headers["Authorization"]
    body = b'{"positions": [' + b" " * 10_000_000 + b"]}"
    for _ in range(3):
        asked = urllib.request.Request(
            town_service.url + "/v1/driver/positions", data=body, headers={"Authorization": token}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=PATIENCE_S)
        with refused.value:
            assert refused.value.code == 413


def test_a_feed_may_tell_a_hundred_thousand_streets_at_once(town_service: Town) -> None:
    until = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    speeds = [{"edge": k % 200, "speed_kmh": 30.0 + k / 70_001} for k in range(100_000)]
    answer = town_service.http.post("/v1/traffic/speeds", json={"speeds": speeds, "until": until})
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    ("place", "seconds_ahead", "facts", "reason"),
    [
        (SEA, 0, {}, "outside_region"),
        (LonLat(0.0, 0.0), 0, {}, "null_island"),
        (corner(1, 1), 3600, {}, "in_future"),
        (corner(1, 1), 0, {"is_mock": True}, "mock"),
        (corner(1, 1), 0, {"accuracy_m": 5000.0}, "inaccurate"),
        (corner(1, 1), 0, {"lon": 200.0}, "not_on_earth"),
    ],
)
def test_a_position_that_cannot_be_is_refused_and_kept(
    town_service: Town, place: LonLat, seconds_ahead: int, facts: dict[str, Any], reason: str
) -> None:
    device = town_service.device("救护01")
    at = datetime.now(UTC) + timedelta(seconds=seconds_ahead)
    fix = fix_at(place, fixed_at=at.isoformat(), **facts)
    body = _problem(device.post("/v1/driver/positions", json=fix), 422, "all-refused")
    assert body["outcomes"][0]["reason"] == reason
    me = device.get("/v1/driver/me").json()
    assert me["position"] is None
    assert town_service.get(f"/v1/units/{me['id']}")["refused_positions"] == {reason: 1}


def test_good_positions_of_a_batch_count_whatever_stands_beside_them(town_service: Town) -> None:
    device = town_service.device("救护01")
    batch = {"positions": [fix_at(SEA), fix_at(corner(2, 2))]}
    outcomes = device.post("/v1/driver/positions", json=batch).raise_for_status().json()["outcomes"]
    assert [o["accepted"] for o in outcomes] == [False, True]
    again = device.post("/v1/driver/positions", json=batch).raise_for_status().json()["outcomes"]
    assert [o["duplicate"] for o in again] == [True, True]


def test_a_batch_is_at_most_a_hundred_and_a_time_has_a_zone(town_service: Town) -> None:
    device = town_service.device("救护01")
    many = {"positions": [fix_at(corner(1, 1)) for _ in range(101)]}
    _problem(device.post("/v1/driver/positions", json=many), 422, "invalid-input")
    naive = {**fix_at(corner(1, 1)), "fixed_at": "2026-11-23T12:00:00"}
    _problem(device.post("/v1/driver/positions", json=naive), 422, "invalid-input")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer no", "Bearer " + "x" * 43, "Basic abc", "Bearer \xff\xfe" + "y" * 30]
)
def test_without_a_good_token_nothing_opens(town_service: Town, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")} if header else {}
    stranger = town_service.client()
    for path in ("/v1/units", "/v1/incidents", "/v1/stream", "/v1/driver/mission", "/v1/region"):
        _problem(stranger.get(path, headers=headers), 401, "unauthorized")


def test_a_device_is_not_a_desk_and_a_desk_is_no_device(town_service: Town) -> None:
    device = town_service.device("救护01")
    for path in ("/v1/units", "/v1/stream", "/v1/missions"):
        _problem(device.get(path), 403, "forbidden")
    _problem(town_service.http.get("/v1/driver/me"), 403, "forbidden")


def test_a_new_device_token_ends_the_old_one(town_service: Town) -> None:
    old = town_service.device("救护01")
    town_service.device("救护01")
    _problem(old.get("/v1/driver/me"), 401, "unauthorized")


def test_unknown_things_are_not_found(town_service: Town) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    for kind in ("unit", "incident", "mission", "decision"):
        _problem(town_service.http.get(f"/v1/{kind}s/{nobody}"), 404, f"{kind}-not-found")
    _problem(town_service.http.post(f"/v1/units/{nobody}/device-token"), 404, "unit-not-found")
    _problem(town_service.http.get("/v1/nothing"), 404, "not-found")
    _problem(town_service.http.get("/v1/track/" + "z" * 43), 404, "link-not-found")
    _problem(town_service.http.put("/v1/units"), 405, "method-not-allowed")


def test_every_type_of_problem_explains_itself(town_service: Town) -> None:
    answer = town_service.http.get("/problems/offer-expired").raise_for_status().json()
    assert "30 seconds" in answer["meaning"]


def test_two_hundred_reports_of_one_accident_are_one_incident(town_service: Town) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: town_service.report(corner(2 + n % 5 / 10, 2)), range(200)))
    assert {answer.status_code for answer in answers} == {201}
    (incident_id,) = {answer.json()["incident"]["id"] for answer in answers}
    assert len(town_service.get(f"/v1/incidents/{incident_id}")["reports"]) == 200


def test_a_repeated_report_is_answered_with_the_first(town_service: Town) -> None:
    first = town_service.report(corner(2, 2), key="k-1").json()
    again = town_service.report(corner(2, 2), key="k-1").json()
    assert (again["repeated"], again["report_id"]) == (True, first["report_id"])
    _problem(town_service.report(corner(7, 7), key="k-1"), 409, "idempotency-key-reused")


def test_characters_that_no_database_keeps_are_the_callers_fault(town_service: Town) -> None:
    place = {"kind": "breakdown", "lon": corner(1, 1).lon, "lat": corner(1, 1).lat}
    for text in ("a\x00b", "\ud83d"):
        for key in ("address", "description"):
            body = json.dumps({**place, key: text})
            answer = town_service.http.post(
                "/v1/incidents", content=body, headers={"Content-Type": "application/json"}
            )
            _problem(answer, 422, "invalid-input")
    assert town_service.get("/v1/incidents")["incidents"] == []

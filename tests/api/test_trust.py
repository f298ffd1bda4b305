"""Units that the desk can trust: where they are, whether they can come, and what they are doing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from dispatch_core.geo import LonLat
from tests.api.desk import ALS, mission_of, offered, on_shift, reported, step, unit_id
from tests.api.town import Town, fix_at
from tests.city import corner
from tests.waiting import eventually


def _seen_ago(town: Town, sign: str, at: LonLat, seconds: float) -> httpx.Client:
    device = town.device(sign)
    fixed_at = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    device.post("/v1/driver/positions", json=fix_at(at, fixed_at=fixed_at)).raise_for_status()
    return device


def _override(town: Town, incident: Any, sign: str, **more: Any) -> httpx.Response:
    body = {"unit_id": unit_id(town, sign), "need": "als", "reason": "knows the place", **more}
    return town.http.post(f"/v1/incidents/{incident['id']}/override", json=body)


def test_a_position_older_than_a_minute_is_shown_stale_and_weighed(town_service: Town) -> None:
    town = town_service
    _seen_ago(town, "救护01", corner(1, 1), 150)
    fresh = on_shift(town, "救护03", corner(0, 1))
    seen = {u["call_sign"]: u["position"] for u in town.get("/v1/units")["units"] if u["position"]}
    assert (seen["救护01"]["stale"], seen["救护03"]["stale"]) == (True, False)
    # 26 s by road and 90 s of doubt are more than 52 s by road.
    mission = offered(fresh, reported(town, corner(2, 1), needs=ALS))
    decision = town.get(f"/v1/decisions/{mission['decision_id']}")
    (need,) = decision["outputs"]["explanation"]
    assert [a["call_sign"] for a in need["next_best"]] == ["救护01"]


def test_a_position_older_than_ten_minutes_excludes_its_unit_until_it_is_heard(town_service: Town) -> None:
    town = town_service
    device = _seen_ago(town, "救护01", corner(1, 1), 660)
    incident = reported(town, corner(2, 1), needs=ALS)
    assert eventually(lambda: town.get(f"/v1/incidents/{incident['id']}")["held"]) == ["als"]
    shown = town.get(f"/v1/incidents/{incident['id']}/recommendation?lang=en")
    assert shown["assignments"] == []
    (need,) = shown["explanation"]
    ((stale, age_s),) = need["passed_over"]["stale_position"]
    assert (stale, age_s > 600) == (unit_id(town, "救护01"), True)
    assert _override(town, incident, "救护01").status_code == 409
    device.post("/v1/driver/positions", json=fix_at(corner(1, 1))).raise_for_status()
    assert offered(device, incident)["status"] == "offered"


def test_a_second_mission_never_corrupts_the_first(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    first = reported(town, corner(6, 1), needs=ALS, priority=2)
    mission = offered(device, first)
    step(device, mission, "accept", "depart")
    second = reported(town, corner(1, 8), needs=ALS, priority=2)
    eventually(lambda: town.get(f"/v1/incidents/{second['id']}")["held"])
    refused = _override(town, second, "救护01")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/unit-unavailable")
    _override(town, second, "救护01", even_unavailable=True).raise_for_status()
    now = offered(device, second)
    assert (now["replaces"], now["sent_by"]) == (mission["id"], "operator")
    (ended,) = town.get(f"/v1/incidents/{first['id']}")["missions"]
    assert (ended["status"], ended["departed_at"] is not None) == ("bumped", True)
    late = device.post(f"/v1/driver/missions/{mission['id']}/arrive")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/mission-status-conflict")
    step(device, now, "accept", "depart", "arrive")
    # At a scene it can be sent nowhere else, whoever insists.
    insisted = _override(town, first, "救护01", even_unavailable=True)
    assert (insisted.status_code, insisted.json()["type"]) == (409, "/problems/unit-has-mission")
    step(device, now, "finish")
    assert offered(device, first)["id"] not in (mission["id"], now["id"])
    kinds = [e["kind"] for e in town.get(f"/v1/incidents/{second['id']}/case")["entries"]]
    assert "mission.done" in kinds
    assert mission_of(device)["status"] == "offered"

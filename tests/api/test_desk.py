"""A person decides: recommendations, confirmations, overrides, alarms, hospitals."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from tests.api.desk import ALS, BLS, mission_of, offered, on_shift, reported, step, unit_id
from tests.api.town import Town
from tests.city import corner
from tests.waiting import eventually


def _mode(town: Town, kind: str, mode: str, within_s: float = 20) -> None:
    value = town.get("/v1/dispatch/modes")["value"]
    value[kind] = {"mode": mode, "confirm_within_s": within_s}
    body = {"value": value, "reason": "trying it out"}
    town.http.put("/v1/dispatch/modes", json=body).raise_for_status()


def _override(town: Town, incident: Any, sign: str, **more: Any) -> Any:
    body = {"unit_id": unit_id(town, sign), "need": "als", "reason": "knows the place", **more}
    return town.http.post(f"/v1/incidents/{incident['id']}/override", json=body)


def test_a_manual_kind_waits_for_a_person_who_sees_and_confirms(town_service: Town) -> None:
    town = town_service
    _mode(town, "injury_accident", "manual")
    device = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(2, 1), needs=ALS)
    shown = town.get(f"/v1/incidents/{incident['id']}/recommendation?lang=en")
    assert shown["mode"] == "manual"
    assert [a["unit_id"] for a in shown["assignments"]] == [unit_id(town, "救护01")]
    assert "救护01 is sent" in shown["told"][0]
    time.sleep(0.5)
    assert mission_of(device) is None
    sent = town.http.post(f"/v1/incidents/{incident['id']}/confirm").raise_for_status().json()
    assert [(m["call_sign"], m["sent_by"]) for m in sent["missions"]] == [("救护01", "operator")]
    again = town.http.post(f"/v1/incidents/{incident['id']}/confirm")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/nothing-to-confirm")


def test_a_kind_to_confirm_is_sent_by_itself_when_nobody_answers(town_service: Town) -> None:
    town = town_service
    _mode(town, "injury_accident", "confirm", 1.5)
    device = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(2, 1), needs=ALS)
    sent = offered(device, incident)
    assert sent["sent_by"] == "dispatcher"
    waited = datetime.fromisoformat(sent["offered_at"]) - datetime.fromisoformat(incident["reported_at"])
    assert waited.total_seconds() >= 1.5


def test_an_override_calls_back_whom_the_machine_sent_and_keeps_the_reason(town_service: Town) -> None:
    town = town_service
    near, far = on_shift(town, "救护01", corner(1, 1)), on_shift(town, "救护03", corner(6, 6))
    incident = reported(town, corner(2, 1), needs=ALS)
    offered(near, incident)
    silent = town.http.post(
        f"/v1/incidents/{incident['id']}/override",
        json={"unit_id": unit_id(town, "救护03"), "need": "als", "reason": ""},
    )
    assert silent.status_code == 422
    sent = _override(town, incident, "救护03").raise_for_status().json()["missions"]
    assert [(m["call_sign"], m["sent_by"]) for m in sent] == [("救护03", "operator")]
    assert eventually(lambda: mission_of(near) is None)
    assert offered(far, incident)["id"] == sent[0]["id"]
    decision = town.get(f"/v1/decisions/{sent[0]['decision_id']}?lang=en")
    assert decision["outputs"]["override"]["reason"] == "knows the place"
    assert decision["outputs"]["override"]["by"] == "operator"
    case = town.get(f"/v1/incidents/{incident['id']}/case")
    assert any(e["facts"].get("reason") == "knows the place" for e in case["entries"])
    time.sleep(1.0)
    assert mission_of(far)["id"] == sent[0]["id"]


def test_an_unavailable_unit_is_refused_unless_a_person_insists_and_that_is_kept(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    device.post("/v1/driver/shift/end").raise_for_status()
    incident = reported(town, corner(2, 1), needs=ALS)
    refused = _override(town, incident, "救护01")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/unit-unavailable")
    (mission,) = (
        _override(town, incident, "救护01", even_unavailable=True).raise_for_status().json()["missions"]
    )
    assert offered(device, incident)["id"] == mission["id"]
    told = town.get(f"/v1/decisions/{mission['decision_id']}")["outputs"]["override"]
    assert told["despite"] == "off_shift"


def test_a_unit_at_a_scene_cannot_be_overridden_away(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    first = reported(town, corner(2, 1), needs=ALS)
    mission = offered(device, first)
    step(device, mission, "accept", "depart", "arrive")
    second = reported(town, corner(7, 7), needs=ALS)
    refused = _override(town, second, "救护01", even_unavailable=True)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/unit-has-mission")
    assert town.get(f"/v1/missions/{mission['id']}")["status"] == "on_scene"


def test_alarm_levels_add_and_plans_can_be_edited(town_service: Town) -> None:
    town = town_service
    incident = reported(town, corner(2, 1), casualties=1, vehicles=0)
    url = f"/v1/incidents/{incident['id']}/alarm"
    raised = town.http.post(url, json={"level": 2, "reason": "bus involved"}).raise_for_status().json()
    asked = {n["capability"]: n["count"] for n in raised["needs"]}
    assert (raised["alarm_level"], asked["als"], asked["bls"]) == (2, 2, 2)
    third = town.http.post(url, json={"level": 3, "reason": "more hurt"}).raise_for_status().json()
    assert {n["capability"]: n["count"] for n in third["needs"]}["bls"] == 6
    assert town.http.post(url, json={"level": 2, "reason": "again"}).status_code == 409
    plans = town.get("/v1/response-plans")["value"]
    plans["rules"].append({"capability": "als", "kinds": ["breakdown"], "at_least": 1})
    body = {"value": plans | {"approved_by": "control room"}, "reason": "motorway breakdowns"}
    assert town.http.put("/v1/response-plans", json=body).raise_for_status()
    breakdown = reported(town, corner(7, 7), kind="breakdown", casualties=0, vehicles=1)
    assert {n["capability"] for n in breakdown["needs"]} == {"als", "wheel_lift"}
    plans["rules"].append({"capability": "magic"})
    wrong = town.http.put("/v1/response-plans", json={"value": plans, "reason": "oops"})
    assert (wrong.status_code, "rules[" in wrong.json()["detail"]) == (422, True)


def test_towing_leaves_so_as_to_arrive_when_rescue_is_done(town_service: Town) -> None:
    town = town_service
    ambulance, tow = on_shift(town, "救护01", corner(1, 1)), on_shift(town, "拖车01", corner(3, 1))
    incident = reported(town, corner(2, 1))
    rescue, towing = offered(ambulance, incident), offered(tow, incident)
    rescued_at, there_at = (datetime.fromisoformat(m["eta_at"]) for m in (rescue, towing))
    assert abs((there_at - rescued_at).total_seconds() - 900) < 30
    leaves_at = datetime.fromisoformat(towing["depart_at"])
    assert 600 < (leaves_at - datetime.fromisoformat(towing["offered_at"])).total_seconds() < 960


def test_a_hospital_on_diversion_is_spared(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    goals = []
    for _ in range(2):
        incident = reported(town, corner(1, 1), needs=BLS)
        mission = offered(device, incident)
        goals.append(step(device, mission, "accept", "depart", "arrive", "load")["destination"])
        step(device, mission, "deliver", "finish")
        spared = {"diversion": True, "beds": 0}
        told = town.http.patch(f"/v1/places/{goals[-1]['id']}", json=spared).raise_for_status().json()
        assert told["facts"]["diversion"]
    assert goals[0]["id"] != goals[1]["id"]


def test_a_patient_is_taken_to_the_hospital_that_has_the_ward_he_needs(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    far = max(town.get("/v1/places?kind=hospital")["places"], key=lambda p: p["lon"] + p["lat"])
    town.http.patch(f"/v1/places/{far['id']}", json={"burns": True}).raise_for_status()
    mission = offered(device, reported(town, corner(1, 1), needs=BLS))
    step(device, mission, "accept", "depart", "arrive")
    url = f"/v1/driver/missions/{mission['id']}/load"
    assert device.post(url, json={"needs": ["a bed by the window"]}).status_code == 422
    loaded = device.post(url, json={"needs": ["burns"]}).raise_for_status().json()
    assert loaded["destination"]["id"] == far["id"]

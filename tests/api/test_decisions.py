"""Why, for every decision; the rules that a supervisor sets; crews sent elsewhere on their way."""

from __future__ import annotations

from tests.api.desk import ALS, BLS, mission_of, offered, on_shift, reported, step, unit_id
from tests.api.town import Town
from tests.city import corner
from tests.waiting import eventually


def test_every_decision_says_why_in_both_languages(town_service: Town) -> None:
    town = town_service
    near = on_shift(town, "救护01", corner(1, 1))
    for n, sign in enumerate(("救护03", "救护05", "救护07"), start=4):
        on_shift(town, sign, corner(n, n))
    incident = reported(town, corner(2, 1), needs=BLS)
    mission = offered(near, incident)
    english = town.get(f"/v1/decisions/{mission['decision_id']}?lang=en")
    (told,) = english["told"]
    assert "救护01 is sent, there in about" in told["why"]
    assert "next 救护03" in told["why"]
    assert any("is off shift" in line for line in told["why_not"])
    assert "nearest idle would send 救护01, as was done" in told["nearest_idle"]
    chinese = town.get(f"/v1/decisions/{mission['decision_id']}?lang=zh-CN")
    assert "派 救护01" in chinese["told"][0]["why"]
    assert any("未当班" in line for line in chinese["told"][0]["why_not"])
    (need,) = english["outputs"]["explanation"]
    assert [a["call_sign"] for a in need["next_best"]] == ["救护03", "救护05", "救护07"]
    assert english["gap"] == 0
    ambulances = english["coverage"]["ambulance"]
    assert 0 < ambulances["after_points"] < ambulances["before_points"] <= 100
    (of_incident,) = town.get(f"/v1/incidents/{incident['id']}/decisions?lang=en")["decisions"]
    assert of_incident["told"] == english["told"]


def test_a_crew_on_its_way_is_sent_to_a_graver_accident_and_told_once(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(0, 0))
    slight = reported(town, corner(8, 8), kind="damage_accident", casualties=0, needs=BLS)
    first = offered(device, slight)
    step(device, first, "accept", "depart")
    grave = reported(town, corner(2, 0), casualties=3, priority=1, needs=BLS)
    second = offered(device, grave)
    assert (second["replaces"], second["status"]) == (first["id"], "offered")
    assert second["version"] > first["version"]
    ended = town.get(f"/v1/missions/{first['id']}")
    assert (ended["status"], ended["end_reason"]) == ("bumped", "reassigned")
    waiting = town.get(f"/v1/incidents/{slight['id']}")
    assert (waiting["status"], waiting["held"]) == ("open", ["bls"])
    step(device, second, "accept", "depart", "arrive", "finish")
    back = offered(device, slight)
    assert back["status"] == "offered"


def test_a_crew_about_to_arrive_is_left_alone(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(0, 0))
    slight = reported(town, corner(1, 0), kind="damage_accident", casualties=0, needs=BLS)
    step(device, offered(device, slight), "accept", "depart")
    grave = reported(town, corner(3, 3), casualties=3, priority=1, needs=BLS)
    eventually(lambda: town.get(f"/v1/incidents/{grave['id']}")["held"] == ["bls"])
    assert mission_of(device)["incident_id"] == slight["id"]


def test_a_matrix_that_lets_units_circle_is_refused_and_a_good_one_is_kept_with_who_set_it(
    town_service: Town,
) -> None:
    town = town_service
    known = town.get("/v1/dispatch/params")
    assert known["revisions"] == []
    circle = known["value"] | {"may_bump": [[3, 2], [2, 3]]}
    refused = town.http.put("/v1/dispatch/params", json={"value": circle, "reason": "try"})
    assert (refused.status_code, "cycle" in refused.json()["detail"]) == (422, True)
    unknown = town.http.put("/v1/dispatch/params", json={"value": {"magic_s": 1}, "reason": "try"})
    assert unknown.status_code == 422
    nobody = known["value"] | {"may_bump": [], "switch_s": 900}
    kept = town.http.put("/v1/dispatch/params", json={"value": nobody, "reason": "no bumps at night"})
    assert kept.raise_for_status().json()["value"]["switch_s"] == 900
    (revision,) = town.get("/v1/dispatch/params")["revisions"]
    assert (revision["set_by"], revision["reason"]) == ("operator", "no bumps at night")
    device = on_shift(town, "救护01", corner(0, 0))
    slight = reported(town, corner(8, 8), kind="damage_accident", casualties=0, needs=BLS)
    step(device, offered(device, slight), "accept", "depart")
    grave = reported(town, corner(2, 0), casualties=3, priority=1, needs=BLS)
    eventually(lambda: town.get(f"/v1/incidents/{grave['id']}")["held"] == ["bls"])
    assert mission_of(device)["incident_id"] == slight["id"]


def test_a_nearer_unit_that_becomes_free_relieves_one_far_away(town_service: Town) -> None:
    town = town_service
    far = on_shift(town, "救护01", corner(8, 8))
    incident = reported(town, corner(0, 0), casualties=3, priority=1, needs=ALS)
    mission = offered(far, incident)
    step(far, mission, "accept", "depart")
    near = on_shift(town, "救护03", corner(0, 1))
    assert offered(near, incident)["incident_id"] == incident["id"]
    assert eventually(lambda: mission_of(far) is None)
    free = town.get(f"/v1/units/{unit_id(town, '救护01')}")
    assert free["status"] == "available"

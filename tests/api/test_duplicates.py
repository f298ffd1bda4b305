"""Two callers, one accident or two: proposed, joined, split, and nothing lost on the way."""

from __future__ import annotations

from typing import Any

from tests.api.desk import BLS, mission_of, offered, on_shift, reported, step, unit_id
from tests.api.town import Town
from tests.city import corner
from tests.waiting import eventually


def _post(town: Town, path: str, **body: Any) -> Any:
    return town.http.post(path, json={"reason": "the same bend", **body})


def _proposal(town: Town) -> Any:
    (found,) = town.get("/v1/duplicates?state=proposed")["duplicates"]
    return found


def _kinds(town: Town, incident_id: str) -> list[str]:
    case = town.get(f"/v1/incidents/{incident_id}/case")
    assert case["broken_at"] is None
    return [entry["kind"] for entry in case["entries"]]


def test_a_report_perhaps_of_a_known_accident_is_proposed_and_a_person_joins_it(town_service: Town) -> None:
    town = town_service
    near, far = on_shift(town, "救护01", corner(1, 1)), on_shift(town, "救护03", corner(4, 1))
    first = reported(town, corner(2, 1), needs=BLS)
    second = reported(town, corner(2.55, 1), needs=BLS)  # 275 m along the road
    assert second["id"] != first["id"]
    proposal = _proposal(town)
    assert (proposal["known_id"], proposal["opened_id"]) == (first["id"], second["id"])
    assert (proposal["apart_m"], proposal["same_plate"]) == (275.0, False)
    stays, turns = offered(near, first), offered(far, second)
    step(near, stays, "accept", "depart")
    known = _post(town, f"/v1/duplicates/{proposal['id']}/join").raise_for_status().json()
    assert known["id"] == first["id"]
    # One unit was asked for: the crew that would have come last is called back and told why.
    assert eventually(lambda: mission_of(far) is None)
    merged = town.get(f"/v1/incidents/{second['id']}")
    assert (merged["status"], merged["merged_into"], merged["missions"]) == ("merged", first["id"], [])
    whole = town.get(f"/v1/incidents/{first['id']}")
    assert {m["id"]: m["status"] for m in whole["missions"]} == {
        stays["id"]: "en_route", turns["id"]: "cancelled"
    }  # fmt: skip
    assert len(whole["reports"]) == 2
    assert "incident.merged" in _kinds(town, second["id"])
    assert "mission.cancelled" in _kinds(town, first["id"])
    assert _post(town, f"/v1/duplicates/{proposal['id']}/join").status_code == 409


def test_what_was_joined_by_mistake_is_split_with_its_reports_and_missions(town_service: Town) -> None:
    town = town_service
    near, far = on_shift(town, "救护01", corner(1, 1)), on_shift(town, "救护03", corner(4, 1))
    first = reported(town, corner(2, 1), needs=[{"capability": "bls", "count": 1}])
    answer = town.report(corner(2.55, 1), needs=[{"capability": "bls"}, {"capability": "als"}])
    second = answer.raise_for_status().json()
    mine, theirs = offered(near, first), offered(far, second["incident"])
    step(near, mine, "accept", "depart")
    step(far, theirs, "accept", "depart", "arrive")  # at the scene: no arithmetic calls it back
    proposal = _proposal(town)
    joined = _post(town, f"/v1/duplicates/{proposal['id']}/join").raise_for_status().json()
    assert {n["capability"] for n in joined["needs"]} == {"als", "bls"}
    token = second["tracking_url"].rsplit("/", 1)[1]
    assert theirs["id"] in {m["id"] for m in town.get(f"/v1/track/{token}")["missions"]}
    _post(town, f"/v1/duplicates/{proposal['id']}/split", reason="two bends").raise_for_status()
    again, rest = (town.get(f"/v1/incidents/{one['id']}") for one in (second["incident"], first))
    assert (again["status"], again["merged_into"], len(again["reports"])) == ("open", None, 1)
    assert theirs["id"] in {m["id"] for m in again["missions"]}
    assert {n["capability"] for n in rest["needs"]} == {"bls"}
    assert len(rest["reports"]) == 1
    step(far, theirs, "finish")
    assert "mission.done" in _kinds(town, again["id"])
    assert "mission.done" not in _kinds(town, rest["id"])
    assert "incident.reopened" in _kinds(town, again["id"])


def test_a_common_plate_joins_two_reports_at_once_and_they_can_still_be_split(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    first = reported(town, corner(2, 1), needs=BLS, plates=["苏J·12345"])
    answer = town.report(corner(2.55, 1), needs=BLS, plates=["苏j 12345"]).raise_for_status().json()
    assert (answer["joined"], answer["incident"]["id"]) == (True, first["id"])
    (kept,) = town.get("/v1/duplicates?state=joined")["duplicates"]
    assert (kept["answered_by"], kept["same_plate"], kept["opened_id"]) == ("dispatch", True, None)
    step(device, offered(device, first), "accept", "depart")
    parted = _post(town, f"/v1/duplicates/{kept['id']}/split").raise_for_status().json()
    assert (parted["id"] != first["id"], parted["status"], parted["held"]) == (True, "open", ["bls"])
    one, other = (town.get(f"/v1/incidents/{i}") for i in (first["id"], parted["id"]))
    assert [len(i["reports"]) for i in (one, other)] == [1, 1]
    assert other["reports"][0]["id"] == answer["report_id"]
    token = answer["tracking_url"].rsplit("/", 1)[1]
    assert town.get(f"/v1/track/{token}")["missions"] == []  # the caller follows its own accident again
    back = _post(town, f"/v1/duplicates/{kept['id']}/join").raise_for_status().json()
    assert (back["id"], len(town.get(f"/v1/incidents/{first['id']}")["reports"])) == (first["id"], 2)


def test_a_dismissed_proposal_leaves_two_accidents_and_the_stream_tells_of_all(town_service: Town) -> None:
    town = town_service
    events = town.events()
    assert next(events)[0] == "snapshot"
    reported(town, corner(2, 1), needs=BLS)
    reported(town, corner(2.55, 1), needs=BLS)
    told = next(data for name, _, data in events if name == "duplicate")
    proposal = _proposal(town)
    assert proposal["id"] in told
    refused = town.http.post(f"/v1/duplicates/{proposal['id']}/dismiss", json={"reason": ""})
    assert refused.status_code == 422
    kept = _post(town, f"/v1/duplicates/{proposal['id']}/dismiss").raise_for_status().json()
    assert (kept["state"], kept["reason"], kept["answered_by"]) == ("dismissed", "the same bend", "operator")
    assert town.get("/v1/duplicates?state=proposed")["duplicates"] == []
    assert {i["status"] for i in town.get("/v1/incidents")["incidents"]} == {"open"}


def test_near_as_the_crow_flies_is_not_near_if_the_road_is_long(town_service: Town) -> None:
    town = town_service
    reported(town, corner(2.3, 1), needs=BLS)
    reported(town, corner(2, 1.35), needs=BLS)  # 230 m away, 325 m by road
    assert town.get("/v1/duplicates")["duplicates"] == []


def test_any_two_incidents_can_be_joined_by_hand_and_thresholds_are_a_supervisors(town_service: Town) -> None:
    town = town_service
    known = town.get("/v1/dispatch/duplicates")["value"]
    assert (known["within_m"], known["within_s"]) == (300.0, 900.0)
    body = {"value": {**known, "join_at": 0.1}, "reason": "try"}
    assert town.http.put("/v1/dispatch/duplicates", json=body).status_code == 422
    body = {"value": {**known, "within_m": 100.0}, "reason": "dense streets"}
    town.http.put("/v1/dispatch/duplicates", json=body).raise_for_status()
    first, second = reported(town, corner(2, 1), needs=BLS), reported(town, corner(2.4, 1), needs=BLS)
    assert town.get("/v1/duplicates")["duplicates"] == []
    path = f"/v1/incidents/{second['id']}/join"
    assert _post(town, path, into=second["id"]).status_code == 422
    assert _post(town, path, into=first["id"]).raise_for_status().json()["id"] == first["id"]
    (kept,) = town.get("/v1/duplicates")["duplicates"]
    assert (kept["state"], kept["likelihood"]) == ("joined", 0.0)
    assert unit_id(town, "救护01")

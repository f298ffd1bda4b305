"""Coverage as it is, units better placed elsewhere, and what would happen if."""

from __future__ import annotations

from typing import Any

from dispatch_core.fleet.capability import UnitKind
from dispatch_core.store import units
from tests.api.desk import ALS, mission_of, on_shift, reported, unit_id
from tests.api.town import Town
from tests.city import corner
from tests.waiting import eventually


def _stable(town: Town) -> list[Any]:
    units = [{**u, "position": None} for u in town.get("/v1/units")["units"]]
    return [units, town.get("/v1/missions")["missions"], town.get("/v1/incidents")["incidents"]]


def test_coverage_grows_with_each_free_unit_and_tells_what_each_is_worth(town_service: Town) -> None:
    town = town_service
    nobody = town.get("/v1/coverage")
    assert nobody["kinds"]["ambulance"]["covered_points"] == 0
    on_shift(town, "救护01", corner(0, 0))
    one = town.get("/v1/coverage")["kinds"]["ambulance"]
    on_shift(town, "救护03", corner(8, 8))
    two = town.get("/v1/coverage")["kinds"]["ambulance"]
    assert 0 < one["expected_points"] < two["expected_points"] <= 100
    assert (one["free_units"], two["free_units"]) == (1, 2)
    assert set(two["loss_points"]) == {unit_id(town, "救护01"), unit_id(town, "救护03")}
    assert town.get("/v1/coverage")["kinds"]["tow"]["free_units"] == 0


def test_a_move_up_is_recommended_answered_once_and_remembered(town_service: Town) -> None:
    town = town_service
    near = {"standard_s": {"ambulance": 150.0, "tow": 600.0}}
    town.http.put("/v1/dispatch/coverage", json={"value": near, "reason": "a small town"}).raise_for_status()
    for sign in ("救护01", "救护03", "救护05"):
        on_shift(town, sign, corner(0, 0))
    found = town.get("/v1/move-ups")["move_ups"]
    assert found
    assert all(move["gain_points"] >= 1 for move in found)
    again = town.get("/v1/move-ups")["move_ups"]
    assert [m["id"] for m in again] == [m["id"] for m in found]
    url = f"/v1/move-ups/{found[0]['id']}"
    assert town.http.post(f"{url}/ignore", json={"reason": ""}).status_code == 422
    assert town.http.post(f"{url}/accept").raise_for_status().json()["answer"] == "accepted"
    assert town.http.post(f"{url}/ignore", json={"reason": "late"}).status_code == 409
    kept = {m["id"]: m["answer"] for m in town.get("/v1/move-ups/history")["move_ups"]}
    assert kept[found[0]["id"]] == "accepted"


def test_what_if_answers_from_the_live_state_and_changes_nothing(town_service: Town) -> None:
    town = town_service
    on_shift(town, "救护01", corner(1, 1))
    first = reported(town, corner(2, 1), needs=ALS)
    eventually(lambda: town.get(f"/v1/incidents/{first['id']}")["missions"])
    held = reported(town, corner(7, 7), needs=ALS)
    eventually(lambda: town.get(f"/v1/incidents/{held['id']}")["held"])
    before = _stable(town)
    crews = town.http.post("/v1/what-if", json={"more_crews": {"ambulance": 2}}).raise_for_status().json()
    assert [h["incident_id"] for h in crews["as_it_is"]["held"]] == [held["id"]]
    assert crews["as_imagined"]["held"] == []
    (imagined,) = crews["as_imagined"]["assignments"]
    assert imagined["incident_id"] == held["id"]
    assert crews["as_imagined"]["coverage_points"]["ambulance"] > 0
    send = [{"unit_id": unit_id(town, "救护01"), "incident_id": held["id"]}]
    sent = town.http.post("/v1/what-if", json={"send": send}).raise_for_status().json()
    assert sent["as_imagined"]["held"] == [{"incident_id": first["id"], "need": "als", "count": 1}]
    assert sent["as_imagined"]["sent"][0]["response_s"] > 0
    hospitals = town.get("/v1/places?kind=hospital")["places"]
    body = {"close_hospitals": [hospitals[0]["id"]]}
    closed = town.http.post("/v1/what-if", json=body).raise_for_status().json()
    assert len(closed["hospitals"]) == 2
    assert all(h["then"]["place_id"] != hospitals[0]["id"] for h in closed["hospitals"])
    assert crews["took_ms"] > 0
    assert _stable(town) == before
    too_many = town.http.post("/v1/what-if", json={"more_crews": {"ambulance": 200}})
    assert too_many.status_code == 422


def test_a_stale_position_is_shown_stale(town_service: Town) -> None:
    device = on_shift(town_service, "救护01", corner(1, 1))
    seen = town_service.get(f"/v1/units/{unit_id(town_service, '救护01')}")["position"]
    assert not seen["stale"]
    assert mission_of(device) is None


def test_a_compliance_table_moves_units_to_its_stations_and_no_crew_more_often_than_allowed(
    town_service: Town,
) -> None:
    town = town_service
    for sign in ("救护01", "救护03"):
        on_shift(town, sign, corner(0, 0))
    with town.service.engine.connect() as connection:
        stations = units.all_stations(connection)
    posts = [str(s.id) for s in stations if s.kind is UnitKind.AMBULANCE][:2]
    wrong = {"ambulance": {"1": posts}}
    refused = town.http.put("/v1/dispatch/compliance", json={"value": wrong, "reason": "try"})
    assert refused.status_code == 422
    table = {"value": {"ambulance": {"2": posts}}, "reason": "two units hold two posts"}
    town.http.put("/v1/dispatch/compliance", json=table).raise_for_status()
    moves = town.get("/v1/move-ups")["move_ups"]
    assert {m["station_id"] for m in moves} == set(posts)
    assert len({m["unit_id"] for m in moves}) == 2
    for move in moves:
        town.http.post(f"/v1/move-ups/{move['id']}/accept").raise_for_status()
    assert town.get("/v1/move-ups")["move_ups"]
    limits = town.get("/v1/dispatch/move-up")["value"] | {"moves_per_shift": 1}
    town.http.put("/v1/dispatch/move-up", json={"value": limits, "reason": "rest"}).raise_for_status()
    assert town.get("/v1/move-ups")["move_ups"] == []


def test_a_hospital_that_closes_concerns_patients_whose_ambulance_is_on_its_way(town_service: Town) -> None:
    town = town_service
    on_shift(town, "救护01", corner(1, 1))
    under_way = reported(town, corner(2, 1), needs=ALS)
    eventually(lambda: town.get(f"/v1/incidents/{under_way['id']}")["missions"])
    hospitals = town.get("/v1/places?kind=hospital")["places"]
    body = {"close_hospitals": [hospitals[0]["id"]]}
    told = town.http.post("/v1/what-if", json=body).raise_for_status().json()["hospitals"]
    assert [one["incident_id"] for one in told] == [under_way["id"]]
    assert told[0]["now"] is not None
    assert (told[0]["then"] or {}).get("place_id") != hospitals[0]["id"]

"""What the desk looks up: by plate, number, name; what was done; how it stood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.desk import ALS, offered, on_shift, reported, step
from tests.api.town import Town
from tests.city import corner


def _found(town: Town, words: str) -> list[Any]:
    answer = town.http.get("/v1/search", params={"q": words}).raise_for_status()
    return [(one["kind"], one["title"]) for one in answer.json()["results"]]


def test_an_incident_is_found_by_its_caller_its_plate_and_its_address(town_service: Town) -> None:
    town = town_service
    incident = reported(
        town, corner(2, 1), caller_phone="138-0000 1234", plates=["苏J12345"], address="人民中路 12 号"
    )
    mine = ("incident", f"#{incident['number']}")
    for words in ("13800001234", "00001234", "苏J123", "人民中路", f"#{incident['number']}"):
        assert mine in _found(town, words), words
    assert mine not in _found(town, "13900001234")
    assert mine not in _found(town, "%%")


def test_a_unit_is_found_by_call_sign_and_plate(town_service: Town) -> None:
    unit = town_service.get("/v1/units")["units"][0]
    assert ("unit", unit["call_sign"]) in _found(town_service, unit["call_sign"])


def test_a_street_is_found_by_a_part_of_its_name(town_service: Town) -> None:
    graph = town_service.service.roads.graph
    named = bool((graph.name_id == graph.names.index("解放路")).any())
    assert (("street", "解放路") in _found(town_service, "解放")) is named


def test_the_log_keeps_what_was_said_muted_and_done(town_service: Town) -> None:
    town = town_service
    on_shift(town, "救护01", corner(1, 1))
    reported(town, corner(2, 1), needs=ALS)
    for body in ({"kind": "note", "text": "交班：城东封路"}, {"kind": "alerts_muted", "text": "10 分钟"}):
        town.http.post("/v1/shift-log", json=body).raise_for_status()
    entries = town.get("/v1/shift-log")["entries"]
    said = [e for e in entries if e["what"].startswith("desk.")]
    assert [e["what"] for e in said] == ["desk.alerts_muted", "desk.note"]
    assert said[1]["facts"]["text"] == "交班：城东封路"
    assert {"incident.reported", "unit.shift_begun"} & {e["what"] for e in entries}
    older = town.get(f"/v1/shift-log?before={said[1]['seq']}")["entries"]
    assert older == entries[entries.index(said[1]) + 1 :]


def test_the_log_is_of_deeds_not_of_arrivals_reckoned_anew(town_service: Town) -> None:
    town = town_service
    with town.service.uow.begin() as tx:
        tx.record("mission", "eta", tx.new_id(), incident_id=str(tx.new_id()))
        tx.record("traffic", "fed", tx.new_id(), edges=1, by="operator")
        tx.commit()
    whats = [entry["what"] for entry in town.get("/v1/shift-log")["entries"]]
    assert "traffic.fed" in whats
    assert "mission.eta" not in whats


def test_the_past_shows_who_was_where_and_did_what(town_service: Town) -> None:
    town = town_service
    ambulance = on_shift(town, "救护01", corner(1, 1))
    before = datetime.now(UTC)
    incident = reported(town, corner(2, 1), needs=ALS)
    step(ambulance, offered(ambulance, incident), "accept")
    after = town.http.get("/v1/past", params={"at": datetime.now(UTC).isoformat()}).json()
    (unit,) = after["units"]
    assert (unit["call_sign"], unit["doing"]) == ("救护01", "accepted")
    assert (unit["lon"], unit["lat"]) == (corner(1, 1).lon, corner(1, 1).lat)
    assert [one["id"] for one in after["incidents"]] == [incident["id"]]
    earlier = town.http.get("/v1/past", params={"at": before.isoformat()}).json()
    assert (earlier["units"][0]["doing"], earlier["incidents"]) == (None, [])
    long_ago = (before - timedelta(hours=2)).isoformat()
    assert town.http.get("/v1/past", params={"at": long_ago}).json()["units"] == []


def test_cells_are_reached_by_the_free_units_alone(town_service: Town) -> None:
    town = town_service
    nobody = town.get("/v1/coverage/cells")["features"]
    assert {f["properties"]["units"] for f in nobody} == {0}
    on_shift(town, "救护01", corner(4, 4))
    cells = town.get("/v1/coverage/cells")["features"]
    assert {f["properties"]["units"] for f in cells} == {1}
    assert all(len(f["geometry"]["coordinates"][0]) == 7 for f in cells)
    assert abs(sum(f["properties"]["demand_points"] for f in cells) - 100) < 0.1

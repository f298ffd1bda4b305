"""Jurisdictions and vehicle limits: set by a supervisor, kept by every decision, seen in the coverage."""

from __future__ import annotations

from typing import Any

import httpx

from dispatch_core.geo import LonLat
from tests.api.desk import ALS, TOW, offered, on_shift, reported, unit_id
from tests.api.town import Town
from tests.city import corner
from tests.waiting import eventually


def square(a: LonLat, b: LonLat) -> dict[str, Any]:
    """Everything between two corners and some metres around."""
    w, e = min(a.lon, b.lon) - 2e-4, max(a.lon, b.lon) + 2e-4
    s, n = min(a.lat, b.lat) - 2e-4, max(a.lat, b.lat) + 2e-4
    return {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}


WEST, EAST = square(corner(0, 0), corner(3, 8)), square(corner(4, 0), corner(8, 8))


def limited(town: Town, **value: Any) -> httpx.Response:
    return town.http.put("/v1/dispatch/limits", json={"value": value, "reason": "the treaty of 2026"})


def test_a_unit_is_sent_beyond_its_districts_by_a_person_alone(town_service: Town) -> None:
    town = town_service
    limited(town, districts={"west": WEST, "east": EAST}, serves={"救护01": ["east"]}).raise_for_status()
    near = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(2, 1), needs=ALS)
    assert eventually(lambda: town.get(f"/v1/incidents/{incident['id']}")["held"]) == ["als"]
    (need,) = town.get(f"/v1/incidents/{incident['id']}/recommendation?lang=en")["explanation"]
    assert need["passed_over"]["outside_district"][0][0] == unit_id(town, "救护01")
    order = {"unit_id": unit_id(town, "救护01"), "need": "als", "reason": "nobody else"}
    url = f"/v1/incidents/{incident['id']}/override"
    assert town.http.post(url, json=order).status_code == 409
    town.http.post(url, json={**order, "even_unavailable": True}).raise_for_status()
    assert offered(near, incident)["status"] == "offered"


def test_a_truck_is_not_sent_to_what_it_cannot_tow(town_service: Town) -> None:
    town = town_service
    weak = "拖车01"
    limited(town, tows_at_most_kg={weak: 1500}, weighs_kg={"damage_accident": 2400}).raise_for_status()
    on_shift(town, weak, corner(2, 1))
    incident = reported(town, corner(2, 1), kind="damage_accident", casualties=0, needs=TOW)
    assert eventually(lambda: town.get(f"/v1/incidents/{incident['id']}")["held"]) == ["wheel_lift"]
    (need,) = town.get(f"/v1/incidents/{incident['id']}/recommendation?lang=en")["explanation"]
    assert need["passed_over"]["too_heavy"][0][0] == unit_id(town, weak)
    limited(town, tows_at_most_kg={weak: 2500}, weighs_kg={"damage_accident": 2400}).raise_for_status()
    assert eventually(lambda: town.get(f"/v1/incidents/{incident['id']}")["missions"])


def test_coverage_is_told_for_each_district(town_service: Town) -> None:
    town = town_service
    assert town.get("/v1/coverage")["kinds"]["ambulance"]["district_points"] == {}
    limited(town, districts={"here": square(corner(0, 0), corner(8, 8))}).raise_for_status()
    on_shift(town, "救护01", corner(0, 0))
    told = town.get("/v1/coverage")["kinds"]["ambulance"]
    assert 0 < told["district_points"]["here"] <= 100


SENSELESS: list[dict[str, Any]] = [
    {"districts": {"line": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}},
    {"districts": {"bow": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}},
    {"districts": {"none": {"type": "Polygon"}}},
    {"districts": {"text": "POLYGON"}},
    {"serves": {"救护01": ["atlantis"]}},
    {"serves": {"救护01": "west"}},
    {"tows_at_most_kg": {"拖车01": -1}},
    {"weighs_kg": {"damage_accident": True}},
    {"weighs_kg": {"flood": 100}},
    {"jurisdiction": {}},
    {"districts": []},
]


def test_limits_that_make_no_sense_are_refused(town_service: Town) -> None:
    assert [limited(town_service, **value).status_code for value in SENSELESS] == [422] * len(SENSELESS)
    assert town_service.get("/v1/dispatch/limits")["revisions"] == []

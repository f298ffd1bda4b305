"""Roads close and open again while units are on their way: over real HTTP, on real road times."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import traffic
from api.service import warm
from dispatch_core.errors import InvalidInput
from dispatch_core.geo import LonLat
from dispatch_core.roads import ROAD_CLASSES, Mode, Roads, TurnParams, compute_order
from tests.api.town import Town, fix_at
from tests.city import corner, town
from tests.waiting import eventually

Json = dict[str, Any]


@pytest.fixture
def roads() -> Roads:
    """Weights of its own: these tests change them."""
    graph = town().graph
    own = Roads(graph, compute_order(graph), turns=TurnParams.none())
    warm(own)
    return own


def _ring(*corners: list[float]) -> Json:
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def _area(around: LonLat, half: float = 0.0008) -> Json:
    west, east, south, north = around.lon - half, around.lon + half, around.lat - half, around.lat + half
    return _ring([west, south], [east, south], [east, north], [west, north])


def _rolling(town_service: Town) -> tuple[Any, Json]:
    """A crew under way from (1, 4) to (7, 4), straight along one street."""
    device = town_service.device("救护01")
    device.post("/v1/driver/positions", json={"positions": [fix_at(corner(1, 4))]}).raise_for_status()
    needs = [{"capability": "bls"}]
    town_service.report(corner(7, 4), needs=needs).raise_for_status()
    mission = device.get("/v1/driver/mission?wait_s=15").raise_for_status().json()
    for step in ("accept", "depart"):
        mission = device.post(f"/v1/driver/missions/{mission['id']}/{step}").raise_for_status().json()
    return device, mission


def test_a_closure_leads_a_crew_around_and_lifting_it_leads_it_back(town_service: Town) -> None:
    device, before = _rolling(town_service)
    flooded = corner(4.5, 4)
    assert _passes(before["route"], flooded)
    band = before["eta_band"]
    assert band["p10_at"] < before["eta_at"] < band["p90_at"]

    closure = town_service.http.post(
        "/v1/traffic/closures", json={"polygon": _area(flooded), "reason": "积水 flooded"}
    )
    assert closure.status_code == 201, closure.text
    assert closure.json()["properties"]["metres"] == pytest.approx(1000, rel=0.01)  # 500 m each way

    known = before["version"]
    after = device.get(f"/v1/driver/mission?wait_s=15&known_version={known}").raise_for_status().json()
    assert not _passes(after["route"], flooded)
    assert after["version"] == known + 1
    assert after["route"]["duration_s"] > before["route"]["duration_s"] + 20
    # around one block: 1,000 m more at 60 km/h on ordinary roads, faster under siren
    assert 900 < after["route"]["distance_m"] - before["route"]["distance_m"] < 1100

    town_service.http.delete(f"/v1/traffic/closures/{closure.json()['id']}").raise_for_status()
    back = device.get(f"/v1/driver/mission?wait_s=15&known_version={after['version']}").json()
    assert _passes(back["route"], flooded)
    assert back["eta_at"] < after["eta_at"]
    again = town_service.http.delete(f"/v1/traffic/closures/{closure.json()['id']}")
    assert again.status_code == 409
    assert again.json()["type"].endswith("closure-lifted")
    lifted = town_service.get("/v1/traffic/closures?all=true")["features"][0]["properties"]
    assert lifted["lifted_by"] == "operator"
    assert not lifted["applies"]
    assert town_service.get("/v1/traffic/closures")["features"] == []


def test_every_desk_is_told_whom_a_closure_leads_around_and_by_how_much(town_service: Town) -> None:
    _device, before = _rolling(town_service)
    events = town_service.events()

    def rerouted() -> Any:
        return next(json.loads(told)["led"] for event, _, told in events if event == "rerouted")

    next(events)  # what there is; everything later is told
    for area, expected in ((corner(2.5, 7), []), (corner(4.5, 4), ["救护01"])):
        body = {"polygon": _area(area), "reason": "flooded"}
        town_service.http.post("/v1/traffic/closures", json=body).raise_for_status()
        led = rerouted()
        assert [one["call_sign"] for one in led] == expected
    # It has not moved: what its way became longer by is what it comes later.
    after = town_service.get(f"/v1/missions/{before['id']}")["route"]["duration_s"]
    assert led[0]["later_s"] == pytest.approx(after - before["route"]["duration_s"], abs=0.2)
    assert led[0]["later_s"] > 20


def test_a_crew_whose_way_is_not_touched_hears_nothing(town_service: Town) -> None:
    device, before = _rolling(town_service)
    body = {"polygon": _area(corner(2.5, 7)), "reason": "works"}
    town_service.http.post("/v1/traffic/closures", json=body).raise_for_status()
    eventually(lambda: town_service.service.traffic.state.closures)
    time.sleep(0.5)
    now = device.get("/v1/driver/mission").raise_for_status().json()
    assert now["version"] == before["version"]


def test_a_closure_by_edge_is_seen_in_road_times_and_by_the_next_decision(town_service: Town) -> None:
    at = corner(4.5, 4)
    found = town_service.get(f"/v1/traffic/edges?lon={at.lon}&lat={at.lat}")
    edges = [one["edge"] for one in found["edges"]]
    assert len(edges) == 2
    assert found["edges"][0]["name"] == "解放路"
    roads = town_service.service.roads
    start, end = corner(3.5, 4), corner(5.5, 4)

    def seconds() -> float:
        spots = roads.snap(np.array([start.lon, end.lon]), np.array([start.lat, end.lat]))
        path = roads.path(spots[:1], spots[1:], mode=Mode.ROAD)
        return float("inf") if path is None else path.duration_s

    free_s = seconds()
    body = {"edges": edges[:1], "both_directions": True, "reason": "accident"}
    town_service.http.post("/v1/traffic/closures", json=body).raise_for_status()
    eventually(lambda: seconds() == pytest.approx(2 * free_s, rel=0.01))  # around one block


def test_a_feed_slows_a_street_until_it_is_over(town_service: Town) -> None:
    roads, graph = town_service.service.roads, town_service.service.roads.graph
    a, b = corner(2, 2), corner(2, 3)

    def seconds() -> float:
        spots = roads.snap(np.array([a.lon, b.lon]), np.array([a.lat, b.lat]))
        return float(roads.table_s(spots[:1], spots[1:], mode=Mode.ROAD)[0, 0])

    def fed(**lasting: float) -> None:
        until = datetime.now(UTC) + timedelta(**lasting)
        body = {"speeds": speeds, "until": until.isoformat()}
        assert town_service.http.post("/v1/traffic/speeds", json=body).status_code == 202

    free_s = seconds()
    speeds = [{"edge": e, "speed_kmh": 20.0} for e in range(graph.edge_count)]
    fed(minutes=10)
    eventually(lambda: seconds() == pytest.approx(3 * free_s, rel=0.01))
    shown = town_service.get("/v1/traffic/speeds")["features"]
    assert len(shown) == graph.edge_count
    assert {f["properties"]["share"] for f in shown} == {0.333}
    fed(seconds=5)  # the newest word on an edge counts
    eventually(lambda: seconds() == pytest.approx(free_s, rel=0.01))
    assert town_service.get("/v1/traffic/speeds")["features"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "x"}, "edges, name, polygon"),
        ({"reason": "x", "name": "解放路", "edges": [1]}, "edges, name, polygon"),
        ({"reason": "x", "name": "Nowhere Street"}, "name"),
        ({"reason": "x", "edges": [999_999]}, "edges"),
        ({"reason": " ", "name": "解放路"}, "reason"),
        ({"reason": "x", "polygon": {"type": "Point", "coordinates": [1, 2]}}, "polygon"),
        ({"reason": "x", "polygon": {"type": "Polygon", "coordinates": "?"}}, "polygon"),
        ({"reason": "x", "polygon": _ring([0, 0], [1, 1], [0, 1], [1, 0])}, "polygon"),
        ({"reason": "x", "polygon": _ring([999, 0], [999, 1], [998, 1])}, "polygon"),
        ({"reason": "x", "name": "解放路", "ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
    ],
)  # fmt: skip
def test_what_closes_nothing_is_refused_with_the_field_named(
    town_service: Town, body: Json, field: str
) -> None:
    answer = town_service.http.post("/v1/traffic/closures", json=body)
    assert answer.status_code == 422, answer.text
    assert field.split(",")[0] in answer.text
    assert town_service.get("/v1/traffic/closures?all=true")["features"] == []


def test_bad_speeds_are_refused_and_none_of_them_is_kept(town_service: Town) -> None:
    until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    for bad in ({"edge": 0, "speed_kmh": 0}, {"edge": -1, "speed_kmh": 30}, {"edge": 10**7, "speed_kmh": 30}):
        body = {"speeds": [{"edge": 1, "speed_kmh": 20}, bad], "until": until}
        assert town_service.http.post("/v1/traffic/speeds", json=body).status_code == 422
    late = {"speeds": [{"edge": 1, "speed_kmh": 20}], "until": "2020-01-01T00:00:00Z"}
    assert town_service.http.post("/v1/traffic/speeds", json=late).status_code == 422


def test_devices_may_not_close_roads(town_service: Town) -> None:
    device = town_service.device("救护01")
    assert device.post("/v1/traffic/closures", json={"name": "解放路", "reason": "x"}).status_code == 403
    assert device.get("/v1/traffic/closures").status_code == 403


def test_questions_are_answered_while_roads_close_and_open(town_service: Town) -> None:
    """Each answer belongs to one of the two worlds, never to a mixture."""
    roads = town_service.service.roads
    start, end = corner(1, 4), corner(7, 4)
    spots = roads.snap(np.array([start.lon, end.lon]), np.array([start.lat, end.lat]))
    seen: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            seen.append(round(float(roads.table_s(spots[:1], spots[1:], mode=Mode.ROAD)[0, 0]), 1))

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        free_s = eventually(lambda: seen and seen[-1])
        for _ in range(3):
            body = {"polygon": _area(corner(4.5, 4)), "reason": "x"}
            closure = town_service.http.post("/v1/traffic/closures", json=body).raise_for_status().json()
            eventually(lambda: seen[-1] != free_s)
            town_service.http.delete(f"/v1/traffic/closures/{closure['id']}").raise_for_status()
            eventually(lambda: seen[-1] == free_s)
    finally:
        stop.set()
        asker.join()
    assert len(set(seen)) == 2


def _passes(route: Json, place: LonLat) -> bool:
    """Whether a route runs along the street of a place in mid-block."""
    row = [
        (a, b)
        for a, b in zip(route["coordinates"][:-1], route["coordinates"][1:], strict=True)
        if abs(a[1] - place.lat) < 1e-4 and abs(b[1] - place.lat) < 1e-4
    ]
    return any(min(a[0], b[0]) < place.lon < max(a[0], b[0]) for a, b in row)


def test_usual_speeds_follow_the_hour_of_the_week(town_service: Town) -> None:
    roads, local = town_service.service.roads, datetime.now(town_service.service.world().zone)
    spots = roads.snap(np.array([corner(1, 4).lon, corner(7, 4).lon]), np.array([corner(1, 4).lat] * 2))
    free_s = roads.table_s(spots[:1], spots[1:], mode=Mode.ROAD)[0, 0]
    assert town_service.get("/v1/traffic/profile")["value"] == {}
    now = local.weekday() * 24 + local.hour
    shares = [0.5 if abs(hour - now) % 168 in (0, 1, 167) else 1.0 for hour in range(168)]
    classes = {ROAD_CLASSES[code]: shares for code in np.unique(roads.graph.road_class).tolist()}
    body = {"value": classes, "reason": "counted"}
    town_service.http.put("/v1/traffic/profile", json=body).raise_for_status()
    eventually(lambda: roads.table_s(spots[:1], spots[1:], mode=Mode.ROAD)[0, 0] > 1.9 * free_s)
    for wrong in (
        {"goat track": [1.0] * 24},
        {"primary": [1.0] * 23},
        {"primary": [0.0] * 24},
        {"primary": 1},
    ):
        refused = town_service.http.put("/v1/traffic/profile", json={"value": wrong, "reason": "typing"})
        assert refused.status_code == 422


def test_a_file_of_speeds_is_fed_by_place_and_heading(
    town_service: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = corner(2.5, 3)
    table = tmp_path / "speeds.csv"
    table.write_text(f"lon;lat;heading_deg;speed\n{at.lon};{at.lat};90;12\n", encoding="utf-8")
    monkeypatch.setenv("YCT_REGION", town_service.service.settings.region)
    command = ["feed", str(table), "--url", town_service.url, "--token", town_service.token]
    done = CliRunner().invoke(traffic.app, command)
    assert done.exit_code == 0, done.output
    (shown,) = eventually(lambda: town_service.get("/v1/traffic/speeds")["features"])
    (tail, head) = shown["geometry"]["coordinates"][0], shown["geometry"]["coordinates"][-1]
    assert (shown["properties"]["kmh"], head[0] > tail[0]) == (12.0, True)  # eastward alone
    table.write_text("lon,lat,speed_kmh\n121.9,33.0,12\n", encoding="utf-8")
    wrong = CliRunner().invoke(traffic.app, command)
    assert isinstance(wrong.exception, InvalidInput)
    assert "line 2: no street within 60 m" in wrong.exception.message


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("lon,lat,heading_deg,speed_kmh\n120.1,33.3,north,12\n", "heading_deg must be a number"),
        ("edge,speed_kmh\n1,nan\n", "speed_kmh must be a number"),
        ("edge,speed_kmh\nnan,12\n", "edge must be a number"),
        ("edge,speed_kmh\n1e400,12\n", "edge must be a number"),
        ("edge,speed_kmh\n1.5,12\n", "edge must be a whole number"),
    ],
)
def test_a_file_of_speeds_that_cannot_be_read_names_its_line(tmp_path: Path, written: str, why: str) -> None:
    table = tmp_path / "speeds.csv"
    table.write_text(written, encoding="utf-8")
    wrong = CliRunner().invoke(traffic.app, ["feed", str(table), "--token", "none"])
    assert isinstance(wrong.exception, InvalidInput)
    assert wrong.exception.message == f"speeds.csv, line 2: {why}"

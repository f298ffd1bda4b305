"""What no open dispatch system that was read has, one story each: see issue 3 of the plan, "none has"."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.api.desk import ALS, BLS, mission_of, offered, on_shift, reported, step, unit_id
from tests.api.town import Town, fix_at
from tests.city import corner
from tests.waiting import eventually


def _params(town: Town, **changes: Any) -> None:
    value = town.get("/v1/dispatch/params")["value"] | changes
    town.http.put("/v1/dispatch/params", json={"value": value, "reason": "a story"}).raise_for_status()


def _mode(town: Town, mode: str) -> None:
    value = town.get("/v1/dispatch/modes")["value"]
    value["injury_accident"] = {"mode": mode, "confirm_within_s": 20}
    town.http.put("/v1/dispatch/modes", json={"value": value, "reason": "a story"}).raise_for_status()


def _explained(town: Town, mission: Any, *, lang: str = "en") -> Any:
    decision = town.get(f"/v1/decisions/{mission['decision_id']}?lang={lang}")
    for told, need in zip(decision["told"], decision["outputs"]["explanation"], strict=True):
        if need["incident_id"] == mission["incident_id"] and need["need"] == mission["need"]:
            return decision, told, need
    raise AssertionError("the decision does not explain this mission")


def test_joint_assignment_of_simultaneous_accidents(town_service: Town) -> None:
    town = town_service
    _mode(town, "manual")
    left, middle = on_shift(town, "救护01", corner(0, 1)), on_shift(town, "救护03", corner(3, 1))
    first, second = reported(town, corner(2, 1), needs=ALS), reported(town, corner(5, 1), needs=ALS)
    _mode(town, "automatic")
    missions = {first["id"]: offered(left, first), second["id"]: offered(middle, second)}
    assert len({m["decision_id"] for m in missions.values()}) == 1
    # One after the other, the first accident takes the nearer crew and the second waits for the far one.
    _, told, need = _explained(town, missions[first["id"]])
    assert need["nearest_idle"] == [unit_id(town, "救护03")]
    assert "nearest idle would send 救护03" in told["nearest_idle"]


def test_reoptimising_units_already_rolling(town_service: Town) -> None:
    town = town_service
    far = on_shift(town, "救护01", corner(8, 8))
    incident = reported(town, corner(0, 0), casualties=3, priority=1, needs=ALS)
    rolling = offered(far, incident)
    step(far, rolling, "accept", "depart")
    near = on_shift(town, "救护03", corner(0, 1))
    relief = offered(near, incident)
    decision = town.get(f"/v1/decisions/{relief['decision_id']}")
    assert [m["unit_id"] for m in decision["outputs"]["moves"]] == [unit_id(town, "救护01")]
    assert eventually(lambda: mission_of(far) is None)
    ended = next(
        m for m in town.get(f"/v1/incidents/{incident['id']}")["missions"] if m["id"] == rolling["id"]
    )
    assert (ended["status"], ended["end_reason"]) == ("bumped", "reassigned")


def test_preemption_with_a_loop_guard(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(0, 0))
    slight = reported(town, corner(8, 8), kind="damage_accident", casualties=0, needs=BLS)
    first = offered(device, slight)
    step(device, first, "accept", "depart")
    grave = reported(town, corner(2, 0), casualties=3, priority=1, needs=BLS)
    moved = offered(device, grave)
    assert moved["replaces"] == first["id"]
    eventually(lambda: town.get(f"/v1/incidents/{slight['id']}")["held"] == ["bls"])
    as_grave = reported(town, corner(1, 0), casualties=3, priority=1, needs=BLS, plates=["苏J00001"])
    eventually(lambda: town.get(f"/v1/incidents/{as_grave['id']}")["held"] == ["bls"])
    assert mission_of(device)["incident_id"] == grave["id"]  # nearer, but no graver: nobody is taken off
    circle = town.get("/v1/dispatch/params")["value"] | {"may_bump": [[3, 1], [1, 2], [2, 3]]}
    refused = town.http.put("/v1/dispatch/params", json={"value": circle, "reason": "try"})
    assert (refused.status_code, "cycle" in refused.json()["detail"]) == (422, True)


def test_coverage_priced_into_the_choice(town_service: Town) -> None:
    town = town_service
    # Three stand together in the south-west; one alone covers the north-east, and is a little nearer.
    for n, sign in enumerate(("救护01", "救护03", "救护05")):
        on_shift(town, sign, corner(1 + n / 10, 0))
    on_shift(town, "救护07", corner(7.4, 8))
    incident = {"needs": ALS, "priority": 3}
    _mode(town, "manual")
    asked = reported(town, corner(4.5, 4), **incident)
    path = f"/v1/incidents/{asked['id']}/recommendation?lang=en"
    alone = unit_id(town, "救护07")
    assert [a["unit_id"] for a in town.get(path)["assignments"]] == [alone]
    _params(town, coverage_point_s=200.0, coverage_cap_s=2000.0)
    near = {"standard_s": {"ambulance": 200.0, "tow": 600.0}}
    town.http.put("/v1/dispatch/coverage", json={"value": near, "reason": "a small town"}).raise_for_status()
    priced = town.get(path)
    assert alone not in [a["unit_id"] for a in priced["assignments"]]
    (need,) = priced["explanation"]
    assert need["chosen"][0]["terms_s"]["coverage"] >= 0
    _mode(town, "automatic")
    (mission,) = eventually(lambda: town.get(f"/v1/incidents/{asked['id']}")["missions"])
    assert mission["unit_id"] != alone
    decision, _, _ = _explained(town, mission)
    assert decision["inputs"]["coverage_loss"]
    points = decision["coverage"]["ambulance"]
    assert points["after_points"] <= points["before_points"]


def test_why_not_for_every_unit(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    on_shift(town, "救护03", corner(6, 6))
    incident = reported(town, corner(2, 1), needs=ALS)
    _, told, need = _explained(town, offered(device, incident))
    named = {c["unit_id"] for c in need["chosen"]} | {a["unit_id"] for a in need["next_best"]}
    named |= {row[0] for rows in need["passed_over"].values() for row in rows}
    everybody = {u["id"] for u in town.get("/v1/units")["units"]}
    assert named <= everybody
    assert len(named) + sum(need["not_listed"].values()) == len(everybody)
    assert any("is off shift" in line for line in told["why_not"])
    _, chinese, _ = _explained(town, mission_of(device), lang="zh-CN")
    assert any("未当班" in line for line in chinese["why_not"])


def test_predicted_against_actual_arrival(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(3, 1), needs=BLS)
    mission = offered(device, incident)
    predicted = mission["predicted_eta_at"]
    step(device, mission, "accept", "depart")
    device.post("/v1/driver/positions", json=fix_at(corner(1.2, 1))).raise_for_status()
    eventually(lambda: mission_of(device)["eta_at"] != predicted)
    coming = mission_of(device)
    assert coming["eta_band"]["p10_at"] <= coming["eta_at"] <= coming["eta_band"]["p90_at"]
    arrived = step(device, mission, "arrive")
    assert arrived["predicted_eta_at"] == predicted
    error = datetime.fromisoformat(arrived["arrived_at"]) - datetime.fromisoformat(predicted)
    assert timedelta(minutes=-10) < error < timedelta(0)


def test_replay_of_the_live_log_under_another_policy(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(2, 1), needs=BLS)
    step(device, offered(device, incident), "accept", "depart", "arrive", "finish")
    day = datetime.fromisoformat(incident["reported_at"]).astimezone(town.service.zone).date().isoformat()
    told = town.get(f"/v1/replay?day={day}&policy=joint&against=nearest_idle")
    assert (told["accidents"], told["as_it_happened"]["responses"]) == (1, 1)
    assert set(told["replayed"]) == {"joint", "nearest_idle"}
    joint = told["replayed"]["joint"]
    assert (joint["responses"], joint["unserved"], joint["redispatches"]) == (1, 0, 0)
    for outcome in (told["as_it_happened"], joint):
        assert outcome["drive_km"] > 0
        assert outcome["coverage_points"]["ambulance"] > 0
    assert joint["mean_s"]["ci95"][0] <= joint["mean_s"]["value"] <= joint["mean_s"]["ci95"][1]
    assert town.http.get("/v1/replay?day=2001-01-01").status_code == 404


def test_ambulance_and_tow_truck_in_one_ordered_plan(town_service: Town) -> None:
    town = town_service
    ambulance, tow = on_shift(town, "救护01", corner(1, 1)), on_shift(town, "拖车01", corner(3, 1))
    incident = reported(town, corner(2, 1))
    rescue, towing = offered(ambulance, incident), offered(tow, incident)
    assert rescue["decision_id"] == towing["decision_id"]
    assert rescue["depart_at"] is None
    rescued_at, there_at = (datetime.fromisoformat(m["eta_at"]) for m in (rescue, towing))
    assert there_at - rescued_at > timedelta(minutes=10)
    assert datetime.fromisoformat(towing["depart_at"]) < there_at

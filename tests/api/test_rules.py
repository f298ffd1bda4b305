"""Every rule is kept in the same way: dated, with who set it and why, and refused where it makes no sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.desk import ALS, offered, on_shift, reported, step
from tests.api.town import Town
from tests.city import corner

RULES = [
    "/v1/dispatch/params", "/v1/dispatch/modes", "/v1/response-plans", "/v1/dispatch/duplicates",
    "/v1/dispatch/escalation", "/v1/dispatch/move-up", "/v1/dispatch/compliance", "/v1/dispatch/limits",
    "/v1/dispatch/coverage", "/v1/dispatch/offers", "/v1/traffic/profile",
]  # fmt: skip
STRICT = {"standard_s": {"ambulance": 180.0, "tow": 900.0}, "busy": 0.4}


def put(town: Town, path: str, value: Any, **more: Any) -> Any:
    body = {"value": value, "reason": "a test's", **more}
    return town.http.put(path, json=body).raise_for_status().json()


def test_what_is_shown_may_be_set_again_and_is_kept_with_who_and_why(town_service: Town) -> None:
    for path in RULES:
        before = town_service.get(path)
        assert before["revisions"] == []
        after = put(town_service, path, before["value"])
        assert after["value"] == before["value"], path
        (kept,) = after["revisions"]
        assert (kept["set_by"], kept["reason"], kept["value"]) == ("operator", "a test's", before["value"])
        refused = town_service.http.put(path, json={"value": {"magic": 1}, "reason": "try"})
        assert refused.status_code == 422, path
        assert town_service.http.put(path, json={"value": before["value"], "reason": " "}).status_code == 422


def test_a_standard_of_tomorrow_does_not_hold_today(town_service: Town) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    told = put(town_service, "/v1/dispatch/coverage", STRICT, valid_from=tomorrow)
    assert told["value"]["standard_s"] == {"ambulance": 600.0, "tow": 1800.0}
    assert told["revisions"][0]["value"] == STRICT
    assert town_service.get("/v1/coverage")["kinds"]["ambulance"]["standard_s"] == 600


def test_a_new_standard_measures_the_desk_and_new_plans_but_not_what_was_before(town_service: Town) -> None:
    town = town_service
    device = on_shift(town, "救护01", corner(0, 0))
    incident = reported(town, corner(1, 0), needs=ALS)
    mission = offered(device, incident)
    decided = f"/v1/decisions/{mission['decision_id']}"
    as_it_was = town.get(decided)["coverage"]
    step(device, mission, "accept", "depart", "arrive", "finish")
    wide = town.get("/v1/coverage")["kinds"]["ambulance"]
    put(town, "/v1/dispatch/coverage", STRICT)
    told = town.get("/v1/coverage")
    narrow = told["kinds"]["ambulance"]
    assert (told["busy"], narrow["standard_s"], told["kinds"]["tow"]["standard_s"]) == (0.4, 180, 900)
    assert 0 < narrow["covered_points"] < wide["covered_points"]
    assert town.get("/v1/coverage/cells?kind=tow")["standard_s"] == 900
    assert town.get("/v1/plans/today")["scenario"]["run"]["standard_min"] == 3
    assert town.get(decided)["coverage"] == as_it_was
    day = datetime.fromisoformat(incident["reported_at"]).astimezone(town.service.zone).date()
    assert town.get(f"/v1/replay?day={day}")["late_after_s"] == {"ambulance": 600, "tow": 1800}


def test_weights_that_a_supervisor_set_hold_in_new_plans(town_service: Town) -> None:
    town = town_service
    assert "dispatch" not in town.get("/v1/plans/today")["scenario"]
    value = town.get("/v1/dispatch/params")["value"]
    put(town, "/v1/dispatch/params", value | {"switch_s": 240.0, "fresh_s": 50.0, "may_bump": [[4, 1]]})
    scenario = town.get("/v1/plans/today")["scenario"]
    assert scenario["dispatch"] == {"switch_s": 240.0, "may_bump": [[4, 1]]}  # fresh_s is not simulated
    checked = town.http.post("/v1/plans/check", json={"scenario": scenario})
    assert checked.status_code == 200, checked.text


def test_a_crew_has_as_long_to_answer_as_the_rule_says_when_it_is_asked(town_service: Town) -> None:
    town = town_service
    first = on_shift(town, "救护01", corner(0, 0))
    asked = offered(first, reported(town, corner(1, 0), needs=ALS))
    assert _answer_within_s(asked) == 30
    put(town, "/v1/dispatch/offers", {"answer_within_s": 45})
    second = on_shift(town, "救护03", corner(8, 8))
    assert _answer_within_s(offered(second, reported(town, corner(7, 8), needs=ALS))) == 45
    assert _answer_within_s(town.get(f"/v1/missions/{asked['id']}")) == 30


def _answer_within_s(mission: Any) -> float:
    asked, until = (datetime.fromisoformat(mission[key]) for key in ("offered_at", "offer_expires_at"))
    return (until - asked).total_seconds()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/v1/dispatch/coverage", {"standard_s": {"ambulance": 59}}),
        ("/v1/dispatch/coverage", {"standard_s": {"helicopter": 600}}),
        ("/v1/dispatch/coverage", {"standard_s": {"tow": True}}),
        ("/v1/dispatch/coverage", {"standard_s": 600}),
        ("/v1/dispatch/coverage", {"busy": 1}),
        ("/v1/dispatch/offers", {"answer_within_s": 4.9}),
        ("/v1/dispatch/offers", {"answer_within_s": 601}),
        ("/v1/dispatch/offers", {"answer_within_s": "30"}),
    ],
)
def test_a_rule_nobody_could_keep_is_refused(town_service: Town, path: str, value: Any) -> None:
    refused = town_service.http.put(path, json={"value": value, "reason": "try"})
    assert refused.status_code == 422
    assert town_service.get(path)["revisions"] == []

"""The desk is told once of what it must look at, and says that it does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.desk import BLS, offered, on_shift, reported, step
from tests.api.town import Town, fix_at
from tests.city import corner
from tests.waiting import eventually


def _thresholds(town: Town, **seconds: float) -> None:
    value = town.get("/v1/dispatch/escalation")["value"] | {"calm_s": 0.2} | seconds
    body = {"value": value, "reason": "a short story"}
    town.http.put("/v1/dispatch/escalation", json=body).raise_for_status()


def _alarms(town: Town, *, standing: bool = True) -> Any:
    return town.get(f"/v1/alarms?standing={str(standing).lower()}")["alarms"]


def test_a_crew_that_does_not_roll_is_an_alarm_told_once_acknowledged_and_over_when_it_leaves(
    town_service: Town,
) -> None:
    town = town_service
    _thresholds(town, not_rolling_s=0.5)
    device = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(4, 1), needs=BLS)
    mission = offered(device, incident)
    events = town.events()
    assert json.loads(next(events)[2])["alarms"] == []
    step(device, mission, "accept")
    told = json.loads(next(data for name, _, data in events if name == "alarm"))
    assert (told["kind"], told["mission_id"], told["cleared_at"]) == ("not_rolling", mission["id"], None)
    (alarm,) = _alarms(town)
    seen = town.http.post(f"/v1/alarms/{alarm['id']}/acknowledge", json={"note": "called them"})
    assert (seen.json()["acknowledged_by"], seen.json()["note"]) == ("operator", "called them")
    again = town.http.post(f"/v1/alarms/{alarm['id']}/acknowledge", json={"note": "me too"})
    assert again.json() == seen.json()
    step(device, mission, "depart")
    assert eventually(lambda: _alarms(town) == [])
    (past,) = _alarms(town, standing=False)
    assert past["id"] == alarm["id"]
    assert past["cleared_at"]


def test_a_silent_radio_on_the_way_is_an_alarm_until_it_is_heard_for_a_while(town_service: Town) -> None:
    town = town_service
    _thresholds(town, silent_s=1.5, silent_off_s=1.0)
    device = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(6, 1), needs=BLS)
    step(device, offered(device, incident), "accept", "depart")
    (alarm,) = eventually(lambda: [a for a in _alarms(town) if a["kind"] == "silent"])
    assert alarm["incident_id"] == incident["id"]

    def heard() -> bool:
        device.post("/v1/driver/positions", json=fix_at(corner(1.2, 1))).raise_for_status()
        return not [a for a in _alarms(town) if a["kind"] == "silent"]

    assert eventually(heard)


def test_a_late_arrival_is_overdue(town_service: Town) -> None:
    town = town_service
    _thresholds(town, overdue_s=20, overdue_off_s=10)
    device = town.device("救护01")
    ago = (datetime.now(UTC) - timedelta(seconds=300)).isoformat()
    device.post("/v1/driver/positions", json=fix_at(corner(4, 4), fixed_at=ago)).raise_for_status()
    incident = reported(town, corner(4, 5), needs=BLS)
    mission = offered(device, incident)
    step(device, mission, "accept", "depart")
    device.post("/v1/driver/positions", json=fix_at(corner(0, 0))).raise_for_status()
    (alarm,) = eventually(lambda: [a for a in _alarms(town) if a["kind"] == "overdue"])
    assert alarm["mission_id"] == mission["id"]
    step(device, mission, "arrive")
    assert eventually(lambda: _alarms(town) == [])


def test_thresholds_that_would_flap_are_refused(town_service: Town) -> None:
    value = town_service.get("/v1/dispatch/escalation")["value"]
    assert (value["not_accepted_s"], value["not_rolling_s"]) == (30.0, 180.0)
    body = {"value": value | {"overdue_off_s": 500}, "reason": "try"}
    refused = town_service.http.put("/v1/dispatch/escalation", json=body)
    assert (refused.status_code, "flap" in refused.json()["detail"]) == (422, True)
    body = {"value": value | {"silent_s": "soon"}, "reason": "try"}
    assert town_service.http.put("/v1/dispatch/escalation", json=body).status_code == 422

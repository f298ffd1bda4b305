"""What a hospital is told of who is being brought to it."""

from __future__ import annotations

from tests.api.desk import ALS, offered, on_shift, reported, step
from tests.api.town import Town
from tests.city import corner


def test_a_hospital_sees_who_comes_when_and_with_what(town_service: Town) -> None:
    town = town_service
    ambulance = on_shift(town, "救护01", corner(1, 1))
    incident = reported(town, corner(2, 1), needs=ALS, description="腿部骨折")
    mission = offered(ambulance, incident)
    loaded = step(ambulance, mission, "accept", "depart", "arrive", "load")
    hospital = loaded["destination"]["id"]
    (coming,) = town.get(f"/v1/places/{hospital}/arrivals")["arrivals"]
    assert (coming["call_sign"], coming["status"]) == ("救护01", "loaded")
    assert coming["incident"]["description"] == "腿部骨折"
    band = coming["eta_band"]
    assert band["p10_at"] <= coming["eta_at"] <= band["p90_at"]
    step(ambulance, mission, "deliver")
    (there,) = town.get(f"/v1/places/{hospital}/arrivals")["arrivals"]
    assert (there["status"], there["eta_at"]) == ("delivered", None)
    step(ambulance, mission, "finish")
    assert town.get(f"/v1/places/{hospital}/arrivals")["arrivals"] == []

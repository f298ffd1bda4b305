"""Where a damaged car goes is its party's free choice."""

from __future__ import annotations

from tests.api.desk import TOW, offered, on_shift, reported, step
from tests.api.town import Town
from tests.city import corner


def test_a_party_chooses_its_repair_shop_freely_and_the_tow_truck_is_told(town_service: Town) -> None:
    town = town_service
    tow = on_shift(town, "拖车01", corner(1, 1))
    answer = town.report(corner(2, 1), kind="damage_accident", casualties=0, needs=TOW).json()
    party = town.client()
    mine = f"/v1/track/{answer['tracking_url'].rsplit('/', 1)[1]}"
    offer = party.get(f"{mine}/repair-shops").raise_for_status().json()
    shops = [shop["id"] for shop in offer["repair_shops"]]
    assert offer["chosen_id"] is None
    assert len(shops) == len(town.get("/v1/places?kind=repair_shop")["places"])
    made = town.http.post(f"/v1/incidents/{answer['incident']['id']}/tracking-links", json={"party": "B"})
    other = f"/v1/track/{made.json()['tracking_url'].rsplit('/', 1)[1]}"
    theirs = [shop["id"] for shop in party.get(f"{other}/repair-shops").json()["repair_shops"]]
    assert (sorted(theirs), theirs == shops) == (sorted(shops), False)  # the same shops in another order
    hospital = town.get("/v1/places?kind=hospital")["places"][0]["id"]
    assert party.put(f"{mine}/repair-shop", json={"place_id": hospital}).status_code == 422
    chosen = party.put(f"{mine}/repair-shop", json={"place_id": shops[7]}).raise_for_status().json()
    assert chosen["chosen_id"] == shops[7]
    mission = offered(tow, answer["incident"])
    moved = step(tow, mission, "accept", "depart", "arrive", "load")
    assert moved["destination"]["id"] == shops[7]
    kinds = [e["kind"] for e in town.get(f"/v1/incidents/{answer['incident']['id']}/case")["entries"]]
    assert "incident.repair_shop_chosen" in kinds
    step(tow, mission, "deliver", "finish")
    late = party.put(f"{mine}/repair-shop", json={"place_id": None})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/incident-status-conflict")
    assert party.get("/v1/track/none-such/repair-shops").status_code == 404


def test_a_car_whose_party_has_not_chosen_goes_to_a_yard(town_service: Town) -> None:
    town = town_service
    tow = on_shift(town, "拖车01", corner(1, 1))
    incident = reported(town, corner(2, 1), kind="damage_accident", casualties=0, needs=TOW)
    moved = step(tow, offered(tow, incident), "accept", "depart", "arrive", "load")
    assert moved["destination"]["kind"] == "yard"

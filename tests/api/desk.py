"""What the stories of the desk have in common: crews on shift where the story wants them."""

from __future__ import annotations

from typing import Any

import httpx

from dispatch_core.geo import LonLat
from tests.api.town import Town, fix_at
from tests.waiting import eventually


def on_shift(town: Town, sign: str, at: LonLat) -> httpx.Client:
    """Who looks for a unit from now on, at this moment or at the next look, finds it there."""
    device = town.off_duty(sign)
    device.post("/v1/driver/positions", json=fix_at(at)).raise_for_status()
    device.post("/v1/driver/shift/begin").raise_for_status()
    return device


def mission_of(device: httpx.Client) -> Any:
    answer = device.get("/v1/driver/mission")
    return answer.json() if answer.status_code == 200 else None


def offered(device: httpx.Client, incident: Any) -> Any:
    """The mission that the crew has for this incident."""

    def mine() -> Any:
        found = mission_of(device)
        return found if found and found["incident_id"] == incident["id"] else None

    return eventually(mine)


def step(device: httpx.Client, mission: Any, *steps: str) -> Any:
    for one in steps:
        moved = device.post(f"/v1/driver/missions/{mission['id']}/{one}").raise_for_status().json()
    return moved


def reported(town: Town, at: LonLat, **facts: Any) -> Any:
    return town.report(at, **facts).raise_for_status().json()["incident"]


def unit_id(town: Town, sign: str) -> str:
    found: str = next(u["id"] for u in town.get("/v1/units")["units"] if u["call_sign"] == sign)
    return found


ALS = [{"capability": "als"}]
BLS = [{"capability": "bls"}]
TOW = [{"capability": "wheel_lift"}]

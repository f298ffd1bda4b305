"""What the desk must answer: a crew that does not roll, two reports that may be of one accident."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.city import SCENES, City
from tests.browser.test_accessibility import AXE_ITSELF, serious
from tests.waiting import eventually

pytestmark = pytest.mark.browser
Desk = Callable[..., Page]


@pytest.fixture
def hasty(city: City) -> Iterator[None]:
    """Whoever does not roll half a second after accepting is an alarm."""
    before = city.get("/v1/dispatch/escalation")["value"]
    _set(city, "escalation", before | {"not_rolling_s": 0.5, "calm_s": 0.2})
    eventually(lambda: city.get("/v1/alarms")["alarms"] == [])  # those of what was called off are over
    yield
    _set(city, "escalation", before)


@pytest.fixture
def careful(city: City) -> Iterator[None]:
    """Nothing is joined without a person."""
    before = city.get("/v1/dispatch/duplicates")["value"]
    _set(city, "duplicates", before | {"join_at": 1.1})
    yield
    _set(city, "duplicates", before)


def _set(city: City, name: str, value: Any) -> None:
    body = {"value": value, "reason": "test"}
    city.client.put(f"/v1/dispatch/{name}", json=body).raise_for_status()
    time.sleep(0.3)  # until the service has heard of it


@pytest.mark.usefixtures("hasty")
def test_an_alarm_is_seen_heard_answered_by_keyboard_and_over(city: City, desk: Desk) -> None:
    page = desk(AXE_ITSELF)
    expect(page.locator('.notice[data-kind="alarm"]')).to_have_count(0)
    incident = city.report()["incident"]
    mission = next(m for m in city.missions(incident["id"]) if m["need"] in {"als", "bls"})
    crew = city.crews[mission["unit_id"]]
    crew.step(mission["id"], "accept")
    card = page.locator('.notice[data-kind="alarm"]', has_text=mission["call_sign"])
    expect(card).to_contain_text("接单后未出发")
    assert serious(page) == []
    page.keyboard.press("e")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("已有人处理")
    (alarm,) = [one for one in city.get("/v1/alarms")["alarms"] if one["mission_id"] == mission["id"]]
    assert alarm["acknowledged_by"] == "operator"
    crew.step(mission["id"], "depart")
    expect(card).to_have_count(0)


@pytest.mark.usefixtures("careful")
def test_two_reports_of_one_accident_are_joined_and_split_again(city: City, desk: Desk) -> None:
    page = desk()
    lon, lat = SCENES[1]  # where a hundred metres are no more by road
    first = city.report(lon=lon, lat=lat)["incident"]
    beside = {"lon": lon + 0.0012, "lat": lat}
    second = city.report(**beside)["incident"]
    assert second["id"] != first["id"]
    card = page.locator('.notice[data-kind="duplicate"]')
    expect(card).to_contain_text(f"#{second['number']} 与 #{first['number']}")
    card.get_by_role("button", name="合并").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("原因").fill("同一报案人")
    dialog.get_by_role("button", name="合并").click()
    expect(card).to_have_count(0)
    row = page.locator(f'.incident-card[data-id="{first["id"]}"]')
    row.click()
    expect(page.locator(".incident-card")).to_have_count(1)
    page.locator(".joined").get_by_role("button", name="拆分").click()
    dialog.get_by_label("原因").fill("车辆不同")
    dialog.get_by_role("button", name="拆分").click()
    expect(page.locator(".incident-card")).to_have_count(2)
    expect(page.locator(".joined")).to_have_count(0)
    page.keyboard.press("Escape")
    eventually(lambda: city.get("/v1/duplicates?state=split")["duplicates"] != [])

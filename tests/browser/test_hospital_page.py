"""A hospital's board: patients on their way, and what the hospital sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import SIGNED_OUT
from tests.browser.city import City
from tests.browser.relay import relayed
from tests.browser.test_accessibility import AXE_ITSELF, serious
from tests.waiting import eventually

pytestmark = pytest.mark.browser
Visitor = Callable[..., Page]


def a_loaded_ambulance(city: City) -> Any:
    """Its mission, with a hospital as its destination."""
    incident = city.report(description="腿部骨折，意识清醒")["incident"]
    mission = next(m for m in city.missions(incident["id"]) if m["need"] in {"als", "bls"})
    crew = city.crews[mission["unit_id"]]
    for step in ("accept", "depart", "arrive", "load"):
        crew.step(mission["id"], step)
    return city.get(f"/v1/missions/{mission['id']}")


def test_a_hospital_sees_who_comes_and_sets_what_it_can_take(city: City, visitor: Visitor) -> None:
    mission = a_loaded_ambulance(city)
    hospital = mission["destination"]
    page = visitor(SIGNED_OUT, AXE_ITSELF)
    page.goto(f"{city.url}/hospital#{hospital['id']}")
    page.get_by_label("值班员令牌").fill(city.token)
    page.get_by_role("button", name="登录").click()
    row = page.locator(".arrival", has_text=mission["call_sign"])
    expect(row).to_contain_text("腿部骨折")
    expect(row.locator(".when .timer")).to_be_visible()
    page.get_by_label("空床").fill("17")
    page.get_by_label("空床").press("Enter")
    page.get_by_role("switch", name="请求分流").click()

    def told() -> bool:
        facts = next(p for p in city.get("/v1/places")["places"] if p["id"] == hospital["id"])["facts"]
        return facts.get("beds") == 17 and facts.get("diversion") is True

    eventually(told)
    assert serious(page) == []
    page.get_by_role("switch", name="请求分流").click()
    city.crews[mission["unit_id"]].step(mission["id"], "deliver")
    expect(row.locator(".when")).to_have_text("已到")
    city.crews[mission["unit_id"]].step(mission["id"], "finish")
    expect(row).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_board_that_hears_nothing_says_so_on_every_screen(city: City, visitor: Visitor, width: int) -> None:
    with relayed(city.url) as (url, relay):
        page = visitor(SIGNED_OUT, "ERR_", origin=url, viewport={"width": width, "height": 844})
        page.goto(f"{url}/hospital#token={city.token}")
        expect(page.locator(".hospital-choice")).to_be_visible()
        expect(page.locator("body")).to_have_attribute("data-connection", "live")
        relay.cut()
        expect(page.get_by_text("连接中断，正在重连")).to_be_in_viewport(ratio=1)
        relay.mend()
        expect(page.get_by_text("连接中断，正在重连")).to_have_count(0)
        page.close()


def test_the_sign_in_page_takes_a_code_from_another_screen(city: City, visitor: Visitor) -> None:
    code = city.client.post("/v1/session/code").raise_for_status().json()["code"]
    page = visitor(SIGNED_OUT, AXE_ITSELF, locale="en-GB")
    page.goto(f"{city.url}/signin?next=hospital")
    assert serious(page) == []
    page.get_by_label("Operator").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/hospital")
    expect(page.locator(".hospital-choice")).to_be_visible()

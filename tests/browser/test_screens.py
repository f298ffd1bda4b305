"""One desk on several screens, and what other pages change, seen on it without loading anything again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import SIGNED_OUT
from tests.browser.city import City, sign_in
from tests.browser.looking import until
from tests.browser.test_accessibility import AXE_ITSELF, serious
from tests.waiting import eventually

pytestmark = pytest.mark.browser
Desk = Callable[..., Page]


def test_a_further_screen_shows_the_map_alone_and_follows_what_is_chosen(city: City, visitor: Desk) -> None:
    page = visitor(SIGNED_OUT, AXE_ITSELF)
    sign_in(page, city)
    incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
    with page.context.expect_page() as opened:
        page.keyboard.press("p")
    further = opened.value
    further.wait_for_selector("#map[data-ready]")
    until(further, "yct.world.loaded")
    expect(further.locator("#panel")).to_be_hidden()
    page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    marker = further.locator(f'.incident-marker[data-incident="{incident["id"]}"]')
    expect(marker).to_have_attribute("aria-current", "true")
    expect(further.locator("#detail")).to_be_hidden()
    assert serious(further) == []
    further.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    marker.click()
    expect(page.locator("#detail h2")).to_have_text("车辆故障")
    further.keyboard.press("n")
    expect(page.locator("form.report .report-pin, .report-pin")).to_be_visible()
    expect(further.locator("form.report")).to_have_count(0)


def test_a_hospital_that_asks_for_diversion_is_seen_at_once_and_set_at_the_desk(
    city: City, desk: Desk
) -> None:
    page = desk(AXE_ITSELF)
    hospital = city.get("/v1/places?kind=hospital")["places"][0]
    mark = page.locator(f'.place-marker[data-place="{hospital["id"]}"]')
    expect(mark).not_to_have_attribute("data-diversion", "true")
    change = city.client.patch(f"/v1/places/{hospital['id']}", json={"diversion": True, "beds": 3})
    change.raise_for_status()
    expect(mark).to_have_attribute("data-diversion", "true")
    page.keyboard.press("/")
    page.keyboard.type(hospital["name"])
    expect(page.get_by_role("option")).to_contain_text(hospital["name"])
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_have_text(hospital["name"])
    expect(page.locator("#detail .facts")).to_contain_text("3")
    assert serious(page) == []
    page.get_by_role("button", name="结束分流").click()
    expect(mark).not_to_have_attribute("data-diversion", "true")

    def diverted() -> bool:
        found = next(p for p in city.get("/v1/places")["places"] if p["id"] == hospital["id"])
        return bool(found["facts"].get("diversion"))

    eventually(lambda: not diverted())
    page.keyboard.press("Escape")

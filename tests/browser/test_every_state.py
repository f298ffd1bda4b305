"""What axe finds in the states met on the way: dialogs, offers, missions, the party's page, in the dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import SIGNED_OUT
from tests.browser.city import City
from tests.browser.phone import PHONE, signed_in_phone
from tests.browser.test_accessibility import AXE_ITSELF, serious

pytestmark = pytest.mark.browser
Visitor = Callable[..., Page]
DARK = {"color_scheme": "dark"}
FAR = {"longitude": -71.2150, "latitude": -29.9050, "accuracy": 5}
SCENE = {"lon": -71.2165, "lat": -29.9055}


def test_no_dialog_of_the_desk_shuts_anybody_out(city: City, desk: Visitor) -> None:
    page = desk(AXE_ITSELF, **DARK, viewport={"width": 1440, "height": 900})
    incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
    city.missions(incident["id"])
    row = page.locator(f'.incident-card[data-id="{incident["id"]}"]')
    found: dict[str, list[str]] = {}
    for key in ("l", "w", "v", "?"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        found[key] = serious(page)
        page.keyboard.press("Escape")
    row.click()
    page.keyboard.press("o")
    expect(page.get_by_role("dialog")).to_contain_text("另派车组")
    found["o"] = serious(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="取消事故").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found["cancel"] = serious(page)
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator(".replay")).to_be_visible()
    page.keyboard.press("r")
    found["t"] = serious(page)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    found["a"] = serious(page)
    page.keyboard.press("Escape")
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_an_errand_shuts_crew_or_party_out(city: City, visitor: Visitor, scheme: str) -> None:
    units: list[Any] = city.get("/v1/units")["units"]
    free = [
        u for u in units if u["kind"] == "tow" and u["status"] == "off_shift" and u["id"] not in city.crews
    ]
    unit = next(u for u in free if "wheel_lift" in u["capabilities"])
    look = {"color_scheme": scheme}
    page = signed_in_phone(visitor, city, unit, AXE_ITSELF, geolocation=FAR, **look)
    party = visitor(AXE_ITSELF, SIGNED_OUT, "404", **PHONE, **look)
    found: dict[str, list[str]] = {}
    page.get_by_role("button", name="开始上岗").tap()
    expect(page.get_by_text("已送达")).to_be_visible()
    reported = city.report(kind="breakdown", casualties=0, vehicles=1, **SCENE)
    page.locator(".drive-offer").wait_for()
    found["offer"] = serious(page)
    page.get_by_role("button", name="拒单").tap()
    page.get_by_role("dialog").wait_for()
    page.get_by_role("button", name="返回").tap()
    party.goto(city.url + urlsplit(reported["tracking_url"]).path)
    party.locator(".party-main .safety").wait_for()
    found["choosing"] = serious(party)
    page.get_by_role("button", name="接单").tap()
    page.locator(".turn-bar").wait_for()
    found["mission"] = serious(page)
    page.get_by_role("button", name="更多").tap()
    page.get_by_role("dialog").wait_for()
    found["menu"] = serious(page)
    page.get_by_role("button", name="返回").tap()
    party.locator(".rescuer .timer").wait_for()
    found["coming"] = serious(party)
    for name in ("出发", "已到现场"):
        page.get_by_role("button", name=name).tap()
    expect(party.get_by_role("heading", level=1)).to_have_text("救援已到现场")
    found["there"] = serious(party)
    party.goto(f"{city.url}/t/no-such-link-0123456789")
    party.locator(".empty").wait_for()
    found["gone"] = serious(party)
    for name in ("装载完毕", "已送达", "完成任务"):
        page.get_by_role("button", name=name).tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("待命")
    page.get_by_role("button", name="下班").tap()
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("path", ["rules", "plan", "hospital"])
@pytest.mark.parametrize("wishes", [DARK, {**PHONE, "permissions": [], "locale": "en-GB"}])
def test_the_other_pages_shut_nobody_out(city: City, visitor: Visitor, path: str, wishes: Any) -> None:
    page = visitor(AXE_ITSELF, SIGNED_OUT, **wishes)
    page.goto(f"{city.url}/{path}#token={city.token}")
    page.locator(
        {"rules": ".rule-fields", "plan": ".station-marker", "hospital": ".ability"}[path]
    ).first.wait_for()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("screen.width")

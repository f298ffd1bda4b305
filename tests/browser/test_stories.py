"""The whole of a rescue through every page at once: desk, driver's phone, the party's phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.city import City
from tests.browser.looking import PIXELS, differing_share
from tests.browser.phone import PHONE, signed_in_phone
from tests.browser.test_desk_page import set_mode
from tests.waiting import eventually

pytestmark = pytest.mark.browser
Visitor = Callable[..., Page]

# Beyond the town where the other crews stand: this crew is the nearest.
STAND = {"longitude": -71.2150, "latitude": -29.9050, "accuracy": 5}
NEARER = {**STAND, "longitude": -71.21525}
SCENE = {"lon": -71.2165, "lat": -29.9055}
WORDS: dict[str, dict[str, str]] = {
    "zh-CN": {
        "begin": "开始上岗", "sent": "已送达", "accept": "接单", "depart": "出发", "arrive": "已到现场",
        "coming": "拖车", "there": "救援已到现场",
    },
    "en-GB": {
        "begin": "Begin shift", "sent": "Position delivered", "accept": "Accept", "depart": "Depart",
        "arrive": "Arrived", "coming": "Tow", "there": "Help is with you",
    },
}  # fmt: skip


@pytest.mark.parametrize("locale", list(WORDS))
def test_reported_recommended_sent_accepted_seen_moving_arrived(
    city: City, desk: Visitor, visitor: Visitor, locale: str
) -> None:
    said = WORDS[locale]
    units = city.get("/v1/units")["units"]
    unit: Any = next(
        u
        for u in units
        if u["kind"] == "tow" and u["status"] == "off_shift" and "wheel_lift" in u["capabilities"]
    )
    phone = signed_in_phone(visitor, city, unit, geolocation=STAND, locale=locale)
    phone.get_by_role("button", name=said["begin"]).tap()
    expect(phone.get_by_text(said["sent"])).to_be_visible()
    set_mode(city, "manual")
    try:
        page = desk()
        reported = city.report(kind="breakdown", casualties=0, vehicles=1, **SCENE)
        incident = reported["incident"]
        party = visitor(**PHONE, locale=locale)
        party.goto(city.url + urlsplit(reported["tracking_url"]).path)
        page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
        expect(page.locator(".recommended")).to_contain_text(unit["call_sign"])
        page.keyboard.press("s")
        phone.get_by_role("button", name=said["accept"]).tap()
        expect(party.get_by_role("heading", level=1)).to_contain_text(said["coming"])
        phone.get_by_role("button", name=said["depart"]).tap()
        expect(phone.locator(".mission-acts .big")).to_have_text(said["arrive"])
        party.locator("#party-map .units-canvas").wait_for()
        party.wait_for_timeout(500)
        seen = party.evaluate(PIXELS, ".units-canvas")
        phone.context.set_geolocation(NEARER)
        eventually(lambda: differing_share(seen, party.evaluate(PIXELS, ".units-canvas")) > 0)
        expect(page.locator(".missions .mission")).to_contain_text(unit["call_sign"])
        phone.locator(".mission-acts .big").tap()
        expect(party.get_by_role("heading", level=1)).to_have_text(said["there"])
    finally:
        set_mode(city, "automatic")
        city.client.post(f"/v1/incidents/{incident['id']}/cancel", json={"reason": "test"})
        city.client.post(f"/v1/units/{unit['id']}/status", json={"event": "end_shift"})

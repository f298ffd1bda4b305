"""A rescue from the driver's seat: sign in, begin, be offered a mission, take it step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.city import City
from tests.browser.looking import until
from tests.browser.phone import signed_in_phone
from tests.browser.relay import relayed
from tests.waiting import eventually

pytestmark = pytest.mark.browser
Visitor = Callable[..., Page]

# Outside the circle in which the shared crews stand: nobody is nearer to what happens here.
FAR = {"longitude": -71.2150, "latitude": -29.9050, "accuracy": 5}
SCENE = {"lon": -71.2165, "lat": -29.9055}


# Whether the service worker keeps whatever the page was put together from.
KEPT = """async () => {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const parts = loaded.filter((name) => /assets.*(js|css|json)$/.test(name));
    const kept = await Promise.all(parts.map((name) => caches.match(name)));
    return parts.length > 0 && kept.every(Boolean);
}"""


@pytest.fixture
def spare(city: City) -> Any:
    """A tow truck that no other test uses."""
    units = city.get("/v1/units")["units"]
    free = [
        u for u in units if u["kind"] == "tow" and u["id"] not in city.crews and u["status"] == "off_shift"
    ]
    return next(u for u in free if "wheel_lift" in u["capabilities"])


def mission_of(city: City, incident: Any, unit: Any) -> Any:
    missions = city.get(f"/v1/incidents/{incident['id']}")["missions"]
    return next(m for m in missions if m["unit_id"] == unit["id"])


def test_a_crew_signs_in_works_a_mission_and_goes_home(city: City, visitor: Visitor, spare: Any) -> None:
    page = signed_in_phone(visitor, city, spare, geolocation=FAR, locale="zh-CN")
    page.get_by_role("button", name="开始上岗").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("待命")
    expect(page.locator(".drive-top")).to_contain_text("定位正常")
    expect(page.get_by_text("已送达")).to_be_visible()
    stands = city.get(f"/v1/units/{spare['id']}")["position"]
    assert (stands["lon"], stands["lat"]) == (FAR["longitude"], FAR["latitude"])
    incident = city.report(kind="breakdown", casualties=0, vehicles=1, caller_phone="13800001234", **SCENE)[
        "incident"
    ]
    expect(page.locator(".drive-offer .ring b")).to_be_visible()
    expect(page.locator(".drive-offer")).to_contain_text("车辆故障")
    page.get_by_role("button", name="接单").tap()
    big = page.locator(".mission-acts .big")
    expect(big).to_have_text("出发")
    expect(page.locator(".turn-bar")).to_be_visible()
    page.locator(".turns").first.locator("summary").tap()
    expect(page.locator(".turns ol li").first).to_contain_text("出发")
    page.get_by_role("button", name="联系当事人").tap()
    expect(page.locator(".toast").last).to_contain_text("号码代理为模拟")
    for step in ("出发", "已到现场", "装载完毕", "已送达", "完成任务"):
        expect(big).to_have_text(step)
        big.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("待命")
    eventually(lambda: city.get(f"/v1/incidents/{incident['id']}")["status"] == "closed")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="下班").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("未上岗")


def test_a_declined_offer_carries_the_reason(city: City, visitor: Visitor, spare: Any) -> None:
    page = signed_in_phone(visitor, city, spare, geolocation=FAR, locale="en-GB")
    page.get_by_role("button", name="Begin shift").tap()
    expect(page.get_by_text("Position delivered")).to_be_visible()
    incident = city.report(kind="breakdown", casualties=0, vehicles=1, **SCENE)["incident"]
    page.get_by_role("button", name="Decline").tap()
    page.get_by_role("button", name="Vehicle trouble").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting")
    eventually(lambda: mission_of(city, incident, spare)["status"] == "declined")
    assert mission_of(city, incident, spare)["end_reason"] == "Vehicle trouble"
    city.client.post(f"/v1/incidents/{incident['id']}/cancel", json={"reason": "test"}).raise_for_status()
    page.get_by_role("button", name="End shift").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Off shift")


def test_on_a_phone_on_its_side_the_answer_is_on_the_screen(city: City, visitor: Visitor, spare: Any) -> None:
    sideways = {"width": 844, "height": 390}
    page = signed_in_phone(visitor, city, spare, geolocation=FAR, viewport=sideways)
    page.get_by_role("button", name="开始上岗").tap()
    expect(page.get_by_text("已送达")).to_be_visible()
    told = "货车追尾，驾驶员被困，意识清醒，占用应急车道，有燃油泄漏，请带破拆工具"
    incident = city.report(kind="breakdown", casualties=0, vehicles=1, description=told, **SCENE)["incident"]
    for name in ("接单", "出发"):
        answer = page.get_by_role("button", name=name, exact=True)
        expect(answer).to_be_in_viewport(ratio=1)
        answer.tap()
    expect(page.locator(".mission-acts .big")).to_be_in_viewport(ratio=1)
    city.client.post(f"/v1/incidents/{incident['id']}/cancel", json={"reason": "test"}).raise_for_status()
    expect(page.get_by_role("heading", level=1)).to_have_text("待命")
    expect(page.get_by_role("button", name="下班")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="下班").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("未上岗")


def test_positions_and_steps_made_without_a_network_arrive_afterwards(
    city: City, visitor: Visitor, spare: Any
) -> None:
    with relayed(city.url) as (url, relay):
        page = signed_in_phone(visitor, city, spare, "ERR_", url=url, geolocation=FAR)
        page.get_by_role("button", name="开始上岗").tap()
        expect(page.get_by_text("已送达")).to_be_visible()
        incident = city.report(kind="breakdown", casualties=0, vehicles=1, **SCENE)["incident"]
        page.get_by_role("button", name="接单").tap()
        big = page.locator(".mission-acts .big")
        expect(big).to_have_text("出发")
        expect(page.get_by_text("待发送")).to_have_count(0)
        expect(page.locator("#drive-map .units-canvas")).to_be_visible()
        relay.cut()
        big.tap()
        expect(big).to_have_text("已到现场")
        expect(page.get_by_text("待发送")).to_be_visible()
        page.context.set_geolocation({**FAR, "longitude": -71.2152})
        page.wait_for_timeout(1500)
        relay.mend()
        expect(page.get_by_text("待发送")).to_have_count(0)
        assert mission_of(city, incident, spare)["status"] == "en_route"
        eventually(lambda: city.get(f"/v1/units/{spare['id']}")["position"]["lon"] == -71.2152)
        city.client.post(f"/v1/incidents/{incident['id']}/cancel", json={"reason": "test"}).raise_for_status()
        expect(page.get_by_role("heading", level=1)).to_have_text("待命")
        page.get_by_role("button", name="下班").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("未上岗")
        # It would knock at the relay while that is taken down.
        page.close()


@pytest.mark.parametrize("part", ["party_map.js", "map.css", "maplibre-gl.mjs", "maplibre-gl-worker.mjs"])
def test_a_map_whose_parts_are_lost_on_the_way_comes_with_the_network(
    city: City, visitor: Visitor, spare: Any, part: str
) -> None:
    # Pages of an installed service worker ask through it, where the test could not lose anything.
    page = signed_in_phone(
        visitor, city, spare, "ERR_", "blocked by Playwright", geolocation=FAR, service_workers="block"
    )
    page.get_by_role("button", name="开始上岗").tap()
    expect(page.get_by_text("已送达")).to_be_visible()
    page.route(f"**/{part}*", lambda route: route.abort("internetdisconnected"))
    with page.expect_event("requestfailed", lambda request: part in request.url):
        incident = city.report(kind="breakdown", casualties=0, vehicles=1, **SCENE)["incident"]
    with page.expect_request("**/tiles/**"):
        page.unroute(f"**/{part}*")
    expect(page.locator("#drive-map .units-canvas")).to_be_visible()
    city.client.post(f"/v1/incidents/{incident['id']}/cancel", json={"reason": "test"}).raise_for_status()
    expect(page.get_by_role("heading", level=1)).to_have_text("待命")
    page.get_by_role("button", name="下班").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("未上岗")


def test_the_page_can_be_installed_and_opens_without_a_network(city: City, visitor: Visitor) -> None:
    page = visitor("ERR_", "Failed to load resource")
    page.goto(f"{city.url}/drive")
    manifest = page.evaluate("fetch('/drive.webmanifest').then((answer) => answer.json())")
    assert manifest["start_url"] == "/drive"
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    until(page, "navigator.serviceWorker.controller")
    eventually(lambda: page.evaluate(KEPT))
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("车组登录")
    page.context.set_offline(False)

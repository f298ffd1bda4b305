"""What the person at the roadside sees through the link, and what it costs the phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.city import City
from tests.browser.relay import relayed
from tests.waiting import eventually

pytestmark = pytest.mark.browser
Desk = Callable[..., Page]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_a_party_sees_its_rescue_from_the_offer_to_the_arrival(city: City, visitor: Desk) -> None:
    reported = city.report(kind="damage_accident", casualties=0, vehicles=1)
    (mission,) = city.missions(reported["incident"]["id"])
    crew = city.crews[mission["unit_id"]]
    page = visitor(**PHONE)
    page.goto(city.url + urlsplit(reported["tracking_url"]).path)
    expect(page.get_by_role("heading", level=1)).to_have_text("正在选派最近的车辆")
    expect(page.get_by_text("先保证安全")).to_be_visible()
    crew.step(mission["id"], "accept")
    expect(page.get_by_role("heading", level=1)).to_contain_text("拖车")
    expect(page.get_by_role("heading", level=1)).to_contain_text("到达")
    expect(page.locator(".rescuer")).to_contain_text(mission["call_sign"])
    expect(page.locator(".rescuer .timer")).to_be_visible()
    expect(page.locator("#party-map .units-canvas")).to_be_visible()
    crew.step(mission["id"], "depart")
    expect(page.locator('.rescuer [data-state="now"]')).to_have_text("在路上")
    crew.step(mission["id"], "arrive")
    expect(page.get_by_role("heading", level=1)).to_have_text("救援已到现场")
    expect(page.locator("#party-map")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_party_without_a_network_is_told_so_and_goes_on_by_itself(city: City, visitor: Desk) -> None:
    reported = city.report(kind="damage_accident", casualties=0, vehicles=1)
    (mission,) = city.missions(reported["incident"]["id"])
    path = urlsplit(reported["tracking_url"]).path
    crew = city.crews[mission["unit_id"]]
    with relayed(city.url) as (url, relay):
        page = visitor("ERR_", "503", "Failed to load", origin=url, **PHONE)
        page.route("**/v1/track/*", lambda route: route.abort("internetdisconnected"))
        page.goto(url + path)
        expect(page.get_by_text("暂时无法连接")).to_be_visible()
        expect(page.get_by_role("link", name="120 急救")).to_be_visible()
        page.unroute("**/v1/track/*")
        expect(page.get_by_role("heading", level=1)).to_have_text("正在选派最近的车辆")
        expect(page.locator("#party-map .units-canvas")).to_be_attached()
        relay.cut()
        expect(page.get_by_text("网络中断，以下为")).to_be_visible()
        crew.step(mission["id"], "accept")
        relay.mend()
        expect(page.get_by_text("网络中断")).to_have_count(0)
        expect(page.get_by_role("heading", level=1)).to_contain_text("到达")
        page.close()


def test_a_party_chooses_its_repair_shop_and_changes_its_mind(city: City, visitor: Desk) -> None:
    reported = city.report(kind="damage_accident", casualties=0, vehicles=1)
    (mission,) = city.missions(reported["incident"]["id"])
    crew = city.crews[mission["unit_id"]]
    token = urlsplit(reported["tracking_url"]).path
    offered = city.get(f"/v1/track/{token.rsplit('/', 1)[1]}/repair-shops")["repair_shops"]
    page = visitor("503", "409", "Failed to load", **PHONE)
    page.goto(city.url + token)
    shops = page.locator(".shops")
    expect(shops.locator("summary")).to_contain_text("尚未选择")
    shops.locator("summary").tap()
    expect(shops).to_contain_text("任何单位和个人都无权指定")
    rows = shops.locator("li button")
    expect(rows).to_have_count(len(offered) + 1)
    # In the order of the service, and nothing but the yard stands preselected.
    assert rows.locator("span:nth-child(2)").all_inner_texts()[1:] == [shop["name"] for shop in offered]
    expect(shops.locator('[aria-pressed="true"]')).to_contain_text("停车场")
    page.route("**/repair-shop", lambda route: route.fulfill(status=503))
    rows.nth(3).tap()
    expect(shops.get_by_role("alert")).to_contain_text("没有保存")
    expect(shops.locator('[aria-pressed="true"]')).to_contain_text("停车场")
    page.unroute("**/repair-shop")
    rows.nth(3).tap()
    expect(shops.get_by_role("alert")).to_have_count(0)
    expect(shops.locator("summary")).to_contain_text(offered[2]["name"])
    assert page.evaluate("document.querySelector('.shop').getBoundingClientRect().height") >= 44
    rows.nth(1).tap()
    expect(shops.locator("summary")).to_contain_text(offered[0]["name"])
    for step in ("accept", "depart", "arrive"):
        crew.step(mission["id"], step)
    expect(page.get_by_role("heading", level=1)).to_have_text("救援已到现场")
    rows.nth(2).tap()
    expect(shops.locator("summary")).to_contain_text(offered[1]["name"])
    for step in ("load", "deliver", "finish"):
        crew.step(mission["id"], step)
    eventually(lambda: city.get(f"/v1/incidents/{reported['incident']['id']}")["status"] == "closed")
    rows.nth(0).tap()
    expect(shops.get_by_role("alert")).to_contain_text("不能再更改")
    expect(shops.locator("summary")).to_contain_text(offered[1]["name"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_who_is_not_towed_is_asked_for_no_repair_shop(city: City, visitor: Desk) -> None:
    reported = city.report(needs=[{"capability": "als"}])
    city.missions(reported["incident"]["id"])
    page = visitor(locale="en-GB", **PHONE)
    page.goto(city.url + urlsplit(reported["tracking_url"]).path)
    expect(page.locator(".rescuer")).to_contain_text("Ambulance")
    expect(page.locator("#party-map .units-canvas")).to_be_visible()
    expect(page.locator(".shops")).to_have_count(0)


def test_an_unknown_link_says_so_and_offers_the_emergency_numbers(city: City, visitor: Desk) -> None:
    page = visitor("404 (Not Found)", locale="en-GB", **PHONE)
    page.goto(f"{city.url}/t/no-such-link-0123456789")
    expect(page.get_by_text("This link is no longer valid")).to_be_visible()
    expect(page.get_by_role("link", name="120 Ambulance")).to_have_attribute("href", "tel:120")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_desk_makes_a_link_that_weighs_less_than_60_kb_before_its_map(
    city: City, desk: Desk, visitor: Desk
) -> None:
    incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
    at_desk = desk()
    at_desk.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    at_desk.get_by_role("button", name="当事人链接").click()
    expect(at_desk.locator(".toast").last).to_contain_text("/t/")
    link = at_desk.locator(".toast").last.inner_text().split("：")[-1]
    page = visitor(**PHONE)
    heard: list[Response] = []
    page.on("response", lambda response: heard.append(response))
    page.goto(link)
    page.locator(".party-main h1").wait_for()
    before_the_map = [
        response
        for response in heard
        if "/vendor/" not in response.url and "/map/" not in response.url and "/tiles/" not in response.url
    ]
    weight = sum(
        int(size["responseBodySize"]) + int(size["responseHeadersSize"])
        for size in (response.request.sizes() for response in before_the_map if "stream" not in response.url)
    )
    assert 5_000 < weight < 60_000

"""The dispatcher's page on the real service: what a person sees, presses and types."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import SIGNED_OUT
from tests.browser.city import City
from tests.browser.looking import PIXELS, brightness, differing_share, until, zoom_to
from tests.waiting import eventually

pytestmark = pytest.mark.browser
Desk = Callable[..., Page]


def card(page: Page, incident_id: str) -> Any:
    return page.locator(f'.incident-card[data-id="{incident_id}"]')


def test_a_wrong_token_is_refused_and_the_right_one_lets_in(city: City, visitor: Desk) -> None:
    page = visitor(SIGNED_OUT)
    page.goto(city.url)
    page.get_by_label("值班员令牌").fill("not-the-token")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("令牌无效")
    page.get_by_label("值班员令牌").fill(city.token)
    page.keyboard.press("Enter")
    expect(page.locator(".connection")).to_have_attribute("data-state", "live")


def test_a_token_in_the_fragment_signs_in_and_leaves_the_address(city: City, visitor: Desk) -> None:
    page = visitor(SIGNED_OUT)
    page.goto(f"{city.url}/#token={city.token}")
    expect(page.locator(".connection")).to_have_attribute("data-state", "live")
    assert "token" not in page.url
    assert page.evaluate("document.cookie") == ""


def test_the_map_draws_streets_with_their_names_from_our_own_tiles(desk: Desk) -> None:
    page = desk()
    zoom_to(page, -71.2500, -29.9050, 16)
    drawn = page.evaluate(
        """() => {
            const of = (layers) => yct.map.queryRenderedFeatures({ layers });
            const fills = yct.map.getStyle().layers.map((l) => l.id).filter((id) => /^road-[a-z]+$/.test(id));
            const names = of(["name-major", "name-minor"]).map((feature) => feature.properties.name);
            return [of(fills).length, [...new Set(names)]];
        }"""
    )
    assert drawn[0] > 20
    assert len(drawn[1]) >= 3
    assert len(set(page.evaluate(PIXELS, ".maplibregl-canvas"))) > 8
    assert page.locator(".maplibregl-ctrl-attrib").inner_text() == "© OpenStreetMap contributors"


def test_units_stand_where_they_reported_and_move_when_they_report_again(city: City, desk: Desk) -> None:
    page = desk()
    crew = next(iter(city.crews.values()))
    crew.drive_to(-71.2520, -29.9080)
    zoom_to(page, -71.2515, -29.9080, 16)
    before = page.evaluate(PIXELS, ".units-canvas")
    crew.drive_to(-71.2509, -29.9080)
    where = f"yct.motion.at({crew.unit['id']!r}, performance.now()).lon"
    until(page, f"Math.abs({where} + 71.2509) < 1e-6")
    eventually(lambda: differing_share(before, page.evaluate(PIXELS, ".units-canvas")) > 0.0005)


def test_an_accident_appears_with_its_units_their_routes_and_arrival_times(city: City, desk: Desk) -> None:
    page = desk()
    incident = city.report()["incident"]
    expect(card(page, incident["id"])).to_be_visible()
    expect(page.locator(f'.incident-marker[data-incident="{incident["id"]}"]')).to_be_visible()
    expect(card(page, incident["id"])).to_contain_text("待接单")
    missions = city.missions(incident["id"])
    assert sorted(mission["need"] for mission in missions) == ["als", "wheel_lift"]
    for mission in missions:
        expect(card(page, incident["id"])).to_contain_text(mission["call_sign"])
        city.crews[mission["unit_id"]].step(mission["id"], "accept")
    expect(card(page, incident["id"]).locator("[data-clock-until]")).to_have_count(2)
    clocks = card(page, incident["id"]).locator("[data-clock-until]").all_inner_texts()
    assert all(re.fullmatch(r"\d+:\d\d|即将到达", text) for text in clocks)
    card(page, incident["id"]).click()
    until(page, 'yct.map.querySourceFeatures("routes").filter((f) => f.properties.chosen).length >= 2')
    until(page, "yct.map.queryRenderedFeatures({ layers: ['route'] }).length >= 2")


def test_the_chosen_accident_says_why_these_units_and_not_the_others(city: City, desk: Desk) -> None:
    page = desk()
    incident = city.report()["incident"]
    card(page, incident["id"]).click()
    detail = page.locator("#detail")
    expect(detail.get_by_role("heading", name="派遣理由")).to_be_visible()
    mission = city.missions(incident["id"])[0]
    expect(
        detail.locator('.runners [data-chosen="true"]').filter(has_text=mission["call_sign"])
    ).to_be_visible()
    assert detail.locator('.runners [data-chosen="false"]').count() >= 1
    detail.locator(".why summary").first.click()
    expect(detail.locator(".reasons").first).to_contain_text(re.compile("不具备所需能力|未当班"))
    expect(detail.locator(".timeline")).to_contain_text("接到事故报告")
    expect(detail.locator(".timeline")).to_contain_text(f"{mission['call_sign']} 收到派单")


def test_a_mission_is_followed_step_by_step_to_its_end(city: City, desk: Desk) -> None:
    page = desk()
    incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
    (mission,) = city.missions(incident["id"])
    card(page, incident["id"]).click()
    steps = page.locator("#detail .steps")
    crew = city.crews[mission["unit_id"]]
    for verb, label in (("accept", "接单"), ("depart", "出发"), ("arrive", "到场"), ("load", "装载")):
        crew.step(mission["id"], verb)
        expect(steps.locator('[aria-current="step"]')).to_contain_text(label)
    expect(page.locator("#detail")).to_contain_text("送往")
    crew.step(mission["id"], "deliver")
    crew.step(mission["id"], "finish")
    expect(card(page, incident["id"])).to_have_count(0)
    expect(page.locator("#detail .detail-head")).to_contain_text("已结束")


def test_an_accident_is_reported_by_keyboard_alone(city: City, desk: Desk) -> None:
    page = desk()
    before = len(city.get("/v1/incidents?status=open")["incidents"])
    page.keyboard.press("n")
    expect(page.locator('input[name="kind"]').first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the box that finds a road
    page.keyboard.type("-71.2450")
    page.keyboard.press("Tab")
    page.keyboard.type("-29.9300")
    page.get_by_label("描述").focus()
    page.keyboard.type("两车追尾")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.type") != "submit":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_have_text("车损事故")
    expect(page.locator("#detail")).to_contain_text("两车追尾")
    assert len(city.get("/v1/incidents?status=open")["incidents"]) == before + 1
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()


def test_a_click_on_the_map_places_a_report(city: City, desk: Desk) -> None:
    page = desk()
    page.get_by_role("button", name="报告事故").last.click()
    page.locator(".maplibregl-canvas").click(position={"x": 120, "y": 300})
    expect(page.locator(".report-pin")).to_be_visible()
    lon, lat = (float(page.locator(f'input[name="{name}"]').input_value()) for name in ("lon", "lat"))
    west, south, east, north = city.get("/v1/region")["bounds"]
    assert west < lon < east
    assert south < lat < north


def test_a_street_that_a_caller_names_places_a_report(city: City, desk: Desk) -> None:
    page = desk()
    page.keyboard.press("n")
    finder = page.get_by_role("combobox", name="道路、桩号或地点")
    finder.fill("Avenida Francisco de Aguirre")
    expect(page.locator("#where-results [role=option]").first).to_contain_text("Francisco de Aguirre")
    finder.press("Enter")
    expect(page.locator(".report-pin")).to_be_visible()
    expect(page.get_by_label("地址")).to_have_value("Avenida Francisco de Aguirre")
    lon, lat = (float(page.locator(f'input[name="{name}"]').input_value()) for name in ("lon", "lat"))
    (street, *_) = city.get(f"/v1/traffic/edges?lon={lon}&lat={lat}")["edges"]
    assert street["name"] == "Avenida Francisco de Aguirre"
    page.keyboard.press("Escape")


def test_a_report_outside_the_region_is_refused_in_words(desk: Desk) -> None:
    page = desk("422 (Unprocessable")
    page.keyboard.press("n")
    page.get_by_label("经度").fill("10")
    page.get_by_label("纬度").fill("50")
    page.get_by_role("button", name="提交并派遣").click()
    expect(page.locator("form.report").get_by_role("alert")).to_be_visible()


def test_cancelling_asks_for_a_reason_and_frees_the_units(city: City, desk: Desk) -> None:
    page = desk()
    incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
    card(page, incident["id"]).click()
    page.get_by_role("button", name="取消事故").click()
    page.get_by_role("combobox", name="原因").fill("误报")
    page.get_by_role("dialog").get_by_role("button", name="取消事故").click()
    expect(card(page, incident["id"])).to_have_count(0)
    assert city.get(f"/v1/incidents/{incident['id']}")["status"] == "cancelled"


def test_the_page_speaks_the_browser_s_language_and_switches(desk: Desk) -> None:
    page = desk(locale="en-GB")
    expect(page.get_by_role("tab", name="Incidents")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("tab", name="事故")).to_be_visible()
    page.reload()
    expect(page.get_by_role("tab", name="事故")).to_be_visible()


def test_dark_follows_the_system_until_someone_chooses(desk: Desk) -> None:
    page = desk(color_scheme="dark")
    assert brightness(page, "body") < 60
    dark_map = page.evaluate(PIXELS, ".maplibregl-canvas")
    page.get_by_role("button", name="浅色").click()
    eventually(lambda: brightness(page, "body") > 200)
    until(page, "yct.map.isStyleLoaded() && yct.map.areTilesLoaded()")
    eventually(lambda: differing_share(dark_map, page.evaluate(PIXELS, ".maplibregl-canvas")) > 0.5)
    until(page, "yct.map.getSource('routes')")


def test_a_phone_shows_map_lists_and_detail_one_at_a_time(city: City, desk: Desk) -> None:
    page = desk(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("#panel")).to_be_hidden()
    page.locator('[data-view="incidents"]').tap()
    card(page, incident["id"]).tap()
    expect(page.locator("#detail")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("#detail").bounding_box()
    assert box is not None
    assert box["width"] == 390


# Left, top, right, bottom of whatever stands in the bar, and how much of the figures is cut off.
BAR = """() => ({
    boxes: [...document.querySelectorAll(".bar :is(.brand, .drill, .figure, .tools)")].map((each) => {
        const { left, top, right, bottom } = each.getBoundingClientRect();
        return [left, top, right, bottom];
    }),
    cut: document.querySelector(".figures").scrollWidth - document.querySelector(".figures").clientWidth,
})"""
SCREENS = [(360, 640), (390, 844), (844, 390), (1000, 700), (1280, 800)]


def test_the_bar_holds_its_parts_side_by_side_on_every_screen(city: City, desk: Desk) -> None:
    page = desk(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True, locale="en-GB")
    city.client.put("/v1/drill", json={"speed": 20}).raise_for_status()
    expect(page.locator(".drill")).to_have_text("DRILL ×20")
    found = {}
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        bar = page.evaluate(BAR)
        pairs = combinations(bar["boxes"], 2)
        apart = all(a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1] for a, b in pairs)
        tools = bar["boxes"][-1]
        found[width] = apart and bar["cut"] <= 0 and tools[2] <= width and tools[3] < 64
    city.client.delete("/v1/drill").raise_for_status()
    assert found == {width: True for width, _ in SCREENS}


def test_no_tool_of_the_desk_is_below_a_low_window(desk: Desk) -> None:
    page = desk(viewport={"width": 844, "height": 390}, has_touch=True)
    last = page.locator('.toolbox [data-key="help"]').bounding_box()
    assert last is not None
    assert last["y"] + last["height"] <= 390
    assert min(last["width"], last["height"]) >= 44


def test_the_drill_is_written_on_the_page_while_it_lasts(city: City, desk: Desk) -> None:
    page = desk()
    city.client.put("/v1/drill", json={"speed": 20}).raise_for_status()
    expect(page.locator(".drill")).to_have_text("演练 ×20")
    city.client.delete("/v1/drill").raise_for_status()
    expect(page.locator(".drill")).to_have_count(0)


def test_the_unit_board_finds_a_crew_and_shows_it(city: City, desk: Desk) -> None:
    page = desk()
    crew = next(iter(city.crews.values()))
    page.get_by_role("tab", name="车组").click()
    page.get_by_role("searchbox").fill(crew.unit["call_sign"])
    expect(page.locator(".unit-row")).to_have_count(1)
    page.locator(".unit-row").click()
    expect(page.locator("#detail h2")).to_have_text(crew.unit["call_sign"])
    expect(page.locator("#detail")).to_contain_text(crew.unit["plate"])

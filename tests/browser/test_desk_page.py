"""What a dispatcher does beside watching: confirms, overrides, closes roads, searches, looks back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.city import SCENES, City
from tests.browser.looking import until, zoom_to
from tests.browser.test_accessibility import AXE_ITSELF, serious
from tests.waiting import eventually

pytestmark = pytest.mark.browser
Desk = Callable[..., Page]
OURS = "desk story"


@pytest.fixture
def confirming(city: City) -> Iterator[None]:
    """Breakdowns wait for the desk's word."""
    set_mode(city, "manual")
    yield
    for one in city.get("/v1/incidents?status=open")["incidents"]:
        if one["description"] == OURS:
            reason = {"reason": "test"}
            city.client.post(f"/v1/incidents/{one['id']}/cancel", json=reason).raise_for_status()
    set_mode(city, "automatic")


def set_mode(city: City, mode: str) -> None:
    value = city.get("/v1/dispatch/modes")["value"]
    value["breakdown"] = value["breakdown"] | {"mode": mode}
    city.client.put("/v1/dispatch/modes", json={"value": value, "reason": "test"}).raise_for_status()
    time.sleep(0.5)  # until the dispatcher has heard of it


def breakdown(city: City) -> Any:
    return city.report(kind="breakdown", casualties=0, vehicles=1, description=OURS)["incident"]


@pytest.mark.usefixtures("confirming")
def test_by_keyboard_alone_a_recommendation_is_found_and_sent(city: City, desk: Desk) -> None:
    page = desk()
    incident = breakdown(city)
    row = page.locator(f'.incident-card[data-id="{incident["id"]}"]')
    expect(row).to_be_visible()
    chosen = page.locator('.incident-card[aria-current="true"]')
    for _ in range(len(city.get("/v1/incidents?status=open")["incidents"])):
        before = chosen.evaluate_all("(cards) => cards.map((card) => card.dataset.id)")
        page.keyboard.press("j")
        expect(chosen).not_to_have_attribute("data-id", "".join(before))
        if row.get_attribute("aria-current") == "true":
            break
    expect(page.locator(".recommended li")).to_have_count(1)
    expect(page.locator(".recommendation .runners li").first).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator(".missions .mission")).to_have_count(1)
    (mission,) = city.missions(incident["id"])
    assert mission["sent_by"] == "operator"


@pytest.mark.usefixtures("confirming")
def test_another_unit_is_sent_with_a_reason_that_the_case_keeps(city: City, desk: Desk) -> None:
    page = desk()
    incident = breakdown(city)
    page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    expect(page.locator(".recommended li")).to_have_count(1)
    recommended = page.locator(".recommended b").inner_text()
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog")
    options = dialog.get_by_label("车组", exact=True).locator("option").all_inner_texts()
    free = [each for each in options if "可用" in each]
    assert options[: len(free)] == free
    assert [_metres(each) for each in free] == sorted(_metres(each) for each in free)
    other = next(each for each in free if not each.startswith(recommended))
    dialog.get_by_label("车组", exact=True).select_option(label=other)
    dialog.get_by_label("原因").fill("车组已在附近")
    dialog.get_by_role("button", name="派出").click()
    expect(page.locator(".missions .mission")).to_contain_text(other.split(" ")[0])
    assert "车组已在附近" in str(city.get(f"/v1/incidents/{incident['id']}/case"))


def _metres(option: str) -> float:
    """How far the unit of an override's line is, of `拖车01 · 可用 · 直线 1.2 公里`."""
    number, unit = option.rsplit("直线 ", 1)[1].split(" ")
    return float(number) * {"米": 1, "公里": 1000}[unit]


def test_whoever_is_sent_instead_is_sent_for_what_it_can_do(city: City, desk: Desk) -> None:
    page = desk()
    incident = city.report()["incident"]
    missions = city.missions(incident["id"])
    assert sorted(mission["need"] for mission in missions) == ["als", "wheel_lift"]
    page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog")
    units, need = dialog.get_by_label("车组", exact=True), dialog.get_by_label("需求")
    for kind, asked in (("拖车", "wheel_lift"), ("救护", "als")):
        named = units.locator("option").filter(has_text=kind).first.get_attribute("value")
        assert named is not None
        units.select_option(named)
        expect(need).to_have_value(asked)
    # Whoever is busy is asked about before anything is sent, and what was typed stays.
    units.select_option(missions[0]["unit_id"])
    dialog.get_by_label("原因").fill("车组已在附近")
    dialog.get_by_role("button", name="派出").click()
    expect(dialog.get_by_label("该车组当前不可用也派出")).to_be_focused()
    expect(dialog.get_by_label("原因")).to_have_value("车组已在附近")
    page.keyboard.press("Escape")


@pytest.mark.usefixtures("confirming")
def test_a_unit_dragged_onto_an_accident_asks_why(city: City, desk: Desk) -> None:
    page = desk()
    incident = breakdown(city)
    expect(page.locator(f'.incident-card[data-id="{incident["id"]}"]')).to_be_visible()
    tow = next(
        u
        for u in city.get("/v1/units")["units"]
        if u["kind"] == "tow" and u["status"] == "available" and "wheel_lift" in u["capabilities"]
    )
    lon, lat = tow["position"]["lon"], tow["position"]["lat"]
    zoom_to(page, lon, lat, 17)
    x, y = page.evaluate(
        """([id]) => {
            const here = yct.motion.at(id, performance.now());
            const { x, y } = yct.map.project([here.lon, here.lat]);
            const box = yct.map.getCanvas().getBoundingClientRect();
            return [box.left + x, box.top + y];
        }""",
        [tow["id"]],
    )
    page.mouse.move(x, y)
    page.mouse.down()
    card = page.locator(f'.incident-card[data-id="{incident["id"]}"]')
    card.scroll_into_view_if_needed()
    row = card.bounding_box()
    assert row is not None
    page.mouse.move(row["x"] + 40, row["y"] + 20, steps=4)
    expect(page.locator(".drag-ghost")).to_be_visible()
    page.mouse.up()
    expect(page.get_by_role("dialog")).to_contain_text("另派车组")
    page.keyboard.press("Escape")


def test_a_closed_street_leads_a_crew_around_and_says_so(city: City, desk: Desk) -> None:
    page = desk()
    lon, lat = SCENES[5]  # far enough from the crews that there is another way
    incident = city.report(kind="breakdown", casualties=0, vehicles=1, lon=lon, lat=lat)["incident"]
    (mission,) = city.missions(incident["id"])
    crew = city.crews[mission["unit_id"]]
    crew.step(mission["id"], "accept")
    crew.step(mission["id"], "depart")
    before = city.get(f"/v1/missions/{mission['id']}")
    line = before["route"]["coordinates"]
    lon, lat = [(a + b) / 2 for a, b in zip(line[len(line) // 2 - 1], line[len(line) // 2], strict=True)]
    zoom_to(page, lon, lat, 16)
    page.keyboard.press("b")
    expect(page.locator(".map-hint")).to_contain_text("点击要封闭的道路")
    x, y = page.evaluate(
        """([lon, lat]) => {
            const { x, y } = yct.map.project([lon, lat]);
            return [x, y];
        }""",
        [lon, lat],
    )
    page.locator(".maplibregl-canvas").click(position={"x": x, "y": y}, force=True)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("原因").fill("积水")
    dialog.get_by_role("button", name="封闭").click()
    expect(page.locator(".toast", has_text="已封闭")).to_be_visible()
    eventually(lambda: city.get(f"/v1/missions/{mission['id']}")["route"] != before["route"])
    led = re.compile(rf"已改道：{mission['call_sign']} \+\d+ s")
    expect(page.locator(".toast", has_text=led)).to_be_visible()
    closures = city.get("/v1/traffic/closures")["features"]
    assert [c["properties"]["reason"] for c in closures] == ["积水"]
    city.client.delete(f"/v1/traffic/closures/{closures[0]['id']}").raise_for_status()
    city.client.post(f"/v1/incidents/{incident['id']}/cancel", json={"reason": "test"}).raise_for_status()


def test_an_area_is_drawn_and_given_up(desk: Desk) -> None:
    page = desk()
    page.keyboard.press("a")
    for x, y in ((300, 200), (420, 200), (420, 320)):
        page.locator(".maplibregl-canvas").click(position={"x": x, "y": y}, force=True)
    expect(page.get_by_role("button", name="完成")).to_be_enabled()
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_role("dialog")).to_contain_text("区域（3 个角点）")
    page.keyboard.press("Escape")
    expect(page.locator(".map-hint")).to_have_count(0)


def test_the_box_finds_a_unit_and_an_accident(city: City, desk: Desk) -> None:
    page = desk()
    crew = next(iter(city.crews.values()))
    page.keyboard.press("/")
    page.keyboard.type(crew.unit["plate"])
    expect(page.get_by_role("option")).to_contain_text(crew.unit["call_sign"])
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_have_text(crew.unit["call_sign"])
    incident = city.report(kind="breakdown", casualties=0, vehicles=1, caller_phone="13912345678")["incident"]
    page.keyboard.press("/")
    page.keyboard.type("13912345678")
    expect(page.get_by_role("option")).to_contain_text(f"#{incident['number']}")
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_contain_text("车辆故障")


def test_coverage_is_shown_by_cell_and_explained(desk: Desk) -> None:
    page = desk()
    zoom_to(page, -71.2500, -29.9100, 12.0)  # wherever the test before had looked
    page.keyboard.press("g")
    expect(page.locator(".legend")).to_contain_text("10 分钟内")
    until(page, "yct.map.queryRenderedFeatures({ layers: ['coverage-fill'] }).length > 5")
    page.get_by_role("button", name="救护车").click()
    expect(page.locator(".legend")).to_contain_text("30 分钟内")
    page.keyboard.press("g")
    expect(page.locator(".legend")).to_have_count(0)


def test_muting_leaves_a_trace_in_the_log(city: City, desk: Desk) -> None:
    page = desk()
    page.keyboard.press("m")
    expect(page.locator('.toolbox [data-key="mute"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("m")
    expect(page.locator('.toolbox [data-key="mute"]')).to_have_attribute("aria-pressed", "false")
    eventually(lambda: "desk.alerts_unmuted" in str(city.get("/v1/shift-log")["entries"]))
    page.keyboard.press("l")
    expect(page.get_by_role("dialog")).to_contain_text("提示音已关")
    page.get_by_role("dialog").get_by_label("备注").fill("城东封路，注意改道")
    page.keyboard.press("Enter")
    eventually(lambda: "城东封路" in str(city.get("/v1/shift-log")["entries"]))


def test_the_slider_shows_the_city_as_it_was_and_comes_back(desk: Desk) -> None:
    page = desk()
    page.keyboard.press("t")
    expect(page.locator(".replay output")).to_contain_text("起事故")
    expect(page.locator(".connection")).to_have_text("回放中，非实时")
    slider = page.get_by_role("slider", name="回放时刻")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".replay output")).to_contain_text("0 组，0 起事故")
    expect(page.locator(".incident-marker")).to_have_count(0)
    page.get_by_role("button", name="回到实时").click()
    expect(page.locator(".replay")).to_have_count(0)
    expect(page.locator(".connection")).to_have_text("实时")
    until(page, "document.querySelectorAll('.incident-marker').length === yct.world.openIncidents().length")


def test_the_way_back_from_the_past_is_not_under_the_pane(city: City, desk: Desk) -> None:
    page = desk()
    incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
    page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    expect(page.locator("#detail h2")).to_have_text("车辆故障")
    page.keyboard.press("t")
    page.get_by_role("button", name="回到实时").click()
    expect(page.locator(".replay")).to_have_count(0)


def test_what_if_and_move_ups_and_keys_are_answered_in_dialogs(city: City, desk: Desk) -> None:
    page = desk()
    incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
    (mission,) = city.missions(incident["id"])
    expect(page.locator(f'.incident-card[data-id="{incident["id"]}"]')).to_be_visible()
    page.keyboard.press("w")
    free = next(
        u
        for u in city.get("/v1/units")["units"]
        if u["status"] == "available" and mission["need"] in u["capabilities"]
    )
    page.get_by_label("如果派出").select_option(free["id"])
    page.get_by_role("dialog").get_by_role("button", name="推演").click()
    expect(page.get_by_role("dialog")).to_contain_text("救护覆盖")
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    expect(page.get_by_role("dialog")).to_contain_text("移防")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("派出建议的车组")
    page.keyboard.press("Escape")


@pytest.mark.usefixtures("confirming")
def test_the_desk_with_a_recommendation_and_its_dialogs_shuts_nobody_out(city: City, desk: Desk) -> None:
    page = desk(AXE_ITSELF, color_scheme="dark", viewport={"width": 1440, "height": 900})
    incident = breakdown(city)
    page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    expect(page.locator(".recommended li")).to_have_count(1)
    page.keyboard.press("g")
    expect(page.locator(".legend")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious(page) == []


def test_speeds_that_a_feed_tells_are_drawn_on_the_streets(city: City, desk: Desk) -> None:
    page = desk()
    page.keyboard.press("r")
    expect(page.locator(".legend")).to_contain_text("路况")
    lon, lat = -71.2520, -29.9080
    edges = city.get(f"/v1/traffic/edges?lon={lon}&lat={lat}")["edges"]
    until_at = (datetime.now(UTC) + timedelta(seconds=60)).isoformat()
    slow = [{"edge": one["edge"], "speed_kmh": 4.0} for one in edges]
    city.client.post("/v1/traffic/speeds", json={"speeds": slow, "until": until_at}).raise_for_status()
    eventually(lambda: len(city.get("/v1/traffic/speeds")["features"]) >= len(edges))
    page.keyboard.press("r")
    page.keyboard.press("r")
    expect(page.locator('.legend [data-tone="held"] b')).to_have_text(str(len(edges)))
    page.keyboard.press("r")
    expect(page.locator(".legend")).to_have_count(0)

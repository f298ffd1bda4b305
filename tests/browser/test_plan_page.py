"""A planner makes a what-if on the map, runs it beside the desk, and reads which is better."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import SIGNED_OUT
from tests.browser.city import City
from tests.browser.test_accessibility import AXE_ITSELF, PHONE, serious

pytestmark = pytest.mark.browser
Visitor = Callable[..., Page]
REFUSED = "422 (Unprocessable"


@pytest.fixture
def planner(city: City, visitor: Visitor) -> Callable[..., Page]:
    """The planning page, signed in, its map drawn, its runs short."""

    def open_page(*expected: str, **wishes: Any) -> Page:
        page = visitor(SIGNED_OUT, AXE_ITSELF, *expected, **wishes)
        page.goto(f"{city.url}/plan#token={city.token}")
        expect(page.locator(".station-marker")).to_have_count(22, timeout=30_000)
        return page

    return open_page


def shorten(page: Page) -> None:
    page.locator("summary", has_text="模拟").click()
    page.get_by_label("次数").fill("4")
    page.get_by_label("天数").fill("3")


def test_a_what_if_is_made_on_the_map_run_compared_and_shared(planner: Callable[..., Page]) -> None:
    page = planner()
    shorten(page)
    page.get_by_role("button", name="运行方案").click()
    expect(page.locator(".plan-card")).to_have_count(1)
    page.get_by_label("方案名称").fill("少一站")
    page.get_by_role("button", name="删除急救站01").click()
    station = page.get_by_role("button", name="急救站 急救站02")
    before = station.bounding_box()
    station.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("+")
    expect(page.get_by_label("急救站02的车辆数")).to_have_value("4")
    moved = station.bounding_box()
    assert before is not None
    assert moved is not None
    assert moved["x"] > before["x"] + 20
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_label("急救站02的车辆数")).to_have_value("3")
    page.locator("summary", has_text="封闭道路").click()
    page.get_by_role("button", name="在地图上封闭道路").click()
    page.locator('.place-marker[data-kind="hospital"]').first.click()
    expect(page.locator("summary", has_text="封闭道路")).to_contain_text("1 条")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    done = page.locator('.plan-card[data-status="done"]')
    expect(done).to_have_count(2, timeout=300_000)  # the first run on a machine compiles
    page.get_by_label("比较“现状”").check()
    page.get_by_label("比较“少一站”").check()
    expect(page.locator(".plan-summary")).to_contain_text("少一站")
    expect(page.locator(".plan-change").first).to_contain_text("±")
    expect(page.locator(".plan-legend")).to_contain_text("等待")
    page.get_by_text("等时线", exact=True).click()
    page.get_by_label("地图上的方案").select_option("1")
    expect(page.locator(".plan-legend")).to_contain_text("等时线")
    with page.expect_download() as report:
        page.get_by_role("link", name="下载报告").click()
    assert "少一站" in report.value.path().read_text(encoding="utf-8")
    assert serious(page) == []
    address = page.url
    assert "#" in address
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".plan-summary")).to_contain_text("少一站")


def test_the_toml_is_the_scenario_and_a_mistake_keeps_the_text(planner: Callable[..., Page]) -> None:
    page = planner(REFUSED)
    page.get_by_role("button", name="TOML").click()
    area = page.get_by_role("textbox", name="TOML")
    text = area.input_value()
    assert 'policy = "joint_redispatch"' in text
    area.fill(text.replace('policy = "joint_redispatch"', 'policy = "joynt"'))
    page.get_by_role("button", name="采用").click()
    expect(page.locator("dialog .wrong")).to_contain_text("policy is unknown; did you mean joint?")
    area.fill(area.input_value().replace('"joynt"', '"nearest_idle"'))
    page.get_by_role("button", name="采用").click()
    expect(page.get_by_label("派车策略")).to_have_value("nearest_idle")
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_label("派车策略")).to_have_value("joint_redispatch")


@pytest.mark.parametrize("wishes", [{"color_scheme": "dark", "locale": "en-GB"}, PHONE | {"locale": "en-GB"}])
def test_the_page_shuts_nobody_out_and_fits(planner: Callable[..., Page], wishes: dict[str, Any]) -> None:
    page = planner(**wishes)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

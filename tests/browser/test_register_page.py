"""Whoever keeps the city's lists adds a vehicle, mends it, retires it, and takes whole tables over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import SIGNED_OUT
from tests.browser.city import City
from tests.browser.test_accessibility import AXE_ITSELF, PHONE, serious

pytestmark = pytest.mark.browser
Visitor = Callable[..., Page]
REFUSED = "422 (Unprocessable"


def opened(visitor: Visitor, city: City, *expected: str, **wishes: Any) -> Page:
    page = visitor(SIGNED_OUT, AXE_ITSELF, *expected, **wishes)
    page.goto(f"{city.url}/register#token={city.token}")
    expect(page.locator(".register-table")).to_be_visible()
    return page


def units(city: City) -> dict[str, Any]:
    return {one["call_sign"]: one for one in city.get("/v1/register")["units"]}


def test_a_vehicle_is_added_mended_and_retired(city: City, visitor: Visitor) -> None:
    page = opened(visitor, city)
    page.get_by_role("button", name="登记车辆").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("呼号").fill("救护88")
    dialog.get_by_label("车牌").fill("苏JA0088")
    dialog.get_by_label("驻站").select_option(index=1)
    dialog.get_by_label("高级救护").check()
    dialog.get_by_role("button", name="保存").click()
    row = page.locator('tr[data-key="救护88"]')
    expect(row).to_contain_text("苏JA0088")
    assert units(city)["救护88"]["capabilities"] == ["als"]
    row.get_by_role("button", name="修改").click()
    expect(dialog.get_by_label("呼号")).to_have_attribute("readonly", "")
    dialog.get_by_label("车牌").fill("苏JA0089")
    dialog.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("苏JA0089")
    row.get_by_role("button", name="注销").click()
    expect(dialog).to_contain_text("注销 救护88？")
    dialog.get_by_role("button", name="注销").click()
    expect(row).to_have_count(0)
    assert "救护88" not in units(city)


def test_an_impossible_vehicle_is_refused_and_the_reason_told(city: City, visitor: Visitor) -> None:
    page = opened(visitor, city, REFUSED, locale="en-GB")
    page.get_by_role("button", name="Add a unit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Call sign").fill("X1")
    dialog.get_by_label("Crane").check()
    dialog.get_by_role("button", name="Keep").click()
    expect(page.locator(".toast")).to_contain_text("no ambulance carries crane")
    assert "X1" not in units(city)


def test_tables_show_their_mistakes_then_what_they_would_change_then_change_it(
    city: City, visitor: Visitor, tmp_path: Path
) -> None:
    page = opened(visitor, city, REFUSED)
    table = tmp_path / "车辆.csv"
    before = len(units(city))
    table.write_bytes("呼号,类型,能力\n救护91,救护车,吊车\n救护92,救护车,高级救护\n".encode("gb18030"))
    page.locator("#register-files").set_input_files(table)
    expect(page.locator(".register-wrong li")).to_have_text(
        ["units.csv line 2: capabilities: no ambulance carries crane"]
    )
    expect(page.get_by_role("button", name="没有变化")).to_be_disabled()
    table.write_bytes("呼号,类型,能力\n救护91,救护车,基础救护\n救护92,救护车,高级救护\n".encode("gb18030"))
    page.locator("#register-files").set_input_files(table)
    expect(page.locator(".register-changes li")).to_have_text(["新增 救护91", "新增 救护92"])
    page.get_by_label("表中没有的一律注销").check()
    expect(page.locator('.register-changes li[data-deed="retired"]')).to_have_count(before)
    page.get_by_label("表中没有的一律注销").uncheck()
    expect(page.locator(".register-changes li")).to_have_count(2)
    assert len(units(city)) == before  # nothing happens before somebody says so
    page.get_by_role("button", name="确认 2 项变更").click()
    expect(page.locator('tr[data-key="救护92"]')).to_be_visible()
    expect(page.locator(".register-intake")).to_have_count(0)
    assert {"救护91", "救护92"} <= units(city).keys()
    with page.expect_download() as loading:
        page.get_by_role("link", name="下载表格").click()
    assert "救护92" in loading.value.path().read_text(encoding="utf-8-sig")


def test_a_long_list_is_filtered_by_any_word_in_it(city: City, visitor: Visitor) -> None:
    page = opened(visitor, city)
    page.get_by_label("筛选").fill("托举")
    expect(page.locator("tbody tr").first).to_contain_text("拖车")
    assert 0 < page.locator("tbody tr").count() < len(units(city))
    page.get_by_label("筛选").fill("月球")
    expect(page.locator(".register")).to_contain_text("没有与“月球”相符的条目")


@pytest.mark.parametrize("wishes", [{"color_scheme": "dark"}, PHONE])
@pytest.mark.parametrize("name", ["units", "places"])
def test_the_page_shuts_nobody_out(city: City, visitor: Visitor, name: str, wishes: dict[str, Any]) -> None:
    page = opened(visitor, city, **wishes)
    page.goto(f"{city.url}/register#{name}")
    expect(page.locator(f'.rules-list a[href="#{name}"]')).to_have_attribute("aria-current", "page")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""A supervisor sees every weight by name, changes one with a reason, takes an earlier value again."""

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


def opened(visitor: Visitor, city: City, rule: str, *expected: str, **wishes: Any) -> Page:
    page = visitor(SIGNED_OUT, AXE_ITSELF, *expected, **wishes)
    page.goto(f"{city.url}/rules#token={city.token}")
    expect(page.locator(".rule-fields")).to_be_visible()
    page.goto(f"{city.url}/rules#{rule}")
    expect(page.locator(f'.rules-list a[href="#{rule}"]')).to_have_attribute("aria-current", "page")
    expect(page.locator(".rule-fields")).to_be_visible()
    return page


def test_a_weight_is_changed_with_a_reason_and_taken_back(city: City, visitor: Visitor) -> None:
    page = opened(visitor, city, "params")
    weight = page.get_by_label("改派代价")
    expect(page.locator("label", has_text="switch_s")).to_contain_text("改派代价秒")
    before = weight.input_value()
    weight.fill("many")
    expect(page.locator(".wrong")).to_have_text("应为数字。")
    weight.fill("240")
    page.get_by_role("button", name="保存规则").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"switch_s: {before} → 240")
    dialog.get_by_label("原因").fill("夜间试行")
    dialog.get_by_role("button", name="保存规则").click()
    expect(page.locator(".rule-history")).to_contain_text("夜间试行")
    assert city.get("/v1/dispatch/params")["value"]["switch_s"] == 240
    weight.fill(before)
    page.get_by_role("button", name="保存规则").click()
    dialog.get_by_label("原因").fill("恢复")
    dialog.get_by_role("button", name="保存规则").click()
    expect(page.locator(".rule-history li")).to_have_count(2)
    assert str(city.get("/v1/dispatch/params")["value"]["switch_s"]) == before
    page.locator(".rule-history li", has_text="夜间试行").get_by_role("button").click()
    expect(weight).to_have_value("240")
    page.get_by_role("button", name="放弃修改").click()
    expect(weight).to_have_value(before)


def test_a_document_that_cannot_be_right_is_refused_and_stays(city: City, visitor: Visitor) -> None:
    page = opened(visitor, city, "profile", REFUSED, locale="en-GB")
    whole = page.get_by_label("The whole of it")
    whole.fill('{"primary": [1, 2')
    expect(page.locator(".wrong")).to_contain_text("No JSON")
    whole.fill('{"primary": [1, 2]}')
    page.get_by_role("button", name="Set the rules").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("try")
    page.get_by_role("dialog").get_by_role("button", name="Set the rules").click()
    expect(page.locator(".toast")).to_contain_text("168 shares")
    expect(whole).to_have_value('{\n  "primary": [1, 2]\n}')


@pytest.mark.parametrize("wishes", [{"color_scheme": "dark"}, PHONE])
@pytest.mark.parametrize("rule", ["params", "modes", "limits", "coverage"])
def test_the_page_shuts_nobody_out(city: City, visitor: Visitor, rule: str, wishes: dict[str, Any]) -> None:
    page = opened(visitor, city, rule, **wishes)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

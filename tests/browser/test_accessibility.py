"""What axe finds on every page, in both themes and at both widths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from api.pages.assets import NODE_MODULES
from tests.browser.browsing import SIGNED_OUT, new_context
from tests.browser.city import City
from tests.browser.phone import signed_in_phone

pytestmark = pytest.mark.browser
Desk = Callable[..., Page]
AXE = (NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
# axe looks at styles by adding one of its own, which the page's policy forbids.
AXE_ITSELF = "Applying inline style"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def serious(page: Page) -> list[str]:
    """Every serious or critical violation, with the elements it is about."""
    page.evaluate(f"() => {{ {AXE}; }}")
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run({ preload: false })).violations")
    return [
        f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("wishes", [{"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE])
def test_the_style_guide_shuts_nobody_out(browser: Browser, pages_url: str, wishes: dict[str, Any]) -> None:
    context = new_context(browser, **wishes)
    page = context.new_page()
    page.goto(f"{pages_url}/styleguide")
    page.wait_for_selector(".guide h1")
    assert serious(page) == []
    context.close()


def test_the_api_reference_shows_every_address_and_shuts_nobody_out(city: City, visitor: Desk) -> None:
    page = visitor(AXE_ITSELF)
    page.goto(f"{city.url}/docs")
    page.wait_for_selector(".operation")
    addresses = set(city.get("/openapi.json")["paths"])
    assert set(page.locator(".operation summary > code").all_inner_texts()) == addresses
    assert "`" not in page.locator("#reference").inner_text()
    page.locator(".operation summary").first.click()
    assert serious(page) == []


def test_the_sign_in_card_shuts_nobody_out(city: City, visitor: Desk) -> None:
    page = visitor(SIGNED_OUT, AXE_ITSELF)
    page.goto(city.url)
    page.wait_for_selector("form.signin")
    assert serious(page) == []


@pytest.mark.parametrize("wishes", [{}, {"color_scheme": "dark"}])
def test_the_live_page_shuts_nobody_out(city: City, desk: Desk, wishes: dict[str, Any]) -> None:
    page = desk(AXE_ITSELF, **wishes)
    incident = city.report()["incident"]
    page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    page.wait_for_selector("#detail .runners")
    assert serious(page) == []
    page.get_by_role("tab").nth(1).click()
    page.keyboard.press("n")
    assert serious(page) == []


def test_the_live_page_on_a_phone_shuts_nobody_out(desk: Desk) -> None:
    page = desk(AXE_ITSELF, **PHONE)
    page.locator('[data-view="incidents"]').tap()
    assert serious(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_driver_s_page_shuts_nobody_out(city: City, visitor: Desk, scheme: str) -> None:
    unit = next(
        u
        for u in city.get("/v1/units")["units"]
        if u["status"] == "off_shift" and u["kind"] == "ambulance" and u["id"] not in city.crews
    )
    page = signed_in_phone(visitor, city, unit, AXE_ITSELF, color_scheme=scheme)
    assert serious(page) == []
    page.get_by_role("button", name="菜单").tap()
    page.get_by_role("button", name="退出登录").tap()
    page.locator(".drive-signin").wait_for()
    assert serious(page) == []

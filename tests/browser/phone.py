"""A crew's phone: the driver's page with a receiver that stands where the test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.browsing import SIGNED_OUT
from tests.browser.city import City

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "permissions": ["geolocation"],
    "geolocation": {"longitude": -71.2470, "latitude": -29.9010, "accuracy": 5},
}


def signed_in_phone(
    visitor: Callable[..., Page],
    city: City,
    unit: Any,
    *expected: str,
    url: str | None = None,
    **wishes: Any,
) -> Page:
    """Signed in by the code that the desk tells, at the unit's last position."""
    code = city.client.post(f"/v1/units/{unit['id']}/sign-in-code").raise_for_status().json()["code"]
    page = visitor(SIGNED_OUT, *expected, origin=url or city.url, **{**PHONE, **wishes})
    page.goto(f"{url or city.url}/drive")
    fields = page.locator(".drive-signin input")
    fields.nth(0).fill(unit["call_sign"])
    fields.nth(1).fill(code)
    page.locator(".drive-signin button").tap()
    page.locator('[data-key="rest"]').wait_for()
    return page

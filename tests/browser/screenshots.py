"""`make screenshots`: every page light, dark and phone-sized into docs/images, out of a running drill."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from api.cluster import tests_cluster
from api.provision.places import ROOT
from tests.browser.browsing import chromium_browser, new_context
from tests.browser.city import City, Json, running_city, sign_in
from tests.browser.looking import until
from tests.databases import opened

IMAGES = ROOT / "docs" / "images"
LARGEST_BYTES = 300_000
WARM_UP_S = 40
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 1.5,
    "is_mobile": True,
    "has_touch": True,
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {**DESK, "color_scheme": "light"},
    "dark": {**DESK, "color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "light"},
}


@contextmanager
def drilled(city: City) -> Iterator[None]:
    """A drill with more accidents than a city has, so that a picture shows them."""
    command = ["drill", "--url", city.url, "--speed", "20", "--accidents-per-day", "260", "--seed", "5"]
    child = subprocess.Popen(
        [str(Path(sys.executable).parent / "yct"), *command],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "YCT_OPERATOR_TOKEN": city.token},
    )
    try:
        time.sleep(WARM_UP_S)
        yield
    finally:
        child.terminate()
        child.wait(20)


def keep(page: Page, name: str, **wishes: Any) -> None:
    """As PNG with a palette: flat colours lose little by it and weigh a third."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path, **wishes)
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, kmeans=3, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    if path.stat().st_size > LARGEST_BYTES:
        raise RuntimeError(f"{path.name} weighs {path.stat().st_size} bytes, more than {LARGEST_BYTES}")
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB", flush=True)


def live(browser: Browser, city: City, incident: Json, look: str) -> None:
    """The whole city, then one accident with its reasons."""
    context = new_context(browser, **LOOKS[look])
    page = context.new_page()
    sign_in(page, city)
    page.wait_for_timeout(2500)
    keep(page, f"live-{look}")
    if look == "phone":
        page.locator('[data-view="incidents"]').tap()
    page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    page.wait_for_selector("#detail .runners", state="attached")
    until(page, "yct.map.areTilesLoaded() && !yct.map.isMoving()")
    page.wait_for_timeout(1500)
    keep(page, f"incident-{look}")
    context.close()


def report(browser: Browser, city: City) -> None:
    """The form with a place pinned."""
    context = new_context(browser, **LOOKS["light"])
    page = context.new_page()
    sign_in(page, city)
    page.keyboard.press("n")
    page.locator(".maplibregl-canvas").click(position={"x": 420, "y": 420})
    page.wait_for_timeout(800)
    keep(page, "report-light")
    context.close()


def party(browser: Browser, url: str, look: str) -> None:
    context = new_context(
        browser, **{**LOOKS["phone"], "color_scheme": "dark" if look == "dark" else "light"}
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#party-map .units-canvas")
    page.wait_for_selector(".rescuer .timer", timeout=20_000)
    page.wait_for_timeout(2500)
    keep(page, f"party-{look}", full_page=True)
    context.close()


def guide(browser: Browser, city: City, look: str) -> None:
    context = new_context(browser, **{**LOOKS[look], "viewport": {"width": 1080, "height": 900}})
    page = context.new_page()
    page.goto(f"{city.url}/styleguide")
    page.wait_for_selector(".guide h1")
    keep(page, f"styleguide-{look}", full_page=True)
    context.close()


def accident(city: City) -> tuple[Json, str]:
    """One with somebody hurt in the city's centre, and the party's link to it."""
    answer = city.report(
        casualties=1, vehicles=1, description="两车追尾，一人腿部受伤", caller_phone="13800001234"
    )
    return answer["incident"], answer["tracking_url"]


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(tests_cluster()) as databases,
        databases.clone() as database_url,
        running_city(database_url, Path(folder)) as city,
        chromium_browser() as browser,
    ):
        for look in ("light", "dark"):
            guide(browser, city, look)
        with drilled(city):
            for look in LOOKS:
                live(browser, city, accident(city)[0], look)
            report(browser, city)
            for look in ("light", "dark"):
                party(browser, accident(city)[1], look)


if __name__ == "__main__":
    main()

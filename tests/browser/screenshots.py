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
from tests.browser.phone import signed_in_phone
from tests.browser.test_desk_page import set_mode
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
STAND = {"longitude": -71.2470, "latitude": -29.9010, "accuracy": 5}
SCENE = {"lon": -71.25180, "lat": -29.90807, "address": "Avenida Estadio 1200"}
IN_TOWN = [-71.3440, -29.9530]  # seen beside the report's form
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


def report(browser: Browser, city: City, look: str) -> None:
    """The form with a place pinned; on a phone the form alone."""
    context = new_context(browser, **LOOKS[look])
    page = context.new_page()
    sign_in(page, city)
    if look == "phone":
        page.locator("#tabs").get_by_role("button", name="报告").tap()
    else:
        page.keyboard.press("n")
        at = page.evaluate("(place) => yct.map.project(place)", IN_TOWN)
        page.locator(".maplibregl-canvas").click(position={"x": at["x"], "y": at["y"]}, force=True)
    page.wait_for_timeout(800)
    keep(page, f"report-{look}")
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
    width = LOOKS[look] if look == "phone" else {**LOOKS[look], "viewport": {"width": 1080, "height": 900}}
    context = new_context(browser, **width)
    page = context.new_page()
    page.goto(f"{city.url}/styleguide")
    page.wait_for_selector(".guide h1")
    keep(page, f"styleguide-{look}", full_page=True)
    context.close()


def desk(browser: Browser, city: City, look: str) -> None:
    """A recommendation that waits for the desk's word, over the coverage."""
    set_mode(city, "manual")
    stalled = {"kind": "breakdown", "casualties": 0, "vehicles": 1, "description": "货车抛锚，占用右侧车道"}
    incident = city.report(**stalled)["incident"]
    context = new_context(browser, **LOOKS[look])
    page = context.new_page()
    sign_in(page, city)
    page.locator(f'.incident-card[data-id="{incident["id"]}"]').click()
    page.wait_for_selector(".recommended li")
    page.keyboard.press("g")
    page.wait_for_selector(".legend")
    until(page, "yct.map.areTilesLoaded() && !yct.map.isMoving()")
    page.wait_for_timeout(1500)
    keep(page, f"desk-{look}")
    context.close()
    set_mode(city, "automatic")


def hospital(browser: Browser, city: City, look: str) -> None:
    """The hospital to which most are being brought."""
    known = [p["id"] for p in city.get("/v1/places?kind=hospital")["places"]]
    busiest = max(known, key=lambda one: len(city.get(f"/v1/places/{one}/arrivals")["arrivals"]))
    context = new_context(browser, **LOOKS[look])
    page = context.new_page()
    page.goto(f"{city.url}/hospital#token={city.token}")
    page.wait_for_selector(".hospital-choice")
    page.locator(".hospital-choice").select_option(busiest)
    page.wait_for_timeout(2500)
    keep(page, f"hospital-{look}")
    context.close()


@contextmanager
def patients(city: City) -> Iterator[None]:
    """Three ambulances on their way to hospitals."""
    city.staff(ambulances=6, tows=0)
    riding = []
    for told in ("两车追尾，一人腿部骨折，意识清醒", "行人被撞，头部外伤", "侧翻，胸痛，呼吸急促"):
        incident = city.report(description=told, needs=[{"capability": "als"}])["incident"]
        (mission,) = city.missions(incident["id"])
        riding.append((city.crews[mission["unit_id"]], mission))
    for crew, mission in riding:
        for step in ("accept", "depart", "arrive", "load"):
            crew.step(mission["id"], step)
    yield
    for crew, mission in riding:
        for step in ("deliver", "finish"):
            crew.step(mission["id"], step)


def sign_in_page(browser: Browser, city: City, look: str) -> None:
    context = new_context(browser, **LOOKS[look])
    page = context.new_page()
    page.goto(f"{city.url}/signin")
    page.wait_for_selector("form.signin")
    keep(page, f"signin-{look}")
    context.close()


def phone(browser: Browser, city: City, look: str) -> None:
    """A crew's phone: signing in, waiting, offered, on the way."""
    units = city.get("/v1/units")["units"]
    unit = next(
        u
        for u in units
        if u["kind"] == "tow" and u["status"] == "off_shift" and "wheel_lift" in u["capabilities"]
    )
    pages: list[Page] = []

    def visitor(*_: str, origin: str, **wishes: Any) -> Page:
        pages.append(new_context(browser, **wishes).new_page())
        if look == "light":
            pages[-1].goto(f"{origin}/drive")
            pages[-1].wait_for_selector(".drive-signin")
            keep(pages[-1], "drive-signin")
        return pages[-1]

    wishes = {"geolocation": STAND, "color_scheme": look, "device_scale_factor": 1.5}
    page = signed_in_phone(visitor, city, unit, **wishes)
    page.get_by_role("button", name="开始上岗").tap()
    page.get_by_text("已送达").wait_for()
    keep(page, f"drive-waiting-{look}")
    incident = city.report(
        kind="breakdown", casualties=0, vehicles=1, description="货车抛锚，占用右侧车道", **SCENE
    )["incident"]
    page.locator(".drive-offer").wait_for()
    page.locator("#drive-map .units-canvas").wait_for()
    page.wait_for_timeout(2000)
    keep(page, f"drive-offer-{look}")
    page.get_by_role("button", name="接单").tap()
    page.get_by_role("button", name="出发").tap()
    page.locator(".turn-bar").wait_for()
    page.wait_for_timeout(2500)
    keep(page, f"drive-mission-{look}")
    city.client.post(f"/v1/incidents/{incident['id']}/cancel", json={"reason": "picture"}).raise_for_status()
    page.get_by_role("button", name="下班").tap()
    page.wait_for_timeout(500)
    page.context.close()


def accident(city: City) -> tuple[Json, str]:
    """One with somebody hurt in the city's centre, and the party's link to it."""
    answer = city.report(
        casualties=1, vehicles=1, description="两车追尾，一人腿部受伤", caller_phone="13800001234"
    )
    return answer["incident"], answer["tracking_url"]


def compared_plans(city: City) -> str:
    """Two plans that have run, as the address of the planner's page names them."""
    now = city.get("/v1/plans/today?lang=zh-CN")["scenario"]
    south = {"kind": "ambulance", "name": "南部新站", "lon": -71.25, "lat": -30.055, "units": 2}
    more = now | {"name": "南部新站", "fleet": now["fleet"] | {"station": [*now["fleet"]["station"], south]}}
    ids = [city.client.post("/v1/plans", json={"scenario": one}).json()["id"] for one in (now, more)]
    while any(city.get(f"/v1/plans/{each}")["status"] != "done" for each in ids):
        time.sleep(0.5)
    return ",".join(ids)


def plan(browser: Browser, city: City, look: str, ids: str) -> None:
    """The planner's page with a comparison."""
    context = new_context(browser, **LOOKS[look])
    page = context.new_page()
    page.goto(f"{city.url}/plan#token={city.token}")
    page.wait_for_selector(".station-marker")
    page.goto("about:blank")
    page.goto(f"{city.url}/plan#{ids}")
    page.wait_for_selector(".plan-compared")
    page.locator('input[value="reach"]').check(force=True)
    page.locator("#plan-of").select_option("1")
    page.wait_for_timeout(2500)
    keep(page, f"plan-{look}")
    context.close()


def lists(browser: Browser, city: City, look: str, name: str, shown: str) -> None:
    """A page of the supervisor's, once `shown` is there."""
    context = new_context(browser, **LOOKS[look])
    page = context.new_page()
    page.goto(f"{city.url}/{name}#token={city.token}")
    page.wait_for_selector(shown)
    page.wait_for_timeout(500)
    keep(page, f"{name}-{look}")
    context.close()


def study(browser: Browser, city: City, look: str, ids: str) -> None:
    """The report of two plans as somebody opens it from disk: the isochrones under the swipe."""
    answer = city.client.get("/v1/plans/report", params={"lang": "en", "id": ids.split(",")})
    with tempfile.NamedTemporaryFile(suffix=".html") as file:
        Path(file.name).write_text(answer.raise_for_status().text, encoding="utf-8")
        context = new_context(browser, **LOOKS[look], locale="en-GB")
        page = context.new_page()
        page.goto(Path(file.name).as_uri())
        page.get_by_text("Isochrones", exact=True).click()
        page.locator("input[type=range]").fill("55")
        page.evaluate("document.querySelector('.tabs').scrollIntoView()")
        page.wait_for_timeout(500)
        keep(page, f"study-{look}")
        context.close()


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
            phone(browser, city, look)
        for look in LOOKS:
            guide(browser, city, look)
            sign_in_page(browser, city, look)
        ids = compared_plans(city)
        for look in LOOKS:
            plan(browser, city, look, ids)
            lists(browser, city, look, "rules", ".rule-fields")
            lists(browser, city, look, "register", ".register-table tbody tr")
        for look in LOOKS:
            study(browser, city, look, ids)
        with patients(city):
            for look in LOOKS:
                hospital(browser, city, look)
        with drilled(city):
            for look in LOOKS:
                live(browser, city, accident(city)[0], look)
                if look != "phone":
                    desk(browser, city, look)
                report(browser, city, look)
            for look in ("light", "dark"):
                party(browser, accident(city)[1], look)


if __name__ == "__main__":
    main()

"""The planner's report, as somebody opens it from disk with the network off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from maps import region_file
from simulations.report import report
from simulations.scenario import Scenario
from simulations.study import Study, run_scenario
from tests.browser.browsing import new_context
from tests.browser.test_accessibility import AXE_ITSELF, serious
from tests.city import town_region

pytestmark = pytest.mark.browser
_COLOURS = "(found) => found.map((one) => getComputedStyle(one).fill)"


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> list[Study]:
    folder = tmp_path_factory.mktemp("town")
    region_file.save(town_region(), folder / "town.yctr")
    return [
        run_scenario(
            Scenario(name=name, region=str(folder / "town.yctr"), replications=3, days=4.0, ambulances=n)
        )
        for name, n in (("Nine", 9), ("Two", 2), ("One", 1))
    ]


@pytest.fixture
def page(browser: Browser, studies: list[Study], tmp_path: Path) -> Iterator[Page]:
    """With the network off; whatever it complains of, or asks for, fails the test."""
    file = tmp_path / "report.html"
    file.write_text(report(studies, made_at=datetime(2026, 11, 23, 9, tzinfo=UTC)), encoding="utf-8")
    context = new_context(browser, offline=True, locale="en-GB")
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    yield page
    assert [one for one in wrong if AXE_ITSELF not in one] == []
    context.close()


def test_three_scenarios_are_compared_on_one_map_with_the_network_off(page: Page) -> None:
    cells = page.locator(".leaflet-right-pane path.cell")
    expect(cells.first).to_be_attached()
    assert page.locator(".leaflet-streets-pane path.street").count() == 1
    page.get_by_text("Isochrones", exact=True).click()
    expect(page.get_by_text("Minutes from the call until")).to_be_visible()
    drawn = cells.evaluate_all(_COLOURS)
    page.get_by_label("Scenario", exact=True).select_option("One")
    assert cells.evaluate_all(_COLOURS) != drawn
    clipped = page.locator(".leaflet-left-pane").evaluate("(pane) => pane.style.clipPath")
    page.get_by_label("Move to compare both maps").press("End")
    assert page.locator(".leaflet-left-pane").evaluate("(pane) => pane.style.clipPath") != clipped
    page.get_by_label("Closer").click()
    page.locator(".leaflet-left-pane path.cell").first.dispatch_event("mouseover")
    expect(page.locator(".leaflet-tooltip")).to_contain_text("min")


def test_the_report_shuts_nobody_out(page: Page) -> None:
    assert serious(page) == []


def test_on_a_phone_nothing_hangs_over_the_side_and_figures_stand_beside_the_names(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".leaflet-right-pane path.cell").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first_figure = page.locator("table tr td:nth-child(2)").first.bounding_box()
    assert first_figure is not None
    assert first_figure["x"] + first_figure["width"] <= 390

"""What a desk shows when the network goes and comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import SIGNED_OUT
from tests.browser.city import City, sign_in
from tests.browser.relay import relayed

pytestmark = pytest.mark.browser
Desk = Callable[..., Page]


@pytest.mark.parametrize("cut_s", [1.5, pytest.param(30.0, marks=pytest.mark.slow)])
def test_a_cut_connection_is_said_and_resumed_without_a_gap(city: City, visitor: Desk, cut_s: float) -> None:
    with relayed(city.url) as (url, relay):
        page = visitor(SIGNED_OUT, "ERR_", origin=url)
        sign_in(page, replace(city, url=url))
        seen_before = len(relay.requests)
        relay.cut()
        expect(page.locator(".connection")).to_have_attribute("data-state", "lost")
        expect(page.locator(".connection")).to_contain_text("正在重连")
        incident = city.report(kind="breakdown", casualties=0, vehicles=1)["incident"]
        (mission,) = city.missions(incident["id"])
        city.crews[mission["unit_id"]].step(mission["id"], "accept")
        page.wait_for_timeout(1000 * cut_s)
        relay.mend()
        expect(page.locator(".connection")).to_have_attribute("data-state", "live")
        card = page.locator(f'.incident-card[data-id="{incident["id"]}"]')
        expect(card).to_contain_text(mission["call_sign"])
        expect(card.locator("[data-clock-until]")).to_have_count(1)
        expect(page.get_by_text("连接已恢复")).to_be_visible()
        asked = b"".join(relay.requests[seen_before:]).lower()
        assert b"last-event-id:" in asked


def test_a_report_that_cannot_be_sent_is_kept_and_sent_once(city: City, visitor: Desk) -> None:
    with relayed(city.url) as (url, relay):
        page = visitor(SIGNED_OUT, "ERR_", origin=url)
        sign_in(page, replace(city, url=url))
        page.keyboard.press("n")
        page.get_by_label("经度").fill("-71.2350")
        page.get_by_label("纬度").fill("-29.9350")
        page.get_by_label("描述").fill("断网时的报告")
        relay.cut()
        page.get_by_role("button", name="提交并派遣").click()
        expect(page.get_by_text("无法连接服务")).to_be_visible()
        expect(page.get_by_label("描述")).to_have_value("断网时的报告")
        relay.mend()
        page.get_by_role("button", name="提交并派遣").click()
        expect(page.locator("#detail")).to_contain_text("断网时的报告")
        sent = [
            i
            for i in city.get("/v1/incidents?status=open")["incidents"]
            if i["description"] == "断网时的报告"
        ]
        assert len(sent) == 1

"""Headless Chromium, and a page that remembers whatever went wrong while it was open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from api.provision import chromium
from api.provision.places import var_folder

FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
)
# A page asks before anybody has signed in, and Chromium tells of every refusal.
SIGNED_OUT = "401 (Unauthorized)"
# Software GL says how slow it is to read pixels back; that is about the machine, not about the page.
_ABOUT_THE_MACHINE = ("GPU stall due to ReadPixels", "Automatic fallback to software WebGL")


@dataclass(slots=True, kw_only=True)
class Watch:
    """What must stay empty: errors of any kind and requests that left the origin."""

    origin: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def over(self, page: Page) -> None:
        page.on("console", lambda message: self._said(message))
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))
        page.on("request", lambda request: self._asked(request))

    def _said(self, message: ConsoleMessage) -> None:
        loud = message.type in {"error", "warning"}
        known = any(part in message.text for part in (*_ABOUT_THE_MACHINE, *self.expected))
        if loud and not known:
            self.errors.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"data", "blob"}:
            return
        if f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.strangers.append(request.url)


@contextmanager
def chromium_browser() -> Iterator[Browser]:
    """The machine's Chromium, or the one that the set-up unpacked."""
    found = chromium.found(var_folder())
    if found is None:
        raise RuntimeError("no Chromium: run `make test`, which sets it up")
    os.environ.update(chromium.driver_environment(var_folder()))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.executable, args=list(FLAGS), env={**os.environ, **found.environment}
        )
        try:
            yield browser
        finally:
            browser.close()


def new_context(browser: Browser, **wishes: Any) -> BrowserContext:
    """A fresh person at a desk: Chinese, light, 1,024 × 640, unless they wish otherwise."""
    return browser.new_context(
        **{
            "locale": "zh-CN",
            "color_scheme": "light",
            "viewport": {"width": 1024, "height": 640},
            "timezone_id": "Asia/Shanghai",
            **wishes,
        }
    )

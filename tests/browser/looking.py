"""What a canvas shows, as small lists of colours."""

from __future__ import annotations

import time

from playwright.sync_api import Page

# The canvas drawn onto 160 × 100 points: [r, g, b, a, r, …] folded to one number each.
PIXELS = """async (selector) => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const source = document.querySelector(selector);
    const small = new OffscreenCanvas(160, 100);
    const pen = small.getContext("2d", { willReadFrequently: true });
    if (selector.includes("maplibre")) {
        yct.map.triggerRepaint();
        await new Promise((resolve) => yct.map.once("render", resolve));
    }
    pen.drawImage(source, 0, 0, 160, 100);
    const { data } = pen.getImageData(0, 0, 160, 100);
    const points = [];
    for (let i = 0; i < data.length; i += 4) points.push(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]);
    return points;
}"""


def differing_share(one: list[int], other: list[int]) -> float:
    """The share of points that are not the same colour."""
    return sum(a != b for a, b in zip(one, other, strict=True)) / len(one)


def brightness(page: Page, selector: str) -> float:
    """0 (black) to 255 of an element's background."""
    colour: str = page.evaluate(
        "(s) => getComputedStyle(document.querySelector(s)).backgroundColor", selector
    )
    red, green, blue = (float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])
    return (red + green + blue) / 3


def until(page: Page, expression: str, *, within_s: float = 40.0) -> None:
    """Wait for an expression to hold; asked from here, since the page's policy lets nobody `eval` in it."""
    deadline = time.monotonic() + within_s
    while not page.evaluate(f"() => Boolean({expression})"):
        if time.monotonic() > deadline:
            raise AssertionError(f"never came true: {expression}")
        page.wait_for_timeout(40)


def zoom_to(page: Page, lon: float, lat: float, zoom: float) -> None:
    """Jump there and wait until everything that belongs there is drawn."""
    page.evaluate("([lon, lat, zoom]) => yct.map.jumpTo({ center: [lon, lat], zoom })", [lon, lat, zoom])
    until(page, "yct.map.areTilesLoaded() && !yct.map.isMoving()")
    page.evaluate("async () => { yct.map.triggerRepaint(); await yct.map.once('idle'); return true; }")

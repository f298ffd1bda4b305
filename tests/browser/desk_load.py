"""`make deskload`: the desk's own code under 3,000 units moving at 1 Hz, fed by the stream it always reads.

The service behind it is a small one that tells just this; what is measured is the page: frames, how busy its
main thread is, memory after collecting garbage, and when it is first of use. Exits 1 beyond the limits.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from playwright.sync_api import CDPSession, Page

from api.pages import router
from api.settings import DEFAULT_REGION
from maps.folder import region_path, tiles_path
from maps.tiles import Tiles
from tests.browser.browsing import chromium_browser, new_context
from tests.browser.looking import until
from tests.browser.serving import served

Json = dict[str, Any]
WEST, SOUTH, EAST, NORTH = -71.36, -30.02, -71.20, -29.85
TICK_S = 0.5  # the service tells positions twice a second
METRES_PER_DEGREE = 111_195
LIMITS = {"busy_share": 0.5, "frames_per_s": 30.0, "first_use_s": 1.5, "growth_mb": 10.0}

# When the queue first shows an accident; frames are counted from then on.
OBSERVER = """
    window.seen = { first: null, frames: 0 };
    new MutationObserver(() => {
        if (window.seen.first === null && document.querySelector(".incident-card")) window.seen.first = performance.now();
    }).observe(document, { childList: true, subtree: true });
    const count = () => { window.seen.frames += 1; requestAnimationFrame(count); };
    requestAnimationFrame(count);
"""  # noqa: E501


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class MovingCity:
    """So many units that drive 36 km/h each its own way; every tenth is on its way to an accident."""

    def __init__(self, count: int) -> None:
        draw = random.Random(7)
        self.places = [[draw.uniform(WEST, EAST), draw.uniform(SOUTH, NORTH)] for _ in range(count)]
        self.headings = [draw.uniform(0, 360) for _ in range(count)]
        self.incidents = [self._incident(n, draw) for n in range(40)]
        self.units = [self._unit(n) for n in range(count)]
        self.missions = [self._mission(n) for n in range(0, count, 10)]

    def _incident(self, n: int, draw: random.Random) -> Json:
        return {
            "id": f"i{n}", "number": n, "kind": "injury_accident", "status": "open", "priority": 1 + n % 4,
            "lon": draw.uniform(WEST, EAST), "lat": draw.uniform(SOUTH, NORTH), "reported_at": now(),
            "casualties": 1, "vehicles": 2, "held": [], "address": f"{n}", "description": "", "version": 1,
            "needs": [{"capability": "als", "count": 8, "filled": 8}], "alarm_level": 1,
        }  # fmt: skip

    def _unit(self, n: int) -> Json:
        busy = n % 10 == 0
        return {
            "id": f"u{n}", "call_sign": f"救护{n:04d}", "kind": "tow" if n % 3 else "ambulance", "plate": "",
            "capabilities": ["als"], "status": "engaged" if busy else "available", "agency": "",
            "mission_id": f"m{n}" if busy else None, "version": 1,
            "position": {"lon": self.places[n][0], "lat": self.places[n][1], "heading_deg": self.headings[n],
                         "speed_kmh": 36.0, "fixed_at": now(), "age_s": 0, "stale": False},
        }  # fmt: skip

    def _mission(self, n: int) -> Json:
        goal = self.incidents[n % 40]
        line = [self.places[n], [goal["lon"], self.places[n][1]], [goal["lon"], goal["lat"]]]
        eta = (datetime.now(UTC) + timedelta(minutes=9)).isoformat()
        return {
            "id": f"m{n}", "incident_id": goal["id"], "unit_id": f"u{n}", "call_sign": f"救护{n:04d}",
            "need": "als", "status": "en_route", "offered_at": now(), "eta_at": eta, "version": 1,
            "route": {"coordinates": line}, "destination": None, "end_reason": "",
        }  # fmt: skip

    def snapshot(self) -> Json:
        return {"seq": 1, "now": now(), "drill": None, "units": self.units, "incidents": self.incidents,
                "missions": self.missions, "places": []}  # fmt: skip

    def tick(self, turn: int) -> list[list[Any]]:
        """The rows of the units whose second it is: half of them, each a second further."""
        rows = []
        for n in range(turn % 2, len(self.places), 2):
            place, heading = self.places[n], math.radians(self.headings[n])
            place[0] += 10 * math.sin(heading) / METRES_PER_DEGREE / 0.866
            place[1] += 10 * math.cos(heading) / METRES_PER_DEGREE
            if not (WEST < place[0] < EAST and SOUTH < place[1] < NORTH):
                self.headings[n] = (self.headings[n] + 180) % 360
            rows.append([f"u{n}", place[0], place[1], self.headings[n], 36.0, round(time.time() * 1000)])
        return rows


def told(city: MovingCity) -> FastAPI:
    app = FastAPI(docs_url=None)
    app.include_router(router)
    tiles = Tiles.open(tiles_path(region_path(DEFAULT_REGION)))

    async def events() -> AsyncIterator[str]:
        yield f"event: snapshot\nid: 1\ndata: {json.dumps(city.snapshot())}\n\n"
        turn = 0
        while True:
            await asyncio.sleep(TICK_S)
            turn += 1
            yield f"event: positions\ndata: {json.dumps(city.tick(turn))}\n\n"

    @app.get("/v1/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(events(), media_type="text/event-stream")

    @app.get("/v1/region")
    def region() -> Json:
        return {"name": "load", "bounds": [WEST, SOUTH, EAST, NORTH]}

    @app.get("/tiles/{z}/{x}/{y}.mvt")
    def tile(z: int, x: int, y: int) -> Response:
        found = tiles.tile(z, x, y)
        headers = {"Content-Encoding": "gzip"} if found else {}
        return Response(found or b"", 200 if found else 204, headers=headers)

    return app


def metrics(cdp: CDPSession) -> dict[str, float]:
    return {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}


def heap_mb(cdp: CDPSession) -> float:
    cdp.send("HeapProfiler.collectGarbage")
    return metrics(cdp)["JSHeapUsedSize"] / 1e6


def watched(page: Page, cdp: CDPSession, seconds: float) -> dict[str, float]:
    """Frames a second and the busy share of the main thread over so many seconds."""
    before, frames = metrics(cdp), page.evaluate("window.seen.frames")
    began = time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    after, took = metrics(cdp), time.monotonic() - began
    return {
        "frames_per_s": round((page.evaluate("window.seen.frames") - frames) / took, 1),
        "busy_share": round((after["TaskDuration"] - before["TaskDuration"]) / took, 3),
    }


def main() -> int:
    wishes = argparse.ArgumentParser(description=__doc__)
    wishes.add_argument("--units", type=int, default=3000)
    wishes.add_argument("--minutes", type=float, default=2.0, help="over which memory is watched")
    wishes.add_argument("--zoom", type=float, help="look so closely at the middle of the city")
    wish = wishes.parse_args()
    with served(told(MovingCity(wish.units))) as url, chromium_browser() as browser:
        context = new_context(browser, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.add_init_script(OBSERVER)
        cdp = context.new_cdp_session(page)
        # By the clock: a thread that waits for drawing is busy too.
        cdp.send("Performance.enable", {"timeDomain": "timeTicks"})
        page.goto(f"{url}/")
        until(page, "window.seen.first !== null", within_s=60)
        until(page, "document.querySelector('#map').dataset.ready", within_s=60)
        if wish.zoom is not None:
            page.evaluate(f"yct.map.jumpTo({{ zoom: {wish.zoom} }})")
        page.wait_for_timeout(5_000)
        first_mb = heap_mb(cdp)
        answer: Json = {
            "units": wish.units,
            "first_use_s": round(page.evaluate("window.seen.first") / 1000, 2),
        }
        answer |= watched(page, cdp, wish.minutes * 60)
        answer |= {"heap_mb": round(heap_mb(cdp), 1), "growth_mb": round(heap_mb(cdp) - first_mb, 1)}
        context.close()
    print(json.dumps(answer))
    smooth = answer["busy_share"] < LIMITS["busy_share"] or answer["frames_per_s"] > LIMITS["frames_per_s"]
    quick = answer["first_use_s"] < LIMITS["first_use_s"]
    return 0 if smooth and quick and answer["growth_mb"] < LIMITS["growth_mb"] else 1


if __name__ == "__main__":
    sys.exit(main())

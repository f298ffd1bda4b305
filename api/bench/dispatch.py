"""From a report to both units published, over real HTTP, on a service of its own with a drill running."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from api.bench import BenchLine
from api.bench.region_files import lend_region
from dispatch_core.errors import Unavailable
from maps.embedded import known_region
from maps.folder import DEFAULT_REGION
from maps.layout import StreetPlaces

START_S = 300.0  # in a fresh checkout the road kernels are compiled first
PUBLISHED_WITHIN_S = 20.0
QUESTIONS = 40  # what-if


def run(*, accidents: int, drill_minutes: float) -> Iterator[BenchLine]:
    """Starts service and drill as processes below a temporary folder, and takes them away again."""
    with _service() as (url, token, environment):
        drill = subprocess.Popen(
            [
                sys.executable, "-m", "api.cli", "drill", "--url", url, "--minutes", f"{drill_minutes:g}",
                "--json",
            ],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for_crews(url, token)
            times_ms = _measure(url, token, accidents)
            if times_ms:
                yield BenchLine(name="report_to_published_p50_ms", value=_percentile(times_ms, 50), unit="ms")
                yield BenchLine(name="report_to_published_p95_ms", value=_percentile(times_ms, 95), unit="ms")
            yield BenchLine(name="what_if_p95_ms", value=_percentile(_imagined(url, token), 95), unit="ms")
            yield BenchLine(name="reports_not_published", value=accidents - len(times_ms), unit="count")
            out, _ = drill.communicate(timeout=drill_minutes * 60 + 900)
        finally:
            drill.kill()
        summary: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
        for name in ("accidents", "double_missions", "forgotten_incidents", "unfinished_missions", "errors"):
            yield BenchLine(name=f"drill_{name}", value=summary[name], unit="count")


def _percentile(values: list[float], q: float) -> float:
    return round(float(np.percentile(values, q)), 1)


@contextmanager
def _service() -> Iterator[tuple[str, str, dict[str, str]]]:
    folder = Path(tempfile.mkdtemp(prefix="yct-bench-"))
    lend_region(folder)
    environment = {**os.environ, "YCT_VAR": str(folder)}
    environment.pop("YCT_DATABASE_URL", None)
    port = free_port()
    argv = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url, (folder / "operator.token").read_text().strip(), environment
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        subprocess.run([sys.executable, "-m", "api.cli", "db", "stop"], env=environment, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str) -> None:
    """Until it answers that it is well."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise Unavailable("the service did not start; run `yct serve` to see why")


def _wait_for_crews(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        units = httpx.get(f"{url}/v1/units", headers=headers, timeout=10).json()["units"]
        if sum(u["status"] == "available" and u["position"] is not None for u in units) >= 60:
            return
        time.sleep(0.5)
    raise Unavailable("the drill's crews did not come on shift")


class _Watcher:
    """Reads the desk's stream and notes when each incident has an ambulance and a tow truck offered."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._needs: dict[str, set[str]] = {}
        self.complete_at: dict[str, float] = {}
        self.ready = threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        with suppress(httpx.TransportError):  # the service ends before its watcher
            self._read()

    def _read(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.stream("GET", f"{self._url}/v1/stream", headers=headers, timeout=None) as stream:
            name = ""
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: ") and name == "snapshot":
                    self.ready.set()
                elif line.startswith("data: ") and name == "mission":
                    self._note(json.loads(line[6:]))

    def _note(self, mission: dict[str, Any]) -> None:
        kinds = self._needs.setdefault(mission["incident_id"], set())
        kinds.add("ambulance" if mission["need"] in ("als", "bls") else "tow")
        if len(kinds) == 2:
            self.complete_at.setdefault(mission["incident_id"], time.perf_counter())


def _imagined(url: str, token: str) -> list[float]:
    """Milliseconds of questions to the live state, each hospital closed in turn: all crews are at work."""
    headers = {"Authorization": f"Bearer {token}"}
    times_ms = []
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        places = client.get("/v1/places").raise_for_status().json()["places"]
        hospitals = [place["id"] for place in places if place["kind"] == "hospital"]
        for number in range(QUESTIONS):
            closed = [hospitals[number % len(hospitals)]] if hospitals else []
            asked_at = time.perf_counter()
            client.post("/v1/what-if", json={"close_hospitals": closed}).raise_for_status()
            times_ms.append((time.perf_counter() - asked_at) * 1e3)
    return times_ms


def _measure(url: str, token: str, accidents: int) -> list[float]:
    watcher = _Watcher(url, token)
    watcher.ready.wait(30)
    streets = StreetPlaces(known_region(DEFAULT_REGION), seed=int(time.time()))
    headers = {"Authorization": f"Bearer {token}"}
    times_ms: list[float] = []
    unpublished = 0
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        while len(times_ms) + unpublished < accidents:
            place = streets.draw()
            body = {
                "kind": "injury_accident", "lon": place.lon, "lat": place.lat, "casualties": 1, "vehicles": 1,
                "needs": [{"capability": "bls"}, {"capability": "wheel_lift"}], "description": "bench",
            }  # fmt: skip
            sent_at = time.perf_counter()
            incident = client.post("/v1/incidents", json=body).raise_for_status().json()
            if incident["joined"]:  # an accident of the drill's lies there: not one of ours
                continue
            incident_id = incident["incident"]["id"]
            while incident_id not in watcher.complete_at:
                if time.perf_counter() - sent_at > PUBLISHED_WITHIN_S:
                    break
                time.sleep(0.002)
            if incident_id in watcher.complete_at:
                times_ms.append((watcher.complete_at[incident_id] - sent_at) * 1e3)
            else:
                unpublished += 1
            # Called off at once: a hundred accidents in some minutes would leave no ambulance in the city.
            client.post(f"/v1/incidents/{incident_id}/cancel", json={"reason": "bench"}).raise_for_status()
            time.sleep(0.5)
    return times_ms

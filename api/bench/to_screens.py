"""From the fix to the screen: gateway and desk as two processes over NATS, load and watchers in two more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from api.bench import BenchLine
from api.bench.dispatch import free_port, wait_for
from api.bench.position_site import Site, cpu_s

OPENED_PER_S = 100
SETTLE_S = 8.0
SAMPLE_S = 2.0
WARM_S = 30.0  # of a long run; before it the processes' heaps still grow to their size


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who reports each second, by which protocol, and how many watch all of them."""

    name: str
    kind: str
    vehicles: int
    watchers: int
    read_by: int = 10


@dataclass
class Memory:
    """Resident megabytes of processes, looked at every two seconds."""

    pids: tuple[int, ...]
    seen: list[tuple[float, list[float]]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[None]:
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _look(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(SAMPLE_S):
            self.seen.append((time.monotonic() - began, [_resident_mb(pid) for pid in self.pids]))

    def quarters_mb(self, *, after_s: float) -> list[list[float]]:
        """Of each process the means of the four quarters of the time after `after_s`."""
        settled = [mb for at_s, mb in self.seen if at_s >= after_s] or [mb for _, mb in self.seen[-1:]]
        parts = np.array_split(np.array(settled), min(4, len(settled)))
        return [[float(part[:, n].mean()) for part in parts] for n in range(len(self.pids))]


def run(site: Site, crowd: Crowd, *, seconds: float) -> Iterator[BenchLine]:
    """Ages of positions on screens, the least served watcher, memory, and what was lost."""
    port, stored = free_port(), site.stored()
    service = _desk(site, port)
    memory = Memory((service.pid, site.process.pid))
    opening_s = crowd.watchers / OPENED_PER_S + SETTLE_S
    try:
        load = _started("api.bench.position_load", _load_plan(site, crowd, seconds + opening_s + 4))
        time.sleep(crowd.vehicles / 2000)  # they connect
        before, began = [cpu_s(service.pid), *site.used_s()], time.perf_counter()
        with memory.watched():
            token = Path(site.environment["YCT_VAR"], "operator.token").read_text().strip()
            plan = {
                "host": "127.0.0.1", "port": port, "token": token, "watchers": crowd.watchers,
                "seconds": seconds, "read_by": crowd.read_by, "settle_s": opening_s,
            }  # fmt: skip
            seen = _answered(_started("api.bench.screens", plan))
        took_s = time.perf_counter() - began
        after = [cpu_s(service.pid), *site.used_s()]
        cores = [(b - a) / took_s for a, b in zip(before, after, strict=True)]
        sent = _answered(load)
        cores += [sent["load_cpu_s"], seen["cores"]]
        time.sleep(1.0)
    finally:
        service.send_signal(signal.SIGINT)
        service.wait(30)
    resident = memory.quarters_mb(after_s=opening_s + min(WARM_S, seconds / 4))
    yield from _lines(crowd.name, seen, sent, cores, resident)
    shown = seen["positions"] / (crowd.read_by * seconds)
    yield BenchLine(name=f"{crowd.name}_shown_per_s", value=round(shown, 1), unit="positions/s/screen")
    lost = abs(site.stored() - stored - sent["acknowledged"])
    yield BenchLine(name=f"{crowd.name}_lost", value=lost, unit="positions")


def _lines(
    name: str, seen: dict[str, Any], sent: dict[str, Any], cores: list[float], memory: list[list[float]]
) -> Iterator[BenchLine]:
    yield BenchLine(name=f"{name}_p95_ms", value=round(seen["p95_ms"], 1), unit="ms")
    yield BenchLine(name=f"{name}_p50_ms", value=round(seen["p50_ms"], 1), unit="ms")
    yield BenchLine(name=f"{name}_watchers", value=len(seen["received"]), unit="streams")
    share = min(seen["received"]) / max(*seen["received"], 1)
    yield BenchLine(name=f"{name}_least_served", value=round(share, 3), unit="of the most")
    yield BenchLine(name=f"{name}_longest_gap_ms", value=round(seen["longest_gap_ms"]), unit="ms")
    yield BenchLine(name=f"{name}_reported_per_s", value=round(sent["per_s"], 1), unit="positions/s")
    yield BenchLine(name=f"{name}_due_per_s", value=round(sent["due_per_s"], 1), unit="positions/s")
    yield BenchLine(name=f"{name}_load_lag_p99_ms", value=round(sent["lag_p99_ms"], 1), unit="ms")
    yield BenchLine(name=f"{name}_ack_p99_ms", value=round(sent["p99_ms"], 1), unit="ms")
    yield BenchLine(name=f"{name}_refused", value=sent["refused"] + sent["broken"], unit="positions")
    for part, used in zip(("desk", "gateway", "database", "load", "screens"), cores, strict=True):
        yield BenchLine(name=f"{name}_{part}_cpu", value=round(used, 2), unit="cores")
    for part, quarters in zip(("desk", "gateway"), memory, strict=True):
        for number, mb in enumerate(quarters, 1):
            yield BenchLine(name=f"{name}_{part}_memory_{number}", value=round(mb, 1), unit="MB")
    yield BenchLine(name=f"{name}_load_average", value=round(os.getloadavg()[0], 2), unit="processes")


def _desk(site: Site, port: int) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    service = subprocess.Popen(argv, env=site.environment, stdout=subprocess.DEVNULL)
    wait_for(f"http://127.0.0.1:{port}")
    return service


def _load_plan(site: Site, crowd: Crowd, seconds: float) -> dict[str, Any]:
    tokens, port = (
        (site.json_tokens, site.http_port) if crowd.kind == "json" else (site.codes, site.jt808_port)
    )
    return {
        "host": "127.0.0.1", "port": port, "kind": crowd.kind, "places": site.places, "batch": 1,
        "tokens": tokens, "devices": crowd.vehicles, "every_s": 1.0, "seconds": seconds,
    }  # fmt: skip


def _started(module: str, plan: dict[str, Any]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(json.dumps(plan).encode())
    process.stdin.close()
    return process


def _answered(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    told: dict[str, Any] = json.loads(process.stdout.read())
    process.stdout.close()
    process.wait()
    return told


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

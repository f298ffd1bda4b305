"""Positions by every way in: durable on a cluster of its own, load from a second process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from api import clock, migrations, tokens
from api.bench import BenchLine
from api.bench.dispatch import free_port, wait_for
from api.cluster import Cluster
from api.database import connected
from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import Location, decode_location, encode_location
from api.gateways.jt808.wire import unwrap, wrap
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.device import Device, Protocol
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.ids import UnitId
from dispatch_core.store import devices, units
from maps import region_file
from maps.folder import DEFAULT_REGION, region_path

UNITS = 2000
DECODED = 50_000
STARTED_S = 1.5  # of each load pass before its first position and after its last


@dataclass(frozen=True, slots=True)
class Site:
    """A gateway with its own database, and a fleet that may speak to it."""

    environment: dict[str, str]
    http_port: int
    jt808_port: int
    cluster: Cluster
    process: subprocess.Popen[bytes]
    json_tokens: list[str]
    codes: list[str]
    places: list[list[float]]

    def stored(self) -> int:
        with self.cluster.connect("yunchetong") as connection:
            row = connection.execute("SELECT count(*) FROM dispatch.fix").fetchone()
        return int(row[0]) if row is not None else 0

    def cpu_s(self) -> tuple[float, float]:
        """(gateway, database) seconds of processor so far."""
        with self.cluster.connect("yunchetong") as connection:
            pids = [int(p) for (p,) in connection.execute("SELECT pid FROM pg_stat_activity WHERE pid > 0")]
        return _cpu_s(self.process.pid), sum(map(_cpu_s, pids))


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(*, seconds: float, only: str = "", watchers: int = 200) -> Iterator[BenchLine]:
    """Each figure of the issue that has `only` in its name, then what was lost.

    Lost is what was acknowledged but not stored exactly once.
    """
    yield BenchLine(name="jt808_decode_per_s", value=_decoded_per_s(), unit="frames/s/core")
    with site() as one:
        lost = 0
        for name, plan in _plans(one, seconds):
            if only not in name:
                continue
            before, cpu = one.stored(), one.cpu_s()
            began = time.perf_counter()
            seen = loaded(plan)
            took_s = time.perf_counter() - began - STARTED_S
            lost += abs(one.stored() - before - seen["acknowledged"])
            spent = [(b - a) / took_s for a, b in zip(cpu, one.cpu_s(), strict=True)]
            yield BenchLine(name=name, value=round(seen["per_s"], 1), unit="positions/s")
            yield from _beside(name, seen, spent)
        if only in "position_to_screen_p95_ms":
            yield from _screens(one, seconds, watchers)
        yield BenchLine(name="lost", value=lost, unit="positions")


def _beside(name: str, seen: dict[str, Any], spent: list[float]) -> Iterator[BenchLine]:
    stem = name.removesuffix("_per_s")
    yield BenchLine(name=f"{stem}_ack_p50_ms", value=round(seen["p50_ms"], 1), unit="ms")
    yield BenchLine(name=f"{stem}_ack_p99_ms", value=round(seen["p99_ms"], 1), unit="ms")
    yield BenchLine(name=f"{stem}_refused", value=seen["refused"] + seen["broken"], unit="positions")
    for part, cores in zip(("gateway", "database"), spent, strict=True):
        yield BenchLine(name=f"{stem}_{part}_cpu", value=round(cores, 2), unit="cores")
    yield BenchLine(name=f"{stem}_load_cpu", value=round(seen["load_cpu_s"], 2), unit="cores")
    yield BenchLine(name=f"{stem}_load_average", value=round(os.getloadavg()[0], 2), unit="processes")


def _plans(one: Site, seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """Closed loops at full speed, and 2,000 units that report every second."""
    shared: dict[str, Any] = {
        "host": "127.0.0.1", "port": one.http_port, "kind": "json", "places": one.places, "every_s": 0,
        "tokens": one.json_tokens, "seconds": seconds,
    }  # fmt: skip
    hours = {"json_batch50_per_s": 20, "json_batch10_per_s": 8, "http_single_per_s": 4}
    for name, size, count in (
        ("json_batch50_per_s", 50, 200), ("json_batch10_per_s", 10, 500), ("http_single_per_s", 1, UNITS)
    ):  # fmt: skip
        from_at = (clock.now() - timedelta(hours=hours[name])).replace(microsecond=0).isoformat()
        yield name, {**shared, "batch": size, "devices": count, "from_at": from_at}
    every = {**shared, "batch": 1, "devices": UNITS, "every_s": 1.0, "seconds": max(seconds, 10.0)}
    yield "http_2000_units_per_s", every
    from_at = (clock.now() - timedelta(hours=2)).replace(microsecond=0).isoformat()
    terminals = {"kind": "jt808", "port": one.jt808_port, "tokens": one.codes, "devices": UNITS}
    yield "jt808_durable_per_s", {**shared, **terminals, "from_at": from_at}


def loaded(plan: dict[str, Any]) -> dict[str, Any]:
    """The load in a second process."""
    return _driven("api.bench.position_load", plan)


def _driven(module: str, plan: dict[str, Any]) -> dict[str, Any]:
    argv = [sys.executable, "-m", module]
    done = subprocess.run(argv, input=json.dumps(plan).encode(), stdout=subprocess.PIPE, check=True)
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def _screens(one: Site, seconds: float, watchers: int) -> Iterator[BenchLine]:
    """2,000 units report each second to the gateway; watchers read the stream of a service beside it."""
    port = free_port()
    argv = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    quiet = subprocess.DEVNULL
    service = subprocess.Popen(argv, env=one.environment, stdout=quiet, stderr=quiet)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        token = Path(one.environment["YCT_VAR"], "operator.token").read_text().strip()
        reports = {
            "host": "127.0.0.1", "port": one.http_port, "kind": "json", "places": one.places, "batch": 1,
            "tokens": one.json_tokens, "devices": UNITS, "every_s": 1.0,
            "seconds": seconds + watchers / 100 + 8,
        }  # fmt: skip
        screens = {
            "host": "127.0.0.1", "port": port, "token": token, "watchers": watchers, "seconds": seconds
        }  # fmt: skip
        load = subprocess.Popen(
            [sys.executable, "-m", "api.bench.position_load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert load.stdin is not None
        load.stdin.write(json.dumps(reports).encode())
        load.stdin.close()
        before, began = _cpu_s(service.pid), time.perf_counter()
        seen = _driven("api.bench.screens", screens)
        cores = (_cpu_s(service.pid) - before) / (time.perf_counter() - began)
        load.wait(60)
    finally:
        service.send_signal(signal.SIGINT)
        service.wait(30)
    for name in ("p95_ms", "p50_ms"):
        yield BenchLine(name=f"position_to_screen_{name}", value=round(seen[name], 1), unit="ms")
    yield BenchLine(name="position_to_screen_watchers", value=watchers, unit="streams")
    share = seen["fewest_bytes"] / max(seen["most_bytes"], 1)
    yield BenchLine(name="position_to_screen_least_served", value=round(share, 3), unit="of the most")
    yield BenchLine(name="position_to_screen_service_cpu", value=round(cores, 2), unit="cores")
    load_average = round(os.getloadavg()[0], 2)
    yield BenchLine(name="position_to_screen_load_average", value=load_average, unit="processes")


def _decoded_per_s() -> float:
    """Frames of 0x0200 with items, from bytes to values, a second of one core's time."""
    location = Location(
        lon=120.1, lat=33.3, altitude_m=5, speed_kmh=40, course_deg=90, fixed_at=clock.now(), status=3,
        items={"mileage_km": 100.0, "signal_strength": 20, "satellites": 9},
    )  # fmt: skip
    header = Header(message_id=0x0200, phone="013800138000", serial=1, body_length=0)
    frame = wrap(join_payload(header, encode_location(location)))
    began = time.process_time()
    for _ in range(DECODED):
        decode_location(split_payload(unwrap(frame))[1])
    return round(DECODED / (time.process_time() - began))


@contextmanager
def site() -> Iterator[Site]:
    """Everything below a temporary folder, taken away afterwards; the database is durable."""
    folder = Path(tempfile.mkdtemp(prefix="yct-bench-"))
    ours = region_path(DEFAULT_REGION)
    if ours.is_file():
        shutil.copytree(ours.parent, folder / "regions")
    environment = {**os.environ, "YCT_VAR": str(folder)}
    environment.pop("YCT_DATABASE_URL", None)
    cluster = Cluster(folder=folder / "pg")
    url = cluster.ensure_running()
    try:
        json_tokens, codes = fleet(url)
        http_port, jt808_port = free_port(), free_port()
        process = gateway_process(environment, http_port, jt808_port)
        try:
            yield Site(
                environment, http_port, jt808_port, cluster, process, json_tokens, codes, street_places()
            )
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def gateway_process(
    environment: dict[str, str], http_port: int, jt808_port: int, *options: str
) -> subprocess.Popen[bytes]:
    """`yct gateway`, once it answers."""
    ports = ["--http-port", str(http_port), "--jt808-port", str(jt808_port)]
    argv = [sys.executable, "-m", "api.cli", "gateway", *ports, *options]
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL)
    wait_for(f"http://127.0.0.1:{http_port}")
    return process


def fleet(url: str) -> tuple[list[str], list[str]]:
    """2,000 units with an app, 2,000 with a terminal; the tokens of both."""
    migrations.upgrade(url)
    engine = connected(url)
    fleet = [
        Unit(
            id=UnitId(uuid4()), call_sign=f"{n}", kind=UnitKind.TOW, agency="bench", turnout_s=60.0,
            capabilities=frozenset({Capability.FLATBED}), status=UnitStatus.AVAILABLE,
        )
        for n in range(2 * UNITS)
    ]  # fmt: skip
    with engine.begin() as connection:
        units.add(connection, fleet)
        secrets: dict[Protocol, list[str]] = {Protocol.JSON: [], Protocol.JT808: []}
        for k, (protocol, drawn) in enumerate(secrets.items()):
            for n, unit in enumerate(fleet[k::2]):
                drawn.append(tokens.draw())
                one = Device(
                    id=uuid4(), unit_id=unit.id, protocol=protocol, number=str(n + 1), datum=Datum.WGS84,
                    priority=50, label="", added_at=clock.now(),
                )  # fmt: skip
                devices.add(connection, one, token_sha256=tokens.known_digest(drawn[-1]))
    engine.dispose()
    return secrets[Protocol.JSON], secrets[Protocol.JT808]


def street_places() -> list[list[float]]:
    """[lon, lat] of junctions all over the city."""
    graph = region_file.load(region_path(DEFAULT_REGION)).graph
    step = max(graph.node_count // UNITS, 1)
    return [[float(graph.node_lon[n]), float(graph.node_lat[n])] for n in range(0, graph.node_count, step)]

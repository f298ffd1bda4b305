"""Positions by every way in: durable on a cluster of its own, load from a second process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from api import clock
from api.bench import BenchLine, to_screens
from api.bench.position_site import UNITS, Site, site
from api.bench.to_screens import Crowd
from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import Location, decode_location, encode_location
from api.gateways.jt808.wire import unwrap, wrap
from dispatch_core.fleet.device import Protocol

DECODED = 50_000
STARTED_S = 1.5  # of each load pass before its first position and after its last
CITY = Crowd(name="city_to_screen", kind="jt808", vehicles=10_000, watchers=200, read_by=4)


def run(*, seconds: float, only: str = "", watchers: int = 500, minutes: float = 0) -> Iterator[BenchLine]:
    """Each figure of the issue that has `only` in its name, then what was lost.

    Lost is what was acknowledged but not stored exactly once. `minutes` prolongs the watching of 2,000 units,
    so that memory can be seen to stay.
    """
    lost = 0.0
    desk = Crowd(name="position_to_screen", kind="json", vehicles=UNITS, watchers=watchers)
    for line in _all(seconds, only, desk, minutes):
        lost += line.value if line.name.endswith("_lost") else 0
        yield line
    yield BenchLine(name="lost", value=lost, unit="positions")


def _all(seconds: float, only: str, desk: Crowd, minutes: float) -> Iterator[BenchLine]:
    if only in "jt808_decode_per_s":
        yield BenchLine(name="jt808_decode_per_s", value=_decoded_per_s(), unit="frames/s/core")
    if only not in CITY.name or only in desk.name:
        with site() as one:
            yield from _stored(one, seconds, only)
            if only in desk.name:
                yield from to_screens.run(one, desk, seconds=max(seconds, minutes * 60))
    if only in CITY.name:
        with site(vehicles=CITY.vehicles, protocols=(Protocol.JT808,)) as one:
            yield from to_screens.run(one, CITY, seconds=seconds)


def _stored(one: Site, seconds: float, only: str) -> Iterator[BenchLine]:
    for name, plan in _plans(one, seconds):
        if only not in name:
            continue
        before, cpu = one.stored(), one.used_s()
        began = time.perf_counter()
        seen = loaded(plan)
        took_s = time.perf_counter() - began - STARTED_S
        spent = [(b - a) / took_s for a, b in zip(cpu, one.used_s(), strict=True)]
        yield BenchLine(name=name, value=round(seen["per_s"], 1), unit="positions/s")
        yield from _beside(name, seen, spent)
        lost = abs(one.stored() - before - seen["acknowledged"])
        yield BenchLine(name=f"{name.removesuffix('_per_s')}_lost", value=lost, unit="positions")


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
    argv = [sys.executable, "-m", "api.bench.position_load"]
    done = subprocess.run(argv, input=json.dumps(plan).encode(), stdout=subprocess.PIPE, check=True)
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


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

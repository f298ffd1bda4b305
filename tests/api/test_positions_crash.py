"""What was acknowledged is there once: gateway and database killed under load, an hour back-filled."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.bench.dispatch import free_port
from api.bench.position_site import fleet, gateway_process, street_places
from api.cluster import Cluster
from maps.folder import DEFAULT_REGION, region_path

pytestmark = pytest.mark.slow

KILLS = 20
DEVICES = 40
BATCH = 5
BACK_FILLING, HOUR_S = 200, 3600


@dataclass
class Site:
    """A gateway that can be killed, over a durable database that can be."""

    environment: dict[str, str]
    cluster: Cluster
    tokens: list[str]
    places: list[list[float]]
    port: int = field(default_factory=free_port)
    jt808_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = gateway_process(self.environment, self.port, self.jt808_port)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def kill_database(self) -> None:
        """The postmaster and everything it started, at once; then started again."""
        postmaster = self.cluster.status().pid
        assert postmaster is not None
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True, check=True
        )
        for pid in (postmaster, *map(int, children.stdout.split())):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.2)
        self.cluster.ensure_running()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.cluster.connect("yunchetong") as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    shutil.copytree(region_path(DEFAULT_REGION).parent, tmp_path / "regions")
    environment = {**os.environ, "YCT_VAR": str(tmp_path)}
    environment.pop("YCT_DATABASE_URL", None)
    cluster = Cluster(folder=tmp_path / "pg")
    tokens, _ = fleet(cluster.ensure_running())
    found = Site(environment, cluster, tokens, street_places())
    try:
        found.start()
        yield found
    finally:
        found.stop()
        cluster.stop()


@dataclass
class Client:
    """A device that keeps what is not acknowledged, backs off, and notes every acknowledgement."""

    site: Site
    number: int
    acknowledged: list[datetime] = field(default_factory=list)
    resent: int = 0

    async def work(self, http: httpx.AsyncClient, stopping: asyncio.Event) -> None:
        lon, lat = self.site.places[self.number]
        at = datetime.now(UTC) - timedelta(hours=2)
        while not stopping.is_set():
            batch = []
            for _ in range(BATCH):
                at += timedelta(seconds=1)
                batch.append({"event_id": str(uuid4()), "lon": lon, "lat": lat, "fixed_at": at.isoformat()})
            await self.sent(http, batch)
            self.acknowledged += [datetime.fromisoformat(one["fixed_at"]) for one in batch]

    async def sent(self, http: httpx.AsyncClient, batch: list[dict[str, Any]]) -> None:
        headers = {"Authorization": f"Bearer {self.site.tokens[self.number]}"}
        while True:
            try:
                answer = await http.post("/v1/driver/positions", json={"positions": batch}, headers=headers)
                if answer.status_code == 200:
                    assert all(outcome["accepted"] for outcome in answer.json()["outcomes"]), answer.text
                    return
                assert answer.status_code == 503, answer.text
            except httpx.TransportError:
                pass
            self.resent += 1
            await asyncio.sleep(0.2)


@asynccontextmanager
async def load(site: Site) -> AsyncIterator[list[Client]]:
    """Clients at work; afterwards each has heard the answer to its last batch."""
    stopping = asyncio.Event()
    clients = [Client(site, number) for number in range(DEVICES)]
    limits = httpx.Limits(max_connections=DEVICES)
    base = f"http://127.0.0.1:{site.port}"
    async with (
        httpx.AsyncClient(base_url=base, timeout=30, limits=limits) as http,
        asyncio.TaskGroup() as tasks,
    ):
        for client in clients:
            tasks.create_task(client.work(http, stopping))
        yield clients
        stopping.set()


def assert_once(site: Site, clients: list[Client]) -> None:
    """Everything acknowledged, nothing else, nothing twice."""
    stored = site.rows("SELECT count(*), count(DISTINCT (unit_id, event)) FROM dispatch.fix")[0]
    acknowledged = sum(len(client.acknowledged) for client in clients)
    assert stored == (acknowledged, acknowledged)
    assert sum(client.resent for client in clients) > 0
    newest = site.rows("SELECT max(fixed_at) FROM dispatch.position")[0][0]
    assert newest == max(max(client.acknowledged) for client in clients)


def test_killing_the_gateway_loses_nothing_and_doubles_nothing(site: Site) -> None:
    async def story() -> list[Client]:
        async with load(site) as clients:
            for _ in range(KILLS):
                await asyncio.sleep(1.0)
                await asyncio.to_thread(site.kill)
                await asyncio.to_thread(site.start)
            await asyncio.sleep(1.0)
        return clients

    assert_once(site, asyncio.run(story()))


def test_killing_the_database_loses_nothing_and_doubles_nothing(site: Site) -> None:
    async def story() -> list[Client]:
        async with load(site) as clients:
            for _ in range(KILLS):
                await asyncio.sleep(1.0)
                await asyncio.to_thread(site.kill_database)
            await asyncio.sleep(1.0)
        return clients

    assert_once(site, asyncio.run(story()))


def test_an_hour_back_filled_by_two_hundred_at_once_enters_in_order_and_moves_no_marker(site: Site) -> None:
    now = datetime.now(UTC).replace(microsecond=0)

    def drive(number: int, seconds_ago: int) -> dict[str, Any]:
        lon, lat = site.places[number]
        # 36 km/h to and fro
        away = abs(seconds_ago % 120 - 60) * 10 / 111_195
        at = now - timedelta(seconds=seconds_ago)
        return {"event_id": f"{seconds_ago}", "lon": lon, "lat": lat + away, "fixed_at": at.isoformat()}

    async def one(http: httpx.AsyncClient, number: int) -> None:
        client = Client(site, number)
        await client.sent(http, [drive(number, 0)])  # the newest first: all others come late
        for first in range(HOUR_S, 0, -100):
            await client.sent(http, [drive(number, ago) for ago in range(first, max(first - 100, 0), -1)])

    async def story() -> None:
        limits = httpx.Limits(max_connections=BACK_FILLING)
        base = f"http://127.0.0.1:{site.port}"
        async with httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as http:
            await asyncio.gather(*(one(http, number) for number in range(BACK_FILLING)))

    asyncio.run(story())
    stored = site.rows(
        "SELECT count(*), count(*) FILTER (WHERE refused IS NULL), count(DISTINCT unit_id), "
        "count(DISTINCT (unit_id, fixed_at)) FROM dispatch.fix"
    )[0]
    everything = BACK_FILLING * (HOUR_S + 1)
    assert stored == (everything, everything, BACK_FILLING, everything)
    assert site.rows("SELECT DISTINCT fixed_at FROM dispatch.position") == [(now,)]


def test_two_processes_on_one_port_share_the_load_and_double_nothing(site: Site) -> None:
    site.stop()
    site.process = gateway_process(site.environment, site.port, site.jt808_port, "--workers", "2")
    health = f"http://127.0.0.1:{site.port}/health"
    until = time.monotonic() + 60
    pids: set[int] = set()
    while len(pids) < 2 and time.monotonic() < until:
        pids.add(httpx.get(health).json()["pid"])
    assert len(pids) == 2

    async def story() -> list[Client]:
        async with load(site) as clients:
            await asyncio.sleep(3.0)
            for client in clients:  # who has to begin anew is dealt to either process
                client.resent += 1
        return clients

    assert_once(site, asyncio.run(story()))
    site.stop()
    with pytest.raises(httpx.TransportError):
        httpx.get(health)

"""A gateway over a durable database of its own, a bus beside it, and a fleet that may speak to it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from api import clock, migrations, tokens
from api.bench.dispatch import free_port, wait_for
from api.bench.region_files import lend_region
from api.bus_server import BusServer
from api.cluster import Cluster
from api.database import connected
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.device import Device, Protocol
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.ids import UnitId
from dispatch_core.store import devices, units
from maps.embedded import known_region
from maps.folder import DEFAULT_REGION

UNITS = 2000
BOTH = (Protocol.JSON, Protocol.JT808)


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

    def used_s(self) -> tuple[float, float]:
        """(gateway, database) seconds of processor so far."""
        with self.cluster.connect("yunchetong") as connection:
            pids = [int(p) for (p,) in connection.execute("SELECT pid FROM pg_stat_activity WHERE pid > 0")]
        return cpu_s(self.process.pid), sum(map(cpu_s, pids))


def cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def site(*, vehicles: int = UNITS, protocols: Sequence[Protocol] = BOTH) -> Iterator[Site]:
    """Everything below a temporary folder, taken away afterwards; the database is durable."""
    folder = Path(tempfile.mkdtemp(prefix="yct-bench-"))
    lend_region(folder)
    environment = {**os.environ, "YCT_VAR": str(folder)}
    environment.pop("YCT_DATABASE_URL", None)
    cluster = Cluster(folder=folder / "pg")
    url = cluster.ensure_running()
    bus = BusServer(folder=folder / "bus", port=free_port())
    try:
        environment["YCT_BUS"] = bus.ensure_running()
        json_tokens, codes = fleet(url, vehicles, protocols)
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
        bus.stop()
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


def fleet(url: str, count: int = UNITS, protocols: Sequence[Protocol] = BOTH) -> tuple[list[str], list[str]]:
    """So many units with an app and as many with a terminal, or of one kind; the tokens of both."""
    migrations.upgrade(url)
    engine = connected(url)
    fleet = [
        Unit(
            id=UnitId(uuid4()), call_sign=f"{n}", kind=UnitKind.TOW, agency="bench", turnout_s=60.0,
            capabilities=frozenset({Capability.FLATBED}), status=UnitStatus.AVAILABLE,
        )
        for n in range(len(protocols) * count)
    ]  # fmt: skip
    with engine.begin() as connection:
        units.add(connection, fleet)
        secrets: dict[Protocol, list[str]] = {Protocol.JSON: [], Protocol.JT808: []}
        for k, protocol in enumerate(protocols):
            for n, unit in enumerate(fleet[k :: len(protocols)]):
                secrets[protocol].append(tokens.draw())
                one = Device(
                    id=uuid4(), unit_id=unit.id, protocol=protocol, number=str(n + 1), datum=Datum.WGS84,
                    priority=50, label="", added_at=clock.now(),
                )  # fmt: skip
                devices.add(connection, one, token_sha256=tokens.known_digest(secrets[protocol][-1]))
    engine.dispose()
    return secrets[Protocol.JSON], secrets[Protocol.JT808]


def street_places() -> list[list[float]]:
    """[lon, lat] of junctions all over the city."""
    graph = known_region(DEFAULT_REGION).graph
    step = max(graph.node_count // UNITS, 1)
    return [[float(graph.node_lon[n]), float(graph.node_lat[n])] for n in range(0, graph.node_count, step)]

"""The gateway as a process of its own: no roads to route on, no pages, one database."""

from __future__ import annotations

import gc
import os
import socket
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from api import clock, jobs
from api.database import connected
from api.gateways.gateway import Gateway
from api.gateways.http import Answerer, Doors
from api.http_server import http_config
from api.running_drill import RunningDrill
from api.streams.opened_wire import opened
from api.streams.positions import rows_of
from dispatch_core.fleet.telemetry import TelemetryParams
from dispatch_core.roads.graph import RoadGraph
from dispatch_core.services.unit_of_work import UnitOfWork


class GatewayApp:
    """ASGI: its lifespan opens and closes the ways in."""

    def __init__(self, gateway: Gateway, *, host: str, jt808_port: int | None, shared: bool = False) -> None:
        self._shared = shared
        self._gateway = gateway
        self._host, self._jt808_port = host, jt808_port
        self._doors = Doors(doors=self._named(gateway), sockets=gateway.sockets())

    def _named(self, gateway: Gateway) -> dict[tuple[str, str], Answerer]:
        return gateway.doors() | {("GET", "/health"): self._health}

    async def _health(self, _: Scope, __: Receive) -> tuple[int, Any]:
        counts = self._gateway.terminals.counts
        recorded, commits = self._gateway.intake.recorded, self._gateway.intake.commits
        return 200, {
            "status": "ok",
            "pid": os.getpid(),
            "recorded": recorded,
            "commits": commits,
            "jt808": counts,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._doors(scope, receive, send)
            return
        await receive()
        await self._gateway.start(host=self._host, jt808_port=self._jt808_port, shared=self._shared)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._gateway.stop()
        await send({"type": "lifespan.shutdown.complete"})


def collect_seldom() -> None:
    """What lives by now lives for ever; looking through ten thousand connections for cycles cost a fifth.

    Nor are fixes that wait for their commit looked through: they leave no cycles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


def run(
    url: str, graph: RoadGraph, *, host: str, http_port: int, jt808_port: int | None,
    bus: str | None = None, sockets: list[socket.socket] | None = None,
) -> None:  # fmt: skip
    """Serves until a signal ends it; `sockets` where the port is shared with other processes.

    Nobody watches here: processes that show maps hear by `bus`, or follow the table of positions.
    """
    engine = connected(url)
    jobs.upkeep(engine)
    uow = UnitOfWork(engine=engine, clock=clock.now, new_id=clock.new_id)
    wire = opened(bus)
    gateway = Gateway.open(
        engine, uow, graph, RunningDrill(engine), telemetry=TelemetryParams(),
        moved=lambda moved: wire.send(rows_of(moved)),
    )  # fmt: skip
    wire.start()
    app = GatewayApp(gateway, host=host, jt808_port=jt808_port, shared=sockets is not None)
    config = http_config(
        app, host=host, port=http_port, backlog=2048,
        proxy_headers=False, server_header=False, date_header=False,
    )  # fmt: skip
    collect_seldom()
    uvicorn.Server(config).run(sockets=sockets)
    wire.stop()
    engine.dispose()

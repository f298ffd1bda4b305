"""The web application around a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from api import jobs, pages, problem
from api.auth import Holders
from api.body_limit import BodyLimit
from api.gateways import description
from api.gateways.gateway import Gateway
from api.gateways.http import Doors
from api.leg_watcher import LegWatcher
from api.map_socket import MapSocket
from api.routes import (
    addresses,
    alarms,
    city,
    decisions,
    desk,
    devices,
    driver,
    duplicates,
    incidents,
    looking,
    planning,
    raster,
    readiness,
    register,
    replay,
    rules,
    sign_in,
    stream,
    track,
    tracks,
    traffic,
    units,
    webhooks,
)  # fmt: skip
from api.service import Service
from api.streams.positions import PositionFollower
from api.streams.roster import Roster
from api.streams.snapshots import Snapshots
from api.streams.views import Views
from api.webhooks import WebhookSender

if TYPE_CHECKING:
    from api.streams.fact_stream import FactStream

DESCRIPTION = """Accident dispatch over real road times. Errors are problem documents (RFC 9457); their `type`
explains itself at `/problems/{code}`. Times are RFC 3339 in UTC, places WGS-84 degrees, longitude first."""


class _App(FastAPI):
    """With the paths that the gateway answers before any route is looked for."""

    def openapi(self) -> dict[str, Any]:
        schema = super().openapi()
        schema["paths"].update(description.PATHS)
        schema.setdefault("components", {}).setdefault("schemas", {}).update(description.SCHEMAS)
        return schema


def create_app(service: Service) -> FastAPI:
    """The application; its background threads live as long as it serves."""
    raster.checked(service.settings)
    gateway = Gateway.beside(service)
    told = WebhookSender(service.uow)
    signs = LegWatcher(
        service.uow,
        speed=lambda: service.running_drill.speed,
        escalation=lambda: service.rules.read().escalation,
    )
    elsewhere = PositionFollower(service.engine, service.bus, service.wire)
    views = Views(service.bus, Roster(service.engine))
    maps = MapSocket(service.bus, views, gateway.senders)
    facts = _fact_stream(service)
    worker = jobs.Worker(
        service.engine, messages=service.settings.var / "log" / "sms-simulated.jsonl",
        region=service.settings.region,
    )  # fmt: skip

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        jobs.upkeep(service.engine)
        service.start()
        await gateway.start(
            host=service.settings.host, jt808_port=service.settings.jt808_port,
            shared=service.settings.shares_ports,
        )  # fmt: skip
        elsewhere.start()
        signs.start()
        told.start()
        if facts is not None:
            facts.start()
        worker.start()
        yield
        if facts is not None:
            facts.stop()
        told.stop()
        signs.stop()
        elsewhere.stop()
        await gateway.stop()
        worker.stop()
        service.stop()

    # FastAPI's own /docs fetches its viewer from another origin; `pages` has one that does not.
    app = _App(
        title="云车通 YunCheTong", description=DESCRIPTION, version="0.1.0", lifespan=alive,
        docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.service = service
    app.state.holders = Holders(service.engine)
    app.state.senders = gateway.senders
    app.state.views = views
    app.state.snapshots = Snapshots(service.bus, partial(stream.take_snapshot, service))
    problem.install(app)
    for routes in (
        incidents, duplicates, alarms, decisions, rules, desk, readiness, replay, planning, raster, register,
        units, devices, driver, stream, track, tracks, traffic, addresses, city, sign_in, looking, webhooks,
    ):  # fmt: skip
        app.include_router(routes.router)
    app.include_router(pages.router)
    app.add_middleware(BodyLimit, largest=service.settings.largest_body)
    app.add_middleware(Doors, doors=gateway.doors(), sockets={**gateway.sockets(), "/v1/map": maps})
    return app


def _fact_stream(service: Service) -> FactStream | None:
    """Where there is a NATS server; its driver is imported only then."""
    if service.wire.address is None:
        return None
    from api.streams.fact_stream import FactStream

    return FactStream(service.engine, service.wire.address)

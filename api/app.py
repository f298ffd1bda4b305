"""The web application around a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import jobs, pages, problem
from api.auth import Holders
from api.body_limit import BodyLimit
from api.routes import city, driver, incidents, stream, track, units
from api.service import Service

DESCRIPTION = """Accident dispatch over real road times. Errors are problem documents (RFC 9457); their `type`
explains itself at `/problems/{code}`. Times are RFC 3339 in UTC, places WGS-84 degrees, longitude first."""


def create_app(service: Service) -> FastAPI:
    """The application; its background threads live as long as it serves."""
    worker = jobs.Worker(service.engine, messages=service.settings.var / "log" / "sms-simulated.jsonl")

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        jobs.upkeep(service.engine)
        service.start()
        worker.start()
        yield
        worker.stop()
        service.stop()

    # FastAPI's own /docs fetches its viewer from another origin; `pages` has one that does not.
    app = FastAPI(
        title="云车通 YunCheTong", description=DESCRIPTION, version="0.1.0", lifespan=alive,
        docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.service = service
    app.state.holders = Holders(service.engine)
    problem.install(app)
    for routes in (incidents, units, driver, stream, track, city):
        app.include_router(routes.router)
    app.include_router(pages.router)
    app.add_middleware(BodyLimit, largest=service.settings.largest_body)
    return app

"""`yct gateway`: positions come in by a process of their own, beside the service on the same database."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from typing import Annotated

import typer

from api import migrations, preparation
from api.cli.workers import Workers
from api.cluster import database_url
from api.settings import from_environment


def gateway(
    host: Annotated[
        str, typer.Option(help="The address to listen on; 0.0.0.0 for every network.")
    ] = "127.0.0.1",
    http_port: Annotated[int, typer.Option(min=0, max=65_535, help="JSON, OsmAnd and WebSocket.")] = 8081,
    jt808_port: Annotated[int, typer.Option(min=0, max=65_535, help="JT/T 808 terminals.")] = 8808,
    region: Annotated[str | None, typer.Option("--region", help="A region's name or file.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the ports.")] = 1,
) -> None:
    """Takes positions of apps and terminals; stores, then acknowledges."""
    from api.gateways import process

    settings = from_environment()
    settings = replace(settings, region=region or settings.region)
    preparation.log_to_file(settings)
    graph = preparation.ensure_region(settings.region, say=typer.echo).graph
    url = settings.database_url or database_url()
    migrations.upgrade(url)
    sys.setswitchinterval(0.002)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)  # requests leave no cycles behind
    typer.echo(f"  positions at http://{host}:{http_port}, JT/T 808 at {host}:{jt808_port}")
    with Workers(workers) as shared:
        process.run(
            url, graph, host=host, http_port=http_port, jt808_port=jt808_port,
            bus=settings.bus, sockets=shared.sockets(host, http_port),
        )  # fmt: skip

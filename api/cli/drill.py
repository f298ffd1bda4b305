"""`yct drill`: simulated crews and accidents on a running service."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import msgspec
import typer

from api.drill.conductor import Conductor, DrillParams, as_json
from api.lifeline import end_with_parent
from api.preparation import ensure_region
from api.service import opened_roads
from api.settings import from_environment
from dispatch_core.errors import InvalidInput


def drill(
    url: Annotated[str, typer.Option(help="The service.")] = "http://127.0.0.1:8080",
    token: Annotated[str, typer.Option(envvar="YCT_OPERATOR_TOKEN", help="An operator's token.")] = "",
    region: Annotated[str | None, typer.Option(help="The region that the service runs.")] = None,
    speed: Annotated[float, typer.Option(min=1, max=200, help="How much faster than life.")] = 20.0,
    accidents_per_day: Annotated[float, typer.Option(min=1, help="Of life, before the speed.")] = 100.0,
    minutes: Annotated[
        float | None, typer.Option(help="How long accidents happen; else until Ctrl-C.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same accidents.")] = 1,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object at the end.")] = False,
) -> None:
    """Crews that drive real roads through the public API, and accidents where people live."""
    if with_parent:
        end_with_parent()
    settings = from_environment()
    known = token or token_of(settings.operator_token_file)
    loaded = ensure_region(region or settings.region, say=lambda line: typer.echo(line, err=True))
    params = DrillParams(
        url=url, token=known, speed=speed, accidents_per_day=accidents_per_day, minutes=minutes, seed=seed
    )
    conductor = Conductor(params, loaded, opened_roads(loaded), say=lambda line: typer.echo(line, err=json_))
    try:
        summary = asyncio.run(conductor.run())
    except KeyboardInterrupt:
        return
    typer.echo(msgspec.json.encode(as_json(summary)).decode())


def token_of(file: os.PathLike[str]) -> str:
    try:
        with open(file, encoding="utf-8") as read:
            return read.read().strip()
    except FileNotFoundError:
        raise InvalidInput("--token", f"is needed: {file} is not there; is the service running?") from None

"""`yct traffic feed`: what streets are driven at, from a file, to a running service."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from api import clock
from api.cli.drill import token_of
from api.cluster import database_url
from api.database import connected
from api.settings import from_environment
from dispatch_core.errors import InvalidInput, Unavailable
from dispatch_core.roads import Roads
from dispatch_core.services.usual_speeds import learnt_profile
from maps.embedded import known_region
from maps.tables import Row, rows_of

app = typer.Typer(no_args_is_help=True, help="Live traffic of a running service.")
_AT_ONCE = 10_000  # rows a request
_NEAR_M = 60.0


@app.callback()
def _traffic() -> None:
    """Live traffic."""


@app.command("feed")
def feed(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV; see docs/reference/traffic.md.")
    ],
    minutes: Annotated[float, typer.Option(min=0.1, max=1440, help="How long it is believed.")] = 10.0,
    url: Annotated[str, typer.Option(help="The service.")] = "http://127.0.0.1:8080",
    token: Annotated[str, typer.Option(envvar="YCT_OPERATOR_TOKEN", help="An operator's token.")] = "",
) -> None:
    """Columns `edge` or `lon`, `lat` and perhaps `heading_deg`; and `speed_kmh`."""
    settings = from_environment()
    speeds = _speeds(file, settings.region)
    until = (clock.now() + timedelta(minutes=minutes)).isoformat()
    headers = {"Authorization": f"Bearer {token or token_of(settings.operator_token_file)}"}
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        for first in range(0, len(speeds), _AT_ONCE):
            rows = [{"edge": e, "speed_kmh": v} for e, v in speeds[first : first + _AT_ONCE]]
            try:
                answer = client.post("/v1/traffic/speeds", json={"speeds": rows, "until": until})
            except httpx.TransportError as broken:
                raise Unavailable(f"{url} does not answer: {type(broken).__name__}") from broken
            if answer.is_error:
                raise InvalidInput(file.name, answer.json().get("detail", f"HTTP {answer.status_code}"))
    typer.echo(f"{len(speeds)} streets until {until}")


@app.command("learn")
def learn(
    days: Annotated[int, typer.Option(min=1, max=31, help="How far back; fixes are kept for 31 days.")] = 28,
    output: Annotated[Path, typer.Option("-o", "--output", help="JSON to write.")] = Path("profile.json"),
) -> None:
    """Usual speeds by hour of the week and class of road, from what the tow trucks drove; drills left out."""
    settings = from_environment()
    loaded = known_region(settings.region)
    zone = ZoneInfo(loaded.provenance.time_zone)
    engine = connected(settings.database_url or database_url())
    ends_at = clock.now()
    with engine.connect() as connection, Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("matching", total=days * 24)
        profile, passages = learnt_profile(
            connection, loaded.graph, zone=zone, begins_at=ends_at - timedelta(days=days), ends_at=ends_at,
            progress=lambda _: bar.advance(task),
        )  # fmt: skip
    engine.dispose()
    if not passages:
        raise InvalidInput("--days", f"no tow truck drove streets of {settings.region} in that time")
    output.write_text(json.dumps(profile.record()), encoding="utf-8")
    typer.echo(f"{output}: from {passages:,} passages; set it with PUT /v1/traffic/profile")


def _speeds(file: Path, region: str) -> list[tuple[int, float]]:
    rows = list(rows_of(file, "speed_kmh"))
    if not rows:
        raise InvalidInput(file.name, "has no rows")
    kmh = [_number(row, "speed_kmh", where) for where, row in rows]
    if "edge" in rows[0][1]:
        return [(_whole(row, "edge", where), v) for (where, row), v in zip(rows, kmh, strict=True)]
    return list(_by_place(rows, kmh, region))


def _by_place(rows: list[tuple[str, Row]], kmh: list[float], region: str) -> Iterator[tuple[int, float]]:
    lon, lat = (np.array([_number(row, key, where) for where, row in rows]) for key in ("lon", "lat"))
    heading = np.array(
        [_number(row, "heading_deg", where) if row.get("heading_deg") else math.nan for where, row in rows]
    )
    loaded = known_region(region)
    roads = Roads(loaded.graph, loaded.order)
    spots = roads.snap(lon, lat, heading_deg=heading, max_distance_m=_NEAR_M)
    for k, (where, _) in enumerate(rows):
        if not spots.found[k]:
            raise InvalidInput(where, f"no street within {_NEAR_M:.0f} m")
        for edge in np.unique(spots.edge[k]).tolist():
            if edge >= 0:
                yield edge, kmh[k]


def _number(row: Row, key: str, where: str) -> float:
    try:
        value = float(row.get(key) or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInput(where, f"{key} must be a number")
    return value


def _whole(row: Row, key: str, where: str) -> int:
    value = _number(row, key, where)
    if not value.is_integer():
        raise InvalidInput(where, f"{key} must be a whole number")
    return int(value)

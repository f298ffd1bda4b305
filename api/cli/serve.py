"""`yct serve`, `yct run`, `yct migrate`, `yct seed`, `yct token`."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from types import FrameType
from typing import Annotated

import httpx
import typer
import uvicorn

from api import clock, migrations, preparation, seed, tokens
from api.app import create_app
from api.cli.workers import Workers
from api.cluster import database_url, private_cluster
from api.database import connected
from api.http_server import http_config
from api.service import Service
from api.settings import Settings, from_environment
from dispatch_core.errors import NotFound
from dispatch_core.ids import UnitId
from dispatch_core.store import tokens as stored_tokens
from dispatch_core.store import units

Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for every network.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")]
RegionName = Annotated[str | None, typer.Option("--region", help="A region's name or file.")]


Terminals = Annotated[
    int | None, typer.Option("--jt808-port", min=0, max=65_535, help="Take JT/T 808 terminals here too.")
]
Processes = Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that share the port.")]


def _settings(region: str | None, host: str, port: int, jt808_port: int | None = None) -> Settings:
    settings = from_environment()
    return replace(settings, region=region or settings.region, host=host, port=port, jt808_port=jt808_port)


def _say(line: str) -> None:
    typer.echo(f"  {line}")


class _Server(uvicorn.Server):
    """Sends watchers home at the first signal, so that no connection has to be cut."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._service.bus.close()
        super().handle_exit(sig, frame)


def _serve(settings: Settings, url: str, workers: Workers | None = None) -> None:
    # Threads that decide, tell and answer share one interpreter: a millisecond's turn each, not five.
    sys.setswitchinterval(0.001)
    _say("roads: opening; on a new machine they are compiled first, for a minute or two")
    service = Service.open(settings, url=url)
    # What is loaded now stays: the collector need not walk through it each time, while somebody waits.
    gc.collect()
    gc.freeze()
    config = http_config(create_app(service), host=settings.host, port=settings.port)
    sockets = None if workers is None else workers.sockets(settings.host, settings.port)
    _Server(config, service).run(sockets=sockets)


def serve(
    host: Host = "127.0.0.1", port: Port = 8080, region: RegionName = None, jt808_port: Terminals = None,
    workers: Processes = 1,
) -> None:  # fmt: skip
    """The service alone: database, roads, API, streams and pages."""
    settings = _settings(region, host, port, jt808_port)
    preparation.log_to_file(settings)
    url, _ = preparation.prepared(settings, say=_say)
    typer.echo(f"  serving http://{host}:{port}  (operator token: {settings.operator_token_file})")
    with Workers(workers) as shared:
        _serve(replace(settings, shares_ports=shared.shares_port), url, shared)


def run(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    region: RegionName = None,
    drill: Annotated[bool, typer.Option(help="Start the drill beside the service.")] = True,
    speed: Annotated[float, typer.Option(min=1, max=200, help="How much faster than life.")] = 20.0,
) -> None:
    """The whole of it: city, database, fleet, service and a drill; Ctrl-C ends it cleanly."""
    settings = _settings(region, host, port)
    preparation.log_to_file(settings)
    url, token = preparation.prepared(settings, say=_say, with_fleet=True)
    if settings.database_url is None:
        private_cluster().pin()
    shown = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
    child = _Drill(shown, token, speed) if drill else None
    announcer = threading.Thread(target=_announce, args=(shown, token, child, settings), daemon=True)
    announcer.start()
    try:
        _serve(settings, url)
    finally:
        if child is not None:
            child.stop()


class _Drill:
    """The drill as a process of its own: it knows the service by its public API alone."""

    def __init__(self, url: str, token: str, speed: float) -> None:
        self._argv = [
            sys.executable, "-m", "api.cli", "drill", "--url", url, "--speed", f"{speed:g}", "--with-parent"
        ]  # fmt: skip
        self._environment = {**os.environ, "YCT_OPERATOR_TOKEN": token}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._argv, env=self._environment, stdin=subprocess.PIPE)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()


def _announce(url: str, token: str, drill: _Drill | None, settings: Settings) -> None:
    """Once the service answers: on a slow new machine what it compiles first takes minutes."""
    while not _answers(url):
        time.sleep(0.2)
    lon, lat = _a_street(url, token)
    body = f'{{"kind":"injury_accident","lon":{lon},"lat":{lat},"casualties":1,"vehicles":1}}'
    typer.echo(
        f"\n  live page   {url}/#token={token}\n"
        f"  API         {url}/docs\n"
        f"  report one  curl -s -X POST {url}/v1/incidents -H 'Authorization: Bearer {token}' \\\n"
        f"                -H 'Content-Type: application/json' -d '{body}'\n"
        f"  log         {settings.var / 'log' / 'yct.log'}\n"
        "  Ctrl-C ends the service; the database keeps running until `yct db stop`.\n"
    )
    if drill is not None:
        drill.start()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _a_street(url: str, token: str) -> tuple[float, float]:
    """Where a service point lies: a junction in a populated part of the city."""
    answer = httpx.get(
        f"{url}/v1/places?kind=service_point", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    found = answer.json().get("places", [])
    return (found[0]["lon"], found[0]["lat"]) if found else (0.0, 0.0)


def migrate() -> None:
    """Bring the database's tables up to date."""
    settings = from_environment()
    migrations.upgrade(settings.database_url or database_url())
    typer.echo("the database is up to date")


def seed_fleet(region: RegionName = None) -> None:
    """Put 20 ambulances, 55 tow trucks, 7 hospitals, 47 repair shops and 4 service points on the streets."""
    settings = _settings(region, "", 0)
    built = preparation.ensure_region(settings.region, say=_say)
    url = settings.database_url or database_url()
    migrations.upgrade(url)
    stored = seed.write(connected(url), seed.seeded(built))
    typer.echo("seeded" if stored else "there is a fleet already; nothing was changed")


token_app = typer.Typer(help="Tokens that open the service.", no_args_is_help=True)


@token_app.command("issue")
def issue_token(
    unit: Annotated[str | None, typer.Option(help="A unit's call sign; without it an operator's.")] = None,
    label: Annotated[str, typer.Option(help="Whose it is.")] = "",
) -> None:
    """Draw a token and print it once."""
    settings = from_environment()
    engine = connected(settings.database_url or database_url())
    token = tokens.draw()
    with engine.begin() as connection:
        unit_id: UnitId | None = None
        if unit is not None:
            found = [one.id for one in units.all_units(connection) if one.call_sign == unit]
            if not found:
                raise NotFound("unit", unit)
            unit_id = found[0]
        stored_tokens.add(
            connection, tokens.known_digest(token), role="device" if unit else "operator", at=clock.now(),
            unit_id=unit_id, label=label,
        )  # fmt: skip
    typer.echo(token)


@token_app.command("revoke")
def revoke_token(token: Annotated[str, typer.Argument(help="The token itself.")]) -> None:
    """Make a token worthless within seconds."""
    settings = from_environment()
    engine = connected(settings.database_url or database_url())
    with engine.begin() as connection:
        if not stored_tokens.revoke(connection, tokens.known_digest(token), at=clock.now()):
            raise NotFound("token", "like that")
    typer.echo("revoked")

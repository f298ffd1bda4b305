"""`yct bus`: a NATS server of our own, for installations of several processes."""

from __future__ import annotations

from typing import Annotated

import typer

from api.bus_server import BusServer
from api.settings import from_environment

app = typer.Typer(
    help="A NATS server; `export YCT_BUS=$(yct bus start)` in front of `yct gateway` and `yct serve`.",
    no_args_is_help=True,
)


def _server(host: str = "127.0.0.1", port: int = 4222) -> BusServer:
    return BusServer(folder=from_environment().var / "bus", host=host, port=port)


@app.command()
def start(
    host: Annotated[
        str, typer.Option(help="This machine's address where other machines reach it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 4222,
) -> None:
    """Start it and let it run until `yct bus stop`; prints what `YCT_BUS` must be."""
    typer.echo(_server(host, port).ensure_running())


@app.command()
def stop() -> None:
    """End it; positions are stored as before, and screens follow the table."""
    _server().stop()


@app.command()
def status() -> None:
    """Says whether it runs; exit code 3 when it is down."""
    server = _server()
    pid = server.pid()
    typer.echo("down" if pid is None else f"runs, pid {pid}")
    raise typer.Exit(0 if pid is not None else 3)

"""`yct device`: what reports for which unit."""

from __future__ import annotations

from typing import Annotated

import typer

from api import clock, tokens
from api.cluster import database_url
from api.database import connected
from api.settings import from_environment
from dispatch_core.errors import NotFound
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.device import Device, Protocol
from dispatch_core.store import devices, units

app = typer.Typer(help="Devices that report positions: terminals, phones.", no_args_is_help=True)


@app.command()
def add(
    unit: Annotated[str, typer.Option(help="The call sign of the unit that it reports for.")],
    number: Annotated[str, typer.Option(help="A terminal's number, or the identifier set in the app.")],
    protocol: Annotated[Protocol, typer.Option(help="How it speaks.")] = Protocol.JT808,
    datum: Annotated[Datum, typer.Option(help="What its coordinates are.")] = Datum.WGS84,
    priority: Annotated[int, typer.Option(min=0, max=100, help="The lower goes first.")] = 50,
    label: Annotated[str, typer.Option(help="A name for people.")] = "",
) -> None:
    """Registers a device; prints its token once, where it has one."""
    settings = from_environment()
    engine = connected(settings.database_url or database_url())
    token = None if protocol is Protocol.JT808 else tokens.draw()
    with engine.begin() as connection:
        found = [one for one in units.all_units(connection) if one.call_sign == unit]
        if not found:
            raise NotFound("unit", unit)
        one = Device(
            id=clock.new_id(), unit_id=found[0].id, protocol=protocol, number=protocol.registered(number),
            datum=datum, priority=priority, label=label, added_at=clock.now(),
        )  # fmt: skip
        devices.add(connection, one, token_sha256=None if token is None else tokens.known_digest(token))
    typer.echo(token or f"terminal {one.number} may register")


@app.command("list")
def list_() -> None:
    """One device a line: id, protocol, number, unit, datum, priority."""
    settings = from_environment()
    engine = connected(settings.database_url or database_url())
    with engine.connect() as connection:
        signs = {one.id: one.call_sign for one in units.all_units(connection, with_retired=True)}
        for one in devices.page(connection):
            ended = "  retired" if one.retired_at is not None else ""
            typer.echo(
                f"{one.id}  {one.protocol.value:<6}  {one.number:<20}  {signs[one.unit_id]:<10}  "
                f"{one.datum.value}  {one.priority}  {one.label}{ended}"
            )

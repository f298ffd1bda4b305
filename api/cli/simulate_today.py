"""`yct simulate export`: the live city as files that the simulator reads."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

FOLDER = Path("today")


def export(
    output: Annotated[Path, typer.Option("-o", "--output", file_okay=False, help="A folder.")] = Path(
        "today"
    ),
    days: Annotated[int, typer.Option(min=1, max=36_600, help="How far the record goes back.")] = 366,
    name: Annotated[str, typer.Option(help="Of the scenario.")] = "Today",
) -> None:
    """Write the live database's stations, units and hospitals as today.toml, its accidents as recorded.csv.

    A folder's own files of these names are written over.
    """  # fmt: skip
    from api import clock
    from api.cluster import database_url
    from api.database import connected
    from api.planning.draft import toml_of
    from api.planning.today import RECORDED, recorded, scenario_of
    from api.settings import from_environment
    from maps.embedded import known_region

    settings = from_environment()
    city = known_region(settings.region, say=lambda line: typer.echo(line, err=True))
    zone = ZoneInfo(city.provenance.time_zone)
    engine = connected(settings.database_url or database_url())
    now = clock.now()
    with engine.connect() as connection:
        told = scenario_of(connection, city, region=settings.region, name=name, at=now)
        accidents = recorded(connection, zone, begins_at=now - timedelta(days=days), ends_at=now)
    engine.dispose()
    count = accidents.count("\n") - 1
    if count:
        told["demand"] = {"history": RECORDED} | told["demand"]
    output.mkdir(parents=True, exist_ok=True)
    (output / RECORDED).write_text(accidents, encoding="utf-8")
    (output / "today.toml").write_text(toml_of(told), encoding="utf-8")
    units = sum(station["units"] for station in told["fleet"]["station"])
    stations, hospitals = len(told["fleet"]["station"]), len(told["city"]["hospital"])
    typer.echo(f"{output}/today.toml: {stations} stations, {units} units, {hospitals} hospitals")
    typer.echo(f"{output}/{RECORDED}: {count} accidents")

"""The register of this installation's database, with or without a service that runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import typer

from api import clock, migrations
from api.cluster import database_url
from api.database import connected
from api.settings import from_environment
from dispatch_core.fleet.ground import Ground
from dispatch_core.geo import LonLat
from dispatch_core.services.registering import NearRoad
from dispatch_core.services.unit_of_work import UnitOfWork
from maps.embedded import known_region


@contextmanager
def opened() -> Iterator[tuple[UnitOfWork, NearRoad]]:
    """Where to write, and which places are near a road of the region; tables are brought up to date first."""
    settings = from_environment()
    region = known_region(settings.region, say=lambda line: typer.echo(line, err=True))
    ground = Ground.of(region.graph)

    def near_road(places: Sequence[LonLat]) -> Sequence[bool]:
        lon, lat = np.array([p.lon for p in places]), np.array([p.lat for p in places])
        told: list[bool] = ground.holds(lon, lat).tolist()
        return told

    url = settings.database_url or database_url()
    migrations.upgrade(url)
    engine = connected(url)
    try:
        yield UnitOfWork(engine=engine, clock=clock.now, new_id=clock.new_id), near_road
    finally:
        engine.dispose()

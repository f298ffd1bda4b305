"""All that must be there before the service starts: region, tiles, database, tables, fleet, token."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler

from api import clock, migrations, seed, tokens
from api.cluster import database_url
from api.database import connected
from api.settings import Settings
from maps import tiling
from maps.embedded import known_region
from maps.folder import DEFAULT_REGION, region_path, tiles_path
from maps.region import Region

Say = Callable[[str], None]


def prepared(settings: Settings, *, say: Say, with_fleet: bool | None = None) -> tuple[str, str]:
    """(database address, operator token). By default only the embedded city brings its own fleet."""
    region = ensure_region(settings.region, say=say)
    say("database: starting and migrating")
    url = settings.database_url or database_url()
    migrations.upgrade(url)
    engine = connected(url)
    try:
        if region.name == DEFAULT_REGION if with_fleet is None else with_fleet:
            fleet = seed.seeded(region)
            if seed.write(engine, fleet):
                say(f"fleet: {len(fleet.units)} units and {len(fleet.places)} places put on real streets")
        token = tokens.ensure_operator_token(engine, settings.operator_token_file, at=clock.now())
    finally:
        engine.dispose()
    return url, token


def ensure_region(name: str, *, say: Say) -> Region:
    """The region by name or file, with its tiles."""
    region, tiles = known_region(name, say=say), tiles_path(region_path(name))
    if not tiles.is_file():
        say("region: drawing its map tiles")
        tiling.draw(region, tiles)
    return region


def log_to_file(settings: Settings) -> None:
    """One line an event in var/log/yct.log; warnings on the terminal too."""
    folder = settings.var / "log"
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(folder / "yct.log", maxBytes=10_000_000, backupCount=3, encoding="utf-8")
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    shape = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    for handler in (file, terminal):
        handler.setFormatter(shape)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers[:] = [file, terminal]
    for chatty in ("uvicorn.access", "httpx", "procrastinate", "alembic", "numba"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

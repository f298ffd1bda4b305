"""Positions for the bus: a row for each unit, and those that other processes stored."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.streams.bus import Bus
from api.streams.feed import EVERY_S, until_next_tick_s
from dispatch_core.store import positions
from dispatch_core.store.positions import Position

log = logging.getLogger("yct.positions")
LEAD_S = 0.06  # before the tick at which watchers are told: what it finds waits no longer
# Commits of several processes become visible out of the order of their clocks: look back so far.
OVERLAP = timedelta(seconds=3)


def row_of(position: Position) -> list[Any]:
    """[unit, lon, lat, heading, speed, milliseconds of its time], as watchers are told."""
    return [
        str(position.unit_id),
        position.lon,
        position.lat,
        position.heading_deg,
        position.speed_kmh,
        int(position.fixed_at.timestamp() * 1000),
    ]


class PositionFollower:
    """One thread a process that shows a map: what gateways elsewhere stored moves units here too."""

    def __init__(self, engine: Engine, bus: Bus, *, since: datetime) -> None:
        self._engine = engine
        self._bus = bus
        self._since = since
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="positions", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait((until_next_tick_s() - LEAD_S) % EVERY_S):
            try:
                self._look()
            except SQLAlchemyError as error:
                log.warning("waiting for the database: %s", type(error).__name__)
                self._stop.wait(1.0)

    def _look(self) -> None:
        with self._engine.connect() as connection:
            moved = positions.received_since(connection, self._since - OVERLAP)
        for position in moved:
            self._bus.moved(str(position.unit_id), row_of(position))
        self._since = max((position.received_at for position in moved), default=self._since)

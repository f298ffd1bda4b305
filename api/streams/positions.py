"""Positions for the bus: a row for each unit, and those that other processes stored."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from api.rounds import RoundsThread
from api.streams.bus import Bus
from api.streams.feed import EVERY_S, until_next_tick_s
from api.streams.wire import Row, Wire
from dispatch_core.fleet.fixes import Fixes, microseconds
from dispatch_core.store import positions
from dispatch_core.store.positions import Position

log = logging.getLogger("yct.positions")
LEAD_S = 0.06  # before the tick at which watchers are told: what it finds waits no longer
# Commits of several processes become visible out of the order of their clocks: look back so far.
OVERLAP = timedelta(seconds=3)
NET_S = 10.0
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def rows_of(moved: Fixes) -> list[Row]:
    """As watchers are told: to 0.1 m, whole degrees and 0.1 km/h; each digit is sent a thousand times."""
    names = [moved.senders[number].unit_name for number in moved.sender.tolist()]
    columns = (
        np.round(moved.lon, 6), np.round(moved.lat, 6), moved.heading_deg,
        np.round(moved.speed_kmh.astype(np.float64), 1), moved.fixed_at_us // 1000,
    )  # fmt: skip
    return [
        [
            name,
            lon,
            lat,
            None if heading != heading else round(heading),
            None if speed != speed else speed,
            ms,
        ]
        for name, lon, lat, heading, speed, ms in zip(names, *(c.tolist() for c in columns), strict=True)
    ]


def row_of(position: Position) -> Row:
    """The same of one that was stored by somebody else."""
    heading, speed = position.heading_deg, position.speed_kmh
    return [
        str(position.unit_id),
        round(position.lon, 6),
        round(position.lat, 6),
        None if heading is None else round(heading),
        None if speed is None else round(speed, 1),
        microseconds(position.fixed_at) // 1000,
    ]


class PositionFollower(RoundsThread):
    """One thread a process that shows a map: what gateways elsewhere stored moves units here too.

    At every tick while there is no wire; now and then while there is, for what it may have lost.
    """

    def __init__(self, engine: Engine, bus: Bus, wire: Wire) -> None:
        super().__init__("positions", log)
        self._engine = engine
        self._bus = bus
        self._wire = wire
        self._since = _EVER
        self._looked_at = -NET_S
        self._heard = False

    def _round(self) -> None:
        if self._stopping.wait((until_next_tick_s() - LEAD_S) % EVERY_S):
            return
        # Once more after the wire came up: what was stored just before went by none of the two ways.
        self._heard, heard_before = self._wire.is_up, self._heard
        if self._heard and heard_before and time.monotonic() - self._looked_at < NET_S:
            return
        self._look()
        self._looked_at = time.monotonic()

    def _look(self) -> None:
        with self._engine.connect() as connection:
            moved = positions.received_since(connection, self._since - OVERLAP)
        self._bus.moved(map(row_of, moved))
        self._since = max((position.received_at for position in moved), default=self._since)

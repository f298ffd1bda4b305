"""Positions for one watcher: newest per unit, twice a second, all of them or those in a box."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from api.streams.bus import LocalBus
from api.streams.snapshots import Snapshot
from dispatch_core.errors import InvalidInput
from dispatch_core.geo import Box, LonLat

EVERY_S = 0.5


def until_next_tick_s() -> float:
    """All watchers look at the same instants, so that what one is told is told to all."""
    return EVERY_S - time.monotonic() % EVERY_S


def box_of(text: str) -> Box:
    """west,south,east,north in degrees."""
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise InvalidInput("box", "must be west,south,east,north") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InvalidInput("box", "must be west,south,east,north, in degrees")
    return Box(west=west, south=south, east=east, north=north)


class PositionFeed:
    """Where one watcher is in the moves of a bus; nothing is queued for it, however slow it reads."""

    def __init__(self, bus: LocalBus, box: Box | None = None) -> None:
        self._bus = bus
        self._box = box
        self._inside: set[str] = set()
        self._seen = bus.here[1]

    def goes_on(self, snapshot: Snapshot) -> int:
        """After a snapshot, which has what moved before it; the place of the events that follow."""
        self._seen = snapshot.moves
        return snapshot.place

    def frame(self) -> bytes | None:
        """The event with what moved since the last frame; None if nothing did."""
        now = self._bus.tick(int(time.monotonic() / EVERY_S))
        since, self._seen = self._seen, max(now, self._seen)
        if self._box is None:
            return self._bus.frame(since, now, _framed)
        rows = [row for row in self._bus.moved_between(since, now) if self._concerns(row)]
        return _framed(rows) if rows else None

    def _concerns(self, row: list[Any]) -> bool:
        """In the box, or just gone out of it: who leaves is told once."""
        assert self._box is not None
        if self._box.contains(LonLat(row[1], row[2])):
            self._inside.add(row[0])
            return True
        if row[0] in self._inside:
            self._inside.discard(row[0])
            return True
        return False


def _framed(rows: list[list[Any]]) -> bytes:
    return b"event: positions\ndata: " + msgspec.json.encode(rows) + b"\n\n"

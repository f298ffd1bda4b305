"""Positions for one watcher: newest per unit, twice a second, all of them or those that pass its filter."""

from __future__ import annotations

import time

from api.streams.bus import LocalBus
from api.streams.snapshots import Snapshot
from api.streams.views import Form, View

EVERY_S = 0.5


def until_next_tick_s() -> float:
    """All watchers look at the same instants, so that what one is told is told to all."""
    return EVERY_S - time.monotonic() % EVERY_S


def as_event(rows: bytes, _: str) -> bytes:
    """For the stream of server-sent events."""
    return b"event: positions\ndata: " + rows + b"\n\n"


class PositionFeed:
    """Where one watcher is in the moves of a bus; nothing is queued for it, however slow it reads."""

    def __init__(self, bus: LocalBus, view: View, form: Form = as_event) -> None:
        self._bus = bus
        self._view = view
        self._form = form
        self._seen = bus.here[1]

    def goes_on(self, snapshot: Snapshot) -> int:
        """After a snapshot, which has what moved before it; the place of the events that follow."""
        self._seen = snapshot.moves
        return snapshot.place

    def resumes(self, count: int) -> None:
        """What moved after that is told at the next tick; after 0 it is everything."""
        self._seen = count

    def everything(self) -> bytes:
        """The newest of every unit that passes; the deltas go on from there."""
        self._seen, frame = self._view.newest(self._form)
        return frame

    def frame(self) -> bytes | None:
        """What moved since the last frame; None if nothing did."""
        now = self._bus.tick(int(time.monotonic() / EVERY_S))
        since, self._seen = self._seen, max(now, self._seen)
        return self._view.frame(since, now, self._form)

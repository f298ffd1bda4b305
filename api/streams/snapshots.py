"""Everything at once for a watcher who opens: taken once for all who open within a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from api.streams.bus import LocalBus

FRESH_S = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`place` and `moves` are where the bus was before it was taken: from there its reader goes on."""

    place: int
    moves: int
    content: bytes


class Snapshots:
    """When two hundred desks come back at once, the database is asked once."""

    def __init__(self, bus: LocalBus, take: Callable[[], bytes]) -> None:
        self._bus = bus
        self._take = take
        self._taking: asyncio.Task[Snapshot] | None = None
        self._begun_at = -FRESH_S

    async def newest(self) -> Snapshot:
        """One begun less than a second ago, else a new one."""
        stale = time.monotonic() - self._begun_at > FRESH_S
        if self._taking is None or (stale and self._taking.done()) or _failed(self._taking):
            self._begun_at = time.monotonic()
            self._taking = asyncio.get_running_loop().create_task(self._taken())
        return await asyncio.shield(self._taking)

    async def _taken(self) -> Snapshot:
        place, moves = self._bus.here
        return Snapshot(place, moves, await run_in_threadpool(self._take))


def _failed(taking: asyncio.Task[Snapshot]) -> bool:
    return taking.done() and (taking.cancelled() or taking.exception() is not None)

"""The thread of the clocks: offers run out, arrivals draw nearer; decisions do not wait for either."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from api.rounds import RoundsThread
from dispatch_core.services import clocks
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import timers

log = logging.getLogger("yct.clocks")
LONGEST_SLEEP_S = 1.0  # an offer may be made by another process, and its clock be shorter than ours
ETAS_EVERY_S = 2.0


class Timekeeper(RoundsThread):
    """In every process; each clock fires in one of them, and tells a fact, which wakes who decides."""

    def __init__(self, uow: UnitOfWork, world: Callable[[], World]) -> None:
        super().__init__("clocks", log, patience_s=10.0)
        self._uow, self._world = uow, world
        self._etas_at = 0.0
        self.beat_at = time.monotonic()

    def _round(self) -> None:
        self.beat_at = time.monotonic()
        self._stopping.wait(self._sleep_s())
        clocks.expire_offers(self._uow)
        if time.monotonic() - self._etas_at > ETAS_EVERY_S:
            self._etas_at = time.monotonic()
            clocks.renew_etas(self._uow, self._world())

    def _sleep_s(self) -> float:
        with self._uow.reading() as connection:
            due_at = timers.next_due(connection)
        if due_at is None:
            return LONGEST_SLEEP_S
        return min(max((due_at - self._uow.clock()).total_seconds(), 0.0), LONGEST_SLEEP_S)

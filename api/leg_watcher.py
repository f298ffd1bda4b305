"""The thread that watches units along their legs; in every process, each sign and alarm told by one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from api.rounds import rounds
from dispatch_core.escalation import EscalationParams
from dispatch_core.fleet.legs import LegParams
from dispatch_core.services.escalating import escalate
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.watching import watch_legs

log = logging.getLogger("yct.legs")
LOOK_EVERY_S = 1.0


class LegWatcher:
    """Arrived, departed, stopped, deviated, silent: facts of the topic `sign`; then `alarm`."""

    def __init__(
        self, uow: UnitOfWork, *, speed: Callable[[], float], escalation: Callable[[], EscalationParams]
    ) -> None:
        self._uow = uow
        self._speed = speed
        self._escalation = escalation
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="legs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        rounds(self._round, self._stop, log)

    def _round(self) -> None:
        if self._stop.wait(LOOK_EVERY_S):
            return
        speed = self._speed()
        watch_legs(self._uow, LegParams().at_speed(speed))
        escalate(self._uow, self._escalation().at_speed(speed))

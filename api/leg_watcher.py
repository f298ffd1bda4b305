"""The thread that watches units along their legs; in every process, each sign and alarm told by one."""

from __future__ import annotations

import logging
from collections.abc import Callable

from api.rounds import RoundsThread
from dispatch_core.escalation import EscalationParams
from dispatch_core.fleet.legs import LegParams
from dispatch_core.services.escalating import escalate
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.watching import watch_legs

log = logging.getLogger("yct.legs")
LOOK_EVERY_S = 1.0


class LegWatcher(RoundsThread):
    """Arrived, departed, stopped, deviated, silent: facts of the topic `sign`; then `alarm`."""

    def __init__(
        self, uow: UnitOfWork, *, speed: Callable[[], float], escalation: Callable[[], EscalationParams]
    ) -> None:
        super().__init__("legs", log)
        self._uow = uow
        self._speed = speed
        self._escalation = escalation

    def _round(self) -> None:
        if self._stopping.wait(LOOK_EVERY_S):
            return
        speed = self._speed()
        watch_legs(self._uow, LegParams().at_speed(speed))
        escalate(self._uow, self._escalation().at_speed(speed))

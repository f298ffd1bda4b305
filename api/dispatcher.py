"""The thread that decides: woken by facts, never waits for a fixed interval."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from api.desk_rules import RulesBook
from api.rounds import RoundsThread
from dispatch_core.assignment.ordered import load_sequencing
from dispatch_core.services import dispatching
from dispatch_core.services.pricing import LossOf
from dispatch_core.services.rules import DeskRules
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World

log = logging.getLogger("yct.dispatcher")

# Facts after which more can be decided than before.
WAKING = frozenset(
    {
        ("incident", "reported"), ("incident", "changed"), ("incident", "reopened"),
        ("mission", "declined"), ("mission", "expired"), ("mission", "cancelled"), ("mission", "broken_down"),
        ("mission", "bumped"), ("mission", "eta_slipped"), ("unit", "available"),
    }
)  # fmt: skip
CLOCK = "clock"  # the cause of a look that nothing woke
LONGEST_SLEEP_S = 1.0
# A held need may be served without any fact: a silent unit reports again, a refusal is forgotten.
HELD_AGAIN_EVERY_S = 5.0


class Deciding(Protocol):
    """What of a service is needed to decide."""

    @property
    def uow(self) -> UnitOfWork: ...
    @property
    def rules(self) -> RulesBook: ...
    def world(self) -> World:
        """As it is now."""
        ...

    def loss_of(self, rules: DeskRules) -> LossOf | None:
        """The price of coverage, None where it counts nothing."""
        ...


class Dispatcher(RoundsThread):
    """Decides at once when something happened; what comes while it decides is decided together next."""

    def __init__(self, service: Deciding) -> None:
        super().__init__("dispatcher", log, patience_s=10.0)
        self._service = service
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._causes = ["start"]  # since the last look
        self._solved_at = 0.0
        self.beat_at = time.monotonic()

    def _rouse(self) -> None:
        self._wake.set()

    def wake(self, cause: str) -> None:
        """Decide anew: something changed that no fact of a mission tells."""
        with self._lock:
            self._causes.append(cause)
        self._wake.set()

    def facts_seen(self, facts: Sequence[Any]) -> None:
        """Called after each commit of this process; what others commit is met at the next look, in 5 s."""
        for fact in facts:
            if (fact.topic, fact.kind) in WAKING:
                self.wake(f"{fact.topic}.{fact.kind}")
                return

    def _run(self) -> None:
        load_sequencing()
        super()._run()

    def _round(self) -> None:
        self.beat_at = time.monotonic()
        self._wake.wait(0.0 if self._causes else LONGEST_SLEEP_S)
        self._wake.clear()
        # Taken before rules and situation are read: whoever changes them meanwhile wakes another round.
        with self._lock:
            causes, self._causes = self._causes, []
        try:
            self._decide_if_due(causes)
        except Exception:
            with self._lock:  # in a second, not at the next look
                self._causes = [*causes, *self._causes] or [CLOCK]
            raise

    def _decide_if_due(self, causes: Sequence[str]) -> None:
        service, rules = self._service, self._service.rules.read()
        # Time alone makes an incident ours where a person has had his seconds to confirm.
        again_s = LONGEST_SLEEP_S if rules.modes.has_clock else HELD_AGAIN_EVERY_S
        if not causes and time.monotonic() - self._solved_at <= again_s:
            return
        self._solved_at = time.monotonic()
        dispatching.solve_open(
            service.uow,
            service.world(),
            params=rules.params,
            offers=rules.offers,
            cause=_weightiest(causes),
            modes=rules.modes,
            book=rules.book,
            limits=rules.limits,
            loss_of=service.loss_of(rules),
        )


def _weightiest(causes: Sequence[str]) -> str:
    """The one that lets most be decided: after some, crews under way may be relieved too."""
    relieving = [cause for cause in causes if cause in dispatching.RELIEVING]
    return [CLOCK, *causes, *relieving][-1]

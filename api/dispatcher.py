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
        self._cause = "start"
        self._pending = True
        self._solved_at = 0.0
        self.beat_at = time.monotonic()

    def _rouse(self) -> None:
        self._wake.set()

    def wake(self, cause: str) -> None:
        """Decide anew: something changed that no fact of a mission tells."""
        self._cause = cause
        self._pending = True
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
        self._wake.wait(0.0 if self._pending else LONGEST_SLEEP_S)
        self._wake.clear()
        # Taken before the rules are read: whoever changes them meanwhile wakes another round.
        pending, self._pending = self._pending, False
        try:
            self._decide_if_due(pending=pending)
        except Exception:
            self._pending = True  # in a second, not at the next look
            raise

    def _decide_if_due(self, *, pending: bool) -> None:
        service, rules = self._service, self._service.rules.read()
        # Time alone makes an incident ours where a person has had his seconds to confirm.
        again_s = LONGEST_SLEEP_S if rules.modes.has_clock else HELD_AGAIN_EVERY_S
        if not pending and time.monotonic() - self._solved_at <= again_s:
            return
        self._solved_at = time.monotonic()
        dispatching.solve_open(
            service.uow,
            service.world(),
            params=rules.params,
            offers=rules.offers,
            cause=self._cause,
            modes=rules.modes,
            book=rules.book,
            limits=rules.limits,
            loss_of=service.loss_of(rules),
        )
        self._cause = "clock"

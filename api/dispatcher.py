"""The thread that decides: woken by facts, fires clocks, never waits for a fixed interval."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api import clock
from api.desk_rules import RulesBook
from dispatch_core.services import clocks, dispatching
from dispatch_core.services.dispatching import OfferParams
from dispatch_core.services.pricing import LossOf
from dispatch_core.services.rules import DeskRules
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import timers

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
ETAS_EVERY_S = 2.0
# A held need may be served without any fact: a silent unit reports again, a refusal is forgotten.
HELD_AGAIN_EVERY_S = 5.0


class Deciding(Protocol):
    """What of a service is needed to decide."""

    @property
    def engine(self) -> Engine: ...
    @property
    def uow(self) -> UnitOfWork: ...
    @property
    def rules(self) -> RulesBook: ...
    @property
    def offers(self) -> OfferParams: ...
    def world(self) -> World:
        """As it is now."""
        ...

    def loss_of(self, rules: DeskRules) -> LossOf | None:
        """The price of coverage, None where it counts nothing."""
        ...


class Dispatcher:
    """Decides at once when something happened; what comes while it decides is decided together next."""

    def __init__(self, service: Deciding) -> None:
        self._service = service
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._cause = "start"
        self._pending = True
        self._etas_at = 0.0
        self._solved_at = 0.0
        self.beat_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(10)

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
        while not self._stopping.is_set():
            try:
                self._round()
            except SQLAlchemyError as error:
                log.warning("waiting for the database: %s", type(error).__name__)
                self._stopping.wait(1.0)
            except Exception:
                log.exception("a decision failed and is tried again")
                self._stopping.wait(1.0)

    def _round(self) -> None:
        self.beat_at = time.monotonic()
        self._wake.wait(self._sleep_s())
        self._wake.clear()
        service = self._service
        if self._pending or time.monotonic() - self._solved_at > self._again_s():
            self._pending = False
            self._solved_at = time.monotonic()
            rules = service.rules.read()
            dispatching.solve_open(
                service.uow,
                service.world(),
                params=rules.params,
                offers=service.offers,
                cause=self._cause,
                modes=rules.modes,
                book=rules.book,
                limits=rules.limits,
                loss_of=service.loss_of(rules),
            )
            self._cause = "clock"
        # After what woke us: a report does not wait for the clocks of others.
        if clocks.expire_offers(service.uow):
            self._pending = True
        if time.monotonic() - self._etas_at > ETAS_EVERY_S:
            self._etas_at = time.monotonic()
            clocks.renew_etas(service.uow, service.world())

    def _again_s(self) -> float:
        """Time alone makes an incident ours where a person has had his seconds to confirm."""
        return LONGEST_SLEEP_S if self._service.rules.read().modes.has_clock else HELD_AGAIN_EVERY_S

    def _sleep_s(self) -> float:
        if self._pending:
            return 0.0
        with self._service.engine.connect() as connection:
            due_at = timers.next_due(connection)
        if due_at is None:
            return LONGEST_SLEEP_S
        return min(max((due_at - clock.now()).total_seconds(), 0.0), LONGEST_SLEEP_S)

"""The group commit: whatever came since the last commit goes into the next, and only then hears "ok"."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import psycopg
from sqlalchemy.exc import InterfaceError, OperationalError

from dispatch_core.errors import DispatchError, Unavailable
from dispatch_core.fleet.fixes import Fixes, FixRow, Sender
from dispatch_core.fleet.ground import Ground
from dispatch_core.fleet.telemetry import TelemetryParams
from dispatch_core.services.tracking import record_fixes
from dispatch_core.services.unit_of_work import UnitOfWork

log = logging.getLogger("yct.intake")

COMMIT_EVERY_S = 0.025  # or more seldom, up to
COMMIT_AT_LEAST_EVERY_S = 0.15
MANY_PER_S, MORE_FOR_EACH_S = 4_000, 60_000  # fixes: each 60 beyond the many lengthen the wait by 1 ms
FULL_COMMIT = 1_500  # waiting fixes that are worth a commit at once
PAUSE_S = 0.005  # in which nothing came: whoever sends is waiting for us
LARGEST_COMMIT = 8_000
LONGEST_QUEUE = 50_000  # fixes; beyond, senders are asked to come again

_AWAY = (
    DispatchError, OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError
)  # fmt: skip
Verdicts = tuple[list[int], list[bool]]  # refusal codes of the pipeline, and what was there already
Told = Callable[[Verdicts | Exception], None]


class _Parcel(NamedTuple):
    sender: Sender
    rows: Sequence[FixRow]
    loop: asyncio.AbstractEventLoop
    told: Told


class Intake:
    """One thread with one transaction at a time; gateways wait for its answers without holding anything."""

    def __init__(
        self,
        uow: UnitOfWork,
        ground: Ground,
        *,
        params: Callable[[], TelemetryParams],
        moved: Callable[[Fixes], None],
    ) -> None:
        self._uow = uow
        self._ground = ground
        self._params = params
        self._moved = moved
        self._parcels: list[_Parcel] = []
        self._waiting = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._full = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self.recorded = 0
        self.commits = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commits what is waiting, then ends."""
        self._stopping = True
        self._wake.set()
        self._full.set()
        self._thread.join(10)

    def submit(self, sender: Sender, rows: Sequence[FixRow]) -> asyncio.Future[Verdicts]:
        """Call on an event loop; the answer comes after the commit, Unavailable if there is none."""
        answer: asyncio.Future[Verdicts] = asyncio.get_running_loop().create_future()
        self.hand(sender, rows, partial(_resolve, answer))
        return answer

    def hand(self, sender: Sender, rows: Sequence[FixRow], told: Told) -> None:
        """The same; `told` is called on the loop, with what went wrong if they are not stored."""
        parcel = _Parcel(sender, rows, asyncio.get_running_loop(), told)
        with self._lock:
            if self._stopping or self._waiting + len(rows) > LONGEST_QUEUE:
                raise Unavailable("more positions wait than can be written; send again in some seconds")
            self._waiting += len(rows)
            self._parcels.append(parcel)
        if not self._wake.is_set():
            self._wake.set()
        if self._waiting >= FULL_COMMIT and not self._full.is_set():
            self._full.set()

    def _run(self) -> None:
        taken_at, every_s = 0.0, COMMIT_EVERY_S
        while True:
            self._wake.wait()
            self._gather(taken_at, every_s)
            since_s, taken_at = time.monotonic() - taken_at, time.monotonic()
            parcels = self._taken()
            every_s = commit_every_s(sum(len(parcel.rows) for parcel in parcels) / max(since_s, 1e-3))
            if parcels:
                self._commit(parcels)
            elif self._stopping:
                return

    def _gather(self, taken_at: float, every_s: float) -> None:
        """Waits for others to come: the shortest time in any case, longer while they do, until it is full."""
        self._full.wait(max(taken_at + COMMIT_EVERY_S - time.monotonic(), 0.0))
        seen = -1
        while (left_s := taken_at + every_s - time.monotonic()) > 0 and self._waiting != seen:
            seen = self._waiting
            if self._full.wait(min(PAUSE_S, left_s)):
                return

    def _taken(self) -> list[_Parcel]:
        """As many as one commit bears, the oldest first."""
        with self._lock:
            count, size = 0, 0
            while count < len(self._parcels) and (count == 0 or size < LARGEST_COMMIT):
                size += len(self._parcels[count].rows)
                count += 1
            taken, self._parcels = self._parcels[:count], self._parcels[count:]
            self._waiting -= size
            if not self._parcels and not self._stopping:
                self._wake.clear()
            if self._waiting < FULL_COMMIT and not self._stopping:
                self._full.clear()
        return taken

    def _commit(self, parcels: list[_Parcel]) -> None:
        try:
            verdicts = self._recorded(parcels)
        except _AWAY as error:
            log.warning("%d parcels are not stored: %s", len(parcels), type(error).__name__)
            if isinstance(
                error, psycopg.Error
            ):  # SQLAlchemy did not see it: its idle connections are dead too
                self._uow.engine.dispose()
            _tell(parcels, Unavailable("the database does not answer; send again in a moment"))
        except Exception as error:
            if len(parcels) > 1:  # One that cannot be stored must not take others with it.
                for parcel in parcels:
                    self._commit([parcel])
                return
            log.exception("a parcel of %s is not stored", parcels[0].sender.device_id)
            _tell(parcels, error)
        else:
            _tell(parcels, verdicts)

    def _recorded(self, parcels: list[_Parcel]) -> list[Verdicts]:
        fixes = Fixes.gathered((parcel.sender, parcel.rows) for parcel in parcels)
        recorded = record_fixes(self._uow, self._ground, fixes, params=self._params())
        self.recorded += len(fixes)
        self.commits += 1
        if len(recorded.moved):
            self._moved(recorded.moved)
        refusal, repeated = recorded.refusal.tolist(), recorded.repeated.tolist()
        verdicts, at = [], 0
        for parcel in parcels:
            end = at + len(parcel.rows)
            verdicts.append((refusal[at:end], repeated[at:end]))
            at = end
        return verdicts


def commit_every_s(per_s: float) -> float:
    """How long fixes wait for others where so many come in a second.

    A commit costs some milliseconds of both processors whatever is in it: when thousands come, forty a second
    would take what the screens need, and a longer wait is less than what they would wait for the processor.
    """
    more_s = max(per_s - MANY_PER_S, 0.0) / MORE_FOR_EACH_S
    return min(COMMIT_EVERY_S + more_s, COMMIT_AT_LEAST_EVERY_S)


def _tell(parcels: list[_Parcel], what: list[Verdicts] | Exception) -> None:
    """Wakes each event loop once for all of its parcels."""
    answers: dict[asyncio.AbstractEventLoop, list[tuple[Told, Verdicts | Exception]]] = {}
    for i, parcel in enumerate(parcels):
        told = what if isinstance(what, Exception) else what[i]
        answers.setdefault(parcel.loop, []).append((parcel.told, told))
    for loop, mine in answers.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_answer, mine)


def _answer(mine: list[tuple[Told, Verdicts | Exception]]) -> None:
    for told, what in mine:
        try:
            told(what)
        except Exception:  # one connection's trouble is not the others'
            log.exception("an answer is not given")


def _resolve(answer: asyncio.Future[Verdicts], what: Verdicts | Exception) -> None:
    if answer.done():  # its sender went away
        return
    if isinstance(what, Exception):
        answer.set_exception(what)
    else:
        answer.set_result(what)

"""The bus of one process: recent events once, each watcher with a place of its own in them.

Nothing is queued for anybody: a watcher that is slow reads the newest state later, and slows nobody.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.streams.wire import Row


@dataclass(frozen=True, slots=True)
class Event:
    """`place` counts events of this process; `seq` is that of the outbox, set on the last of a batch."""

    place: int
    name: str
    data: str
    seq: int | None = None


class Bus(Protocol):
    """Where events go and come from; another home of it may span processes."""

    def publish(self, batch: Sequence[tuple[str, str]], *, seq: int, about: frozenset[str]) -> None: ...

    def moved(self, rows: Iterable[Row]) -> None: ...


class LocalBus:
    """Keeps the last `keep` events and the newest position of every unit."""

    def __init__(self, *, keep: int = 5000) -> None:
        self._events: deque[Event] = deque(maxlen=keep)
        self._positions: dict[str, tuple[int, Row]] = {}
        self._place = 0
        self._moves = 0
        self._tick = (-1, 0)
        self._epoch = secrets.token_hex(6)
        self._lock = threading.Lock()
        self.closed = False
        self._watchers: dict[asyncio.Event, tuple[asyncio.AbstractEventLoop, str | None]] = {}

    # -- writers: any thread -------------------------------------------------------------------------------

    def publish(self, batch: Sequence[tuple[str, str]], *, seq: int, about: frozenset[str]) -> None:
        """Appends (name, data) events of one batch of facts; the last carries the outbox's `seq`.

        `about` are the ids of the units that they concern; whoever watches one alone is woken only then.
        """
        with self._lock:
            for i, (name, data) in enumerate(batch):
                self._place += 1
                last = i == len(batch) - 1
                self._events.append(Event(self._place, name, data, seq if last else None))
            woken = [(e, loop) for e, (loop, unit) in self._watchers.items() if unit is None or unit in about]
        for event, loop in woken:
            loop.call_soon_threadsafe(event.set)

    def moved(self, rows: Iterable[Row]) -> None:
        """The newest positions of units; wakes nobody, watchers look twice a second.

        One that is known already, or older, changes nothing: positions come from other processes too.
        """
        with self._lock:
            for row in rows:
                known = self._positions.get(row[0])
                if known is None or row[-1] > known[1][-1]:
                    self._moves += 1
                    self._positions[row[0]] = (self._moves, row)

    def close(self) -> None:
        """Sends every watcher home: the service is about to end."""
        self.closed = True
        with self._lock:
            woken = [(event, loop) for event, (loop, _) in self._watchers.items()]
        for event, loop in woken:
            loop.call_soon_threadsafe(event.set)

    # -- watchers: an event loop ---------------------------------------------------------------------------

    def watch(self, unit_id: str | None = None) -> asyncio.Event:
        """Set whenever there are new events (of one unit); give it back with `unwatch`."""
        event = asyncio.Event()
        with self._lock:
            self._watchers[event] = (asyncio.get_running_loop(), unit_id)
        return event

    def unwatch(self, event: asyncio.Event) -> None:
        with self._lock:
            self._watchers.pop(event, None)

    @property
    def here(self) -> tuple[int, int]:
        """(place, moves) now: what a new watcher begins after."""
        with self._lock:
            return self._place, self._moves

    def after(self, place: int) -> list[Event] | None:
        """Events beyond a place; None if some of them are kept no longer."""
        with self._lock:
            missed = self._place - place
            if missed > len(self._events):
                return None
            return list(self._events)[len(self._events) - missed :] if missed else []

    def place_of(self, seq: int) -> int | None:
        """The place after which all later facts than `seq` follow; None if it is kept no longer."""
        with self._lock:
            for event in reversed(self._events):
                if event.seq is not None and event.seq <= seq:
                    return event.place
            return None

    def moved_between(self, since: int, now: int) -> list[Row]:
        """Newest positions of the units whose last move is after `since`, up to `now`."""
        with self._lock:
            return [row for at, row in self._positions.values() if since < at <= now]

    def tick(self, number: int) -> int:
        """How many moves there were when this tick was first asked for: the same for all who ask in it."""
        with self._lock:
            if number != self._tick[0]:
                self._tick = number, self._moves
            return self._tick[1]

    def name_of(self, count: int) -> str:
        """A count of moves as a watcher may bring it back, to whichever process."""
        return f"{self._epoch}-{count}"

    def count_of(self, name: str) -> int | None:
        """The inverse; None if it was told by another process, or by this one's forerunner."""
        epoch, _, count = name.partition("-")
        if epoch != self._epoch or not (count.isascii() and count.isdigit() and len(count) < 19):
            return None
        return min(int(count), self.here[1])

"""One transaction around one use case; leaving it without a commit rolls back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from dispatch_core.services.facts import Fact
from dispatch_core.store import outbox

Subscriber = Callable[["Transaction", Sequence[Fact]], None]
Listener = Callable[[Sequence[Fact]], None]


@dataclass(slots=True)
class Transaction:
    """What a use case works with: a connection, the time, new ids, and a place to say what happened."""

    connection: Connection
    now: datetime
    new_id: Callable[[], UUID]
    _subscribers: Sequence[Subscriber]
    _listeners: Sequence[Listener]
    facts: list[Fact] = field(default_factory=list)

    def record(self, topic: str, kind: str, subject_id: UUID, /, **facts: Any) -> None:
        """Tells a fact; it becomes true with the commit."""
        self.facts.append(Fact(topic=topic, kind=kind, subject_id=subject_id, at=self.now, facts=facts))

    def commit(self) -> None:
        """Lets subscribers write beside the facts, appends these to the outbox, commits, wakes listeners."""
        for subscriber in self._subscribers:
            subscriber(self, tuple(self.facts))
        outbox.add(self.connection, self.facts)
        self.connection.commit()
        for listener in self._listeners if self.facts else ():
            listener(self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitOfWork:
    """Opens transactions; `subscribers` write inside them, `listeners` are woken after the commit."""

    engine: Engine
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    subscribers: Sequence[Subscriber] = ()
    listeners: list[Listener] = field(default_factory=list)

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        with self.engine.connect() as connection:
            yield Transaction(connection, self.clock(), self.new_id, self.subscribers, self.listeners)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the database; nothing is written."""
        with self.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield connection

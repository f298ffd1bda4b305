"""Newest positions between processes: no wire where one process has everything, NATS where several share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

# [unit, lon, lat, heading, speed, milliseconds of its time]
Row = list[Any]


class Wire(Protocol):
    """Tells other processes what was committed here; who is away misses it, and finds it in the table."""

    @property
    def is_up(self) -> bool:
        """What others commit is heard at once."""
        ...

    @property
    def address(self) -> str | None:
        """Of the server, for what else travels by it."""
        ...

    def start(self, heard: Callable[[list[Row]], None] | None = None) -> None:
        """`heard` gets what other processes committed, on the wire's own thread."""
        ...

    def send(self, rows: list[Row]) -> None:
        """From any thread, after the commit; never waits and never fails."""
        ...

    def stop(self) -> None: ...


class NoWire:
    """The bus of one process: others are heard of by following the table."""

    is_up = False
    address = None

    def start(self, heard: Callable[[list[Row]], None] | None = None) -> None: ...

    def send(self, rows: list[Row]) -> None: ...

    def stop(self) -> None: ...

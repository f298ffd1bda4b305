"""The drill that runs now, read from the database once a second."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine

from api import clock
from dispatch_core.store import settings as stored

READ_EVERY_S = 1.0


class RunningDrill:
    """Shared by every process that judges or routes: a drill runs the physical world faster."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read_at = -1e9
        self._value: dict[str, Any] | None = None

    def read(self) -> dict[str, Any] | None:
        """Such as `{"speed": 20}`; None in earnest."""
        if time.monotonic() - self._read_at > READ_EVERY_S:
            with self._engine.connect() as connection:
                self._value = stored.find(connection, "drill", at=clock.now())
            self._read_at = time.monotonic()
        return self._value

    @property
    def speed(self) -> float:
        value = self.read()
        return 1.0 if value is None else float(value["speed"])

    def forget(self) -> None:
        """Reads anew at the next question."""
        self._read_at = -1e9

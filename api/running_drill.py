"""The drill that runs now, read from the database once a second."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from api import clock
from api.remembered import Remembered
from dispatch_core.store import settings as stored

READ_EVERY_S = 1.0


class RunningDrill:
    """Shared by every process that judges or routes: a drill runs the physical world faster."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._drill = Remembered(self._found, for_s=READ_EVERY_S)

    def read(self) -> dict[str, Any] | None:
        """Such as `{"speed": 20}`; None in earnest."""
        return self._drill.value()

    @property
    def speed(self) -> float:
        value = self.read()
        return 1.0 if value is None else float(value["speed"])

    def forget(self) -> None:
        """Reads anew at the next question."""
        self._drill.forget()

    def _found(self) -> dict[str, Any] | None:
        with self._engine.connect() as connection:
            found: dict[str, Any] | None = stored.find(connection, "drill", at=clock.now())
        return found

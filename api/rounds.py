"""Work that a thread does round after round, through outages of the database and faults of our own."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

import psycopg
from sqlalchemy.exc import SQLAlchemyError

AGAIN_S = 1.0


class RoundsThread(ABC):
    """From `start` to `stop`; a round that fails is told to the log, and another follows a second later."""

    def __init__(self, name: str, log: logging.Logger, *, patience_s: float = 5.0) -> None:
        """`stop` waits `patience_s` for the round that is under way."""
        self._stopping = threading.Event()
        self._log = log
        self._patience_s = patience_s
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._rouse()
        self._thread.join(self._patience_s)

    @abstractmethod
    def _round(self) -> None:
        """Waits for what it waits for, but no longer than `_stopping` bids, and does it."""

    def _rouse(self) -> None:
        """Ends whatever wait of a round does not look at `_stopping`."""
        return

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._round()
            except (SQLAlchemyError, psycopg.Error, OSError) as error:
                self._log.warning("waiting for the database: %s", type(error).__name__)
                self._stopping.wait(AGAIN_S)
            except Exception:
                self._log.exception("a round failed and is done again")
                self._stopping.wait(AGAIN_S)

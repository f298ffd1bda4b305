"""A thread of the service lives through outages of the database and faults of our own, and ends when told."""

from __future__ import annotations

import logging
import threading

import psycopg
import pytest

from api import rounds
from tests.waiting import eventually

log = logging.getLogger("test.rounds")


class Troubled(rounds.RoundsThread):
    """Meets one trouble a round, then waits for something that only `_rouse` brings."""

    def __init__(self, *troubles: Exception) -> None:
        super().__init__("troubled", log)
        self._troubles = list(troubles)
        self._roused = threading.Event()
        self.waits = False

    def _rouse(self) -> None:
        self._roused.set()

    def _round(self) -> None:
        if self._troubles:
            raise self._troubles.pop(0)
        self.waits = True
        self._roused.wait()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()


def test_a_thread_goes_on_after_an_outage_and_after_a_fault_and_ends_when_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "AGAIN_S", 0.0)
    thread = Troubled(psycopg.OperationalError("gone"), ZeroDivisionError("ours"))
    with caplog.at_level(logging.WARNING, log.name):
        thread.start()
        eventually(lambda: thread.waits)
        thread.stop()
    assert [(told.levelname, told.getMessage()) for told in caplog.records] == [
        ("WARNING", "waiting for the database: OperationalError"),
        ("ERROR", "a round failed and is done again"),
    ]
    assert not thread.lives

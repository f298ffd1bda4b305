"""Work that a thread does round after round, through outages of the database and faults of our own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg
from sqlalchemy.exc import SQLAlchemyError

AGAIN_S = 1.0


def rounds(work: Callable[[], None], stopping: threading.Event, log: logging.Logger) -> None:
    """Until `stopping` is set; a round that fails is told to `log` and followed by another a second later."""
    while not stopping.is_set():
        try:
            work()
        except (SQLAlchemyError, psycopg.Error, OSError) as error:
            log.warning("waiting for the database: %s", type(error).__name__)
            stopping.wait(AGAIN_S)
        except Exception:
            log.exception("a round failed and is done again")
            stopping.wait(AGAIN_S)

"""What past drives taught of arrivals, learnt anew now and then."""

from __future__ import annotations

import logging
import threading
import time
from datetime import tzinfo

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dispatch_core.roads.eta import EtaModel
from dispatch_core.services.arrivals import learnt

log = logging.getLogger("yct.etas")
LEARN_EVERY_S = 600.0
AGAIN_S = 10.0  # after an absence of the database
PATIENCE_S = 10.0


class EtaBook:
    """The model in force; in a drill that of drills. Learning happens beside whoever asks."""

    def __init__(self, engine: Engine, zone: tzinfo) -> None:
        self._engine, self._zone = engine, zone
        self._models: dict[bool, EtaModel] = {}
        self._learnt_at: dict[bool, float] = {}
        self._learning: dict[bool, threading.Thread] = {}
        self._lock = threading.Lock()

    def model(self, *, drilled: bool) -> EtaModel:
        """At once: the one known, which may be renewed behind it; untrained until the first is learnt."""
        with self._lock:
            due = time.monotonic() - self._learnt_at.get(drilled, -LEARN_EVERY_S) >= LEARN_EVERY_S
            if due:
                self._learnt_at[drilled] = time.monotonic()
                learning = threading.Thread(target=self._learn, args=(drilled,), name="etas", daemon=True)
                self._learning[drilled] = learning
                learning.start()
        return self._models.get(drilled) or EtaModel.untrained()

    def stop(self) -> None:
        """Waits for what is being learnt; call it when nobody asks any more."""
        for learning in self._learning.values():
            learning.join(PATIENCE_S)

    def _learn(self, drilled: bool) -> None:
        try:
            with self._engine.connect() as connection:
                self._models[drilled] = learnt(connection, zone=self._zone, drilled=drilled)
        except (SQLAlchemyError, psycopg.Error, OSError) as error:
            log.warning("waiting for the database: %s", type(error).__name__)
            with self._lock:
                self._learnt_at[drilled] = time.monotonic() - LEARN_EVERY_S + AGAIN_S

"""What past drives taught of arrivals, learnt anew now and then."""

from __future__ import annotations

import threading
import time
from datetime import tzinfo

from sqlalchemy import Engine

from dispatch_core.roads.eta import EtaModel
from dispatch_core.services.arrivals import learnt

LEARN_EVERY_S = 600.0


class EtaBook:
    """The model in force; in a drill that of drills. Learning happens beside whoever asks."""

    def __init__(self, engine: Engine, zone: tzinfo) -> None:
        self._engine, self._zone = engine, zone
        self._models: dict[bool, EtaModel] = {}
        self._learnt_at: dict[bool, float] = {}
        self._lock = threading.Lock()

    def model(self, *, drilled: bool) -> EtaModel:
        """At once: the one known, which may be renewed behind it; untrained until the first is learnt."""
        with self._lock:
            due = time.monotonic() - self._learnt_at.get(drilled, -LEARN_EVERY_S) >= LEARN_EVERY_S
            if due:
                self._learnt_at[drilled] = time.monotonic()
        if due:
            threading.Thread(target=self._learn, args=(drilled,), name="etas", daemon=True).start()
        return self._models.get(drilled) or EtaModel.untrained()

    def _learn(self, drilled: bool) -> None:
        with self._engine.connect() as connection:
            self._models[drilled] = learnt(connection, zone=self._zone, drilled=drilled)

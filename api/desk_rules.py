"""Rules and demand as this process knows them: read again after a change, and once a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from api.remembered import Remembered
from dispatch_core.coverage.demand import DemandCells, hour_of_week
from dispatch_core.coverage.params import CoverageParams
from dispatch_core.roads.graph import RoadGraph
from dispatch_core.services.covering import Cover, demand_of
from dispatch_core.services.rules import DeskRules, read_rules
from dispatch_core.store import incidents

READ_EVERY_S = 10.0  # another process's change is told at once; this is for rules that begin later
DEMAND_EVERY_S = 600.0
MOST_PAST = 20_000


class RulesBook:
    """The rules in force."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock
        self._rules = Remembered(self._found, for_s=READ_EVERY_S)

    def read(self) -> DeskRules:
        return self._rules.value()

    def forget(self) -> None:
        """Reads anew at the next question."""
        self._rules.forget()

    def _found(self) -> DeskRules:
        with self._engine.connect() as connection:
            return read_rules(connection, self._clock())


class DemandBook:
    """Where accidents are to be expected, from the streets and from those that happened."""

    def __init__(self, engine: Engine, graph: RoadGraph, zone: ZoneInfo) -> None:
        self._engine, self._graph, self._zone = engine, graph, zone
        self._demand: DemandCells | None = None
        self._read_at = 0.0

    def cover(self, at: datetime, *, params: CoverageParams) -> Cover:
        if self._demand is None or time.monotonic() - self._read_at > DEMAND_EVERY_S:
            with self._engine.connect() as connection:
                past = incidents.places_and_times(connection, limit=MOST_PAST)
            rows = [(lon, lat, hour_of_week(when.astimezone(self._zone))) for lon, lat, when in past]
            self._demand, self._read_at = demand_of(self._graph, rows), time.monotonic()
        return Cover(demand=self._demand, hour=hour_of_week(at.astimezone(self._zone)), params=params)

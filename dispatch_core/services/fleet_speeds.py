"""What the fleet's own positions say of the traffic: tow trucks drive like everybody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dispatch_core.fleet.capability import UnitKind
from dispatch_core.roads.graph import RoadGraph
from dispatch_core.roads.matching import Matcher
from dispatch_core.roads.matching_online import OnlineMatcher, SettledFix
from dispatch_core.roads.passages import joined, passages_of
from dispatch_core.roads.traffic import Passages
from dispatch_core.store import positions

SAMPLE_S = 10.0  # one fix of each unit in so many seconds is enough
SILENT_S = 300.0  # a unit that was not heard for so long begins a new trace


class FleetSpeeds:
    """Follows every tow truck on the roads; units under siren tell nothing of what others drive."""

    def __init__(self, graph: RoadGraph, matcher: Matcher, *, since: datetime) -> None:
        self._graph, self._matcher = graph, matcher
        self._read_until = since
        self._following: dict[UUID, _Followed] = {}

    def driven(self, connection: Connection, *, at: datetime, speed: float) -> Passages:
        """Passages settled since the last look, at ordinary speeds, in a world `speed` times as fast."""
        rows = positions.sampled(
            connection, UnitKind.TOW, since=self._read_until, until=at, every_s=SAMPLE_S / speed
        )
        self._read_until = at
        parts = []
        for unit_id, own in groupby(rows, key=lambda row: row.unit_id):
            followed = self._following.get(unit_id)
            if followed is None or followed.speed != speed:  # a drill began or ended: another clock
                followed = self._following[unit_id] = _Followed(self._matcher, at, speed)
            settled = followed.take(list(own))
            if settled:
                parts.append(passages_of(settled, self._graph, unit=_number(unit_id)))
        quiet_since = at - timedelta(seconds=SILENT_S / speed)
        self._following = {k: f for k, f in self._following.items() if f.heard_at >= quiet_since}
        return joined(parts)


class _Followed:
    """One unit's trace in the seconds of its world; the newest settled fix begins the next passage."""

    def __init__(self, matcher: Matcher, began_at: datetime, speed: float) -> None:
        self.speed = speed
        self.heard_at = began_at
        self._began_at = began_at
        self._matcher = OnlineMatcher(matcher)
        self._last: SettledFix | None = None

    def take(self, rows: list[Any]) -> list[SettledFix]:
        settled = [] if self._last is None else [self._last]
        for row in rows:
            at_s = (row.fixed_at - self._began_at).total_seconds() * self.speed
            settled += self._matcher.add(row.lon, row.lat, at_s)
            self.heard_at = row.fixed_at
        if settled:
            self._last = settled[-1]
        return settled if len(settled) > 1 else []


def _number(unit_id: UUID) -> int:
    return unit_id.int & 0x7FFF_FFFF_FFFF_FFFF

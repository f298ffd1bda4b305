"""What the fleet's own positions say of the traffic: tow trucks drive like everybody else."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from dispatch_core.fleet.capability import UnitKind
from dispatch_core.roads.graph import RoadGraph
from dispatch_core.roads.matching import Matcher, Trace
from dispatch_core.roads.passages import joined, passages_of
from dispatch_core.roads.traffic import Passages
from dispatch_core.store import positions

SAMPLE_S = 10.0  # one fix of each unit in so many seconds is enough
FEWEST_FIXES = 3


def driven_since(
    connection: Connection, matcher: Matcher, graph: RoadGraph, *, since: datetime, speed: float
) -> Passages:
    """Passages of tow trucks since a time, in a world `speed` times as fast, at ordinary speeds.

    Units under siren tell nothing of what others drive, and are left out.
    """
    rows = positions.sampled(connection, UnitKind.TOW, since=since, every_s=SAMPLE_S / speed)
    parts = []
    for unit_id, own in groupby(rows, key=lambda row: row.unit_id):
        fixes = list(own)
        if len(fixes) < FEWEST_FIXES:
            continue
        first = fixes[0].fixed_at
        trace = Trace(
            lon=np.array([f.lon for f in fixes]),
            lat=np.array([f.lat for f in fixes]),
            at_s=np.array([(f.fixed_at - first).total_seconds() * speed for f in fixes]),
        )
        parts.append(passages_of(matcher.match(trace), trace, graph, unit=_number(unit_id)))
    return joined(parts)


def _number(unit_id: UUID) -> int:
    return unit_id.int & 0x7FFF_FFFF_FFFF_FFFF

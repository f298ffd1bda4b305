"""How fast streets usually are by hour and class, learnt from what the city's tow trucks drove."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from dispatch_core.roads.graph import RoadGraph
from dispatch_core.roads.matching import Matcher
from dispatch_core.roads.profiles import SpeedProfile, fit_profile, hour_of_week
from dispatch_core.services.fleet_speeds import FleetSpeeds

_STEP = timedelta(hours=1)
_BELIEVED = 2.5  # times the free speed: beyond it is a drill, whose world runs faster, or a wrong match


def learnt_profile(
    connection: Connection,
    graph: RoadGraph,
    *,
    zone: ZoneInfo,
    begins_at: datetime,
    ends_at: datetime,
    progress: Callable[[datetime], object] = lambda _: None,
) -> tuple[SpeedProfile, int]:
    """(the profile, how many passages it stands on); hours and classes without any stay near free flow."""
    fleet = FleetSpeeds(graph, Matcher(graph), since=begins_at)
    slots, edges, kmh = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    at = begins_at
    while at < ends_at:
        slot = hour_of_week(at.astimezone(zone))
        at = min(at + _STEP, ends_at)
        driven = fleet.driven(connection, at=at, speed=1.0)
        believed = driven.speed_kmh <= _BELIEVED * graph.speed_kmh[driven.edge]
        slots.append(np.full(int(believed.sum()), slot))
        edges.append(driven.edge[believed])
        kmh.append(driven.speed_kmh[believed])
        progress(at)
    edge = np.concatenate(edges)
    profile = fit_profile(
        slot=np.concatenate(slots), road_class=graph.road_class[edge],
        observed_kmh=np.concatenate(kmh).astype(np.float64),
        free_kmh=graph.speed_kmh[edge].astype(np.float64),
    )  # fmt: skip
    return profile, len(edge)

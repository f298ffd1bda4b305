"""From a matched trace to the speeds that were driven on each edge."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dispatch_core.roads.graph import RoadGraph
from dispatch_core.roads.matching_online import SettledFix
from dispatch_core.roads.traffic import Passages

LONGEST_GAP_S = 90.0  # beyond it a unit may have stood and waited for anything
LEAST_M = 20.0  # below it a unit stands, and tells nothing of the traffic


def passages_of(fixes: Sequence[SettledFix], graph: RoadGraph, *, unit: int) -> Passages:
    """Every edge driven between two fixes, each with the mean speed from the one to the other.

    Fixes between which no way was found, too far apart in time or too near in space, are passed over.
    """
    edges: list[int] = []
    speeds: list[float] = []
    for before, after in pairwise(fixes):
        took_s = after.at_s - before.at_s
        if not after.follows or not 0 < took_s <= LONGEST_GAP_S:
            continue
        again = bool(after.entered) and after.entered[0] == before.edge
        driven = list(after.entered) if again else [before.edge, *after.entered]
        metres = _metres(before, after, driven, graph)
        if metres >= LEAST_M:
            edges += driven
            speeds += [3.6 * metres / took_s] * len(driven)
    return Passages(
        edge=np.array(edges, np.int32),
        speed_kmh=np.array(speeds, np.float32),
        unit=np.full(len(edges), unit, np.int64),
    )


def _metres(before: SettledFix, after: SettledFix, driven: list[int], graph: RoadGraph) -> float:
    skipped = before.fraction * graph.length_m[driven[0]]
    left = (1.0 - after.fraction) * graph.length_m[driven[-1]]
    return float(graph.length_m[driven].sum() - skipped - left)


def joined(parts: Sequence[Passages]) -> Passages:
    """All passages of several units."""
    return Passages(
        edge=np.concatenate([p.edge for p in parts]) if parts else np.zeros(0, np.int32),
        speed_kmh=np.concatenate([p.speed_kmh for p in parts]) if parts else np.zeros(0, np.float32),
        unit=np.concatenate([p.unit for p in parts]) if parts else np.zeros(0, np.int64),
    )

"""From a matched trace to the speeds that were driven on each edge."""

from __future__ import annotations

import numpy as np

from dispatch_core.roads.graph import RoadGraph
from dispatch_core.roads.matching import Match, Trace
from dispatch_core.roads.traffic import Passages

LONGEST_GAP_S = 90.0  # beyond it a unit may have stood and waited for anything
LEAST_M = 20.0  # below it a unit stands, and tells nothing of the traffic


def passages_of(match: Match, trace: Trace, graph: RoadGraph, *, unit: int) -> Passages:
    """Every edge driven between two fixes, each with the mean speed from the one to the other.

    Fixes between which no way was found, too far apart in time or too near in space, are passed over.
    """
    edges: list[int] = []
    speeds: list[float] = []
    known = np.flatnonzero(match.edge >= 0)
    for before, after in zip(known[:-1].tolist(), known[1:].tolist(), strict=True):
        took_s = float(trace.at_s[after] - trace.at_s[before])
        if not 0 < took_s <= LONGEST_GAP_S:
            continue
        driven = _driven(match, before, after)
        if driven is None:
            continue
        metres = _metres(match, before, after, driven, graph)
        if metres < LEAST_M:
            continue
        edges += driven
        speeds += [3.6 * metres / took_s] * len(driven)
    return Passages(
        edge=np.array(edges, np.int32),
        speed_kmh=np.array(speeds, np.float32),
        unit=np.full(len(edges), unit, np.int64),
    )


def _driven(match: Match, before: int, after: int) -> list[int] | None:
    """The edges from one fix to the next, both ends included; None where the trace broke."""
    low, high = int(match.entered[before + 1]), int(match.entered[after + 1])
    if np.any((match.piece_first[1:-1] >= low) & (match.piece_first[1:-1] < high)):
        return None
    entered = match.path[low:high].tolist()
    start = int(match.edge[before])
    return entered if entered and entered[0] == start else [start, *entered]


def _metres(match: Match, before: int, after: int, driven: list[int], graph: RoadGraph) -> float:
    whole = float(graph.length_m[driven].sum())
    skipped = match.fraction[before] * graph.length_m[driven[0]]
    left = (1.0 - match.fraction[after]) * graph.length_m[driven[-1]]
    return whole - float(skipped) - float(left)


def joined(parts: list[Passages]) -> Passages:
    """All passages of several units."""
    return Passages(
        edge=np.concatenate([p.edge for p in parts]) if parts else np.zeros(0, np.int32),
        speed_kmh=np.concatenate([p.speed_kmh for p in parts]) if parts else np.zeros(0, np.float32),
        unit=np.concatenate([p.unit for p in parts]) if parts else np.zeros(0, np.int64),
    )

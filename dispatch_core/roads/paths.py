"""One pair of spots, and the way itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dispatch_core.roads.behind import loop_seeds, pairs_behind
from dispatch_core.roads.graph import Int32s
from dispatch_core.roads.metric import Metric
from dispatch_core.roads.network import Network, weights
from dispatch_core.roads.routes import Path, describe
from dispatch_core.roads.search import Seeds, Workspace
from dispatch_core.roads.spots import Spots
from dispatch_core.roads.unpacking import Lengths, drive, turns_between


def find_path(network: Network, metric: Metric, work: Workspace, source: Spots, target: Spots) -> Path | None:
    """The fastest drive between two spots, one row each; None if there is no road."""
    found = [
        _drive(network, metric, work, start, end, looped)
        for start, end, looped in _combinations(network, metric, source, target)
    ]
    best = min((drive for drive in found if drive is not None), key=lambda drive: drive[0], default=None)
    if best is None:
        return None
    return _described(network, metric, *best, source, target)


def _combinations(
    network: Network, metric: Metric, source: Spots, target: Spots
) -> Iterator[tuple[Seeds, Seeds, int | None]]:
    """Seeds to search from and to, and the edge to loop over first, if the target lies behind on it."""
    ms = metric.edge_ms
    if not len(pairs_behind(source.edge, source.fraction, target.edge, target.fraction, ms)):
        yield network.seeds(source, metric), network.end_seeds(target, metric), None
        return
    for a, p in zip(source.edge[0].tolist(), source.fraction[0].tolist(), strict=True):
        for b, q in zip(target.edge[0].tolist(), target.fraction[0].tolist(), strict=True):
            if a < 0 or b < 0 or not metric.may_start[a]:
                continue
            end = network.end_seeds(Spots.on([b], [q]), metric)
            if a == b and np.rint(q * ms[a]) < np.rint(p * ms[a]):
                yield loop_seeds(a, p, network.turns, weights(metric)), end, a
            else:
                yield network.seeds(Spots.on([a], [p]), metric), end, None


def _drive(
    network: Network, metric: Metric, work: Workspace, start: Seeds, end: Seeds, looped: int | None
) -> tuple[int, Int32s] | None:
    """(milliseconds, int32[k] states) of the best drive between seeds."""
    lengths = Lengths(metric.up, metric.down, metric.own_up, metric.own_down)
    ms, ranks = drive(start, end, network.tree, network.downward, lengths, work.near, work.far)
    if len(ranks) == 0:
        return None
    states = network.hierarchy.state[ranks]
    return ms, states if looped is None else np.concatenate([np.array([looped], np.int32), states])


def _described(
    network: Network, metric: Metric, ms: int, states: Int32s, source: Spots, target: Spots
) -> Path:
    edges = network.expansion.state_edge[states]
    p, q = _fraction_on(source, int(edges[0])), _fraction_on(target, int(edges[-1]))
    turn_ms = turns_between(states, network.turns.out_first, network.expansion.arc_to, metric.turn_ms)
    entry_ms = np.zeros(len(edges), np.int64)
    np.cumsum(turn_ms, out=entry_ms[1:])
    entry_ms[1:] -= np.rint(p * metric.edge_ms[edges[0]]).astype(np.int64)
    entry_s, drive_s = entry_ms.astype(np.float64) * 1e-3, metric.edge_ms[edges].astype(np.float64) * 1e-3
    return describe(network.graph, edges, p, q, entry_s, drive_s, ms * 1e-3)


def _fraction_on(spot: Spots, edge: int) -> float:
    column = 0 if spot.edge[0, 0] == edge else 1
    return float(spot.fraction[0, column])

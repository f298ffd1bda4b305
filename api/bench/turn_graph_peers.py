"""Peers that know a graph and no map: RoutingKit, SciPy, NetworkX on the very turn graph that we search."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import networkx as nx
import numpy as np
from routingkit_cch import CCH, CCHManyToOne, CCHMetric
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dispatch_core.roads.expansion import Expansion
from dispatch_core.roads.graph import Float64s, Int32s

FORBIDDEN_MS = 500_000_000
AT_ONCE = 16  # targets of SciPy's in one go: it answers every state of the network for each


class TurnGraphPeer(Protocol):
    """Answers between states of the turn graph; inf where there is no road."""

    def table(self, sources: Int32s, targets: Int32s) -> tuple[float, Float64s]:
        """(milliseconds it took, seconds float64[s, t])."""

    def reweight_ms(self) -> float | None:
        """Milliseconds to take on all weights anew; None if it has nothing to prepare."""


@dataclass(frozen=True, slots=True)
class RoutingKit:
    """routingkit-cch with our order."""

    cch: CCH
    metric: CCHMetric
    turn_ms: list[int]

    @classmethod
    def build(cls, expansion: Expansion, order: Int32s, turn_ms: Int32s) -> RoutingKit:
        cch = CCH(order.tolist(), expansion.arc_from.tolist(), expansion.arc_to.tolist(), False)
        weights = turn_ms.tolist()
        return cls(cch, CCHMetric(cch, weights), weights)

    def table(self, sources: Int32s, targets: Int32s) -> tuple[float, Float64s]:
        listed, ends = sources.tolist(), targets.tolist()
        began = time.perf_counter()
        query = CCHManyToOne(self.metric, listed)
        columns = [query.distances_to(end) for end in ends]
        took = (time.perf_counter() - began) * 1e3
        return took, np.stack([_seconds(column) for column in columns], axis=1)

    def reweight_ms(self) -> float:
        began = time.perf_counter()
        self.metric.reset(self.turn_ms)
        return (time.perf_counter() - began) * 1e3


@dataclass(frozen=True, slots=True)
class SciPy:
    """Dijkstra from the target over the turned-round graph."""

    backward: csr_array

    @classmethod
    def build(cls, expansion: Expansion, turn_ms: Int32s) -> SciPy:
        n, usable = expansion.state_count, turn_ms < FORBIDDEN_MS
        ends = expansion.arc_to[usable], expansion.arc_from[usable]
        return cls(csr_array((turn_ms[usable].astype(np.float64), ends), shape=(n, n)))

    def table(self, sources: Int32s, targets: Int32s) -> tuple[float, Float64s]:
        took, rows = 0.0, []
        for some in np.array_split(targets, -(-len(targets) // AT_ONCE)):
            began = time.perf_counter()
            times = dijkstra(self.backward, indices=some)
            took += (time.perf_counter() - began) * 1e3
            rows.append(times[:, sources])
        return took, np.concatenate(rows).T / 1000

    def reweight_ms(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class NetworkX:
    """Its Dijkstra from the target over the turned-round graph."""

    backward: nx.DiGraph[int]

    @classmethod
    def build(cls, expansion: Expansion, turn_ms: Int32s) -> NetworkX:
        backward: nx.DiGraph[int] = nx.DiGraph()
        backward.add_nodes_from(range(expansion.state_count))
        usable = turn_ms < FORBIDDEN_MS
        ends = zip(expansion.arc_to[usable].tolist(), expansion.arc_from[usable].tolist(), strict=True)
        for (head, tail), ms in zip(ends, turn_ms[usable].tolist(), strict=True):
            known = backward.get_edge_data(head, tail)
            backward.add_edge(head, tail, ms=ms if known is None else min(ms, known["ms"]))
        return cls(backward)

    def table(self, sources: Int32s, targets: Int32s) -> tuple[float, Float64s]:
        began = time.perf_counter()
        found = [
            nx.single_source_dijkstra_path_length(self.backward, end, weight="ms") for end in targets.tolist()
        ]
        took = (time.perf_counter() - began) * 1e3
        columns = [[one.get(start, np.inf) for start in sources.tolist()] for one in found]
        return took, np.array(columns, np.float64).T / 1000

    def reweight_ms(self) -> None:
        return None


def _seconds(ms: list[int | None]) -> Float64s:
    values = np.array([np.inf if v is None else v for v in ms], np.float64)
    return np.where(values >= FORBIDDEN_MS, np.inf, values / 1000)

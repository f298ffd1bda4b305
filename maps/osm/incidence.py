"""Which edges enter and leave a junction, and which belong to a way."""

from __future__ import annotations

import numpy as np

from dispatch_core.roads import RoadGraph
from dispatch_core.roads.graph import Int32s, Int64s


class Incidence:
    """Look-ups over one graph; every answer is in ascending order."""

    def __init__(self, graph: RoadGraph) -> None:
        self.graph = graph
        self._entering, self._entering_first = _grouped(graph.head, graph.node_count)
        self._leaving, self._leaving_first = _grouped(graph.tail, graph.node_count)
        self._by_way = np.argsort(graph.way_id, kind="stable")
        self._ways = graph.way_id[self._by_way]

    def entering(self, node: int) -> list[int]:
        found: list[int] = self._entering[
            self._entering_first[node] : self._entering_first[node + 1]
        ].tolist()
        return found

    def leaving(self, node: int) -> list[int]:
        found: list[int] = self._leaving[self._leaving_first[node] : self._leaving_first[node + 1]].tolist()
        return found

    def of_way(self, way_id: int) -> list[int]:
        start, end = np.searchsorted(self._ways, [way_id, way_id + 1])
        found: list[int] = self._by_way[start:end].tolist()
        return found

    def after(self, edge: int) -> list[int]:
        """Edges that can follow `edge`, turning round included."""
        return self.leaving(int(self.graph.head[edge]))


def _grouped(node: Int32s, node_count: int) -> tuple[Int64s, Int64s]:
    order = np.argsort(node, kind="stable")
    return order, np.searchsorted(node[order], np.arange(node_count + 1)).astype(np.int64)

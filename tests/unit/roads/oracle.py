"""Road times the slow and obvious way: Dijkstra over runs of edges just driven.

Nothing here is shared with the engine: a state is the tuple of the last edges, as long as the longest
restriction, and every rule is looked up where it is met.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable

from dispatch_core.roads import Mode, RoadGraph

TurnMs = Callable[[int, int], int]


def free_turns(_a: int, _b: int) -> int:
    return 0


class Oracle:
    """All answers in integer milliseconds; inf where there is no road."""

    def __init__(
        self, graph: RoadGraph, edge_ms: list[int], mode: Mode, turn_ms: TurnMs, open_edges: list[bool]
    ) -> None:
        self.graph, self.edge_ms, self.turn_ms, self.open = graph, edge_ms, turn_ms, open_edges
        r = graph.restrictions
        self.bans = [
            tuple(r.edges[r.first[i] : r.first[i + 1]].tolist())
            for i in range(len(r))
            if not (mode is Mode.SIREN and r.siren_exempt[i])
        ]
        self.memory = max((len(b) for b in self.bans), default=1)

    def next_edges(self, run: tuple[int, ...]) -> list[int]:
        """Edges that may be driven after this run."""
        at = self.graph.head[run[-1]]
        onward = [e for e in range(self.graph.edge_count) if self.graph.tail[e] == at and self.open[e]]
        return [e for e in onward if not any((*run, e)[-len(b) :] == b for b in self.bans)]

    def from_edge(self, edge: int) -> list[float]:
        """For each edge, the time from the beginning of `edge` to its beginning by at least one turn."""
        best = [math.inf] * self.graph.edge_count
        settled: set[tuple[int, ...]] = set()
        queue: list[tuple[int, tuple[int, ...]]] = [(0, (edge,))]
        while queue:
            ms, run = heapq.heappop(queue)
            if ms > 0:  # only the start costs nothing; coming back to it is a journey like any other
                if run in settled:
                    continue
                settled.add(run)
                best[run[-1]] = min(best[run[-1]], ms)
            for e in self.next_edges(run):
                longer = (*run, e)[-self.memory :]
                step = self.edge_ms[run[-1]] + self.turn_ms(run[-1], e)
                heapq.heappush(queue, (ms + step, longer))
        return best

    def spot_to_spot(self, edge: int, fraction: float, to_edge: int, to_fraction: float) -> float:
        driven, ahead = round(fraction * self.edge_ms[edge]), round(to_fraction * self.edge_ms[to_edge])
        round_trip = self.from_edge(edge)[to_edge] - driven + ahead
        if edge == to_edge and ahead >= driven:
            return ahead - driven
        return round_trip

"""The road network seen by its edges: to travel is to turn from one directed edge into the next.

Restrictions, turn costs and U-turns are then plain arc weights, so any shortest-path method on the expanded
graph is exact with them. Restrictions over via ways need memory: an edge that lies inside such a run is
copied once for each way of having come to it (the states of an Aho–Corasick automaton over the runs; see
Aho and Corasick 1975, and Geisberger and Vetter 2011 for turns in hierarchies).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.graph import Int32s, Int64s, RoadGraph, TurnRestrictions

Bools = NDArray[np.bool_]
Run = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """Turn graph of a road graph with m edges; N ≥ m states, K turns.

    State x < m is edge x with nothing remembered; states beyond are copies that remember the run they came
    by. Turns forbidden to everyone are absent; those forbidden only to ordinary traffic are `exempt`.

    state_edge        int32[N]   the road edge of each state
    arc_from, arc_to  int32[K]   states
    exempt            bool[K]    a turn that only a vehicle under siren may take
    copy_first        int64[m+1] CSR: the copies of edge e are `copies[copy_first[e]:copy_first[e+1]]`
    copies            int32
    """

    state_edge: Int32s
    arc_from: Int32s
    arc_to: Int32s
    exempt: Bools
    copy_first: Int64s
    copies: Int32s

    @property
    def state_count(self) -> int:
        return len(self.state_edge)


def expand(graph: RoadGraph) -> Expansion:
    """The turn graph of `graph`, its restrictions built in; the same graph always gives the same states."""
    m = graph.edge_count
    memory = _Memory(graph.restrictions)
    arc_from, arc_to = _adjacent_pairs(graph)
    keep, exempt, arc_to = _apply_pairs(graph, memory, arc_from, arc_to)
    extra = np.array(list(_copied_turns(graph, memory)), np.int64).reshape(-1, 3)
    copied = np.array([run[-1] for run in memory.prefixes], np.int32)
    by_edge = np.argsort(copied, kind="stable")
    return Expansion(
        state_edge=np.concatenate([np.arange(m, dtype=np.int32), copied]),
        arc_from=np.concatenate([arc_from[keep], extra[:, 0]]).astype(np.int32),
        arc_to=np.concatenate([arc_to[keep], extra[:, 1]]).astype(np.int32),
        exempt=np.concatenate([exempt[keep], extra[:, 2].astype(np.bool_)]),
        copy_first=np.searchsorted(copied[by_edge], np.arange(m + 1)).astype(np.int64),
        copies=(m + by_edge).astype(np.int32),
    )


class _Memory:
    """What has to be remembered: every proper prefix, two edges or longer, of a forbidden run."""

    def __init__(self, restrictions: TurnRestrictions) -> None:
        first, edges = restrictions.first, restrictions.edges
        self.exempt_of: dict[Run, bool] = {}
        self.prefixes: dict[Run, int] = {}
        for i, exempt in enumerate(restrictions.siren_exempt.tolist()):
            run: Run = tuple(edges[first[i] : first[i + 1]].tolist())
            self.exempt_of[run] = exempt and self.exempt_of.get(run, True)
            for length in range(2, len(run)):
                self.prefixes.setdefault(run[:length], len(self.prefixes))

    def ban(self, driven: Run) -> bool | None:
        """None: allowed. True: forbidden to ordinary traffic only. False: forbidden to everyone."""
        found = [self.exempt_of[s] for s in _suffixes(driven) if s in self.exempt_of]
        return all(found) if found else None

    def state(self, driven: Run, edge_count: int) -> int:
        """The state after `driven`: its longest remembered suffix."""
        for suffix in _suffixes(driven):
            if suffix in self.prefixes:
                return edge_count + self.prefixes[suffix]
        return driven[-1]


def _suffixes(driven: Run) -> Iterator[Run]:
    return (driven[i:] for i in range(len(driven) - 1))


def _adjacent_pairs(graph: RoadGraph) -> tuple[Int64s, Int64s]:
    """Every (edge, next edge), ordered by both."""
    out = np.argsort(graph.tail, kind="stable")
    first = np.searchsorted(graph.tail[out], np.arange(graph.node_count + 1))
    degree = (first[1:] - first[:-1])[graph.head]
    arc_from = np.repeat(np.arange(graph.edge_count), degree)
    within = np.arange(len(arc_from)) - np.repeat(np.cumsum(degree) - degree, degree)
    return arc_from, out[first[graph.head][arc_from] + within]


def _apply_pairs(
    graph: RoadGraph, memory: _Memory, arc_from: Int64s, arc_to: Int64s
) -> tuple[Bools, Bools, Int64s]:
    """Bans of two edges, and the entries into runs, upon the turns that remember nothing."""
    keep, exempt, to_state = np.ones(len(arc_to), np.bool_), np.zeros(len(arc_to), np.bool_), arc_to.copy()
    key = arc_from * graph.edge_count + arc_to
    order = np.argsort(key)
    pairs = {run for run in memory.exempt_of if len(run) == 2} | {p for p in memory.prefixes if len(p) == 2}
    for pair in pairs:
        at = int(np.searchsorted(key, pair[0] * graph.edge_count + pair[1], sorter=order))
        if at == len(key) or key[order[at]] != pair[0] * graph.edge_count + pair[1]:
            continue
        ban, arc = memory.ban(pair), order[at]
        keep[arc], exempt[arc] = ban is not False, ban is True
        to_state[arc] = memory.state(pair, graph.edge_count)
    return keep, exempt, to_state


def _copied_turns(graph: RoadGraph, memory: _Memory) -> Iterator[tuple[int, int, bool]]:
    """Turns out of the copies: (from, to, exempt)."""
    if not memory.prefixes:
        return
    leaving: dict[int, list[int]] = {}
    for edge, tail in enumerate(graph.tail.tolist()):
        leaving.setdefault(tail, []).append(edge)
    for run, index in memory.prefixes.items():
        for edge in leaving.get(int(graph.head[run[-1]]), ()):
            driven = (*run, edge)
            ban = memory.ban(driven)
            if ban is not False:
                yield graph.edge_count + index, memory.state(driven, graph.edge_count), ban is True

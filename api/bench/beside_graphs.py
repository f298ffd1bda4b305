"""Beside engines that read graphs: our turn graph, asked by its states; and the proof against Dijkstra."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from functools import partial

import numpy as np

from api.bench import BenchLine
from api.bench.measuring import PLACES, SHAPES, Tally, beside, line, timed
from api.bench.turn_graph_peers import NetworkX, RoutingKit, SciPy, TurnGraphPeer
from dispatch_core.roads import Mode, RoadGraph, Roads, Spots
from dispatch_core.roads.expansion import expand
from dispatch_core.roads.graph import Int32s


def beside_graph_peer(
    graph: RoadGraph, order: Int32s, name: str | None, seed: int, repeat: int, tally: Tally
) -> Iterator[BenchLine]:
    """Every figure beside `routingkit`, `scipy` or `networkx`; without a name, ours alone."""
    roads = Roads(graph, order)
    rng = np.random.default_rng(seed)
    spots = Spots.on(rng.integers(0, graph.edge_count, PLACES).astype(np.int32), np.zeros(PLACES))
    peer = _graph_peer(roads, order, name)
    for figure, s, t in SHAPES:
        sources, targets = spots[slice(0, s)], spots[slice(PLACES - t, PLACES)]
        ours = partial(roads.table_s, sources, targets, mode=Mode.ROAD)
        if peer is None or name is None:
            yield line(figure, timed(ours, repeat)[0], None, None)
            continue
        if name == "networkx" and t > 1:
            continue  # a second and more for each target
        theirs = partial(peer.table, sources.edge[:, 0], targets.edge[:, 0])
        times = 3 if t > 1 or name == "networkx" else repeat
        # A via-way restriction makes several states of one edge, and peers are asked for one.
        exact = 1e-6 if not len(graph.restrictions) else None
        yield beside(figure, ours, name, theirs, times, tally, exact)
    if peer is None:
        yield _path_line(roads, spots)
    ours_ms, _ = timed(lambda: roads.reweight(Mode.ROAD), repeat)
    theirs_ms = [ms for _ in range(repeat) if peer is not None and (ms := peer.reweight_ms()) is not None]
    if theirs_ms or peer is None:
        yield line("reweight", ours_ms, name, statistics.median(theirs_ms) if theirs_ms else None)


def _path_line(roads: Roads, spots: Spots) -> BenchLine:
    """The median of 100 pairs, each with its edges, line and street names."""
    times = []
    for i in range(100):
        one = partial(roads.path, spots.row(i), spots.row(PLACES - 1 - i), mode=Mode.ROAD)
        one()
        began = time.perf_counter()
        one()
        times.append((time.perf_counter() - began) * 1e3)
    return line("path", statistics.median(times), None, None)


def _graph_peer(roads: Roads, order: Int32s, name: str | None) -> TurnGraphPeer | None:
    if name is None:
        return None
    expansion, turn_ms = expand(roads.graph), roads.turn_ms(Mode.ROAD)
    if name == "routingkit":
        return RoutingKit.build(expansion, order, turn_ms)
    return (NetworkX if name == "networkx" else SciPy).build(expansion, turn_ms)


def against_dijkstra(graph: RoadGraph, order: Int32s, seed: int, tally: Tally) -> None:
    """10,000 pairs in each mode, turns and restrictions included; copies of an edge count as the edge."""
    roads, expansion = Roads(graph, order), expand(graph)
    rng = np.random.default_rng(seed + 1)
    edges = rng.integers(0, graph.edge_count, 200).astype(np.int32)
    spots = Spots.on(edges, np.zeros(200))
    for mode in Mode:
        peer = SciPy.build(expansion, roads.turn_ms(mode))
        best = np.full((100, 100), np.inf)
        for j, edge in enumerate(edges[100:].tolist()):
            states = [
                edge,
                *expansion.copies[expansion.copy_first[edge] : expansion.copy_first[edge + 1]].tolist(),
            ]
            _, times = peer.table(edges[:100], np.array(states, np.int32))
            best[:, j] = times.min(axis=1)
        tally.compare(roads.table_s(spots[slice(0, 100)], spots[slice(100, 200)], mode=mode), best, 1e-6)

"""The engine against Dijkstra over runs of edges, and against NetworkX, on networks that hypothesis draws."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.roads import EdgeFlag, Mode, RoadGraph, Roads, Spots
from tests.unit.roads.networks import Ban, Street, network, plain
from tests.unit.roads.oracle import Oracle

U_TURN_MS = 3


@st.composite
def networks(draw: st.DrawFn) -> RoadGraph:
    """Up to six junctions, streets at random, restrictions of two to four edges along random walks."""
    n = draw(st.integers(2, 6))
    places = {chr(65 + i): (float(i % 3), float(i // 3)) for i in range(n)}
    pairs = [(a, b) for a in places for b in places if a < b]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=9, unique=True))
    flags = st.sampled_from([EdgeFlag(0), EdgeFlag(0), EdgeFlag.EMERGENCY_ONLY])
    streets = [Street(a=a, b=b, one_way=draw(st.booleans()), flags=draw(flags)) for a, b in chosen]
    after: dict[str, list[str]] = {p: [] for p in places}
    for s in streets:
        after[s.a].append(s.b)
        if not s.one_way:
            after[s.b].append(s.a)
    bans = [
        Ban(through=draw(walks(after)), exempt=draw(st.booleans())) for _ in range(draw(st.integers(0, 4)))
    ]
    return network(places, streets, [ban for ban in bans if len(ban.through) > 2])


@st.composite
def walks(draw: st.DrawFn, after: dict[str, list[str]]) -> Sequence[str]:
    walk = [draw(st.sampled_from([p for p in after if after[p]]))]
    for _ in range(draw(st.integers(2, 4))):
        if after[walk[-1]]:
            walk.append(draw(st.sampled_from(after[walk[-1]])))
    return walk


def drawn(graph: RoadGraph, rng: random.Random, mode: Mode) -> tuple[Roads, Oracle]:
    """The engine and its oracle over the same random milliseconds."""
    edge_ms = [rng.randint(1, 9) for _ in range(graph.edge_count)]
    roads = plain(graph, u_turn_s=U_TURN_MS / 1000, dead_end_u_turn_s=U_TURN_MS / 1000)
    roads.reweight(mode, edge_ms=np.array(edge_ms, np.int32))
    usable = [mode is Mode.SIREN or not f & EdgeFlag.EMERGENCY_ONLY for f in graph.flags.tolist()]
    return roads, Oracle(graph, edge_ms, mode, lambda a, b: U_TURN_MS * (graph.reverse[a] == b), usable)


def spots_on(graph: RoadGraph, rng: random.Random, count: int) -> Spots:
    """Some on one direction, some on both of a two-way street, some nowhere."""
    spots = Spots.nowhere(count)
    for row in range(count):
        edge, fraction = rng.randrange(-1, graph.edge_count), rng.choice([0.0, 0.3, 0.5, 1.0])
        spots.edge[row, 0], spots.fraction[row, 0] = edge, fraction
        if edge >= 0 and graph.reverse[edge] >= 0 and rng.random() < 0.5:
            spots.edge[row, 1], spots.fraction[row, 1] = graph.reverse[edge], 1.0 - fraction
    return spots


def expected_s(oracle: Oracle, sources: Spots, targets: Spots) -> np.ndarray:
    """Every cell: the best of the ways between the directions of both spots."""
    table = np.full((len(sources), len(targets)), np.inf)
    for (i, c), a in np.ndenumerate(sources.edge):
        for (j, d), b in np.ndenumerate(targets.edge):
            if a >= 0 and b >= 0:
                ms = oracle.spot_to_spot(
                    int(a), float(sources.fraction[i, c]), int(b), float(targets.fraction[j, d])
                )
                table[i, j] = min(table[i, j], ms / 1000)
    return table


@settings(max_examples=40)
@given(graph=networks(), seed=st.integers(0, 2**32), mode=st.sampled_from(list(Mode)))
def test_tables_of_every_shape_and_paths_agree_with_dijkstra_over_runs(
    graph: RoadGraph, seed: int, mode: Mode
) -> None:
    rng = random.Random(seed)
    roads, oracle = drawn(graph, rng, mode)
    sources, targets = spots_on(graph, rng, 5), spots_on(graph, rng, 6)
    expected = expected_s(oracle, sources, targets)
    np.testing.assert_allclose(roads.table_s(sources, targets, mode=mode), expected, atol=1e-9)
    np.testing.assert_allclose(roads.table_s(sources, targets.row(2), mode=mode), expected[:, 2:3], atol=1e-9)
    np.testing.assert_allclose(roads.table_s(sources.row(3), targets, mode=mode), expected[3:4], atol=1e-9)
    np.testing.assert_allclose(roads.labels(sources, mode=mode).times_s(targets), expected, atol=1e-9)
    path = roads.path(sources.row(1), targets.row(4), mode=mode)
    assert np.isclose(path.duration_s if path else np.inf, expected[1, 4])


@settings(max_examples=30)
@given(graph=networks(), seed=st.integers(0, 2**32), mode=st.sampled_from(list(Mode)))
def test_a_path_is_a_drive_that_obeys_and_takes_as_long_as_it_says(
    graph: RoadGraph, seed: int, mode: Mode
) -> None:
    rng = random.Random(seed)
    roads, oracle = drawn(graph, rng, mode)
    source, target = spots_on(graph, rng, 1), spots_on(graph, rng, 1)
    path = roads.path(source, target, mode=mode)
    if path is None:
        return
    edges = path.edges.tolist()
    driven = tuple(edges[:1])
    for edge in edges[1:]:
        assert edge in oracle.next_edges(driven)
        driven = (*driven, edge)
    ms = [oracle.edge_ms[e] for e in edges]
    turns = sum(oracle.turn_ms(a, b) for a, b in pairwise(edges))
    whole = sum(ms[:-1]) + turns - round(path.first_fraction * ms[0]) + round(path.last_fraction * ms[-1])
    assert round(path.duration_s * 1000) == whole
    assert edges[0] in source.edge
    assert edges[-1] in target.edge


@settings(max_examples=20)
@given(graph=networks(), seed=st.integers(0, 2**32), reverse=st.booleans())
def test_reach_agrees_with_dijkstra_over_runs(graph: RoadGraph, seed: int, reverse: bool) -> None:
    rng = random.Random(seed)
    roads, oracle = drawn(graph, rng, Mode.SIREN)
    m = graph.edge_count
    spots = spots_on(graph, rng, 2)
    ends = Spots.on(list(range(m)), [0.0 if reverse else 1.0] * m)
    between = (
        expected_s(oracle, ends, spots).min(axis=1)
        if reverse
        else expected_s(oracle, spots, ends).min(axis=0)
    )
    np.testing.assert_allclose(roads.reach_s(spots, mode=Mode.SIREN, reverse=reverse), between, atol=1e-9)


def test_a_town_without_restrictions_agrees_with_networkx() -> None:
    rng = random.Random(7)
    side = 7
    places = {f"{x},{y}": (float(x), float(y)) for x in range(side) for y in range(side)}
    steps = [(x, y, x + dx, y + dy) for x in range(side) for y in range(side) for dx, dy in ((1, 0), (0, 1))]
    streets = [Street(a=f"{x},{y}", b=f"{u},{v}", one_way=rng.random() < 0.3)
               for x, y, u, v in steps if u < side and v < side]  # fmt: skip
    graph = network(places, streets)
    edge_ms = np.array([rng.randint(1, 99) for _ in range(graph.edge_count)], np.int32)
    roads = plain(graph)
    roads.reweight(Mode.ROAD, edge_ms=edge_ms)
    junctions: nx.DiGraph[int] = nx.DiGraph()
    for tail, head, ms in zip(graph.tail.tolist(), graph.head.tolist(), edge_ms.tolist(), strict=True):
        junctions.add_edge(tail, head, ms=ms)
    every = np.arange(graph.edge_count, dtype=np.int32)
    table = roads.table_s(
        Spots.on(every, np.ones(len(every))), Spots.on(every, np.zeros(len(every))), mode=Mode.ROAD
    )
    for a in range(0, graph.edge_count, 5):
        best = nx.single_source_dijkstra_path_length(junctions, int(graph.head[a]), weight="ms")
        expected = [best.get(int(graph.tail[b]), np.inf) for b in range(graph.edge_count)]
        other = every != a
        np.testing.assert_allclose(table[a, other] * 1000, np.array(expected)[other], atol=1e-6)

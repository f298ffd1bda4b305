"""Road times beside those of other engines: same network, same weights, answers compared.

Engines that read maps (OSRM) are given our streets as an OSM file and asked by position; our figure then
includes finding the streets as well. Engines that read graphs (RoutingKit, SciPy) are given our turn graph
and asked by its states. `path` is left out for these: they give no geometry and no street names.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from api.bench import BenchLine, osrm_peer
from api.bench.osm_export import Exported, export
from api.bench.turn_graph_peers import RoutingKit, SciPy, TurnGraphPeer
from dispatch_core.errors import InvalidInput
from dispatch_core.roads import Mode, RoadGraph, Roads, Spots, TurnParams
from dispatch_core.roads.expansion import expand
from dispatch_core.roads.graph import Float64s, Int32s

PEERS = ("osrm-mld", "osrm-ch", "routingkit", "scipy")
PLACES = 4000
TOLERANCE_S = 0.35  # tenths of a second at both ends, and positions to a millionth of a degree
SHAPES = (("many_to_one_75", 75, 1), ("many_to_one_2000", 2000, 1), ("table_500x500", 500, 500))
Progress = Callable[[str], object]

# What OSRM does as well: turns cost nothing, U-turns at dead ends only.
BARE_TURNS = TurnParams(
    cross_turn_s=0, near_turn_s=0, signal_s=0, u_turn_s=float("inf"), dead_end_u_turn_s=0, destination_s=0
)


@dataclass(slots=True)
class Tally:
    """Pairs compared, and how many differed."""

    pairs: int = 0
    wrong: int = 0

    def compare(self, ours: Float64s, theirs: Float64s, tolerance_s: float) -> None:
        same = np.isclose(ours, theirs, rtol=0, atol=tolerance_s) | (np.isinf(ours) & ~np.isfinite(theirs))
        self.pairs += same.size
        self.wrong += int(np.count_nonzero(~same))


def run(
    graph: RoadGraph,
    order: Int32s,
    *,
    peers: Sequence[str],
    folder: Path,
    source: Path | None = None,
    seed: int = 1,
    repeat: int = 15,
    progress: Progress = str,
) -> Iterator[BenchLine]:
    """Figures in milliseconds, medians; `ratio` is the peer's time by ours.

    `folder` keeps the peers' environment and files between runs; `source` is the .osm.pbf that `build` reads,
    by default the exported network. Without peers our own figures alone.
    """
    unknown = set(peers) - set(PEERS)
    if unknown:
        raise InvalidInput("peers", f"{', '.join(sorted(unknown))}: known are {', '.join(PEERS)}")
    tally = Tally()
    for name in peers or ("",):
        progress(name or "our own")
        if name.startswith("osrm"):
            yield from _beside_osrm(graph, order, name, folder, source, seed, repeat, tally)
        else:
            yield from _beside_graph_peer(graph, order, name, seed, repeat, tally)
    progress("dijkstra")
    _against_dijkstra(graph, order, seed, tally)
    yield BenchLine(name="mismatches", value=tally.wrong, unit=f"of {tally.pairs} pairs")


# -- engines that read maps ------------------------------------------------------------------------------


def _beside_osrm(
    graph: RoadGraph,
    order: Int32s,
    name: str,
    folder: Path,
    source: Path | None,
    seed: int,
    repeat: int,
    tally: Tally,
) -> Iterator[BenchLine]:
    algorithm = name.removeprefix("osrm-").upper()
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    osm = home / "network.osm.pbf"
    exported = export(graph, osm)
    roads = Roads(exported.graph, order, turns=BARE_TURNS)
    roads.reweight(Mode.ROAD, edge_ms=exported.edge_ms)
    python = osrm_peer.environment(folder)
    osrm_peer.prepare(python, osm, algorithm)
    with ExitStack() as stack:
        engine = stack.enter_context(osrm_peer.running(python, osm, algorithm))
        places = _agreed_places(roads, exported, engine, seed)
        for line_name, s, t in SHAPES:
            sources, targets = places[:s], places[-t:]
            ours = partial(_asked_by_place, roads, sources, targets)
            theirs = partial(engine.table, sources, targets)
            yield _beside(line_name, ours, name, theirs, max(3, repeat // 3), tally, TOLERANCE_S)
        yield _path_line(roads, engine, places, name, tally)
    ours_ms, _ = _timed(lambda: roads.reweight(Mode.ROAD, edge_ms=exported.edge_ms), repeat)
    yield _line("reweight", ours_ms, name, osrm_peer.reweight_ms(python, osm, algorithm, exported))
    yield _build_line(python, source, osm, name)


def _build_line(python: Path, source: Path | None, exported: Path, name: str) -> BenchLine:
    """From an OSM file to files that answer: both programs as a user starts them."""
    algorithm = name.removeprefix("osrm-").upper()
    with tempfile.TemporaryDirectory() as scratch:
        theirs = Path(scratch) / "source.osm.pbf"
        shutil.copyfile(source or exported, theirs)
        profile = osrm_peer.car_profile(python) if source else None
        theirs_ms = osrm_peer.prepare(python, theirs, algorithm, profile)
        began = time.perf_counter()
        subprocess.run(
            [Path(sys.executable).parent / "yct", "region", "build", "--no-tiles",
             "--osm", source or exported, "-o", Path(scratch) / "ours.yctr"],
            check=True, capture_output=True,
        )  # fmt: skip
        ours_ms = (time.perf_counter() - began) * 1e3
    return _line("build", ours_ms, name, theirs_ms)


def _agreed_places(roads: Roads, exported: Exported, engine: osrm_peer.Osrm, seed: int) -> Float64s:
    """float64[k, 2] lon lat where both engines find the same street: on cut ones they cannot be compared."""
    rng = np.random.default_rng(seed)
    whole = np.flatnonzero(exported.ends[:, 0] > 0)
    edges = rng.choice(whole, PLACES)
    share = rng.uniform(0.2, 0.8, (PLACES, 1))
    ends = exported.graph.geometry.reshape(-1, 2, 2)[edges]
    places = np.round(ends[:, 0] * (1 - share) + ends[:, 1] * share, 6)
    spots = roads.snap(places[:, 0].copy(), places[:, 1].copy())
    theirs = engine.ask("nearest", places=places.tolist())["nodes"]
    agreed: Float64s = places[(exported.ends[spots.edge[:, 0]] == np.array(theirs)).all(axis=1)]
    return agreed


def _asked_by_place(roads: Roads, sources: Float64s, targets: Float64s) -> Float64s:
    start = roads.snap(np.ascontiguousarray(sources[:, 0]), np.ascontiguousarray(sources[:, 1]))
    end = roads.snap(np.ascontiguousarray(targets[:, 0]), np.ascontiguousarray(targets[:, 1]))
    return roads.table_s(start, end, mode=Mode.ROAD)


def _path_line(roads: Roads, engine: osrm_peer.Osrm, places: Float64s, name: str, tally: Tally) -> BenchLine:
    pairs = np.stack([places[:200], places[-200:]], axis=1)
    theirs = engine.ask("route", pairs=pairs.tolist())
    times, durations = [], []
    for (lon0, lat0), (lon1, lat1) in pairs.tolist():
        began = time.perf_counter()
        path = roads.path(roads.snap(lon0, lat0), roads.snap(lon1, lat1), mode=Mode.ROAD)
        times.append((time.perf_counter() - began) * 1e3)
        durations.append(path.duration_s if path else np.inf)
    tally.compare(np.array(durations), np.array(theirs["durations"]), TOLERANCE_S)
    return _line("path", statistics.median(times), name, theirs["ms"])


# -- engines that read graphs ----------------------------------------------------------------------------


def _beside_graph_peer(
    graph: RoadGraph, order: Int32s, name: str, seed: int, repeat: int, tally: Tally
) -> Iterator[BenchLine]:
    roads = Roads(graph, order)
    rng = np.random.default_rng(seed)
    spots = Spots.on(rng.integers(0, graph.edge_count, PLACES).astype(np.int32), np.zeros(PLACES))
    peer = _graph_peer(roads, order, name)
    for line_name, s, t in SHAPES:
        sources, targets = spots[slice(0, s)], spots[slice(PLACES - t, PLACES)]
        ours = partial(roads.table_s, sources, targets, mode=Mode.ROAD)
        if peer is None:
            yield _line(line_name, _timed(ours, repeat)[0], None, None)
            continue
        theirs = partial(peer.table, sources.edge[:, 0], targets.edge[:, 0])
        times = 3 if t > 1 else repeat
        # A via-way restriction makes several states of one edge, and peers are asked for one.
        exact = 1e-6 if not len(graph.restrictions) else None
        yield _beside(line_name, ours, name, theirs, times, tally, exact)
    ours_ms, _ = _timed(lambda: roads.reweight(Mode.ROAD), repeat)
    theirs_ms = [ms for _ in range(repeat) if peer is not None and (ms := peer.reweight_ms()) is not None]
    if theirs_ms or peer is None:
        yield _line("reweight", ours_ms, name or None, statistics.median(theirs_ms) if theirs_ms else None)


def _graph_peer(roads: Roads, order: Int32s, name: str) -> TurnGraphPeer | None:
    if not name:
        return None
    expansion, turn_ms = expand(roads.graph), roads.turn_ms(Mode.ROAD)
    if name == "routingkit":
        return RoutingKit.build(expansion, order, turn_ms)
    return SciPy.build(expansion, turn_ms)


def _against_dijkstra(graph: RoadGraph, order: Int32s, seed: int, tally: Tally) -> None:
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


def _beside(
    name: str, ours: Callable[[], Float64s], peer: str, theirs: Callable[[], tuple[float, Float64s]],
    repeat: int, tally: Tally, tolerance_s: float | None,
) -> BenchLine:  # fmt: skip
    """Both in turn, so that whatever else the machine does meets them alike."""
    ours(), theirs()
    our_times, their_times = [], []
    for _ in range(repeat):
        took, their_answer = theirs()
        their_times.append(took)
        ms, our_answer = _timed(ours, 3)
        our_times.append(ms)
    if tolerance_s is not None:
        tally.compare(our_answer, their_answer, tolerance_s)
    return _line(name, statistics.median(our_times), peer, statistics.median(their_times))


def _timed(call: Callable[[], Float64s | None], repeat: int) -> tuple[float, Float64s]:
    """(median milliseconds, the answer); once before, unmeasured."""
    result = call()
    times = []
    for _ in range(repeat):
        began = time.perf_counter()
        result = call()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times), result if result is not None else np.empty(0)


def _line(name: str, ours_ms: float, peer: str | None, theirs_ms: float | None) -> BenchLine:
    ratio = None if theirs_ms is None else round(theirs_ms / ours_ms, 2)
    return BenchLine(name=name, value=round(ours_ms, 4), unit="ms", baseline=peer, ratio=ratio)

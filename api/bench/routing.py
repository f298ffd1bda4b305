"""Road times beside those of other engines: same network, same weights, answers compared.

Engines that read maps (OSRM, Valhalla) are given our streets as an OSM file and asked by position; our
figure then includes finding the streets as well. Engines that read graphs (RoutingKit, SciPy) are given our
turn graph and asked by its states. `path` is left out for these: they give no geometry and no street names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from api.bench import BenchLine
from api.bench.beside_graphs import against_dijkstra, beside_graph_peer
from api.bench.beside_maps import beside_map_peer, build_alone
from api.bench.map_engine import MapPeer, environment
from api.bench.measuring import Tally
from api.bench.osrm_peer import OsrmPeer
from api.bench.valhalla_peer import ValhallaPeer
from dispatch_core.errors import InvalidInput, Unavailable
from dispatch_core.roads import RoadGraph
from dispatch_core.roads.graph import Int32s

GRAPH_PEERS = ("routingkit", "scipy", "networkx")
MAP_PEERS: Mapping[str, tuple[str, Callable[[Path], MapPeer]]] = {  # its package, and how it is asked
    "osrm-mld": (OsrmPeer.package, lambda python: OsrmPeer(python=python, algorithm="MLD")),
    "osrm-ch": (OsrmPeer.package, lambda python: OsrmPeer(python=python, algorithm="CH")),
    "valhalla": (ValhallaPeer.package, lambda python: ValhallaPeer(python=python)),
}
PEERS = (*MAP_PEERS, *GRAPH_PEERS)
Progress = Callable[[str], object]


def run(
    graph: RoadGraph,
    order: Int32s,
    *,
    peers: Sequence[str],
    folder: Path,
    source: Path | None = None,
    seed: int = 1,
    repeat: int = 7,
    progress: Progress = str,
) -> Iterator[BenchLine]:
    """Figures in milliseconds, medians; `ratio` is the peer's time by ours.

    `folder` keeps the peers' environment and files between runs; `source` is the .osm.pbf that `build` reads,
    by default the exported network. A figure that no peer gave is told alone: `progress` tells which peer was
    left out and why.
    """
    unknown = set(peers) - set(PEERS)
    if unknown:
        raise InvalidInput("peers", f"{', '.join(sorted(unknown))}: known are {', '.join(PEERS)}")
    tally = Tally()
    told: set[str] = set()
    for name in peers:
        progress(name)
        try:
            for line in _beside(graph, order, name, folder, source, seed, repeat, tally):
                told.add(line.name)
                yield line
        except Unavailable as missing:
            progress(f"{name} left out: {missing.message}")
    # What no peer can be asked for is told alone.
    yield from (
        line for line in beside_graph_peer(graph, order, None, seed, repeat, tally) if line.name not in told
    )
    if source is not None and "build" not in told:
        yield build_alone(source)
    progress("dijkstra")
    against_dijkstra(graph, order, seed, tally)
    yield BenchLine(name="mismatches", value=tally.wrong, unit=f"of {tally.pairs} pairs")


def _beside(
    graph: RoadGraph, order: Int32s, name: str, folder: Path, source: Path | None, seed: int, repeat: int,
    tally: Tally,
) -> Iterator[BenchLine]:  # fmt: skip
    """Unavailable where the peer cannot be had."""
    if name in MAP_PEERS:
        package, asked_in = MAP_PEERS[name]
        peer = asked_in(environment(folder, package))
        yield from beside_map_peer(graph, order, peer, folder, source, seed, repeat, tally)
    else:
        yield from beside_graph_peer(graph, order, name, seed, repeat, tally)


def exponents(figures: Sequence[tuple[int, Sequence[BenchLine]]]) -> Iterator[BenchLine]:
    """How each of our times grows with the number of edges: the slope of time by size, both as logarithms."""
    times: dict[str, dict[int, float]] = {}
    for edges, lines in figures:
        for line in lines:
            if line.unit == "ms":
                times.setdefault(line.name, {}).setdefault(edges, line.value)
    for name, by_size in times.items():
        if len(by_size) > 1:
            slope = np.polyfit(np.log(list(by_size)), np.log(list(by_size.values())), 1)[0]
            yield BenchLine(name=f"{name}_exponent", value=round(float(slope), 3), unit="")

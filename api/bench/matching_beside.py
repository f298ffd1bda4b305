"""Map matching beside Valhalla's: the same streets, the same noisy traces; fixes a second."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from api.bench import BenchLine
from api.bench.map_engine import Engine, environment
from api.bench.matching_synthetic import drives_on, seen
from api.bench.osm_export import export
from api.bench.valhalla_peer import ValhallaPeer
from dispatch_core.roads import RoadGraph, Roads
from dispatch_core.roads.graph import Int32s
from dispatch_core.roads.matching import Matcher, Trace

_INTERVALS_S = (1.0, 10.0, 30.0)
_SIGMA_M = 5.0  # an ordinary receiver


def run(graph: RoadGraph, order: Int32s, *, folder: Path, drives: int, seed: int) -> Iterator[BenchLine]:
    """`points_per_s_…` with Valhalla's figure as `baseline`, taken in turn, trace by trace."""
    peer = ValhallaPeer(python=environment(folder, ValhallaPeer.package))
    osm = folder / peer.name / "network.osm.pbf"
    osm.parent.mkdir(parents=True, exist_ok=True)
    roads = Roads(export(graph, osm).graph, order)
    peer.prepare(osm, is_exported=True)
    rng = np.random.default_rng(seed)
    driven = drives_on(roads, drives, rng)
    matcher = Matcher(roads.graph)
    with peer.running(osm) as engine:
        for interval_s in _INTERVALS_S:
            traces = [seen(drive, interval_s, _SIGMA_M, drifting=True, rng=rng) for drive in driven]
            yield _line(matcher, engine, traces, interval_s)


def _line(matcher: Matcher, engine: Engine, traces: Sequence[Trace], interval_s: float) -> BenchLine:
    ours_s = theirs_s = 0.0
    matcher.match(traces[0])
    for trace in traces:
        began = time.perf_counter()
        matcher.match(trace)
        ours_s += time.perf_counter() - began
        places = np.stack([trace.lon, trace.lat, trace.at_s], axis=1).tolist()
        theirs_s += engine.ask("match", places=places)["ms"] / 1e3
    points = sum(len(trace.lon) for trace in traces)
    return BenchLine(
        name=f"points_per_s_{interval_s:.0f}s", value=round(points / ours_s), unit="fixes/s",
        baseline="valhalla", ratio=round(theirs_s / ours_s, 2),
    )  # fmt: skip

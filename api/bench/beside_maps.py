"""Beside engines that read maps: the same streets as an OSM file, asked by position."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import shapely

from api.bench import BenchLine
from api.bench.map_engine import Engine, MapPeer
from api.bench.measuring import PLACES, SHAPES, Tally, beside, line, timed
from api.bench.osm_export import Exported, export
from dispatch_core.roads import Mode, RoadGraph, Roads, TurnParams
from dispatch_core.roads.graph import Float64s, Int32s

# OSRM rounds the time on each straight piece of a street to tenths of a second: at both ends of a drive it
# takes part of a street, of many pieces; and positions are given to a millionth of a degree.
TOLERANCE_S = 0.6
ASIDE_DEG = 3e-5  # some metres

# What OSRM does as well: turns cost nothing, U-turns at dead ends only.
BARE_TURNS = TurnParams(
    cross_turn_s=0, near_turn_s=0, signal_s=0, u_turn_s=float("inf"), dead_end_u_turn_s=0, destination_s=0
)


def beside_map_peer(
    graph: RoadGraph, order: Int32s, peer: MapPeer, folder: Path, source: Path | None, seed: int,
    repeat: int, tally: Tally,
) -> Iterator[BenchLine]:  # fmt: skip
    """Every figure beside one peer; its answers are compared where it drives by the same weights."""
    osm = folder / peer.name / "network.osm.pbf"
    osm.parent.mkdir(parents=True, exist_ok=True)
    exported = export(graph, osm)
    roads = Roads(exported.graph, order, turns=BARE_TURNS)
    roads.reweight(Mode.ROAD, edge_ms=exported.edge_ms)
    peer.prepare(osm, is_exported=True)
    with peer.running(osm) as engine:
        places = _places(exported, seed)
        if peer.same_weights:
            places = _agreed(places, roads, exported, engine)
        for name, s, t in SHAPES:
            sources, targets = places[:s], places[-t:]
            ours = partial(_asked_by_place, roads, sources, targets)
            theirs = partial(engine.table, sources, targets)
            tolerance_s = TOLERANCE_S if peer.same_weights else None
            yield beside(
                name, ours, peer.name, theirs, repeat if peer.same_weights else 1, tally, tolerance_s
            )
        yield _path_line(roads, engine, places, peer, tally)
    theirs_ms = peer.reweight_ms(osm, exported)
    if theirs_ms is not None:
        ours_ms, _ = timed(lambda: roads.reweight(Mode.ROAD, edge_ms=exported.edge_ms), repeat)
        yield line("reweight", ours_ms, peer.name, theirs_ms)
    yield _build_line(peer, source, osm)


def _build_line(peer: MapPeer, source: Path | None, exported: Path) -> BenchLine:
    """From an OSM file to files that answer: both programs as a user starts them."""
    with tempfile.TemporaryDirectory() as scratch:
        theirs, ours = Path(scratch) / "theirs.osm.pbf", Path(scratch) / "ours.yctr"
        shutil.copyfile(source or exported, theirs)
        theirs_ms = peer.prepare(theirs, is_exported=source is None)
        ours_ms = _built_ms(source or exported, ours)
    return line("build", ours_ms, peer.name, theirs_ms)


def build_alone(source: Path) -> BenchLine:
    """How long `yct region build` takes."""
    with tempfile.TemporaryDirectory() as scratch:
        return line("build", _built_ms(source, Path(scratch) / "ours.yctr"), None, None)


def _built_ms(source: Path, target: Path) -> float:
    program = Path(sys.executable).parent / "yct"
    command = [str(program), "region", "build", "--no-tiles", "--osm", str(source), "-o", str(target)]
    subprocess.run(command, check=True, capture_output=True)  # a fresh installation compiles here
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1e3


def _places(exported: Exported, seed: int) -> Float64s:
    """float64[k, 2] lon lat on streets that were written whole, each once, and beside no other street.

    Where two streets cross or lie upon one another a place belongs to either; and of two places a foot
    apart on a one-way street, OSRM rounds the way around to nothing.
    """
    rng = np.random.default_rng(seed)
    opposite = exported.graph.reverse
    one_of_two = (opposite < 0) | (np.arange(len(opposite)) < opposite)
    streets = rng.permutation(np.flatnonzero((exported.ends[:, 0] > 0) & one_of_two))
    ends = exported.graph.geometry.reshape(-1, 2, 2)
    share = rng.uniform(0.2, 0.8, (len(streets), 1))
    places = np.round(ends[streets, 0] * (1 - share) + ends[streets, 1] * share, 6)
    lines = shapely.STRtree([shapely.LineString(line) for line in ends[one_of_two]])
    near, _ = lines.query(shapely.points(places), predicate="dwithin", distance=ASIDE_DEG)
    alone: Float64s = places[np.bincount(near, minlength=len(places)) == 1]
    return alone[:PLACES]


def _agreed(places: Float64s, roads: Roads, exported: Exported, engine: Engine) -> Float64s:
    """The places where both engines find the same street."""
    spots = roads.snap(places[:, 0].copy(), places[:, 1].copy())
    theirs = np.array(engine.ask("nearest", places=places.tolist())["nodes"])
    agreed: Float64s = places[(exported.ends[spots.edge[:, 0]] == theirs).all(axis=1)]
    return agreed


def _asked_by_place(roads: Roads, sources: Float64s, targets: Float64s) -> Float64s:
    start = roads.snap(np.ascontiguousarray(sources[:, 0]), np.ascontiguousarray(sources[:, 1]))
    end = roads.snap(np.ascontiguousarray(targets[:, 0]), np.ascontiguousarray(targets[:, 1]))
    return roads.table_s(start, end, mode=Mode.ROAD)


def _path_line(roads: Roads, engine: Engine, places: Float64s, peer: MapPeer, tally: Tally) -> BenchLine:
    """Both find the streets, the way, its geometry and its steps."""
    pairs = np.stack([places[:200], places[-200:]], axis=1)
    theirs = engine.ask("route", pairs=pairs.tolist())
    times, durations = [], []
    for (lon0, lat0), (lon1, lat1) in pairs.tolist():
        began = time.perf_counter()
        path = roads.path(roads.snap(lon0, lat0), roads.snap(lon1, lat1), mode=Mode.ROAD)
        times.append((time.perf_counter() - began) * 1e3)
        durations.append(path.duration_s if path else np.inf)
    if peer.same_weights:
        tally.compare(np.array(durations), np.array(theirs["durations"]), TOLERANCE_S)
    return line("path", statistics.median(times), peer.name, theirs["ms"])

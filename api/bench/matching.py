"""Map matching on labelled tracks in the plain formats of the public set of Kubička et al. (2015)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.bench import BenchLine
from dispatch_core.errors import InvalidInput
from dispatch_core.roads import RoadGraph
from dispatch_core.roads.graph import Float64s, Int64s
from dispatch_core.roads.matching import Matcher, Trace
from maps.streets import lengths_m

INTERVALS_S = (1, 10, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A labelled drive: its own small network, the fixes, and the arcs truly driven."""

    name: str
    graph: RoadGraph
    trace: Trace
    truth: Int64s


def run(tracks: Path) -> Iterator[BenchLine]:
    """Mean length-F1 at one fix per 1, 10 and 30 s, and fixes matched a second (over all three)."""
    found = list(read_tracks(tracks))
    if not found:
        raise InvalidInput("--tracks", f"{tracks} holds no *.track with its *.nodes, *.arcs and *.route")
    fixes, seconds = 0, 0.0
    for interval_s in INTERVALS_S:
        scores = []
        for track in found:
            matcher = Matcher(track.graph)
            trace = thinned(track.trace, interval_s)
            matcher.match(trace)  # compiled, and caches warm, as in a service
            began = time.perf_counter()
            match = matcher.match(trace)
            seconds += time.perf_counter() - began
            fixes += len(trace)
            scores.append(length_f1(track.graph.length_m, match.path.tolist(), track.truth.tolist()))
        yield BenchLine(name=f"f1_{interval_s}s", value=round(float(np.mean(scores)), 4), unit="F1")
    yield BenchLine(name="points_per_s", value=round(fixes / seconds), unit="fixes/s")
    yield BenchLine(name="tracks", value=len(found), unit="count")


def length_f1(length_m: Float64s, matched: list[int], truth: list[int]) -> float:
    """Harmonic mean of the shares of length that are right and that are found, repetitions counted."""
    ours, true = Counter(matched), Counter(truth)
    common = sum(length_m[edge] * min(n, true[edge]) for edge, n in ours.items())
    both = sum(length_m[edge] * n for edge, n in ours.items())
    both += sum(length_m[edge] * n for edge, n in true.items())
    return float(2 * common / both) if both else 1.0


def thinned(trace: Trace, interval_s: float) -> Trace:
    """The first fix, then each that is at least so much later than the one kept before."""
    kept: list[int] = []
    for row, at_s in enumerate(trace.at_s.tolist()):
        if not kept or at_s - trace.at_s[kept[-1]] >= interval_s - 1e-6:
            kept.append(row)
    return Trace(lon=trace.lon[kept], lat=trace.lat[kept], at_s=trace.at_s[kept])


def read_tracks(folder: Path) -> Iterator[Track]:
    """Every track below the folder that has its network and its route beside it, by name."""
    for path in sorted(folder.rglob("*.track")):
        nodes, arcs, route = (path.with_suffix(suffix) for suffix in (".nodes", ".arcs", ".route"))
        if nodes.is_file() and arcs.is_file() and route.is_file():
            fixes = _numbers(path, 3)
            order = np.argsort(fixes[:, 2], kind="stable")
            yield Track(
                name=path.stem,
                graph=network(_numbers(nodes, 2), _numbers(arcs, 2).astype(np.int64)),
                trace=Trace(lon=fixes[order, 0], lat=fixes[order, 1], at_s=fixes[order, 2]),
                truth=_numbers(route, 1)[:, 0].astype(np.int64),
            )


def _numbers(path: Path, columns: int) -> Float64s:
    try:
        table = np.loadtxt(path, dtype=np.float64, ndmin=2)
    except ValueError as error:
        raise InvalidInput(path.name, str(error)) from error
    if table.shape[1] < columns:
        raise InvalidInput(path.name, f"has {table.shape[1]} columns, needs {columns}")
    return table[:, :columns]


def network(nodes: Float64s, arcs: Int64s) -> RoadGraph:
    """A graph of straight arcs, ids kept; an arc and its opposite are one two-way street."""
    tail, head = arcs.T
    m = len(arcs)
    geometry = nodes[arcs].reshape(-1, 2)
    first = np.arange(0, 2 * m + 1, 2)
    none = np.zeros(m, np.int32)
    return RoadGraph(
        node_lon=np.ascontiguousarray(nodes[:, 0]), node_lat=np.ascontiguousarray(nodes[:, 1]),
        node_signal=np.zeros(len(nodes), np.bool_), tail=tail.astype(np.int32), head=head.astype(np.int32),
        length_m=np.maximum(lengths_m(first, geometry), 0.1), speed_kmh=np.full(m, 50.0, np.float32),
        road_class=np.zeros(m, np.uint8), flags=np.zeros(m, np.uint8), level=np.zeros(m, np.int8),
        way_id=np.arange(m), reverse=_opposites(tail, head), name_id=none, ref_id=none,
        geometry_first=first, geometry=geometry,
    )  # fmt: skip


def _opposites(tail: Int64s, head: Int64s) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    reverse = np.full(len(tail), -1, np.int32)
    seen: dict[tuple[int, int], list[int]] = {}
    for arc, (a, b) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        waiting = seen.get((b, a))
        if a != b and waiting:
            other = waiting.pop()
            reverse[arc], reverse[other] = other, arc
        else:
            seen.setdefault((a, b), []).append(arc)
    return reverse

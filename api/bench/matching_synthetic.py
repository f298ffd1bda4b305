"""Map matching where the truth is known: drives along fastest ways, seen through a receiver's noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from api.bench import BenchLine
from api.bench.matching import length_f1
from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import Mode, Path, Roads, Spots
from dispatch_core.roads.graph import Float64s
from dispatch_core.roads.matching import Matcher, Trace

NOISE_M = (5.0, 15.0, 30.0)
INTERVALS_S = (1.0, 10.0, 30.0, 60.0)
DRIFT_S = 60.0  # how long a receiver's error in a street canyon stays much the same
SHORTEST_M = 3000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A drive at `pace` times the engine's seconds."""

    path: Path
    pace: float


def run(roads: Roads, *, drives: int, seed: int) -> Iterator[BenchLine]:
    """Mean length-F1 for each noise (white, and drifting) and each interval between fixes."""
    rng = np.random.default_rng(seed)
    driven = drives_on(roads, drives, rng)
    matcher = Matcher(roads.graph)
    for drifting in (False, True):
        for sigma_m in NOISE_M:
            for interval_s in INTERVALS_S:
                scores = [
                    _score(
                        matcher, roads, drive, seen(drive, interval_s, sigma_m, drifting=drifting, rng=rng)
                    )
                    for drive in driven
                ]
                kind = "drift" if drifting else "white"
                yield BenchLine(
                    name=f"f1_{kind}_{sigma_m:.0f}m_{interval_s:.0f}s",
                    value=round(float(np.mean(scores)), 4),
                    unit="F1",
                )


def drives_on(roads: Roads, count: int, rng: np.random.Generator) -> list[Drive]:
    """Along fastest ways between streets drawn at random."""
    return [_drive(roads, rng) for _ in range(count)]


def _drive(roads: Roads, rng: np.random.Generator) -> Drive:
    while True:
        edges = rng.integers(0, roads.graph.edge_count, 2)
        start, end = Spots.on([int(edges[0])], [0.5]), Spots.on([int(edges[1])], [0.5])
        path = roads.path(start, end, mode=Mode.ROAD)
        if path is not None and path.distance_m >= SHORTEST_M:
            return Drive(path=path, pace=float(rng.uniform(1.0, 1.6)))


def seen(
    drive: Drive, interval_s: float, sigma_m: float, *, drifting: bool, rng: np.random.Generator
) -> Trace:
    """The drive through a receiver that errs by `sigma_m` either way, a fix every `interval_s`."""
    at_s = np.arange(0.0, drive.path.duration_s * drive.pace, interval_s)
    places = [drive.path.position_at(t / drive.pace) for t in at_s.tolist()]
    lon, lat = np.array([p.lon for p in places]), np.array([p.lat for p in places])
    error_m = _drifting(len(at_s), interval_s, rng) if drifting else rng.normal(size=(len(at_s), 2))
    error_deg = sigma_m * error_m / METRES_PER_DEGREE
    return Trace(lon=lon + error_deg[:, 0] / np.cos(np.radians(lat)), lat=lat + error_deg[:, 1], at_s=at_s)


def _drifting(fixes: int, interval_s: float, rng: np.random.Generator) -> Float64s:
    """float64[fixes, 2] of unit variance: Gauss-Markov, its correlation down to 1/e after DRIFT_S."""
    kept = float(np.exp(-interval_s / DRIFT_S))
    error = rng.normal(size=(fixes, 2))
    for row in range(1, fixes):
        error[row] = kept * error[row - 1] + np.sqrt(1 - kept**2) * error[row]
    return error


def _score(matcher: Matcher, roads: Roads, drive: Drive, trace: Trace) -> float:
    match = matcher.match(trace)
    return length_f1(roads.graph.length_m, match.path.tolist(), drive.path.edges.tolist())

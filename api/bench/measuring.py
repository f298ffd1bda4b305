"""What every comparison of engines needs: shapes, clocks, and a tally of answers that differ."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from api.bench import BenchLine
from dispatch_core.roads.graph import Float64s

SHAPES = (("many_to_one_75", 75, 1), ("many_to_one_2000", 2000, 1), ("table_500x500", 500, 500))
TIMES = 15  # of ours each time around, after one unmeasured, as the engines' workers do with short calls
SHORT_MS = 50.0  # of theirs: asked once more, so that neither side finds the other's data in the caches
PLACES = 4000  # drawn once; shapes take theirs from both ends


@dataclass(slots=True)
class Tally:
    """Pairs compared, and how many differed."""

    pairs: int = 0
    wrong: int = 0

    def compare(self, ours: Float64s, theirs: Float64s, tolerance_s: float) -> None:
        same = np.isclose(ours, theirs, rtol=0, atol=tolerance_s) | (np.isinf(ours) & ~np.isfinite(theirs))
        self.pairs += same.size
        self.wrong += int(np.count_nonzero(~same))


def beside(
    name: str, ours: Callable[[], Float64s], peer: str, theirs: Callable[[], tuple[float, Float64s]],
    repeat: int, tally: Tally, tolerance_s: float | None,
) -> BenchLine:  # fmt: skip
    """Both in turn, so that whatever else the machine does meets them alike; once for all if it is slow."""
    ours()
    if repeat > 1:
        theirs()
    our_times, their_times = [], []
    for _ in range(repeat):
        took, their_answer = theirs()
        if took < SHORT_MS and repeat > 1:
            took, their_answer = theirs()
        their_times.append(took)
        ms, our_answer = timed(ours, TIMES)
        our_times.append(ms)
    if tolerance_s is not None:
        tally.compare(our_answer, their_answer, tolerance_s)
    return line(name, statistics.median(our_times), peer, statistics.median(their_times))


def timed(call: Callable[[], Float64s | None], repeat: int) -> tuple[float, Float64s]:
    """(median milliseconds, the answer); once before, unmeasured."""
    result = call()
    times = []
    for _ in range(repeat):
        began = time.perf_counter()
        result = call()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times), result if result is not None else np.empty(0)


def line(name: str, ours_ms: float, peer: str | None, theirs_ms: float | None) -> BenchLine:
    ratio = None if theirs_ms is None else round(theirs_ms / ours_ms, 2)
    return BenchLine(name=name, value=round(ours_ms, 4), unit="ms", baseline=peer, ratio=ratio)

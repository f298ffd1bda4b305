"""A process that loads a region and answers once: `python -m api.bench.first_answer FILE`."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from api.bench import BenchLine
from dispatch_core.roads import Mode, Roads
from maps import region_file

STARTS = 3


def run(region: Path) -> Iterator[BenchLine]:
    """Milliseconds from a process's start to its first road time, kernels compiled before; its memory."""
    starts = [_start(region) for _ in range(STARTS + 1)][1:]  # the first may have compiled
    yield BenchLine(name="first_answer", value=round(sorted(ms for ms, _ in starts)[STARTS // 2]), unit="ms")
    yield BenchLine(name="memory", value=round(max(mb for _, mb in starts)), unit="MB")


def _start(region: Path) -> tuple[float, float]:
    began = time.perf_counter()
    command = [sys.executable, "-m", "api.bench.first_answer", str(region)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return (time.perf_counter() - began) * 1e3, float(told)


def _answer(region: Path) -> float:
    """Peak resident memory in MB, after a road time was asked."""
    known = region_file.load(region)
    roads = Roads(known.graph, known.order)
    spots = roads.snap(known.graph.node_lon[:2], known.graph.node_lat[:2])
    roads.table_s(spots[:1], spots[1:], mode=Mode.ROAD)
    return _peak_mb()


def _peak_mb() -> float:
    """Of this program's own memory: what getrusage tells begins with that of the process that started it."""
    status = Path("/proc/self/status")
    if status.is_file():
        told = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return float(told["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(_answer(Path(sys.argv[1])))

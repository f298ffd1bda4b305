"""OSRM as a peer: installed in an environment of its own, built from our network, asked over a pipe."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from api.bench.osm_export import Exported
from dispatch_core.errors import Unavailable
from dispatch_core.roads.graph import Float64s

HERE = Path(__file__).parent
NEWEST_FIRST = ("python3.13", "python3.12")  # OSRM's wheels want 3.12 at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Osrm:
    """One algorithm (MLD or CH) over one set of files, answering until closed."""

    algorithm: str
    process: subprocess.Popen[str]

    def ask(self, op: str, **request: Any) -> dict[str, Any]:
        """Raises Unavailable if the engine died."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"op": op, **request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Unavailable(f"osrm ({self.algorithm}) ended with {self.process.wait()} at {op}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def table(self, sources: Float64s, targets: Float64s) -> tuple[float, Float64s]:
        """(milliseconds it took, seconds float64[s, t]) between places, lon lat."""
        answer = self.ask("table", sources=sources.tolist(), targets=targets.tolist())
        return answer["ms"], np.array(answer["durations"], np.float64)


def environment(folder: Path) -> Path:
    """The interpreter of the peers' environment, made at the first need; Unavailable without a new Python."""
    python = folder / "venv" / "bin" / "python"
    if python.exists():
        return python
    base = next((found for name in NEWEST_FIRST if (found := _runnable(name))), None)
    if base is None:
        raise Unavailable(f"the peers need one of {', '.join(NEWEST_FIRST)} on PATH")
    subprocess.run([base, "-m", "venv", str(folder / "venv")], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", "osrm-bindings", "pyvalhalla"], check=True)
    return python


def _runnable(name: str) -> str | None:
    """An interpreter that really is one: pyenv's shims answer for versions that are not chosen."""
    homes = [
        shutil.which(name),
        *map(str, sorted(Path.home().glob(f".pyenv/versions/*/bin/{name}"), reverse=True)),
    ]
    for candidate in filter(None, homes):
        if subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def car_profile(python: Path) -> Path:
    """OSRM's own rules for cars, for real OSM files."""
    return next(python.parent.parent.glob("lib/python*/site-packages/osrm/share/profiles/car.lua"))


def prepare(python: Path, osm: Path, algorithm: str, profile: Path | None = None) -> float:
    """Builds OSRM's files beside `osm`; returns the milliseconds of all its steps."""
    base = osm.name.removesuffix(".osm.pbf")
    steps = ["partition", "customize"] if algorithm == "MLD" else ["contract"]
    began = time.perf_counter()
    _run(python, osm.parent, "extract", "-p", str(profile or HERE / "osrm.lua"), osm.name)
    for step in steps:
        _run(python, osm.parent, step, f"{base}.osrm")
    return (time.perf_counter() - began) * 1e3


def reweight_ms(python: Path, osm: Path, algorithm: str, exported: Exported) -> float:
    """Milliseconds until new speeds for every street stand ready in files; the engine must then read them."""
    base = osm.name.removesuffix(".osm.pbf")
    whole = exported.ends[:, 0] > 0
    tail, head = exported.graph.tail[whole] + 1, exported.graph.head[whole] + 1
    kmh = exported.graph.length_m[whole] * 3600.0 / exported.edge_ms[whole]
    np.savetxt(
        osm.parent / "speeds.csv",
        np.stack([tail, head, kmh], axis=1),
        fmt=["%d", "%d", "%.3f"],
        delimiter=",",
    )
    step = "customize" if algorithm == "MLD" else "contract"
    began = time.perf_counter()
    _run(python, osm.parent, step, f"{base}.osrm", "--segment-speed-file", "speeds.csv")
    return (time.perf_counter() - began) * 1e3


def _run(python: Path, folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [str(python), "-m", "osrm", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Unavailable(f"osrm {arguments[0]} failed: {(done.stdout + done.stderr)[-300:]}")


@contextmanager
def running(python: Path, osm: Path, algorithm: str) -> Iterator[Osrm]:
    """The engine on prepared files, ended on leaving."""
    base = osm.name.removesuffix(".osm.pbf")
    command: Sequence[str] = [
        str(python),
        str(HERE / "osrm_worker.py"),
        str(osm.parent / f"{base}.osrm"),
        algorithm,
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Osrm(algorithm=algorithm, process=process)
    finally:
        process.kill()
        process.wait()

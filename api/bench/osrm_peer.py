"""OSRM, by multi-level Dijkstra or by contraction hierarchies."""

from __future__ import annotations

import subprocess
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from api.bench.map_engine import HERE, Engine, worker
from api.bench.osm_export import Exported
from dispatch_core.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class OsrmPeer:
    """`python` is the peers' interpreter; `algorithm` MLD or CH."""

    package: ClassVar[str] = "osrm-bindings"

    python: Path
    algorithm: str

    @property
    def name(self) -> str:
        return f"osrm-{self.algorithm.lower()}"

    @property
    def same_weights(self) -> bool:
        return True

    def prepare(self, osm: Path, *, is_exported: bool) -> float:
        """Real maps by OSRM's own rules for cars, the exported one as it is."""
        profile = HERE / "osrm.lua" if is_exported else self._car_profile()
        began = time.perf_counter()
        self._run(osm.parent, "extract", "-p", str(profile), osm.name)
        for step in ("partition", "customize") if self.algorithm == "MLD" else ("contract",):
            self._run(osm.parent, step, _base(osm))
        return (time.perf_counter() - began) * 1e3

    def running(self, osm: Path) -> AbstractContextManager[Engine]:
        return worker(self.name, self.python, "osrm_worker.py", str(osm.parent / _base(osm)), self.algorithm)

    def reweight_ms(self, osm: Path, exported: Exported) -> float:
        """The step that takes on a file of speeds; the engine must then read the result."""
        whole = exported.ends[:, 0] > 0
        graph = exported.graph
        kmh = graph.length_m[whole] * 3600.0 / exported.edge_ms[whole]
        rows = np.stack([graph.tail[whole] + 1, graph.head[whole] + 1, kmh], axis=1)
        np.savetxt(osm.parent / "speeds.csv", rows, fmt=["%d", "%d", "%.3f"], delimiter=",")
        step = "customize" if self.algorithm == "MLD" else "contract"
        began = time.perf_counter()
        self._run(osm.parent, step, _base(osm), "--segment-speed-file", "speeds.csv")
        return (time.perf_counter() - began) * 1e3

    def _car_profile(self) -> Path:
        environment = self.python.parent.parent
        return next(environment.glob("lib/python*/site-packages/osrm/share/profiles/car.lua"))

    def _run(self, folder: Path, *arguments: str) -> None:
        command = [str(self.python), "-m", "osrm", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"osrm {arguments[0]} failed: {(done.stdout + done.stderr)[-300:]}")


def _base(osm: Path) -> str:
    return osm.name.removesuffix(".osm.pbf") + ".osrm"

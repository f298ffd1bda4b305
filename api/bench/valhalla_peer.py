"""Valhalla, which prices streets and turns by rules of its own: compared in speed, not in answers."""

from __future__ import annotations

import subprocess
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from api.bench.map_engine import HERE, Engine, worker
from api.bench.osm_export import Exported
from dispatch_core.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class ValhallaPeer:
    """`python` is the peers' interpreter."""

    package: ClassVar[str] = "pyvalhalla"

    python: Path

    @property
    def name(self) -> str:
        return "valhalla"

    @property
    def same_weights(self) -> bool:
        return False

    def prepare(self, osm: Path, *, is_exported: bool) -> float:  # noqa: ARG002 (its rules fit both)
        """Routing tiles beside the map."""
        began = time.perf_counter()
        script = [str(self.python), str(HERE / "valhalla_worker.py"), "--build", str(osm)]
        done = subprocess.run(script, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"valhalla found no way to build: {(done.stdout + done.stderr)[-300:]}")
        return (time.perf_counter() - began) * 1e3

    def running(self, osm: Path) -> AbstractContextManager[Engine]:
        return worker(self.name, self.python, "valhalla_worker.py", str(osm))

    def reweight_ms(self, osm: Path, exported: Exported) -> None:  # noqa: ARG002
        """Live speeds are a file of another tool; not compared."""
        return

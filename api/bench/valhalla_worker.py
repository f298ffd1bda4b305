"""Runs in the peers' own environment: answers one JSON request a line with Valhalla, timing only the engine.

Stands alone: it imports nothing of this project, which that environment does not have.
`--build MAP.osm.pbf` makes the routing tiles instead.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

# Only there; the project's own environment checks this file too.
valhalla: Any = importlib.import_module("valhalla")


def places(coordinates: list[list[float]]) -> list[dict[str, float]]:
    return [{"lon": lon, "lat": lat} for lon, lat in coordinates]


def table(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Durations in seconds from every source to every target, and the milliseconds of the call."""
    asked = {"sources": places(request["sources"]), "targets": places(request["targets"]), "costing": "auto",
             "verbose": False}  # fmt: skip
    text = json.dumps(asked)
    began = time.perf_counter()
    answer = engine.matrix(text)
    ms = (time.perf_counter() - began) * 1e3
    return {"ms": ms, "durations": json.loads(answer)["sources_to_targets"]["durations"]}


def route(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Each pair once; durations in seconds."""
    times, durations = [], []
    for pair in request["pairs"]:
        text = json.dumps({"locations": places(pair), "costing": "auto"})
        began = time.perf_counter()
        answer = engine.route(text)
        times.append((time.perf_counter() - began) * 1e3)
        durations.append(json.loads(answer)["trip"]["summary"]["time"])
    return {"ms": statistics.median(times), "durations": durations}


def match(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """One trace of lon, lat, seconds to the streets driven."""
    shape = [{"lon": lon, "lat": lat, "time": at_s} for lon, lat, at_s in request["places"]]
    text = json.dumps({"shape": shape, "costing": "auto", "shape_match": "map_snap"})
    began = time.perf_counter()
    try:
        found = len(json.loads(engine.trace_attributes(text)).get("edges", []))
    except RuntimeError:  # it found no way through
        found = 0
    return {"ms": (time.perf_counter() - began) * 1e3, "edges": found}


def configured(osm: Path) -> str:
    """The path of a configuration whose tiles lie beside the map."""
    tiles = osm.parent / "valhalla_tiles"
    tiles.mkdir(exist_ok=True)
    config = valhalla.get_config(tile_extract=str(tiles), tile_dir=str(tiles), verbose=False)
    for unused in ("tile_extract", "traffic_extract"):
        config["mjolnir"].pop(unused, None)
    config["service_limits"]["auto"].update(max_matrix_location_pairs=10_000_000, max_matrix_distance=1e8)
    path = osm.parent / "valhalla.json"
    path.write_text(json.dumps(config))
    return str(path)


def build(osm: Path) -> None:
    program = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run([program, "-c", configured(osm), osm], check=True)


def main() -> None:
    if sys.argv[1] == "--build":
        build(Path(sys.argv[2]))
        return
    engine = valhalla.Actor(configured(Path(sys.argv[1])))
    answers = {"table": table, "route": route, "match": match}
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.write(json.dumps(answers[request["op"]](engine, request)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

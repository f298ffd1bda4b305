"""Runs in the peers' own environment: answers one JSON request a line with OSRM, timing only the engine.

Stands alone: it imports nothing of this project, which that environment does not have.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from typing import Any

# Only there; the project's own environment checks this file too.
osrm: Any = importlib.import_module("osrm")

# As ours is timed: the first call finds memory cold and counts only where calls are long.
WARM, TIMES, SHORT_MS = 1, 16, 100.0


def table(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Durations in seconds from every source to every target, and the milliseconds of the call."""
    sources, targets = request["sources"], request["targets"]
    parameters = osrm.TableParameters(
        coordinates=[tuple(p) for p in sources + targets],
        sources=list(range(len(sources))),
        destinations=list(range(len(sources), len(sources) + len(targets))),
        annotations=["duration"],
        generate_hints=False,
    )
    times: list[float] = []
    while len(times) < WARM or (len(times) < TIMES and sum(times) < SHORT_MS):
        began = time.perf_counter()
        result = engine.Table(parameters)
        times.append((time.perf_counter() - began) * 1e3)
    ms = statistics.median(times[WARM:] or times)
    return {"ms": ms, "durations": [list(row) for row in result["durations"]]}


def route(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Each pair once, whole geometry and steps; durations in seconds."""
    times, durations = [], []
    for pair in request["pairs"]:
        parameters = osrm.RouteParameters(
            coordinates=[tuple(p) for p in pair], steps=True, geometries="geojson", overview="full",
            generate_hints=False, continue_straight=False,
        )  # fmt: skip
        began = time.perf_counter()
        result = engine.Route(parameters)
        times.append((time.perf_counter() - began) * 1e3)
        durations.append(result["routes"][0]["duration"])
    return {"ms": statistics.median(times), "durations": durations}


def nearest(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The two OSM nodes of the street that each place snaps to."""
    nodes = []
    for place in request["places"]:
        found = engine.Nearest(osrm.NearestParameters(coordinates=[tuple(place)]))
        nodes.append(sorted(int(n) for n in found["waypoints"][0]["nodes"]))
    return {"nodes": nodes}


def main() -> None:
    engine = osrm.OSRM(
        algorithm=sys.argv[2], storage_config=sys.argv[1], use_shared_memory=False,
        max_locations_distance_table=10_000, max_locations_viaroute=10,
    )  # fmt: skip
    answers = {"table": table, "route": route, "nearest": nearest}
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.write(json.dumps(answers[request["op"]](engine, request)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""A street network from a plain CSV of segments: `from_node, to_node, classcode, length_m, wkt`, no one-ways.

Speeds by class are first guesses in a city's traffic; calibration scales them by what was observed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE
from simulations.kernel.arrays import Float64s, Int64s

KMH: Mapping[str, float] = {"1": 80.0, "2": 48.0, "3": 44.0, "4": 40.0, "5": 32.0, "6": 60.0}
_OTHER_KMH = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetTable:
    """The largest connected part; seconds float64[a] at the class's speed, both ways."""

    lon: Float64s
    lat: Float64s
    graph: csr_array

    def nearest(self, lon: Float64s, lat: Float64s) -> Int64s:
        """int64: the node next to each position."""
        scale = np.cos(np.radians(self.lat.mean())) * METRES_PER_DEGREE
        tree = cKDTree(np.stack([self.lon * scale, self.lat * METRES_PER_DEGREE], axis=1))
        return np.asarray(tree.query(np.stack([lon * scale, lat * METRES_PER_DEGREE], axis=1))[1], np.int64)

    def seconds(self, sources: Int64s, targets: Int64s) -> Float64s:
        """float64[s, t]"""
        table: Float64s = dijkstra(self.graph, indices=sources)[:, targets]
        return table

    def pairs_s(self, from_lonlat: Float64s, to_lonlat: Float64s) -> Float64s:
        """float64[n]: pair by pair between positions float64[n, 2]; nan where one is unknown."""
        known = np.flatnonzero(np.isfinite(from_lonlat).all(axis=1) & np.isfinite(to_lonlat).all(axis=1))
        start, end = (self.nearest(*xy[known].T) for xy in (from_lonlat, to_lonlat))
        sources, row = np.unique(start, return_inverse=True)
        targets, column = np.unique(end, return_inverse=True)
        found = np.full(len(from_lonlat), np.nan)
        if len(known):
            found[known] = self.seconds(sources, targets)[row, column]
        return found


def read_streets(path: Path) -> StreetTable:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as broken:
        raise InvalidInput("streets", f"{path} cannot be read: {broken.strerror}") from broken
    missing = {"from_node", "to_node", "length_m", "wkt"} - set(rows[0] if rows else {})
    if missing:
        raise InvalidInput("streets", f"{path} has no column {', '.join(sorted(missing))}")
    lines_xy = shapely.from_wkt([row["wkt"] for row in rows])
    first = shapely.get_coordinates(shapely.get_point(lines_xy, 0))
    last = shapely.get_coordinates(shapely.get_point(lines_xy, -1))
    names, ends = np.unique([[row["from_node"], row["to_node"]] for row in rows], return_inverse=True)
    ends = ends.reshape(-1, 2)
    place = np.zeros((len(names), 2))
    place[ends[:, 0]], place[ends[:, 1]] = first, last
    kmh = np.array([KMH.get(row.get("classcode") or "", _OTHER_KMH) for row in rows])
    seconds = np.array([float(row["length_m"]) for row in rows]) / kmh * 3.6
    both = np.concatenate([ends, ends[:, ::-1]])
    order = np.lexsort((np.tile(seconds, 2), both[:, 1], both[:, 0]))
    pairs, at = np.unique(both[order], axis=0, return_index=True)
    graph = csr_array((np.tile(seconds, 2)[order][at], (pairs[:, 0], pairs[:, 1])), shape=(len(names),) * 2)
    _, part = connected_components(graph, directed=False)
    kept = np.flatnonzero(part == np.bincount(part).argmax())
    return StreetTable(lon=place[kept, 0], lat=place[kept, 1], graph=csr_array(graph[kept][:, kept]))

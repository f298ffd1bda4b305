"""The search labels of a fleet, kept while it moves: only who moved is searched again."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.compiled import seconds
from dispatch_core.roads.graph import Float64s, Int32s
from dispatch_core.roads.labels import Rows, empty_rows, write_rows
from dispatch_core.roads.metric import Metric
from dispatch_core.roads.network import Network
from dispatch_core.roads.search import Workspaces
from dispatch_core.roads.spots import Spots
from dispatch_core.roads.tables import joined_ms


class KeptLabels:
    """Times from k moving units, for a few microseconds a move and a fraction of one a time.

    New weights are noticed at the next question, and all labels made anew under them. Safe for threads: one
    at a time moves or asks.
    """

    def __init__(
        self, network: Network, current: Callable[[], Metric], workspaces: Workspaces, count: int
    ) -> None:
        self._network, self._current, self._workspaces = network, current, workspaces
        self._spots = Spots.nowhere(count)
        self._lock = threading.Lock()
        self._metric = current()
        self._rows: Rows = empty_rows(
            np.arange(0, 2 * count, 2, dtype=np.int32), 2 * count, network.hierarchy.height
        )

    def __len__(self) -> int:
        return len(self._spots)

    def move(self, units: Int32s, spots: Spots) -> None:
        """Put these units, by their place in the fleet, where they are now; nowhere is a place too."""
        where = np.asarray(units, np.int32)
        if len(where) != len(spots):
            raise InvalidInput("units, spots", "must be two lists of the same length")
        if len(where) and not (where.min() >= 0 and where.max() < len(self)):
            raise InvalidInput("units", f"must lie between 0 and {len(self) - 1}")
        with self._lock:
            self._spots.edge[where] = spots.edge
            self._spots.fraction[where] = spots.fraction
            self._spots.distance_m[where] = spots.distance_m
            self._write(where, spots)

    def times_s(self, targets: Spots) -> Float64s:
        """float64[k, t] seconds from every unit to every target; inf where there is no road."""
        with self._lock:
            metric = self._current()
            if metric is not self._metric:
                self._metric = metric
                self._write(np.arange(len(self), dtype=np.int32), self._spots)
            work = self._workspaces.here
            return seconds(joined_ms(self._network, metric, work, self._spots, self._rows, targets))

    def _write(self, where: Int32s, spots: Spots) -> None:
        network, metric = self._network, self._metric
        write_rows(
            self._rows, where, network.seeds(spots, metric), network.tree, network.hierarchy.depth,
            metric.up, self._workspaces.here.near,
        )  # fmt: skip

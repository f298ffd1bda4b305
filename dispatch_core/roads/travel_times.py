"""Exact road times: tables, paths, reach, and weights that change while others ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import turns as junctions
from dispatch_core.roads.compiled import INF, seconds
from dispatch_core.roads.expansion import Bools
from dispatch_core.roads.graph import EdgeFlag, Float64s, Int32s, RoadGraph
from dispatch_core.roads.kept_labels import KeptLabels
from dispatch_core.roads.metric import Metric, customise
from dispatch_core.roads.modes import DEFAULT_MODES, Mode, ModeParams, TurnParams
from dispatch_core.roads.network import build_network
from dispatch_core.roads.paths import find_path
from dispatch_core.roads.routes import Path
from dispatch_core.roads.search import Workspaces
from dispatch_core.roads.snapping import UNKNOWN_LEVEL, build_snapping_index, known_heading
from dispatch_core.roads.spots import Spots
from dispatch_core.roads.tables import SWEEPS_AT_MOST, reach_ms, table_ms


class Roads:
    """The road-time engine of one region: immutable but for its metrics, each swapped as a whole.

    Safe for any number of threads: a query answers by the metric it began with.
    """

    def __init__(
        self,
        graph: RoadGraph,
        order: Int32s,
        *,
        turns: TurnParams | None = None,
        modes: Mapping[Mode, ModeParams] = DEFAULT_MODES,
    ) -> None:
        """`order` is `compute_order(graph)`; raises InvalidInput if it belongs to another graph."""
        self.graph = graph
        self._turn_params = turns if turns is not None else TurnParams()
        self._mode_params = dict(modes)
        self._network = build_network(graph, order)
        self._index = build_snapping_index(graph)
        expansion = self._network.expansion
        angle_deg = junctions.turn_angles_deg(graph, expansion)
        self._junction_ms = {
            mode: junctions.junction_ms(graph, expansion, angle_deg, self._turn_params, params)
            for mode, params in self._mode_params.items()
        }
        self._usable = {mode: junctions.may_enter(graph, p) for mode, p in self._mode_params.items()}
        self._every_edge = np.ones(graph.edge_count, np.bool_)
        self._workspaces = Workspaces(self._network.hierarchy.state_count)
        self._metrics: dict[Mode, Metric] = {}
        for mode in self._mode_params:
            self.reweight(mode)

    # -- positions ---------------------------------------------------------------------------------------

    def snap(
        self,
        lon: Float64s | float,
        lat: Float64s | float,
        *,
        heading_deg: Float64s | float | None = None,
        speed_kmh: Float64s | float | None = None,
        level: Int32s | int | None = None,
        max_distance_m: float = 500.0,
        mode: Mode | None = None,
    ) -> Spots:
        """The nearest street of each position, in both directions unless the heading says which.

        `heading_deg` (clockwise from north; NaN: unknown) is ignored below walking speeds and never answers
        the opposite carriageway. `level` −128 is unknown; a known one wins over distance. With `mode`, only
        streets that it may use.
        """
        lons = np.atleast_1d(np.asarray(lon, np.float64))
        lats = np.atleast_1d(np.asarray(lat, np.float64))
        if lons.shape != lats.shape or lons.ndim != 1:
            raise InvalidInput("lon, lat", "must be two lists of the same length")
        k = len(lons)
        heading: Float64s = _each(heading_deg, np.nan, k, np.float64)
        if speed_kmh is not None:
            heading = known_heading(heading, np.asarray(speed_kmh, np.float64))
        return self._index.snap(
            lons,
            lats,
            heading_deg=heading,
            level=_each(level, UNKNOWN_LEVEL, k, np.int32),
            max_distance_m=max_distance_m,
            usable=self._usable[mode] if mode is not None else self._every_edge,
        )

    # -- times -------------------------------------------------------------------------------------------

    def table_s(self, sources: Spots, targets: Spots, *, mode: Mode) -> Float64s:
        """float64[s, t] seconds from every source to every target; inf where there is no road."""
        return seconds(table_ms(self._network, self._metrics[mode], self._workspaces.here, sources, targets))

    def k_nearest(self, sources: Spots, target: Spots, *, mode: Mode, k: int) -> tuple[Int32s, Float64s]:
        """Rows of the k sources soonest at the one target, and their seconds; fewer if fewer have a road."""
        times = self.table_s(sources, target, mode=mode)[:, 0]
        best = np.argsort(times, kind="stable")[:k]
        best = best[np.isfinite(times[best])]
        return best.astype(np.int32), times[best]

    def reach_s(self, spots: Spots, *, mode: Mode, reverse: bool = False) -> Float64s:
        """float64[m]: seconds from the nearest of the spots to the head of every edge.

        With `reverse`, seconds from the tail of every edge to the nearest spot. inf where there is no road.
        """
        return seconds(
            reach_ms(self._network, self._metrics[mode], self._workspaces.here, spots, reverse=reverse)
        )

    def path(self, source: Spots, target: Spots, *, mode: Mode) -> Path | None:
        """The fastest drive between two spots (one row each); None if there is no road."""
        if len(source) != 1 or len(target) != 1:
            raise InvalidInput("source, target", "a path joins one spot with one other")
        return find_path(self._network, self._metrics[mode], self._workspaces.here, source, target)

    def labels(self, spots: Spots, *, mode: Mode) -> KeptLabels:
        """Labels of a fleet standing at these spots, to be kept and moved with it."""
        kept = KeptLabels(self._network, lambda: self._metrics[mode], self._workspaces, len(spots))
        kept.move(np.arange(len(spots), dtype=np.int32), spots)
        return kept

    # -- weights -----------------------------------------------------------------------------------------

    def reweight(
        self,
        mode: Mode,
        *,
        edge_speed_kmh: Float64s | None = None,
        edge_ms: Int32s | None = None,
        closed: Bools | None = None,
        scale: float = 1.0,
    ) -> None:
        """Make these the weights of `mode`; queries under way finish on the old ones.

        `edge_speed_kmh` float64[m]: what ordinary traffic drives, the mode's factors come on top; or
        `edge_ms` int32[m], taken as it is; by default the free-flow speeds. `closed` bool[m]: edges that
        nobody may turn into (whoever stands there may leave). `scale` runs the whole world so much faster.
        """
        if edge_speed_kmh is not None and edge_ms is not None:
            raise InvalidInput("edge_ms", "give speeds or times, not both")
        if scale <= 0:
            raise InvalidInput("scale", "must be positive")
        ms = edge_ms
        if ms is None:
            speed = self.graph.speed_kmh.astype(np.float64) if edge_speed_kmh is None else edge_speed_kmh
            if not np.all(speed > 0):
                raise InvalidInput("edge_speed_kmh", "must be positive; close an edge to shut it")
            ms = junctions.free_flow_ms(self.graph, self._mode_params[mode], speed)
        usable = self._usable[mode]
        self._metrics[mode] = customise(
            self._network.hierarchy,
            from_edge=self._network.from_edge,
            to_edge=self._network.to_edge,
            junction_ms=_scaled(self._junction_ms[mode], scale, least=0),
            edge_ms=_scaled(ms, scale, least=1),
            may_enter=usable if closed is None else usable & ~closed,
            may_start=usable | ((self.graph.flags & int(EdgeFlag.WRONG_WAY)) == 0),
        )

    def turn_ms(self, mode: Mode) -> Int32s:
        """int32[K]: the weights in force, by the turns of `expand(graph)`; INF where forbidden."""
        return self._metrics[mode].turn_ms

    def warm(self) -> None:
        """Load every kernel, so that no first question waits for the compiler."""
        first = Spots.on([0], [0.0])
        some = Spots.joined([first] * (SWEEPS_AT_MOST + 1))
        for mode in self._mode_params:
            self.table_s(some, first, mode=mode)
            self.labels(some, mode=mode).times_s(some)
            self.reach_s(first, mode=mode)
            # To the end of an edge from its middle, and behind: every branch of a path.
            self.path(Spots.on([0], [0.5]), first, mode=mode)
        self.snap(float(self.graph.node_lon[0]), float(self.graph.node_lat[0]), heading_deg=0.0)


def _each(given: Any, unknown: float, k: int, dtype: type[np.generic]) -> Any:
    """One value for each of k positions, from none, one or k, copied no more often than needed."""
    if given is None:
        return np.full(k, unknown, dtype)
    values = np.ascontiguousarray(given, dtype)
    return values if values.shape == (k,) else np.ascontiguousarray(np.broadcast_to(values, (k,)))


def _scaled(ms: Int32s, scale: float, *, least: int) -> Int32s:
    """Milliseconds in a world `scale` times as fast; what is forbidden stays so."""
    if scale == 1.0:
        return np.maximum(ms, least).astype(np.int32)
    scaled = np.maximum(np.rint(ms / scale), least)
    return np.where(ms >= INF, INF, scaled).astype(np.int32)

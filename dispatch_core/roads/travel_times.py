"""Exact road times: tables, paths, reach, and weights that change while others ask."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import turns as junctions
from dispatch_core.roads.behind import Turns, Weights, loop_seeds, mend, pairs_behind
from dispatch_core.roads.compiled import INF, UNREACHABLE_FROM, seconds
from dispatch_core.roads.expansion import Bools, expand
from dispatch_core.roads.graph import Float64s, Int32s, RoadGraph
from dispatch_core.roads.hierarchy import build_hierarchy
from dispatch_core.roads.labels import Rows, join_rows, label_rows
from dispatch_core.roads.metric import Metric, customise
from dispatch_core.roads.modes import DEFAULT_MODES, Mode, ModeParams, TurnParams
from dispatch_core.roads.routes import Path, describe
from dispatch_core.roads.search import (
    Seeds,
    Tree,
    Workspaces,
    forget,
    meet,
    sweep_all,
    sweep_table,
)
from dispatch_core.roads.snapping import build_snapping_index, known_heading
from dispatch_core.roads.spots import Spots, source_seeds, target_seeds
from dispatch_core.roads.unpacking import trace, turns_between, unpack

# A table this thin is swept once for each row or column; a wider one is a join of labels.
SWEEPS_AT_MOST = 3


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
        expansion = expand(graph)
        self._expansion = expansion
        self._from_edge = expansion.state_edge[expansion.arc_from]
        self._to_edge = expansion.state_edge[expansion.arc_to]
        hierarchy = build_hierarchy(expansion, order)
        self._hierarchy = hierarchy
        self._tree = Tree(hierarchy.first, hierarchy.heads, hierarchy.parent, hierarchy.lowest)
        self._down = (hierarchy.down_first, hierarchy.down_tail, hierarchy.down_arc)
        self._turns = Turns(
            np.searchsorted(expansion.arc_from, np.arange(expansion.state_count + 1)),
            hierarchy.rank[expansion.arc_to],
            hierarchy.rank,
            expansion.copy_first,
            expansion.copies,
        )
        self._index = build_snapping_index(graph)
        self._junction_ms = {
            mode: junctions.junction_ms(graph, expansion, self._turn_params, params)
            for mode, params in self._mode_params.items()
        }
        self._usable = {mode: junctions.may_enter(graph, p) for mode, p in self._mode_params.items()}
        self._workspaces = Workspaces(hierarchy.state_count)
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
        heading = np.full(k, np.nan) if heading_deg is None else np.asarray(heading_deg, np.float64)
        heading = np.ascontiguousarray(np.broadcast_to(heading, (k,)))
        if speed_kmh is not None:
            heading = known_heading(heading, np.asarray(speed_kmh, np.float64))
        levels = np.full(k, -128, np.int32) if level is None else np.asarray(level, np.int32)
        return self._index.snap(
            lons,
            lats,
            heading_deg=heading,
            level=np.ascontiguousarray(np.broadcast_to(levels, (k,))),
            max_distance_m=max_distance_m,
            usable=self._usable[mode] if mode is not None else np.ones(self.graph.edge_count, np.bool_),
        )

    # -- times -------------------------------------------------------------------------------------------

    def table_s(self, sources: Spots, targets: Spots, *, mode: Mode) -> Float64s:
        """float64[s, t] seconds from every source to every target; inf where there is no road."""
        metric = self._metrics[mode]
        start, end = self._seeds(sources, metric), self._end_seeds(targets, metric)
        if min(len(sources), len(targets)) <= SWEEPS_AT_MOST:
            table = self._swept(start, end, metric)
        else:
            table = join_rows(self._rows(start, metric.up), self._rows(end, metric.down))
        self._mend(table, sources, targets, metric)
        return seconds(table)

    def k_nearest(self, sources: Spots, target: Spots, *, mode: Mode, k: int) -> tuple[Int32s, Float64s]:
        """Rows of the k sources soonest at the one target, and their seconds; fewer if fewer have a road."""
        times = self.table_s(sources, target, mode=mode)[:, 0]
        best = np.argsort(times, kind="stable")[:k]
        best = best[np.isfinite(times[best])]
        return best.astype(np.int32), times[best]

    def reach_s(self, spots: Spots, *, mode: Mode, reverse: bool = False) -> Float64s:
        """float64[m]: seconds from the nearest of the spots to the head of every edge, driven to its end.

        With `reverse`, seconds from the tail of every edge, driven from its beginning, to the nearest spot.
        inf where there is no road. The spots' own edges count only as part of a whole drive over them.
        """
        metric, h = self._metrics[mode], self._hierarchy
        work = self._workspaces.here
        if reverse:
            seeds, climbing, descending = self._end_seeds(spots, metric), metric.down, metric.up
        else:
            seeds, climbing, descending = self._seeds(spots, metric), metric.up, metric.down
        if len(seeds.rank) == 0:
            return np.full(self.graph.edge_count, np.inf)
        ms = sweep_all(seeds, self._tree, climbing, descending, h.state, work.near)
        return self._edge_times(ms, metric, reverse)

    def _edge_times(self, ms: Int32s, metric: Metric, reverse: bool) -> Float64s:
        m = self.graph.edge_count
        best = ms[:m].copy()
        if not reverse:
            np.minimum.at(best, self._expansion.state_edge[m:], ms[m:])
            best = np.where(best < UNREACHABLE_FROM, best + metric.edge_ms, INF).astype(np.int32)
        else:
            best[~metric.may_enter] = INF
        return seconds(best)

    # -- paths -------------------------------------------------------------------------------------------

    def path(self, source: Spots, target: Spots, *, mode: Mode) -> Path | None:
        """The fastest drive between two spots (one row each); None if there is no road."""
        if len(source) != 1 or len(target) != 1:
            raise InvalidInput("source, target", "a path joins one spot with one other")
        metric = self._metrics[mode]
        legs = [
            self._leg(start, end, metric, looped)
            for start, end, looped in self._combinations(source, target, metric)
        ]
        best = min((leg for leg in legs if leg is not None), key=lambda leg: leg[0], default=None)
        if best is None:
            return None
        return self._described(best[1], best[0], source, target, metric)

    def _combinations(
        self, source: Spots, target: Spots, metric: Metric
    ) -> list[tuple[Seeds, Seeds, int | None]]:
        """Seeds to search from and to, and the edge to loop over first, if any."""
        if not len(pairs_behind(source.edge, source.fraction, target.edge, target.fraction, metric.edge_ms)):
            return [(self._seeds(source, metric), self._end_seeds(target, metric), None)]
        result: list[tuple[Seeds, Seeds, int | None]] = []
        for a, p in zip(source.edge[0], source.fraction[0], strict=True):
            for b, q in zip(target.edge[0], target.fraction[0], strict=True):
                if a < 0 or b < 0 or not metric.may_start[a]:
                    continue
                end = self._end_seeds(Spots.on([b], [q]), metric)
                if a == b and np.rint(q * metric.edge_ms[a]) < np.rint(p * metric.edge_ms[a]):
                    result.append((loop_seeds(a, p, self._turns, self._weights(metric)), end, int(a)))
                else:
                    result.append((self._seeds(Spots.on([a], [p]), metric), end, None))
        return result

    def _leg(self, start: Seeds, end: Seeds, metric: Metric, looped: int | None) -> tuple[int, Int32s] | None:
        """(milliseconds, states) of the best drive between seeds."""
        work, tree = self._workspaces.here, self._tree
        ms, top = meet(start, 0, end, 0, tree, metric.up, metric.down, work.near, work.far)
        states = None
        if top >= 0:
            rise = trace(start, 0, top, self._down, metric.up, work.near)
            fall = trace(end, 0, top, self._down, metric.down, work.far)
            ranks = unpack(
                np.concatenate([rise[::-1], fall[1:]]), tree, self._down,
                metric.up, metric.down, metric.own_up, metric.own_down,
            )  # fmt: skip
            states = self._hierarchy.state[ranks]
        forget(start, 0, tree, work.near)
        forget(end, 0, tree, work.far)
        if states is None:
            return None
        return ms, states if looped is None else np.concatenate([np.array([looped], np.int32), states])

    def _described(self, states: Int32s, ms: int, source: Spots, target: Spots, metric: Metric) -> Path:
        edges = self._expansion.state_edge[states]
        p = float(source.fraction[0, int(np.flatnonzero(source.edge[0] == edges[0])[0])])
        q = float(target.fraction[0, int(np.flatnonzero(target.edge[0] == edges[-1])[0])])
        entry_ms = np.zeros(len(edges), np.int64)
        np.cumsum(
            turns_between(states, self._turns.out_first, self._expansion.arc_to, metric.turn_ms),
            out=entry_ms[1:],
        )
        entry_ms[1:] -= np.rint(p * metric.edge_ms[edges[0]]).astype(np.int64)
        drive_s = metric.edge_ms[edges].astype(np.float64) * 1e-3
        return describe(self.graph, edges, p, q, entry_ms.astype(np.float64) * 1e-3, drive_s, ms * 1e-3)

    def _seeds(self, spots: Spots, metric: Metric) -> Seeds:
        return source_seeds(
            spots.edge, spots.fraction, metric.edge_ms, metric.may_start, self._hierarchy.rank
        )

    def _end_seeds(self, spots: Spots, metric: Metric) -> Seeds:
        x = self._expansion
        return target_seeds(
            spots.edge, spots.fraction, metric.edge_ms, x.copy_first, x.copies, self._hierarchy.rank
        )

    def _swept(self, start: Seeds, end: Seeds, metric: Metric) -> Int32s:
        work = self._workspaces.here
        if len(end.base) <= len(start.base):
            return sweep_table(
                start,
                end,
                self._tree,
                metric.up,
                metric.down,
                work.near,
                work.stamp,
                work.next_stamp(),
                work.chosen,
            )
        return sweep_table(
            end,
            start,
            self._tree,
            metric.down,
            metric.up,
            work.near,
            work.stamp,
            work.next_stamp(),
            work.chosen,
        ).T

    def _weights(self, metric: Metric) -> Weights:
        return Weights(metric.edge_ms, metric.may_start, metric.turn_ms, metric.up, metric.down)

    def _mend(self, table: Int32s, sources: Spots, targets: Spots, metric: Metric) -> None:
        pairs = pairs_behind(sources.edge, sources.fraction, targets.edge, targets.fraction, metric.edge_ms)
        if len(pairs):
            work = self._workspaces.here
            mend(
                table, pairs, sources.edge, sources.fraction, targets.edge, targets.fraction, self._turns,
                self._weights(metric), self._tree, work.near, work.far,
            )  # fmt: skip

    # -- labels ------------------------------------------------------------------------------------------

    def _rows(self, seeds: Seeds, length: Int32s) -> Rows:
        h = self._hierarchy
        return label_rows(seeds, self._tree, h.depth, h.height, length, self._workspaces.here.near)

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
            self._hierarchy,
            from_edge=self._from_edge,
            to_edge=self._to_edge,
            junction_ms=_scaled(self._junction_ms[mode], scale, least=0),
            edge_ms=_scaled(ms, scale, least=1),
            may_enter=usable if closed is None else usable & ~closed,
            may_start=usable | ((self.graph.flags & 32) == 0),
        )


def _scaled(ms: Int32s, scale: float, *, least: int) -> Int32s:
    """Milliseconds in a world `scale` times as fast; what is forbidden stays so."""
    if scale == 1.0:
        return np.maximum(ms, least).astype(np.int32)
    scaled = np.maximum(np.rint(ms / scale), least)
    return np.where(ms >= INF, INF, scaled).astype(np.int32)

"""From a trace of fixes to the roads driven: a hidden Markov model after Newson and Krumm (2009).

Hidden states are the directed edges near a fix; a fix lies about them by its error (Gaussian), and the way
between two fixes is about as long as the straight line (exponential). Distances obey turns.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.graph import Float64s, Int32s, Int64s, RoadGraph
from dispatch_core.roads.matching_candidates import Model, places
from dispatch_core.roads.matching_kernels import BETWEEN, MATCHED, OFF_ROAD, OUTLIER, viterbi
from dispatch_core.roads.matching_search import Scratch, Streets
from dispatch_core.roads.matching_ways import clustered, connect, spread, to_metres
from dispatch_core.roads.metric import Bools
from dispatch_core.roads.snapping import build_snapping_index, known_heading

_STANDING_M_S = 10.0  # on top of the pace: a trace of one that stands may yet move off


class FixRole(IntEnum):
    """What became of a fix."""

    MATCHED = MATCHED  # a state of the model
    BETWEEN = BETWEEN  # too near the one before to tell anything new; put onto the road that was found
    OFF_ROAD = OFF_ROAD  # no road within the radius
    OUTLIER = OUTLIER  # no way leads to it in the time


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchParams:
    """`sigma_m` None: estimated from the trace (median gap to the nearest road x 1.4826), 4 to 25 m.

    `radius_sigmas` sigma, within `radius_m`, bound the search for candidates, `candidate_limit` their
    number. The likelihood of a detour falls to 1/e over `detour_m` plus `detour_share` of the straight
    distance. A U-turn or forbidden turn counts as so many metres more. Nobody drives faster than
    `fastest_m_s`, nor than `pace_at_most` times what the trace does between its fixes, and some. A fix is
    left out where that makes the drive likelier by more than `outlier_cost` (a natural logarithm), and
    `outlier_cost_per_s` for what it may have done in between.
    """

    sigma_m: float | None = None
    heading_sigma_deg: float = 30.0
    radius_sigmas: float = 6.0
    radius_m: tuple[float, float] = (60.0, 150.0)
    candidate_limit: int = 16
    detour_m: float = 5.0
    detour_share: float = 0.005
    u_turn_m: float = 100.0
    forbidden_turn_m: float = 80.0
    fastest_m_s: float = 60.0
    pace_at_most: float = 3.0
    outlier_cost: float = 20.0
    outlier_cost_per_s: float = 0.5
    spacing_sigmas: float = 4.0
    patience: int = 3
    beam: float = 40.0

    def __post_init__(self) -> None:
        if self.sigma_m is not None and self.sigma_m <= 0:
            raise InvalidInput("sigma_m", "must be positive")
        if not 2 <= self.candidate_limit <= 64:
            raise InvalidInput("candidate_limit", "lies between 2 and 64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """n fixes in time order: degrees, seconds of any origin; heading and speed NaN where unknown."""

    lon: Float64s
    lat: Float64s
    at_s: Float64s
    heading_deg: Float64s | None = None
    speed_kmh: Float64s | None = None

    def __post_init__(self) -> None:
        if not len(self.lon) == len(self.lat) == len(self.at_s):
            raise InvalidInput("trace", "lon, lat and at_s must have one length")
        if len(self.at_s) and not (np.diff(self.at_s) >= 0).all():
            raise InvalidInput("at_s", "must not fall")
        if not (np.isfinite(self.lon).all() and np.isfinite(self.lat).all()):
            raise InvalidInput("lon, lat", "must be finite")

    def __len__(self) -> int:
        return len(self.lon)

    def heading(self) -> Float64s:
        """Degrees where the unit was fast enough for its course to mean something, else NaN."""
        unknown = np.full(len(self), np.nan)
        heading = unknown if self.heading_deg is None else np.asarray(self.heading_deg, np.float64)
        return heading if self.speed_kmh is None else known_heading(heading, self.speed_kmh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where each fix was, and the edges driven.

    role         uint8[n]    FixRole
    edge         int32[n]    −1 where off the road
    fraction     float64[n]  along that edge
    confidence   float64[n]  share of the likelihood that this edge holds against the other candidates
    path         int32[k]    edges in the order driven; two pieces follow one another without a way between
    piece_first  int64[p+1]  CSR: piece i is `path[piece_first[i]:piece_first[i+1]]`
    entered      int64[n+1]  CSR: edges entered after the fix before and up to fix t
    sigma_m      float       the receiver's error as estimated or given
    """

    role: NDArray[np.uint8]
    edge: Int32s
    fraction: Float64s
    confidence: Float64s
    path: Int32s
    piece_first: Int64s
    entered: Int64s
    sigma_m: float


class Matcher:
    """Matches traces on one region; immutable, safe for any number of threads."""

    def __init__(
        self, graph: RoadGraph, *, params: MatchParams | None = None, usable: Bools | None = None
    ) -> None:
        """`usable` bool[m]: edges that a trace may be on at all."""
        self.graph = graph
        self.params = params if params is not None else MatchParams()
        self._index = build_snapping_index(graph)
        self._streets = _streets(graph, self.params)
        self._usable = np.ones(graph.edge_count, np.bool_) if usable is None else usable
        self._places = places(graph, self._index.segments, self._index.frame, self._usable)
        self._scratches = _Scratches(graph.edge_count, len(self._streets.turn_to))

    def match(self, trace: Trace) -> Match:
        """The likeliest drive behind the whole trace; an empty trace has an empty match."""
        x, y = to_metres(trace.lon, trace.lat, self._index.frame)
        sigma = self.params.sigma_m or self._noise_m(x, y)
        kept, mean_x, mean_y = clustered(
            x, y, max(self.params.spacing_sigmas * sigma, _jitter_spacing_m(x, y))
        )
        at_s = np.asarray(trace.at_s, np.float64)[kept]
        model = self._model(sigma, _pace_m_s(mean_x, mean_y, at_s))
        heading = trace.heading()
        scratch = self._scratches.own
        edge, fraction, confidence, before, role = viterbi(
            mean_x, mean_y, at_s, heading[kept], self.params.candidate_limit, self.params.patience, model,
            self._places, self._streets, scratch,
        )  # fmt: skip
        straight = np.hypot(mean_x - mean_x[before], mean_y - mean_y[before])
        path, entered = connect(
            edge, fraction, before, 2.0 * straight + 500.0 + 8.0 * sigma, 2.0 * sigma, self._streets, scratch
        )
        matched = Match(
            role=role, edge=edge, fraction=fraction, confidence=confidence, path=path,
            piece_first=_pieces(edge, before, entered), entered=entered, sigma_m=sigma,
        )  # fmt: skip
        matched = _without_overhang(matched, self.graph.length_m, sigma)
        return self._spread(matched, kept, x, y, heading, model)

    def _model(self, sigma_m: float, pace_m_s: float) -> Model:
        """The parameters for a receiver of this error and a trace of this pace."""
        p = self.params
        radius = min(max(p.radius_sigmas * sigma_m, p.radius_m[0]), p.radius_m[1])
        fastest = min(p.fastest_m_s, p.pace_at_most * pace_m_s + _STANDING_M_S)
        return Model(
            sigma_m, p.heading_sigma_deg, p.detour_m, p.detour_share, radius, fastest, p.u_turn_m,
            p.outlier_cost, p.outlier_cost_per_s, p.beam,
        )  # fmt: skip

    def _noise_m(self, x: Float64s, y: Float64s) -> float:
        """Median absolute deviation from the nearest road, robust to what is off the road."""
        lon = x / self._index.frame.metres_per_lon + self._index.frame.lon
        lat = y / (np.pi * 6_371_008.8 / 180.0) + self._index.frame.lat
        some = np.linspace(0, len(x) - 1, min(len(x), 2000)).astype(np.int64)
        spots = self._index.snap(
            lon[some], lat[some], heading_deg=np.full(len(some), np.nan),
            level=np.full(len(some), -128, np.int32), max_distance_m=self.params.radius_m[1],
            usable=self._usable,
        )  # fmt: skip
        gap = spots.distance_m.min(axis=1)
        gap = gap[np.isfinite(gap)]
        return float(np.clip(1.4826 * np.median(gap), 4.0, 25.0)) if len(gap) else 10.0

    def _spread(
        self, kept_match: Match, kept: Int64s, x: Float64s, y: Float64s, heading: Float64s, model: Model
    ) -> Match:
        """The match of every fix: those between two kept ones lie on the roads found there."""
        role, edge, fraction, confidence, entered = spread(
            kept_match.role, kept_match.edge, kept_match.fraction, kept_match.confidence, kept_match.path,
            kept_match.entered, kept, x, y, heading, model, self._places,
        )  # fmt: skip
        return replace(
            kept_match, role=role, edge=edge, fraction=fraction, confidence=confidence, entered=entered
        )


class _Scratches(threading.local):
    def __init__(self, edges: int, turns: int) -> None:
        self.own = Scratch(
            distance=np.full(edges, np.inf),
            through=np.full(edges, -1, np.int32),
            touched=np.zeros(edges + 1, np.int32),
            wanted=np.zeros(edges, np.uint8),
            heap_key=np.zeros(turns + edges + 1),
            heap_edge=np.zeros(turns + edges + 1, np.int32),
        )


def _streets(graph: RoadGraph, params: MatchParams) -> Streets:
    out = np.argsort(graph.tail, kind="stable")
    first = np.searchsorted(graph.tail[out], np.arange(graph.node_count + 1))
    degree = (first[1:] - first[:-1])[graph.head]
    turn_first = np.concatenate([[0], np.cumsum(degree)]).astype(np.int64)
    origin = np.repeat(np.arange(graph.edge_count), degree)
    within = np.arange(len(origin)) - turn_first[origin]
    turn_to = out[first[graph.head][origin] + within].astype(np.int32)
    cost = np.where(graph.reverse[origin] == turn_to, params.u_turn_m, 0.0)
    cost[np.isin(origin * graph.edge_count + turn_to, _forbidden(graph))] += params.forbidden_turn_m
    return Streets(
        length_m=graph.length_m,
        turn_first=turn_first,
        turn_to=turn_to,
        turn_cost_m=cost,
        reverse=graph.reverse,
    )


def _forbidden(graph: RoadGraph) -> Int64s:
    """Keys from·m + to of the turns that are forbidden whatever was driven before."""
    first, edges = graph.restrictions.first, graph.restrictions.edges.astype(np.int64)
    pairs = np.flatnonzero(np.diff(first) == 2)
    keys: Int64s = edges[first[pairs]] * graph.edge_count + edges[first[pairs] + 1]
    return keys


def _pace_m_s(x: Float64s, y: Float64s, at_s: Float64s) -> float:
    """What the trace does between its fixes at its fastest, a twentieth of them aside."""
    took_s = np.diff(at_s)
    timed = took_s > 0
    if not timed.any():
        return float("inf")
    return float(np.quantile(np.hypot(np.diff(x), np.diff(y))[timed] / took_s[timed], 0.95))


def _jitter_spacing_m(x: Float64s, y: Float64s) -> float:
    """Metres to average over so that white noise of the receiver no longer hides which way it moves.

    Second differences of neighbouring fixes know the noise (their variance is six times its), as long as
    the fixes are dense enough for the vehicle to hardly accelerate between them.
    """
    if len(x) < 8:
        return 0.0
    bend = np.concatenate([np.diff(x, 2), np.diff(y, 2)])
    noise = 1.4826 * float(np.median(np.abs(bend))) / 6.0**0.5
    step = float(np.median(np.hypot(x[5:] - x[:-5], y[5:] - y[:-5]))) / 5.0
    return 0.0 if step > 2.0 * noise else 3.0 * noise


def _pieces(edge: Int32s, before: Int32s, entered: Int64s) -> Int64s:
    begins = entered[:-1][(edge >= 0) & (before < 0)]
    return np.concatenate([begins, entered[-1:]]).astype(np.int64)


def _without_overhang(match: Match, length_m: Float64s, sigma_m: float) -> Match:
    """Drops a first or last edge of a piece that was touched for less than the receiver's error."""
    keep = np.ones(len(match.path), np.bool_)
    for low, high in zip(match.piece_first[:-1].tolist(), match.piece_first[1:].tolist(), strict=True):
        rows = np.flatnonzero((match.edge >= 0) & (match.entered[1:] > low) & (match.entered[1:] <= high))
        if high - low < 2 or len(rows) < 2:
            continue
        begin, end = int(rows[0]), int(rows[-1])
        if (1.0 - match.fraction[begin]) * length_m[match.edge[begin]] < sigma_m:
            keep[low] = False
        left = high - low - (not keep[low])
        if left > 1 and match.fraction[end] * length_m[match.edge[end]] < sigma_m:
            keep[high - 1] = False
    kept_before = np.concatenate([[0], np.cumsum(keep)]).astype(np.int64)
    return replace(
        match,
        path=match.path[keep],
        piece_first=kept_before[match.piece_first],
        entered=kept_before[match.entered],
    )

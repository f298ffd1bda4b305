"""The speed of every edge now: what the fleet drives, what a feed says, what is closed.

A value that is replaced, never changed: the whole network is re-weighted from one consistent state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.closures import Closure, closed_edges
from dispatch_core.roads.graph import Float32s, Int32s, RoadGraph

_NOBODY = -1
_HALF_AN_OBSERVATION = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficParams:
    """`half_life_s` of an observation; `prior_weight` observations that the usual speed counts for.

    An observation is an outlier when its pace differs from the estimate by more than a factor
    `outlier_ratio`, or its speed exceeds `fastest_ratio` times the usual one. One outlier may be a crew at
    a kerb; a second unit that agrees within a factor `agreement_ratio` makes it a jam, and both count.
    """

    half_life_s: float = 600.0
    prior_weight: float = 2.0
    outlier_ratio: float = 3.0
    fastest_ratio: float = 2.0
    agreement_ratio: float = 1.6

    def __post_init__(self) -> None:
        if self.half_life_s <= 0 or self.prior_weight <= 0:
            raise InvalidInput("half_life_s, prior_weight", "must be positive")
        if min(self.outlier_ratio, self.fastest_ratio, self.agreement_ratio) <= 1:
            raise InvalidInput("outlier, fastest and agreement ratios", "must be above 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficState:
    """Evidence per edge at `as_of`; all arrays [m].

    `pace_s_per_m` mean pace observed, `weight` how many fresh observations stand behind it (decayed),
    `doubted_pace` and `doubted_by` the last outlier and the unit that drove it, `fed_kmh` a feed's speed
    (NaN: none) until `fed_until_s` (seconds of the Unix epoch).
    """

    as_of: datetime
    pace_s_per_m: NDArray[np.float64]
    weight: NDArray[np.float64]
    doubted_pace: NDArray[np.float64]
    doubted_by: NDArray[np.int64]
    fed_kmh: Float32s
    fed_until_s: NDArray[np.float64]
    closures: tuple[Closure, ...] = ()

    @classmethod
    def quiet(cls, graph: RoadGraph, *, as_of: datetime) -> TrafficState:
        """Nothing observed, nothing fed, nothing closed."""
        m = graph.edge_count
        return cls(
            as_of=as_of,
            pace_s_per_m=np.zeros(m),
            weight=np.zeros(m),
            doubted_pace=np.zeros(m),
            doubted_by=np.full(m, _NOBODY, np.int64),
            fed_kmh=np.full(m, np.nan, np.float32),
            fed_until_s=np.zeros(m),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """k drives over one edge each: the edge, the mean speed on it, and who drove (a small integer)."""

    edge: Int32s
    speed_kmh: Float32s
    unit: NDArray[np.int64]


def observed(
    state: TrafficState, passages: Passages, usual_kmh: Float32s, *, at: datetime, params: TrafficParams
) -> TrafficState:
    """The state after the fleet drove `passages` (not earlier); `usual_kmh` is float32[m]."""
    elapsed_s = (at - state.as_of).total_seconds()
    if elapsed_s < 0:
        raise InvalidInput("at", "lies before the state it should follow")
    weight = state.weight * 0.5 ** (elapsed_s / params.half_life_s)
    pace = state.pace_s_per_m.copy()
    doubted_pace, doubted_by = state.doubted_pace.copy(), state.doubted_by.copy()
    usable = np.isfinite(passages.speed_kmh) & (passages.speed_kmh > 0.5)
    for edge, speed, unit in zip(
        passages.edge[usable].tolist(), passages.speed_kmh[usable].tolist(), passages.unit[usable].tolist(),
        strict=True,
    ):  # fmt: skip
        usual_pace = 3.6 / float(usual_kmh[edge])
        driven = 3.6 / speed
        if driven * params.fastest_ratio < usual_pace:
            continue
        believed = (params.prior_weight * usual_pace + weight[edge] * pace[edge]) / (
            params.prior_weight + weight[edge]
        )
        accepted = [driven]
        if _ratio(driven, believed) > params.outlier_ratio:
            agrees = doubted_by[edge] not in (_NOBODY, unit) and (
                _ratio(driven, doubted_pace[edge]) <= params.agreement_ratio
            )
            if not agrees:
                doubted_pace[edge], doubted_by[edge] = driven, unit
                continue
            accepted.append(float(doubted_pace[edge]))
            weight[edge] = 0.0  # the road has changed: what was seen before tells nothing
            doubted_by[edge] = _NOBODY
        for one in accepted:
            pace[edge] = (pace[edge] * weight[edge] + one) / (weight[edge] + 1.0)
            weight[edge] += 1.0
    return replace(
        state, as_of=at, pace_s_per_m=pace, weight=weight, doubted_pace=doubted_pace, doubted_by=doubted_by
    )


def _ratio(a: float, b: float) -> float:
    return max(a, b) / max(min(a, b), 1e-9)


def fed(state: TrafficState, edges: Int32s, speed_kmh: Float32s, *, until: datetime) -> TrafficState:
    """The state with a feed's speeds (km/h) on `edges` until a time; the latest feed counts."""
    if len(edges) != len(speed_kmh):
        raise InvalidInput("speed_kmh", f"{len(speed_kmh)} speeds for {len(edges)} edges")
    if len(edges) and (edges.min() < 0 or edges.max() >= len(state.weight)):
        raise InvalidInput("edges", f"the region has edges 0 to {len(state.weight) - 1}")
    if not (np.isfinite(speed_kmh).all() and (speed_kmh > 0).all() and (speed_kmh <= 200).all()):
        raise InvalidInput(
            "speed_kmh", "must lie above 0 and not above 200; close a road instead of feeding 0"
        )
    fed_kmh, fed_until_s = state.fed_kmh.copy(), state.fed_until_s.copy()
    fed_kmh[edges] = speed_kmh
    fed_until_s[edges] = until.timestamp()
    return replace(state, fed_kmh=fed_kmh, fed_until_s=fed_until_s)


def closed(state: TrafficState, closure: Closure) -> TrafficState:
    """The state with one more closure; one with the same id is replaced."""
    return replace(state, closures=(*(c for c in state.closures if c.id != closure.id), closure))


def lifted(state: TrafficState, closure_id: str) -> TrafficState:
    """The state without that closure; InvalidInput if there is none."""
    kept = tuple(c for c in state.closures if c.id != closure_id)
    if len(kept) == len(state.closures):
        raise InvalidInput("closure", f"there is no closure {closure_id}")
    return replace(state, closures=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSpeeds:
    """What the network is re-weighted with: speed float32[m] km/h, closed bool[m]."""

    speed_kmh: Float32s
    closed: NDArray[np.bool_]


def known_now(state: TrafficState, *, at: datetime, params: TrafficParams) -> NDArray[np.bool_]:
    """bool[m]: edges of which more than the usual speed is known: a fresh feed, or half an observation."""
    age_s = max((at - state.as_of).total_seconds(), 0.0)
    driven = state.weight * 0.5 ** (age_s / params.half_life_s) >= _HALF_AN_OBSERVATION
    known: NDArray[np.bool_] = driven | (np.isfinite(state.fed_kmh) & (state.fed_until_s > at.timestamp()))
    return known


def speeds_now(
    state: TrafficState, usual_kmh: Float32s, *, at: datetime, siren: bool, params: TrafficParams
) -> EdgeSpeeds:
    """Feed where it is fresh, else the fleet's evidence weighed against the usual speed, and the closures."""
    age_s = max((at - state.as_of).total_seconds(), 0.0)
    weight = state.weight * 0.5 ** (age_s / params.half_life_s)
    usual_pace = 3.6 / usual_kmh.astype(np.float64)
    pace = (params.prior_weight * usual_pace + weight * state.pace_s_per_m) / (params.prior_weight + weight)
    speed = (3.6 / pace).astype(np.float32)
    fresh = np.isfinite(state.fed_kmh) & (state.fed_until_s > at.timestamp())
    speed[fresh] = state.fed_kmh[fresh]
    return EdgeSpeeds(
        speed_kmh=speed,
        closed=closed_edges(state.closures, edge_count=len(speed), at=at, siren=siren),
    )

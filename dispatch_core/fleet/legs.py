"""What a unit's fixes say of the leg it drives: there, gone, standing, astray, silent. Each is told once.

Every sign has its opposite and two thresholds apart from one another, so that none flaps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE, LonLat, distance_m
from dispatch_core.roads.graph import Float64s


class Sign(StrEnum):
    """Named for what a desk would say."""

    ARRIVED = "arrived"
    DEPARTED = "departed"
    STOPPED = "stopped"
    MOVES_AGAIN = "moves_again"
    DEVIATED = "deviated"
    ON_ROUTE_AGAIN = "on_route_again"
    SILENT = "silent"
    HEARD_AGAIN = "heard_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegParams:
    """Who enters `enter_m` and stays within `leave_m` for `dwell_s` has arrived; beyond `leave_m` it departs.

    A stop is `stop_s` within `stop_m` of one place that is not the goal's surroundings.
    """

    enter_m: float = 150.0
    leave_m: float = 250.0
    dwell_s: float = 20.0
    stop_m: float = 50.0
    stop_s: float = 120.0
    off_route_m: float = 500.0
    on_route_m: float = 300.0
    silent_s: float = 60.0

    def __post_init__(self) -> None:
        if not self.enter_m <= self.leave_m:
            raise InvalidInput("leave_m", "must not be less than enter_m")
        if not self.on_route_m <= self.off_route_m:
            raise InvalidInput("off_route_m", "must not be less than on_route_m")

    def at_speed(self, factor: float) -> LegParams:
        """In a drill the physical world runs `factor` times faster; radios and clocks do not."""
        return replace(self, dwell_s=self.dwell_s / factor, stop_s=self.stop_s / factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One believed fix, as far as legs are concerned."""

    place: LonLat
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Where a unit is to go, and the way there that was drawn (float64[p, 2], lon lat), if there is one."""

    goal: LonLat | None = None
    route: Float64s | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegState:
    """All that must be remembered between two fixes; plain enough to be stored as JSON."""

    heard_at: datetime | None = None
    near_since: datetime | None = None
    arrived: bool = False
    stands_at: LonLat | None = None
    stands_since: datetime | None = None
    stopped: bool = False
    astray: bool = False
    silent: bool = False


Told = tuple[LegState, tuple[Sign, ...]]


def after_fix(state: LegState, seen: Seen, leg: Leg, params: LegParams) -> Told:
    """The state after a fix and what it means; a fix not later than the last means nothing."""
    if state.heard_at is not None and seen.at <= state.heard_at:
        return state, ()
    signs: list[Sign] = [Sign.HEARD_AGAIN] if state.silent else []
    state = replace(state, heard_at=seen.at, silent=False)
    for look in (_arrival, _stop, _deviation):
        state, sign = look(state, seen, leg, params)
        signs += [] if sign is None else [sign]
    return state, tuple(signs)


def after_silence(state: LegState, now: datetime, params: LegParams) -> Told:
    """The state when nothing came until now."""
    if state.heard_at is None or state.silent:
        return state, ()
    if (now - state.heard_at).total_seconds() <= params.silent_s:
        return state, ()
    return replace(state, silent=True), (Sign.SILENT,)


def _arrival(state: LegState, seen: Seen, leg: Leg, params: LegParams) -> tuple[LegState, Sign | None]:
    if leg.goal is None:
        return state, None
    away_m = distance_m(seen.place, leg.goal)
    if away_m > params.leave_m:
        gone = Sign.DEPARTED if state.arrived else None
        return replace(state, near_since=None, arrived=False), gone
    since = state.near_since
    if since is None and away_m <= params.enter_m:
        since = seen.at
    if since is None or state.arrived or (seen.at - since).total_seconds() < params.dwell_s:
        return replace(state, near_since=since), None
    return replace(state, near_since=since, arrived=True), Sign.ARRIVED


def _stop(state: LegState, seen: Seen, _: Leg, params: LegParams) -> tuple[LegState, Sign | None]:
    stands_at, since = state.stands_at, state.stands_since
    if stands_at is None or since is None or distance_m(seen.place, stands_at) > params.stop_m:
        moved = Sign.MOVES_AGAIN if state.stopped else None
        return replace(state, stands_at=seen.place, stands_since=seen.at, stopped=False), moved
    stood_s = (seen.at - since).total_seconds()
    if state.stopped or state.near_since is not None or stood_s < params.stop_s:
        return state, None
    return replace(state, stopped=True), Sign.STOPPED


def _deviation(state: LegState, seen: Seen, leg: Leg, params: LegParams) -> tuple[LegState, Sign | None]:
    if leg.route is None or len(leg.route) < 2:
        return state, None
    off_m = off_route_m(seen.place, leg.route)
    if not state.astray and off_m > params.off_route_m:
        return replace(state, astray=True), Sign.DEVIATED
    if state.astray and off_m < params.on_route_m:
        return replace(state, astray=False), Sign.ON_ROUTE_AGAIN
    return state, None


def off_route_m(place: LonLat, route: Float64s) -> float:
    """Metres from a place to the nearest point of a line (float64[p, 2], p >= 2), on a plane around it."""
    flat = (route - (place.lon, place.lat)) * METRES_PER_DEGREE
    flat = flat * (math.cos(math.radians(place.lat)), 1.0)
    start, step = flat[:-1], np.diff(flat, axis=0)
    square = np.maximum((step**2).sum(axis=1), 1e-12)
    along = np.clip(-(start * step).sum(axis=1) / square, 0.0, 1.0)[:, None]
    return float(np.sqrt(((start + along * step) ** 2).sum(axis=1)).min())

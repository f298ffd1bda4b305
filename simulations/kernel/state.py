"""Where units are and what they do: the changing part, and the few steps that change it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dispatch_core.roads.compiled import compiled, compiled_leaf
from simulations.kernel.arrays import (
    NOBODY,
    ROAD,
    SIREN,
    Bools,
    City,
    Float64s,
    Int64s,
    Jobs,
    Rules,
    Units,
)

FREE, ROLLING, ENGAGED, OFF = 0, 1, 2, 3  # ROLLING: to a scene
TOLERANCE = 1e-6  # of a leg: a place on a shortest way


class State(NamedTuple):
    """Units: a leg leads from place to place, begins at `leg_at` (after turnout) and takes `leg_time`.

    A free unit at rest has a leg of no length. `end_at` is when the mission ends, inf while unknown.
    """

    phase: Int64s
    job: Int64s
    off_duty: Bools
    leg_from: Int64s
    leg_to: Int64s
    leg_at: Float64s
    leg_time: Float64s
    leg_mode: Int64s
    home: Int64s
    end_at: Float64s
    worked: Float64s
    driven: Float64s
    job_unit: Int64s
    sent: Float64s
    arrived: Float64s
    scene_end: Float64s
    freed: Float64s
    moved: Int64s
    follower: Int64s
    waiting: Int64s
    waits: Int64s  # [0]: how many of them


@compiled
def beginning(jobs: Jobs, units: Units) -> State:
    n, u = len(jobs.at), len(units.base)
    follower = np.full(n, NOBODY, np.int64)
    for j in range(n):
        if jobs.after[j] >= 0:
            follower[jobs.after[j]] = j
    return State(
        np.zeros(u, np.int64), np.full(u, NOBODY, np.int64), np.zeros(u, np.bool_), units.base.copy(),
        units.base.copy(), np.zeros(u), np.zeros(u), np.full(u, ROAD, np.int64), units.base.copy(),
        np.full(u, np.inf), np.zeros(u), np.zeros(u), np.full(n, NOBODY, np.int64), np.full(n, np.nan),
        np.full(n, np.inf), np.full(n, np.inf), np.full(n, np.nan), np.zeros(n, np.int64), follower,
        np.zeros(n, np.int64), np.zeros(1, np.int64),
    )  # fmt: skip


@compiled_leaf
def band_at(city: City, now: float) -> int:
    band: int = city.band[int(now // city.hour) % 168]
    return band


@compiled_leaf
def next_place(city: City, state: State, u: int, now: float, straight: bool) -> tuple[int, float]:
    """(place, time until there) of a unit on a leg: from there its further way is counted."""
    elapsed = now - state.leg_at[u]
    start, end, total = state.leg_from[u], state.leg_to[u], state.leg_time[u]
    if elapsed <= 0.0:
        return start, -elapsed
    if elapsed >= total or start == end:
        return end, 0.0
    if straight:
        share = elapsed / total
        x = (1.0 - share) * city.place_x[start] + share * city.place_x[end]
        y = (1.0 - share) * city.place_y[start] + share * city.place_y[end]
        best, least = 0, np.inf
        for p in range(len(city.place_x)):
            apart = (city.place_x[p] - x) ** 2 + (city.place_y[p] - y) ** 2
            if apart < least:
                best, least = p, apart
        return best, 0.0
    time = city.time[band_at(city, state.leg_at[u]), state.leg_mode[u]]
    whole = time[start, end]
    scale = total / whole if whole > 0.0 else 1.0
    passed, limit = elapsed / scale, whole * (1.0 + TOLERANCE)
    best, ahead = end, whole
    for p in range(time.shape[0]):
        reached = time[start, p]
        if passed <= reached < ahead and reached + time[p, end] <= limit:
            best, ahead = p, reached
    return best, (ahead - passed) * scale


@compiled_leaf
def depart(
    city: City, jobs: Jobs, state: State, u: int, j: int, now: float, place: int, ahead: float
) -> None:
    """Send the unit to the job from `place`, where it is in `ahead` (rest of its way there, turnout)."""
    mode = SIREN if jobs.kind[j] == 0 else ROAD
    time = city.time[band_at(city, now), mode, place, jobs.place[j]]
    state.phase[u], state.job[u] = ROLLING, j
    state.leg_from[u], state.leg_to[u], state.leg_mode[u] = place, jobs.place[j], mode
    state.leg_at[u], state.leg_time[u] = now + ahead, time
    state.job_unit[j], state.sent[j], state.arrived[j] = u, now, now + (ahead + time)
    settle(city, jobs, state, j)


@compiled_leaf
def settle(city: City, jobs: Jobs, state: State, j: int) -> None:
    """Reckon the end of the job, and of the one that waits for its scene work."""
    while j != NOBODY and state.job_unit[j] != NOBODY:
        u = state.job_unit[j]
        begin = state.arrived[j]
        if jobs.after[j] >= 0:
            begin = max(begin, state.scene_end[jobs.after[j]])
        state.scene_end[j] = begin + jobs.scene[j]
        end = state.scene_end[j]
        if jobs.goes_to[j] >= 0 and end < np.inf:
            mode = SIREN if jobs.kind[j] == 0 else ROAD
            end += city.time[band_at(city, end), mode, jobs.place[j], jobs.goes_to[j]]
            end += jobs.handover[j]
        state.end_at[u] = end
        j = state.follower[j]


@compiled_leaf
def release(state: State, j: int) -> None:
    """The job's unit was taken off it before it arrived; who waits for its scene work waits on."""
    state.job_unit[j], state.arrived[j], state.scene_end[j] = NOBODY, np.inf, np.inf
    state.moved[j] += 1
    follower = state.follower[j]
    if follower != NOBODY and state.job_unit[follower] != NOBODY:
        state.end_at[state.job_unit[follower]] = np.inf


@compiled_leaf
def go_home(city: City, state: State, rules: Rules, u: int, now: float, place: int, ahead: float) -> None:
    """Free, and on the way to its post; away for good if it is off duty."""
    state.job[u], state.end_at[u] = NOBODY, np.inf
    state.phase[u] = OFF if state.off_duty[u] else FREE
    state.leg_from[u], state.leg_to[u], state.leg_mode[u] = place, state.home[u], ROAD
    state.leg_at[u] = now + ahead
    state.leg_time[u] = city.time[band_at(city, now), ROAD, place, state.home[u]] * rules.home_factor

"""What the kernel runs on; times in the caller's unit (seconds everywhere but in `traces`: minutes)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64] | NDArray[np.float32]
Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

SIREN, ROAD = 0, 1  # first axis but one of `City.time`
AMBULANCE, TOW = 0, 1
NOBODY = -1


class City(NamedTuple):
    """p places, c cells of demand, s posts.

    time        float[b, 2, p, p]  from row to column by band and mode; inf: no road
    band        int64[168]         of each hour of the week, the simulation beginning with hour 0
    hour        float              an hour in the unit of `time`
    place_x, place_y float64[p]    only read by `straight`
    reach       bool[p, c]         the cell is within the standard from the place
    cell_weight float64[c]         shares of demand, sum 1
    posts       int64[s]           places where free units may wait
    """

    time: Floats
    band: Int64s
    hour: float
    place_x: Float64s
    place_y: Float64s
    reach: Bools
    cell_weight: Float64s
    posts: Int64s


class Jobs(NamedTuple):
    """n pieces of work for one unit each, by time of report.

    at, scene, handover  float64[n]  reported; work at the scene; work at the destination
    kind                 int64[n]    AMBULANCE or TOW
    place, goes_to       int64[n]    scene; hospital, garage or yard, −1: nowhere
    priority             int64[n]    1 (gravest) to 4
    after                int64[n]    the job whose scene work must end before this one's begins, −1: none
    """

    at: Float64s
    kind: Int64s
    place: Int64s
    goes_to: Int64s
    priority: Int64s
    scene: Float64s
    handover: Float64s
    after: Int64s


class Units(NamedTuple):
    """u units; `duty_*` k changes by time: from then on the unit is on duty or not. All begin on duty."""

    kind: Int64s
    base: Int64s
    turnout: Float64s
    turnout_rolling: Float64s
    duty_at: Float64s
    duty_unit: Int64s
    duty_on: Bools


class Rules(NamedTuple):
    """How decisions are made; the weights are those of `DispatchParams`.

    joint       solve what waits and what rolls together; else each report takes its nearest free unit
    redispatch  units on their way may be moved
    by_priority who waits is served by priority, then by time of report; else by time alone
    lossy       who finds no free unit is lost
    move_up     a unit that becomes free waits where it adds most expected coverage (DMEXCLP)
    straight    a unit on the way home is at the place next to the point on the straight line (ELASPY's rule);
                else at the next place on a shortest way, and drives there first
    home_factor driving home takes so much longer than the mode says
    metric      no way over a third place is shorter: units that are too far away need no closer look
    """

    joint: bool
    redispatch: bool
    by_priority: bool
    lossy: bool
    move_up: bool
    straight: bool
    home_factor: float
    metric: bool
    weight: Float64s
    may_bump: Bools
    switch: float
    freeze: float
    mission: float
    strand_beyond: float
    waiting_weight: float
    coverage_point: float
    coverage_cap: float
    busy: float


class Outcome(NamedTuple):
    """Per job and per unit; times as in `Jobs`.

    unit int64[n], −1: lost or never served; sent, arrived, freed float64[n], nan where it did not happen;
    moved int64[n]: how often the job's unit was changed; worked, driven float64[u].
    """

    unit: Int64s
    sent: Float64s
    arrived: Float64s
    freed: Float64s
    moved: Int64s
    worked: Float64s
    driven: Float64s

"""Nearest idle unit, first come first served, on a given matrix; minutes throughout, in double precision.

A unit on the way to its base is idle. Equal times: the first unit in the file. See
docs/reference/simulation.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dispatch_core.assignment.params import DispatchParams
from simulations.kernel.arrays import AMBULANCE, NOBODY, City, Jobs, Outcome, Units
from simulations.kernel.run import simulate
from simulations.rules import SimulatedPolicy, rules_of
from simulations.traces.matrix import Grounds, Matrix
from simulations.traces.records import Calls, TracedUnits

HOUR_MIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCall:
    """`unit` None: nobody could come. Minutes; `waited_min` from the report until a unit was sent."""

    call: str
    unit: str | None
    response_min: float | None
    waited_min: float | None
    freed_min: float | None


def trace(
    matrix: Matrix,
    units: TracedUnits,
    calls: Calls,
    *,
    grounds: Grounds | None = None,
    home_factor: float = 1.0,
) -> Iterator[TracedCall]:
    """Each call in the order of its file.

    With `grounds` (whose matrix this is) a unit on the way home is at the place next to the point on the
    straight line, by share of the time driven; without, it first drives on to the next place of a shortest
    way. Driving home takes `home_factor` of the matrix.
    """
    order = np.argsort(calls.at, kind="stable")
    jobs = Jobs(
        at=calls.at[order],
        kind=np.full(len(order), AMBULANCE, np.int64),
        place=calls.place[order],
        goes_to=calls.hospital[order],
        priority=np.ones(len(order), np.int64),
        scene=calls.on_scene[order],
        handover=calls.handover[order],
        after=np.full(len(order), NOBODY, np.int64),
    )
    places, count = len(matrix.name), len(units.base)
    city = City(
        time=np.ascontiguousarray(np.stack([matrix.minutes, matrix.minutes])[None]),
        band=np.zeros(168, np.int64),
        hour=HOUR_MIN,
        place_x=grounds.x if grounds else np.zeros(places),
        place_y=grounds.y if grounds else np.zeros(places),
        reach=np.zeros((places, 1), np.bool_),
        cell_weight=np.ones(1),
        posts=np.unique(units.base),
    )
    fleet = Units(
        kind=np.full(count, AMBULANCE, np.int64), base=units.base, turnout=np.zeros(count),
        turnout_rolling=np.zeros(count), duty_at=np.zeros(0), duty_unit=np.zeros(0, np.int64),
        duty_on=np.zeros(0, np.bool_),
    )  # fmt: skip
    rules = rules_of(SimulatedPolicy(), DispatchParams())._replace(
        by_priority=False, straight=grounds is not None, home_factor=home_factor, metric=False
    )
    outcome = simulate(city, jobs, fleet, rules)
    row_of = np.argsort(order)
    return (_told(calls.name[k], int(row_of[k]), jobs, outcome, units.name) for k in range(len(order)))


def _told(name: str, row: int, jobs: Jobs, outcome: Outcome, units: tuple[str, ...]) -> TracedCall:
    unit, at = int(outcome.unit[row]), float(jobs.at[row])
    if unit == NOBODY or not np.isfinite(outcome.arrived[row]):
        return TracedCall(call=name, unit=None, response_min=None, waited_min=None, freed_min=None)
    return TracedCall(
        call=name,
        unit=units[unit],
        response_min=float(outcome.arrived[row]) - at,
        waited_min=float(outcome.sent[row]) - at,
        freed_min=float(outcome.freed[row]),
    )

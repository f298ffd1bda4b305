"""The hard limits: why a unit may not be sent at all, asked in one order for every need."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.problem import UNFIT, Int8s, Problem
from dispatch_core.fleet.unit import UnitStatus

Bools = NDArray[np.bool_]


class Limit(StrEnum):
    """A rule that no cost can buy off."""

    NOT_CAPABLE = "not_capable"
    OFF_SHIFT = "off_shift"
    OUT_OF_SERVICE = "out_of_service"
    ENGAGED = "engaged"
    NO_POSITION = "no_position"
    STALE_POSITION = "stale_position"
    DECLINED_RECENTLY = "declined_recently"
    NO_ROAD = "no_road"


def position_age_s(problem: Problem) -> NDArray[np.float64]:
    """float64[u]: age of each unit's newest believed fix; inf if it has none."""
    ages = (unit.position_age_s for unit in problem.units)
    return np.array([np.inf if age is None else max(age, 0.0) for age in ages], np.float64)


def _of_status(status: UnitStatus) -> Callable[[Problem, DispatchParams], Bools]:
    return lambda problem, params: np.array([unit.status is status for unit in problem.units], np.bool_)


def _not_capable(problem: Problem, params: DispatchParams) -> Bools:
    unfit: Bools = problem.fit == UNFIT
    return unfit


def _no_position(problem: Problem, params: DispatchParams) -> Bools:
    return np.isinf(position_age_s(problem))


def _stale_position(problem: Problem, params: DispatchParams) -> Bools:
    return position_age_s(problem) > params.stale_s


def _declined_recently(problem: Problem, params: DispatchParams) -> Bools:
    return (problem.declined_ago_s < params.decline_rest_s)[problem.row_incident]


def _no_road(problem: Problem, params: DispatchParams) -> Bools:
    return np.isinf(problem.eta_s)[problem.row_incident]


# The first that holds is the one that is told. Each gives bool[n, u] or bool[u].
LIMITS: tuple[tuple[Limit, Callable[[Problem, DispatchParams], Bools]], ...] = (
    (Limit.NOT_CAPABLE, _not_capable),
    (Limit.OFF_SHIFT, _of_status(UnitStatus.OFF_SHIFT)),
    (Limit.OUT_OF_SERVICE, _of_status(UnitStatus.OUT_OF_SERVICE)),
    (Limit.ENGAGED, _of_status(UnitStatus.ENGAGED)),
    (Limit.NO_POSITION, _no_position),
    (Limit.STALE_POSITION, _stale_position),
    (Limit.DECLINED_RECENTLY, _declined_recently),
    (Limit.NO_ROAD, _no_road),
)
FREE = -1


def limit_of(problem: Problem, params: DispatchParams) -> Int8s:
    """int8[n, u]: index into LIMITS of the first that bars the pair, FREE where the unit may be sent."""
    answer = np.full(problem.fit.shape, FREE, np.int8)
    for index in reversed(range(len(LIMITS))):
        holds = np.broadcast_to(LIMITS[index][1](problem, params), answer.shape)
        np.putmask(answer, holds, np.int8(index))
    return answer

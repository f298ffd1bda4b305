"""The hard limits: why a unit may not be sent at all, asked in one order for every need."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.problem import UNFIT, Bools, Int8s, Problem
from dispatch_core.fleet.unit import UnitStatus


class Limit(StrEnum):
    """A rule that no cost can buy off."""

    NOT_CAPABLE = "not_capable"
    OFF_SHIFT = "off_shift"
    OUT_OF_SERVICE = "out_of_service"
    ENGAGED = "engaged"
    OUTSIDE_DISTRICT = "outside_district"
    TOO_HEAVY = "too_heavy"
    NO_POSITION = "no_position"
    STALE_POSITION = "stale_position"
    DECLINED_RECENTLY = "declined_recently"
    NO_ROAD = "no_road"
    SETTLED = "settled"  # on its way, and left alone: near its arrival, or nobody knows how far
    NOT_BUMPED = "not_bumped"  # on its way to an incident that is not left for one of this priority


_NOBODY: Bools = np.zeros(1, np.bool_)


def _not_capable(problem: Problem, params: DispatchParams) -> Bools:
    unfit: Bools = problem.fit == UNFIT
    return unfit


def _of_status(status: UnitStatus) -> Callable[[Problem, DispatchParams], Bools]:
    return lambda problem, params: np.array([unit.status is status for unit in problem.units], np.bool_)


def _engaged(problem: Problem, params: DispatchParams) -> Bools:
    busy = (unit.status is UnitStatus.ENGAGED and unit.commitment is None for unit in problem.units)
    return np.fromiter(busy, np.bool_, len(problem.units))


def _outside_district(problem: Problem, params: DispatchParams) -> Bools:
    if all(unit.districts is None for unit in problem.units):
        return _NOBODY
    barred = [
        [bool(i.district and unit.districts is not None and i.district not in unit.districts)
         for unit in problem.units]
        for i in problem.incidents
    ]  # fmt: skip
    return np.array(barred, np.bool_).reshape(problem.eta_s.shape)[problem.row_incident]


def _too_heavy(problem: Problem, params: DispatchParams) -> Bools:
    if all(unit.tows_at_most_kg is None for unit in problem.units):
        return _NOBODY
    takes = (unit.tows_at_most_kg for unit in problem.units)
    takes_kg = np.array([np.inf if kg is None else kg for kg in takes], np.float64)
    weighs_kg = np.array([incident.tows_kg for incident in problem.incidents], np.float64)
    heavy: Bools = problem.is_tow_row[:, None] & (weighs_kg[problem.row_incident][:, None] > takes_kg)
    return heavy


def _no_position(problem: Problem, params: DispatchParams) -> Bools:
    return np.isinf(problem.position_age_s)


def _stale_position(problem: Problem, params: DispatchParams) -> Bools:
    return problem.position_age_s > params.stale_s


def _declined_recently(problem: Problem, params: DispatchParams) -> Bools:
    resting: Bools = problem.declined_ago_s < params.decline_rest_s
    if not resting.any():
        return _NOBODY
    return resting[problem.row_incident] & ~problem.is_own_row


def _no_road(problem: Problem, params: DispatchParams) -> Bools:
    cut_off = np.isinf(problem.eta_s)
    return cut_off[problem.row_incident] if cut_off.any() else _NOBODY


def _not_bumped(problem: Problem, params: DispatchParams) -> Bools:
    committed = problem.committed_row >= 0
    if not committed.any():
        return _NOBODY
    may = np.zeros((10, 10), np.bool_)
    for origin, to in params.may_bump:
        may[origin, to] = True
    own_priority = np.where(committed, problem.row_priority[problem.committed_row], 0)
    stays: Bools = committed & ~may[own_priority[None, :], problem.row_priority[:, None]]
    return stays & ~problem.is_own_row


# The first that holds is the one that is told. Each gives bool[n, u] or bool[u].
_STANDING: tuple[tuple[Limit, Callable[[Problem, DispatchParams], Bools]], ...] = (
    (Limit.NOT_CAPABLE, _not_capable),
    (Limit.OFF_SHIFT, _of_status(UnitStatus.OFF_SHIFT)),
    (Limit.OUT_OF_SERVICE, _of_status(UnitStatus.OUT_OF_SERVICE)),
    (Limit.ENGAGED, _engaged),
    (Limit.OUTSIDE_DISTRICT, _outside_district),
    (Limit.TOO_HEAVY, _too_heavy),
    (Limit.NO_POSITION, _no_position),
    (Limit.STALE_POSITION, _stale_position),
    (Limit.DECLINED_RECENTLY, _declined_recently),
    (Limit.NO_ROAD, _no_road),
)
LIMITS: tuple[Limit, ...] = (*(limit for limit, _ in _STANDING), Limit.SETTLED, Limit.NOT_BUMPED)
FREE = -1


def limit_of(problem: Problem, params: DispatchParams) -> Int8s:
    """int8[n, u]: index into LIMITS of the first that bars the pair, FREE where the unit may be sent."""
    answer = np.full(problem.fit.shape, FREE, np.int8)
    for index in reversed(range(len(_STANDING))):
        _bar(answer, _STANDING[index][1](problem, params), index)
    settled = _settled(problem, params, answer)
    _bar(answer, settled & (answer == FREE) if settled.any() else _NOBODY, LIMITS.index(Limit.SETTLED))
    bound = _not_bumped(problem, params)
    _bar(answer, bound & (answer == FREE) if bound.any() else _NOBODY, LIMITS.index(Limit.NOT_BUMPED))
    return answer


def _bar(answer: Int8s, barred: Bools, index: int) -> None:
    if barred.any():
        np.putmask(answer, np.broadcast_to(barred, answer.shape), np.int8(index))


def _settled(problem: Problem, params: DispatchParams, standing: Int8s) -> NDArray[np.bool_]:
    """bool[u]: units on their way that no plan touches."""
    committed = np.flatnonzero(problem.committed_row >= 0)
    settled = np.zeros(len(problem.units), np.bool_)
    rows = problem.committed_row[committed]
    left_s = problem.response_s[problem.row_incident[rows], committed]
    settled[committed] = (standing[rows, committed] != FREE) | (left_s < params.freeze_s)
    return settled

"""From an instance and a planner's numbers to one of the six problems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from dispatch_core.coverage.siting import (
    DoubleStandard,
    Lscp,
    Mclp,
    Mexclp,
    PCentre,
    PMedian,
    SitingProblem,
)
from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import Float64s
from simulations.siting.instance import Instance

PROBLEMS = ("lscp", "mclp", "dsm", "mexclp", "pmedian", "pcenter")
_LEVELS = 20  # probabilities are rounded to so many parts: every further one is a further row


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`radius` and `far` in the instance's own measure; `spread` the sigma of a log-normal trip."""

    sites: int | None = None
    radius: float | None = None
    far: float | None = None
    share: float = 0.9
    busy: float = 0.3
    at_most: int | None = None
    spread: float = 0.0
    standing: tuple[str, ...] = ()


def problem_of(name: str, instance: Instance, wanted: Wanted) -> SitingProblem:
    """InvalidInput names the option that is missing."""
    standing = _standing(instance, wanted.standing)
    distance, demand = instance.distance, instance.demand
    match name:
        case "lscp":
            return Lscp(reach=distance <= _radius(wanted), open_sites=standing)
        case "mclp":
            return Mclp(reach=distance <= _radius(wanted), demand=demand,
                        sites=_sites(instance, wanted), open_sites=standing)  # fmt: skip
        case "mexclp":
            reach = distance <= _radius(wanted) if wanted.spread == 0 else _in_time(distance, wanted)
            return Mexclp(reach=reach, demand=demand, units=_sites(instance, wanted), busy=wanted.busy,
                          at_most=wanted.at_most, open_sites=standing)  # fmt: skip
        case "dsm":
            if wanted.far is None or wanted.far < _radius(wanted):
                raise InvalidInput("far", "give the far standard with --far, no nearer than --radius")
            return DoubleStandard(
                near=distance <= _radius(wanted), far=distance <= wanted.far, demand=demand,
                share=wanted.share, units=_sites(instance, wanted), at_most=wanted.at_most or 2,
                open_sites=standing,
            )  # fmt: skip
        case "pmedian":
            return PMedian(
                distance=distance, demand=demand, sites=_sites(instance, wanted), open_sites=standing
            )
        case "pcenter" | "pcentre":
            return PCentre(distance=distance, sites=_sites(instance, wanted), open_sites=standing)
        case _:
            raise InvalidInput("problem", f"is one of {', '.join(PROBLEMS)}, not {name}")


def _in_time(distance: Float64s, wanted: Wanted) -> Float64s:
    """The probability of a trip within the radius; the table's times are medians."""
    with np.errstate(divide="ignore"):
        late_by = (np.log(_radius(wanted)) - np.log(distance)) / wanted.spread
    chance: Float64s = np.rint(ndtr(late_by) * _LEVELS) / _LEVELS
    return chance


def _radius(wanted: Wanted) -> float:
    if wanted.radius is None or not wanted.radius > 0:
        raise InvalidInput("radius", "give how far a site reaches with --radius, in the file's own measure")
    return wanted.radius


def _sites(instance: Instance, wanted: Wanted) -> int:
    count = wanted.sites if wanted.sites is not None else instance.sites
    if count is None:
        raise InvalidInput("sites", "give how many are to be placed with --sites")
    return count


def _standing(instance: Instance, names: tuple[str, ...]) -> tuple[int, ...]:
    number = {name: k for k, name in enumerate(instance.site)}
    unknown = next((name for name in names if name not in number), None)
    if unknown is not None:
        raise InvalidInput("open", f"there is no site {unknown}")
    return tuple(number[name] for name in names)

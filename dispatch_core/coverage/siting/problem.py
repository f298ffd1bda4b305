"""The six questions, as frozen arrays; `c` demand points by `s` candidate sites.

`open_sites` stand already: they count among the sites to place and are in every plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lscp:
    """The cheapest sites that reach all: Toregas, Swain, ReVelle, Bergman, Operations Research 19 (1971).

    reach bool[c, s]; cost float64[s] of opening each site, 1 if None; open sites cost nothing.
    """

    reach: Bools
    cost: Float64s | None = None
    open_sites: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_table("reach", self.reach)
        _check_sites(self.open_sites, self.reach.shape[1])
        if self.cost is not None:
            _check_vector("cost", self.cost, self.reach.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mclp:
    """`sites` sites that reach most demand: Church, ReVelle, Papers of the RSA 32 (1974)."""

    reach: Bools
    demand: Float64s
    sites: int
    open_sites: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_table("reach", self.reach)
        _check_vector("demand", self.demand, self.reach.shape[0])
        _check_count("sites", self.sites, self.open_sites, self.reach.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mexclp:
    """`units` units where demand most often finds one free: Daskin, Transportation Science 17 (1983).

    reach bool[c, s], or float64[c, s]: the probability of arriving within the standard; the nearest free unit
    is sent (Erkut, Ingolfsson, Erdoğan, Naval Research Logistics 55, 2008). `busy` is the share of time that
    a unit is busy; a site holds up to `at_most` units, any number if None. `open_sites` name one unit each.
    """

    reach: Bools | Float64s
    demand: Float64s
    units: int
    busy: float
    at_most: int | None = None
    open_sites: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_table("reach", self.reach)
        if self.reach.dtype != np.bool_ and not ((self.reach >= 0) & (self.reach <= 1)).all():
            raise InvalidInput("reach", "probabilities lie between 0 and 1")
        _check_vector("demand", self.demand, self.reach.shape[0])
        if not 0 <= self.busy < 1:
            raise InvalidInput("busy", "is a share of at least 0 and below 1")
        if self.at_most is not None and self.at_most < 1:
            raise InvalidInput("at_most", "must be at least 1")
        room = self.reach.shape[1] * (self.units if self.at_most is None else self.at_most)
        _check_count("units", self.units, self.open_sites, room, sites=self.reach.shape[1])
        if self.at_most is not None and np.bincount(self.open_sites or [0]).max() > self.at_most:
            raise InvalidInput("open_sites", f"name a site more often than {self.at_most} times")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleStandard:
    """Most demand reached twice within `near`: Gendreau, Laporte, Semet, Location Science 5 (1997).

    near, far bool[c, s]; everybody is within the far standard, and `share` of the demand within the near one.
    """

    near: Bools
    far: Bools
    demand: Float64s
    units: int
    share: float
    at_most: int = 2
    open_sites: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_table("near", self.near)
        if self.far.shape != self.near.shape:
            raise InvalidInput("far", f"must be shaped like near, {self.near.shape}")
        _check_vector("demand", self.demand, self.near.shape[0])
        if not 0 <= self.share <= 1:
            raise InvalidInput("share", "lies between 0 and 1")
        if self.at_most < 1:
            raise InvalidInput("at_most", "must be at least 1")
        sites = self.near.shape[1]
        _check_count("units", self.units, self.open_sites, sites * self.at_most, sites=sites)


@dataclass(frozen=True, slots=True, kw_only=True)
class PMedian:
    """`sites` sites with the least demand-weighted distance: Hakimi, Operations Research 12 (1964).

    distance float64[c, s] of at least 0; inf where there is no way.
    """

    distance: Float64s
    demand: Float64s
    sites: int
    open_sites: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_distance(self.distance)
        _check_vector("demand", self.demand, self.distance.shape[0])
        _check_count("sites", self.sites, self.open_sites, self.distance.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class PCentre:
    """`sites` sites whose farthest customer is nearest: Hakimi (1964); vertex centres."""

    distance: Float64s
    sites: int
    open_sites: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_distance(self.distance)
        _check_count("sites", self.sites, self.open_sites, self.distance.shape[1])


SitingProblem = Lscp | Mclp | Mexclp | DoubleStandard | PMedian | PCentre


def _check_table(field: str, table: NDArray[np.generic]) -> None:
    if table.ndim != 2 or 0 in table.shape:
        raise InvalidInput(field, "must be a table of demand points by candidate sites")


def _check_distance(distance: Float64s) -> None:
    _check_table("distance", distance)
    if np.isnan(distance).any() or (distance < 0).any():
        raise InvalidInput("distance", "must be at least 0; inf where there is no way")


def _check_vector(field: str, values: Float64s, length: int) -> None:
    if values.shape != (length,):
        raise InvalidInput(field, f"must have {length} numbers, not {values.shape}")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise InvalidInput(field, "must be at least 0")


def _check_sites(named: Sequence[int], sites: int) -> None:
    if named and not (min(named) >= 0 and max(named) < sites):
        raise InvalidInput("open_sites", f"must lie between 0 and {sites - 1}")


def _check_count(
    field: str, count: int, named: Sequence[int], room: int, *, sites: int | None = None
) -> None:
    _check_sites(named, room if sites is None else sites)
    if not max(1, len(named)) <= count <= room:
        raise InvalidInput(field, f"must lie between {max(1, len(named))} and {room}")
    if sites is None and len(set(named)) != len(named):
        raise InvalidInput("open_sites", "name a site twice")

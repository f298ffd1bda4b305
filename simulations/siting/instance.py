"""Location problems as numbers: who is to be served, from where, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from simulations.kernel.arrays import Bools, Float64s


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """distance float64[c, s], inf: no way; demand float64[c]; `sites` to place, if the file says so."""

    distance: Float64s
    demand: Float64s
    point: tuple[str, ...]
    site: tuple[str, ...]
    sites: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverInstance:
    """The OR-Library's set covering: reach bool[c, s] and the cost of every site."""

    reach: Bools
    cost: Float64s

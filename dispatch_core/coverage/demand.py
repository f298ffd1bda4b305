"""Where and when accidents are to be expected: H3 cells by hour of the week.

The one place of the core where (lon, lat) becomes the (lat, lon) that h3 wants.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import h3.api.numpy_int as h3
import numpy as np
from numpy.typing import ArrayLike, NDArray

from dispatch_core.errors import InvalidInput

Float64s = NDArray[np.float64]
HOURS_OF_WEEK = 168
RESOLUTION = 8  # hexagons of about 0.74 km²


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCells:
    """c cells, sorted.

    cell        uint64[c]        H3 index
    lon, lat    float64[c]       centre, degrees
    expected    float64[168, c]  accidents expected in each hour of the week, Monday 00:00 first
    """

    cell: NDArray[np.uint64]
    lon: Float64s
    lat: Float64s
    expected: Float64s

    def __post_init__(self) -> None:
        if self.expected.shape != (HOURS_OF_WEEK, len(self.cell)):
            raise InvalidInput("expected", f"must have {HOURS_OF_WEEK} hours for {len(self.cell)} cells")
        if not (np.isfinite(self.expected).all() and (self.expected >= 0).all()):
            raise InvalidInput("expected", "must be at least 0")

    def at(self, hour: int) -> Float64s:
        """float64[c]: expected accidents in one hour of the week."""
        row: Float64s = self.expected[hour % HOURS_OF_WEEK]
        return row


def hour_of_week(local: datetime) -> int:
    """0 for Monday 00:00–00:59; the clock is the city's, since people's days are."""
    return local.weekday() * 24 + local.hour


def cells_of(lon: ArrayLike, lat: ArrayLike, *, resolution: int = RESOLUTION) -> NDArray[np.uint64]:
    """uint64[k]: the cell of each point."""
    points = zip(np.asarray(lat, np.float64), np.asarray(lon, np.float64), strict=True)
    return np.array([h3.latlng_to_cell(y, x, resolution) for y, x in points], np.uint64)


def hexagons(cell: NDArray[np.uint64]) -> list[list[tuple[float, float]]]:
    """The closed outline of each cell as (lon, lat), rounded to a metre."""
    outlines = [[(round(x, 5), round(y, 5)) for y, x in h3.cell_to_boundary(int(c))] for c in cell]
    return [[*outline, outline[0]] for outline in outlines]


def demand_of_points(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    hour: ArrayLike | None = None,
    weeks: float = 1.0,
    resolution: int = RESOLUTION,
) -> DemandCells:
    """Demand from points: past accidents with their hour of the week, or places weighted by people.

    lon, lat, weight, hour are [k]; without `hour` a point counts evenly over the week, without `weight` as
    one accident. `weeks` is the time over which they were observed.
    """
    if weeks <= 0:
        raise InvalidInput("weeks", "must be positive")
    cell, place = np.unique(cells_of(lon, lat, resolution=resolution), return_inverse=True)
    counts = np.ones(len(place)) if weight is None else np.asarray(weight, np.float64)
    if hour is None:
        evenly = np.bincount(place, counts, minlength=len(cell)) / HOURS_OF_WEEK
        expected = np.broadcast_to(evenly, (HOURS_OF_WEEK, len(cell))) / weeks
    else:
        when = np.asarray(hour, np.int64) % HOURS_OF_WEEK
        flat = np.bincount(when * len(cell) + place, counts, minlength=HOURS_OF_WEEK * len(cell))
        expected = flat.reshape(HOURS_OF_WEEK, len(cell)) / weeks
    centres = np.array([h3.cell_to_latlng(int(c)) for c in cell], np.float64).reshape(-1, 2)
    return DemandCells(cell=cell, lon=centres[:, 1], lat=centres[:, 0], expected=expected)


def shaped(demand: DemandCells, hourly: ArrayLike) -> DemandCells:
    """The same week's total with the hours' shares taken from `hourly` float64[168]."""
    share = np.asarray(hourly, np.float64)
    if share.shape != (HOURS_OF_WEEK,) or (share < 0).any() or share.sum() <= 0:
        raise InvalidInput("hourly", f"must be {HOURS_OF_WEEK} numbers of at least 0, not all 0")
    total = demand.expected.sum(axis=0)
    expected = np.outer(share / share.sum(), total)
    return DemandCells(cell=demand.cell, lon=demand.lon, lat=demand.lat, expected=expected)

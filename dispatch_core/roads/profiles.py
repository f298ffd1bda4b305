"""How fast each class of road usually is, hour by hour of the week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.graph import ROAD_CLASSES, Float32s, RoadGraph, UInt8s

HOURS_OF_WEEK = 168


def hour_of_week(local: datetime) -> int:
    """0 (Monday 00:00) to 167 (Sunday 23:00) of a *local* wall-clock time."""
    return local.weekday() * 24 + local.hour


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedProfile:
    """Share of the free-flow speed by hour of the week and road class: float32[168, len(ROAD_CLASSES)]."""

    share: Float32s

    def __post_init__(self) -> None:
        if self.share.shape != (HOURS_OF_WEEK, len(ROAD_CLASSES)):
            raise InvalidInput("profile", f"must be {HOURS_OF_WEEK} hours x {len(ROAD_CLASSES)} classes")
        if not (np.isfinite(self.share).all() and self.share.min() > 0.02 and self.share.max() <= 2.0):
            raise InvalidInput("profile", "a share of the free-flow speed lies between 0.02 and 2")

    @classmethod
    def flat(cls) -> SpeedProfile:
        """Free flow at every hour: what is assumed until something has been observed."""
        return cls(share=np.ones((HOURS_OF_WEEK, len(ROAD_CLASSES)), np.float32))

    def record(self) -> dict[str, Any]:
        """Shares by road class, from Monday 00:00 on; a class at free flow throughout is left out."""
        by_class = {name: self.share[:, code] for code, name in enumerate(ROAD_CLASSES)}
        return {
            name: [round(float(one), 4) for one in shares]
            for name, shares in by_class.items()
            if not (shares == 1).all()
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> SpeedProfile:
        """InvalidInput for an unknown class, or hours other than 168 (a week) or 24 (every day)."""
        share = np.ones((HOURS_OF_WEEK, len(ROAD_CLASSES)), np.float32)
        for name, hours in record.items():
            if name not in ROAD_CLASSES:
                raise InvalidInput("profile", f"{name} is none of {', '.join(ROAD_CLASSES)}")
            if not isinstance(hours, list) or len(hours) not in (24, HOURS_OF_WEEK):
                raise InvalidInput("profile", f"{name} needs 168 shares, Monday 00:00 first, or 24")
            if any(isinstance(one, bool) or not isinstance(one, int | float) for one in hours):
                raise InvalidInput("profile", f"the shares of {name} must be numbers")
            share[:, ROAD_CLASSES.index(name)] = hours * (HOURS_OF_WEEK // len(hours))
        return cls(share=share)

    def speed_kmh(self, graph: RoadGraph, slot: int) -> Float32s:
        """float32[m]: the speed expected on every edge in one hour of the week."""
        speed: Float32s = graph.speed_kmh * self.share[slot][graph.road_class]
        return speed


def fit_profile(
    *,
    slot: NDArray[np.int64],
    road_class: UInt8s,
    observed_kmh: NDArray[np.float64],
    free_kmh: NDArray[np.float64],
    prior_weight: float = 20.0,
) -> SpeedProfile:
    """Shares from k observations (all arrays [k]); a cell with few is drawn to its class, a class to 1.

    Averages pace, not speed, since travel time is what must come out right; shrinks twice by
    `prior_weight` pseudo-observations (empirical Bayes in its simplest form).
    """
    if not len(slot) == len(road_class) == len(observed_kmh) == len(free_kmh):
        raise InvalidInput("observations", "the four arrays must have one length")
    usable = (observed_kmh > 1.0) & (free_kmh > 0)
    slot, road_class = slot[usable], road_class[usable]
    pace = free_kmh[usable] / observed_kmh[usable]
    classes = len(ROAD_CLASSES)
    per_class = _shrunk(pace, road_class.astype(np.int64), classes, np.ones(classes), prior_weight)
    cell = slot * classes + road_class
    prior = np.tile(per_class, HOURS_OF_WEEK)
    per_cell = _shrunk(pace, cell, HOURS_OF_WEEK * classes, prior, prior_weight)
    share = np.clip(1.0 / per_cell, 0.05, 2.0).reshape(HOURS_OF_WEEK, classes)
    return SpeedProfile(share=share.astype(np.float32))


def _shrunk(
    values: NDArray[np.float64],
    group: NDArray[np.int64],
    groups: int,
    prior: NDArray[np.float64],
    prior_weight: float,
) -> NDArray[np.float64]:
    total = np.bincount(group, weights=values, minlength=groups)
    count = np.bincount(group, minlength=groups)
    mean: NDArray[np.float64] = (total + prior_weight * prior) / (count + prior_weight)
    return mean

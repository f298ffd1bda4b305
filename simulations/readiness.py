"""What of the city stands covered while units are away: looked at several times an hour."""

from __future__ import annotations

import numpy as np

from simulations.city_model import Fleet
from simulations.kernel.arrays import AMBULANCE, City, Float64s, Outcome

HOURS = 24
_LOOKS_AN_HOUR = 4


def covered_by_hour(city: City, fleet: Fleet, outcome: Outcome, *, begin_s: float, end_s: float) -> Float64s:
    """float64[24]: the share of demand within the standard of a free ambulance's station, by hour of the day.

    Free is who has no mission: whoever drives home counts as there. Duty is not asked; nan where the span has
    no such hour.
    """
    looks = np.arange(begin_s, end_s, 3600.0 / _LOOKS_AN_HOUR)
    free = np.ones((len(looks), len(fleet.base)), np.bool_)
    for unit in np.flatnonzero(fleet.kind == AMBULANCE).tolist():
        mine = (outcome.unit == unit) & np.isfinite(outcome.freed)
        sent, freed = outcome.sent[mine], outcome.freed[mine]
        away = np.searchsorted(np.sort(sent), looks, side="right") - np.searchsorted(
            np.sort(freed), looks, side="right"
        )
        free[:, unit] = away == 0
    free[:, fleet.kind != AMBULANCE] = False
    reaches = city.reach[fleet.base].astype(np.float32)  # units × cells
    covered = ((free.astype(np.float32) @ reaches) > 0) @ city.cell_weight
    hour = (looks // 3600).astype(np.int64) % HOURS
    with np.errstate(invalid="ignore"):
        share: Float64s = np.bincount(hour, weights=covered, minlength=HOURS) / np.bincount(
            hour, minlength=HOURS
        )
    return share

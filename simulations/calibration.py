"""Response times fitted on recorded days, and what they are worth on days held out.

The real calls go to the real units: each unit drives from where its last mission ended (the scene, or the
hospital next to it where somebody was transported). How much that says fades with time, for crews go
on to posts that nobody recorded: the position counts by exp(−gap / `FADES_S`). Least squares keep the mean
unbiased; spread comes from the residuals of the fitted days (by predicted size), so that percentiles can be
compared too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.stats import ks_2samp

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE
from simulations.history import History
from simulations.kernel.arrays import Bools, Float64s

FADES_S = 1200.0
LONGEST_RESPONSE_S = 3600.0  # beyond it the record speaks of something else than driving
LONGEST_MISSION_S = 6 * 3600.0
_DETOUR, _KMH = 1.35, 28.0  # of a straight line, where no streets are given
_BANDS = 8  # of residuals, by predicted response
_HOURS = 24.0


class Roads(Protocol):
    """Seconds between positions, pair by pair; nan where one is unknown."""

    def __call__(self, from_lonlat: Float64s, to_lonlat: Float64s) -> Float64s: ...


def straight_seconds(from_lonlat: Float64s, to_lonlat: Float64s) -> Float64s:
    """As the crow flies, a third longer, at a city's pace."""
    middle = np.radians((from_lonlat[:, 1] + to_lonlat[:, 1]) / 2)
    east = (to_lonlat[:, 0] - from_lonlat[:, 0]) * np.cos(middle)
    north = to_lonlat[:, 1] - from_lonlat[:, 1]
    seconds: Float64s = np.hypot(east, north) * METRES_PER_DEGREE * _DETOUR / _KMH * 3.6
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """`weights` by name of the term; `spread`: residuals by band of the prediction, `edges` between bands."""

    fitted_on: int
    priorities: tuple[int, ...]
    weights: Mapping[str, float]
    edges: tuple[float, ...]
    spread: tuple[tuple[float, ...], ...]
    turnout_s: float
    dispatch_delay_s: float
    scene_s: float
    handover_s: float

    def json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, path: Path) -> Calibration:
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            told |= {name: tuple(told[name]) for name in ("priorities", "edges")}
            return cls(**told | {"spread": tuple(tuple(band) for band in told["spread"])})
        except (OSError, ValueError, TypeError, KeyError) as broken:
            raise InvalidInput("calibration", f"{path} is none of ours: {broken}") from broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Seconds; `*_naive` is what the mean of each priority would have given."""

    n: int
    mae_s: float
    bias_s: float
    p90_error_s: float
    ks: float
    mae_naive_s: float
    mean_observed_s: float
    p90_observed_s: float


def responses(history: History) -> Bools:
    """bool[n]: the first at its scene, within an hour of the call."""
    took_s = history.on_scene_s - history.received_s
    return history.first_of_incident & (took_s > 0) & (took_s <= LONGEST_RESPONSE_S)


def calibrate(history: History, roads: Roads, hospitals: Float64s, chosen: Bools) -> Calibration:
    """Fit on the `chosen` responses bool[n]; positions may come from any earlier row."""
    fitted = chosen & responses(history)
    if fitted.sum() < 50:
        raise InvalidInput("history", f"has {fitted.sum()} responses to fit on; 50 are needed")
    priorities = tuple(int(p) for p in np.unique(history.priority[fitted]))
    terms = _terms(history, roads, hospitals, priorities)
    table = np.stack(list(terms.values()), axis=1)
    observed = history.on_scene_s - history.received_s
    # A little ridge: a term that hardly varies in a short record must not run away.
    size = np.sqrt((table[fitted] ** 2).mean(axis=0)) + 1e-9
    scaled = table[fitted] / size
    ridge = np.vstack([scaled, np.eye(len(size)) * 0.5])
    weights = np.linalg.lstsq(ridge, np.append(observed[fitted], np.zeros(len(size))), rcond=None)[0] / size
    predicted = table[fitted] @ weights
    edges = np.quantile(predicted, np.linspace(0, 1, _BANDS + 1)[1:-1])
    band = np.searchsorted(edges, predicted)
    residual = observed[fitted] - predicted
    return Calibration(
        fitted_on=int(fitted.sum()),
        priorities=priorities,
        weights=dict(zip(terms, weights.tolist(), strict=True)),
        edges=tuple(edges.tolist()),
        spread=tuple(
            tuple(np.quantile(residual[band == b], np.linspace(0.01, 0.99, 50)).tolist())
            for b in range(_BANDS)
        ),
        turnout_s=_median(history.en_route_s - history.dispatched_s, fitted),
        dispatch_delay_s=_median(history.dispatched_s - history.received_s, fitted),
        scene_s=_median(history.transporting_s - history.on_scene_s, fitted),
        handover_s=_median(history.available_s - history.at_hospital_s, fitted),
    )


def predict_s(calibration: Calibration, history: History, roads: Roads, hospitals: Float64s) -> Float64s:
    """float64[n]: expected seconds from the call to the arrival."""
    terms = _terms(history, roads, hospitals, calibration.priorities)
    predicted = sum(calibration.weights[name] * values for name, values in terms.items())
    return np.maximum(np.asarray(predicted, np.float64), 30.0)


def validate(
    calibration: Calibration, history: History, roads: Roads, hospitals: Float64s, chosen: Bools
) -> Validation:
    """On the `chosen` responses bool[n], which the fit should not have seen."""
    held = chosen & responses(history)
    if not held.any():
        raise InvalidInput(
            "history", "has no response on the days held out; fit on fewer of its first days with --fit-days"
        )
    observed = (history.on_scene_s - history.received_s)[held]
    predicted = predict_s(calibration, history, roads, hospitals)[held]
    band = np.searchsorted(calibration.edges, predicted)
    spread = np.array(calibration.spread)[band]  # [n, 50]
    drawn = np.maximum((predicted[:, None] + spread).ravel(), 30.0)
    fitted = _terms(history, roads, hospitals, calibration.priorities)
    naive = np.zeros(len(observed))
    for p in calibration.priorities:
        mine = fitted[f"priority_{p}"][held] > 0
        naive[mine] = observed[mine].mean() if mine.any() else 0.0
    return Validation(
        n=int(held.sum()),
        mae_s=float(np.abs(predicted - observed).mean()),
        bias_s=float((predicted - observed).mean()),
        p90_error_s=float(np.quantile(drawn, 0.9) - np.quantile(observed, 0.9)),
        ks=float(ks_2samp(drawn, observed).statistic),
        mae_naive_s=float(np.abs(naive - observed).mean()),
        mean_observed_s=float(observed.mean()),
        p90_observed_s=float(np.quantile(observed, 0.9)),
    )


def _median(seconds: Float64s, chosen: Bools) -> float:
    known = seconds[chosen & np.isfinite(seconds) & (seconds >= 0)]
    return float(np.median(known)) if len(known) else 0.0


def _terms(
    history: History, roads: Roads, hospitals: Float64s, priorities: tuple[int, ...]
) -> dict[str, Float64s]:
    """What the response is made of, float64[n] each: by priority a level, and a share of the drive."""
    drive_s, known = _drives(history, roads, hospitals)
    hour = history.received_s / 3600.0 % _HOURS
    terms = {}
    for priority in priorities:
        # A priority that the fit never saw is taken for its neighbour.
        nearest = np.array([min(priorities, key=lambda p: abs(p - q)) for q in history.priority.tolist()])
        mine = (nearest == priority).astype(np.float64)
        terms[f"priority_{priority}"] = mine
        terms[f"drive_{priority}"] = mine * known * np.minimum(drive_s, 1500.0)
        terms[f"known_{priority}"] = mine * known
    for wave in (1, 2):
        terms[f"hour_sin_{wave}"] = np.sin(2 * np.pi * wave * hour / _HOURS)
        terms[f"hour_cos_{wave}"] = np.cos(2 * np.pi * wave * hour / _HOURS)
    terms["under_way"] = _under_way(history)
    return terms


def _under_way(history: History) -> Float64s:
    """float64[n]: units on a mission when the call came: the busier, the farther the next free one."""
    known = np.isfinite(history.dispatched_s) & np.isfinite(history.available_s)
    # A unit that a clerk freed days later was not on its mission all that time.
    freed_s = np.minimum(history.available_s, history.dispatched_s + LONGEST_MISSION_S)
    began, ended = np.sort(history.dispatched_s[known]), np.sort(freed_s[known])
    at = history.received_s
    return (np.searchsorted(began, at) - np.searchsorted(ended, at)).astype(np.float64)


def _drives(history: History, roads: Roads, hospitals: Float64s) -> tuple[Float64s, Float64s]:
    """(seconds from where the unit's last mission ended, how much that still says, 0 to 1)."""
    places = np.stack([history.lon, history.lat], axis=1)
    ended = _ends(history, roads, hospitals, places)
    before, gap_s = np.full((len(history), 2), np.nan), np.full(len(history), np.inf)
    last: dict[str, int] = {}
    sent = np.where(np.isfinite(history.dispatched_s), history.dispatched_s, history.received_s)
    for row in np.argsort(sent, kind="stable").tolist():
        unit = history.unit[row]
        if unit in last and history.available_s[last[unit]] <= sent[row]:
            before[row] = ended[last[unit]]
            gap_s[row] = sent[row] - history.available_s[last[unit]]
        if unit:  # who is not named has no last mission
            last[unit] = row
    drive_s = np.nan_to_num(roads(before, places))
    known = np.where(np.isfinite(gap_s), np.exp(-np.minimum(gap_s, 86_400.0) / FADES_S), 0.0)
    return drive_s, known


def _ends(history: History, roads: Roads, hospitals: Float64s, places: Float64s) -> Float64s:
    """float64[n, 2]: where each mission ended."""
    if not len(hospitals):
        return places
    each = np.stack(
        [roads(places, np.broadcast_to(hospital, places.shape)) for hospital in hospitals], axis=1
    )
    nearest = hospitals[np.where(np.isnan(each), np.inf, each).argmin(axis=1)]
    ended: Float64s = np.where(np.isfinite(history.transporting_s)[:, None], nearest, places)
    return ended

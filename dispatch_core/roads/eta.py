"""How far the engine's travel times are to be trusted: predicted against actual, learnt per kind of drive.

A multiplicative correction with an interval, after the split-conformal idea (Vovk et al., 2005): the
quantiles of actual/predicted of past drives bound the next one, so that a p10-p90 band holds four in five.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.graph import Float64s

# Hours that drive alike, and lengths of drive that err alike.
HOUR_CLASSES: tuple[tuple[str, frozenset[int]], ...] = (
    ("night", frozenset({22, 23, 0, 1, 2, 3, 4, 5})),
    ("peak", frozenset({7, 8, 17, 18})),
    ("day", frozenset({6, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21})),
)
DURATION_BOUNDS_S = (180.0, 480.0, 1200.0)
MODES = ("road", "siren")
_QUANTILES = (0.1, 0.5, 0.9)
_CELLS = len(MODES) * len(HOUR_CLASSES) * (len(DURATION_BOUNDS_S) + 1)
_HOUR_CLASS = np.array(
    [next(i for i, (_, hours) in enumerate(HOUR_CLASSES) if h in hours) for h in range(24)]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drives:
    """k past drives: mode (index into MODES), local hour of departure, predicted and actual seconds."""

    mode: NDArray[np.int64]
    hour: NDArray[np.int64]
    predicted_s: Float64s
    actual_s: Float64s

    def __post_init__(self) -> None:
        if not len(self.mode) == len(self.hour) == len(self.predicted_s) == len(self.actual_s):
            raise InvalidInput("drives", "the four arrays must have one length")
        if len(self.mode) and not ((self.hour >= 0) & (self.hour < 24)).all():
            raise InvalidInput("hour", "lies between 0 and 23")
        if len(self.mode) and not ((self.mode >= 0) & (self.mode < len(MODES))).all():
            raise InvalidInput("mode", f"is an index into {MODES}")

    def __len__(self) -> int:
        return len(self.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class EtaBand:
    """Seconds of travel: four drives in five end between `p10_s` and `p90_s`, half before `p50_s`."""

    p10_s: float
    p50_s: float
    p90_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EtaModel:
    """Quantiles of actual/predicted by mode, hours and duration: float64[cells, 3], with n int64[cells]."""

    factors: Float64s
    count: NDArray[np.int64]

    @classmethod
    def untrained(cls) -> EtaModel:
        """Before the first drive: no correction, and a band wide enough to be honest (x0.75 to x1.5)."""
        return cls(factors=np.tile(np.array([0.75, 1.0, 1.5]), (_CELLS, 1)), count=np.zeros(_CELLS, np.int64))

    def band(self, predicted_s: float, *, mode: str, hour: int) -> EtaBand:
        """The interval of one drive; `predicted_s` from the engine, `hour` local."""
        cell = _cell(np.array([MODES.index(mode)]), np.array([hour]), np.array([predicted_s]))[0]
        p10, p50, p90 = (self.factors[cell] * predicted_s).tolist()
        return EtaBand(p10_s=p10, p50_s=p50, p90_s=p90)


def _cell(mode: NDArray[np.int64], hour: NDArray[np.int64], predicted_s: Float64s) -> NDArray[np.int64]:
    length = np.searchsorted(DURATION_BOUNDS_S, predicted_s, side="right")
    cell: NDArray[np.int64] = (mode * len(HOUR_CLASSES) + _HOUR_CLASS[hour]) * (
        len(DURATION_BOUNDS_S) + 1
    ) + length
    return cell


def calibrate(drives: Drives, *, prior_weight: float = 30.0) -> EtaModel:
    """Quantiles per cell, drawn towards those of its mode, and these to the untrained band, where few.

    Drives predicted under 5 s or taking none are left out: their ratio says nothing.
    """
    usable = (drives.predicted_s >= 5.0) & (drives.actual_s > 0)
    ratio = drives.actual_s[usable] / drives.predicted_s[usable]
    mode = drives.mode[usable]
    cell = _cell(mode, drives.hour[usable], drives.predicted_s[usable])
    untrained = EtaModel.untrained().factors[0]
    per_mode = [_drawn(ratio[mode == k], untrained, prior_weight) for k in range(len(MODES))]
    cells_per_mode = _CELLS // len(MODES)
    factors = np.array(
        [_drawn(ratio[cell == c], per_mode[c // cells_per_mode], prior_weight) for c in range(_CELLS)]
    )
    return EtaModel(factors=factors, count=np.bincount(cell, minlength=_CELLS))


def _drawn(ratio: Float64s, prior: Float64s, prior_weight: float) -> Float64s:
    if len(ratio) == 0:
        return prior
    share = len(ratio) / (len(ratio) + prior_weight)
    # In logarithms, so that twice as slow weighs like twice as fast.
    log = share * np.log(np.quantile(ratio, _QUANTILES)) + (1 - share) * np.log(prior)
    drawn: Float64s = np.exp(log)
    return drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class EtaErrors:
    """How predictions did: mean signed and absolute error in seconds, and the share inside p10-p90."""

    count: int
    bias_s: float
    mae_s: float
    inside_share: float


def errors(drives: Drives, model: EtaModel) -> EtaErrors:
    """Errors of the corrected prediction (p50) over `drives`; judge on drives that `model` never saw."""
    if len(drives) == 0:
        return EtaErrors(count=0, bias_s=float("nan"), mae_s=float("nan"), inside_share=float("nan"))
    factor = model.factors[_cell(drives.mode, drives.hour, drives.predicted_s)]
    band = factor * drives.predicted_s[:, None]
    error = band[:, 1] - drives.actual_s
    inside = (drives.actual_s >= band[:, 0]) & (drives.actual_s <= band[:, 2])
    return EtaErrors(
        count=len(drives),
        bias_s=float(error.mean()),
        mae_s=float(np.abs(error).mean()),
        inside_share=float(inside.mean()),
    )

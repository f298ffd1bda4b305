"""What a run says: response by priority, and how sure that is over replications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from simulations.kernel.arrays import AMBULANCE, Bools, Float64s, Jobs, Outcome

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean over replications with the half-width of its 95 % interval (Student's t)."""

    mean: float
    half_width: float

    @property
    def low(self) -> float:
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        return self.mean + self.half_width


def interval(values: Float64s) -> Interval:
    """Of one figure per replication; one alone says nothing of its own spread."""
    sample = np.asarray(values, np.float64)
    if len(sample) < 2:
        return Interval(mean=float(sample.mean()), half_width=float("inf"))
    factor = float(stdtrit(len(sample) - 1, 0.5 + CONFIDENCE / 2))
    error = float(sample.std(ddof=1)) / np.sqrt(len(sample))
    return Interval(mean=float(sample.mean()), half_width=float(factor * error))


def figures(
    jobs: Jobs,
    outcome: Outcome,
    *,
    begin_s: float,
    end_s: float,
    late_after_s: Mapping[int, float],
    kind: int = AMBULANCE,
) -> dict[str, float]:
    """Of the jobs reported in begin…end: response from report to arrival in seconds, shares of 0 to 1."""
    rows = np.flatnonzero((jobs.kind == kind) & (jobs.at >= begin_s) & (jobs.at < end_s))
    at, priority = jobs.at[rows], jobs.priority[rows]
    arrived, moved = outcome.arrived[rows], outcome.moved[rows]
    served = np.isfinite(arrived)
    response_s = arrived - at
    limit_s = np.array([late_after_s.get(int(p), np.inf) for p in range(10)])[priority]
    late = ~(response_s <= limit_s)  # who is never served is late
    told = {
        "jobs": float(len(rows)),
        "lost_share": float(1.0 - served.sum() / max(len(rows), 1)),
        # Who waited for somebody to become free; of those redirected the first departure is not kept.
        "queued_share": float((~moved.astype(np.bool_) & ~(outcome.sent[rows] <= at)).sum())
        / max(len(rows), 1),
        "moved_share": float(moved[served].sum() / max(served.sum(), 1)),
        **_of(response_s[served], late, ""),
    }
    for number in range(1, 5):
        asked = priority == number
        told |= _of(response_s[served & asked], late[asked], f"_p{number}")
    return told


def _of(response_s: Float64s, late: Bools, suffix: str) -> dict[str, float]:
    """Responses of those who were served, and who of all was late."""
    if not len(response_s):
        return {}
    return {
        f"mean_s{suffix}": float(response_s.mean()),
        f"median_s{suffix}": float(np.median(response_s)),
        f"p90_s{suffix}": float(np.quantile(response_s, 0.9)),
        f"late_share{suffix}": float(late.sum() / len(late)),
    }

"""When and where accidents happen, how grave they are, how long the work takes: Poisson by the hour.

Thinning after Lewis and Shedler, Simulation of nonhomogeneous Poisson processes by thinning, Naval Research
Logistics Quarterly 26 (1979): every draw comes from one master stream with a mark for each accident, so that
more or less demand leaves the accidents that both have unchanged (common random numbers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import AMBULANCE, NOBODY, TOW, Float64s, Floats, Int64s, Jobs

HOURS_OF_WEEK = 168
HOUR_S = 3600.0
_GREATEST_GROWTH = 4.0  # the master stream is drawn for so much more than the rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What an accident is like.

    per_hour         float64[168]  accidents by hour of the week, Monday first
    place_weight     float64[p]    any scale
    priority_share   {1…4: share}
    scene_s, handover_s, tow_scene_s  float64[k] each: durations that are drawn from, as observed
    to_hospital      share of accidents with an ambulance that goes on to a hospital
    ambulance, tow   share of accidents that need one
    """

    per_hour: Float64s
    place_weight: Float64s
    priority_share: Mapping[int, float]
    scene_s: Float64s
    handover_s: Float64s
    to_hospital: float
    ambulance: float = 1.0
    tow: float = 0.0
    tow_scene_s: Float64s = field(default_factory=lambda: np.zeros(1))

    def __post_init__(self) -> None:
        if self.per_hour.shape != (HOURS_OF_WEEK,) or (self.per_hour < 0).any() or not self.per_hour.any():
            raise InvalidInput("per_hour", f"must be {HOURS_OF_WEEK} rates of at least 0, not all 0")
        if (self.place_weight < 0).any() or not self.place_weight.any():
            raise InvalidInput("place_weight", "must be at least 0, not all 0")
        for name in ("scene_s", "handover_s", "tow_scene_s"):
            durations = getattr(self, name)
            if not len(durations) or (durations < 0).any() or not np.isfinite(durations).all():
                raise InvalidInput(name, "must be durations of at least 0")
        for name in ("to_hospital", "ambulance", "tow"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidInput(name, "is a share of 0 to 1")

    def draw(
        self,
        *,
        days: float,
        seed: np.random.SeedSequence,
        nearest_hospital: Int64s,
        growth: float = 1.0,
        nearest_yard: Int64s | None = None,
    ) -> Jobs:
        """Accidents of so many days from Monday 0 h on; `nearest_*` int64[p] where units go on to."""
        if not 0 < growth <= _GREATEST_GROWTH:
            raise InvalidInput("growth", f"must lie in 0…{_GREATEST_GROWTH}")
        times, places, kinds, durations = (np.random.default_rng(s) for s in seed.spawn(4))
        at_s = self._times(times, days, growth)
        n = len(at_s)
        weight = self.place_weight / self.place_weight.sum()
        place = places.choice(len(weight), size=_most(n), p=weight)[:n]
        share = np.array([self.priority_share.get(p, 0.0) for p in (1, 2, 3, 4)])
        marks = kinds.random((_most(n), 4))[:n]
        priority = 1 + np.searchsorted(np.cumsum(share / share.sum()), marks[:, 0], side="right")
        picks = durations.random((_most(n), 3))[:n]
        table = _Work(
            at=at_s, place=place.astype(np.int64), priority=np.minimum(priority, 4).astype(np.int64),
            rescued=marks[:, 1] < self.ambulance, towed=marks[:, 2] < self.tow,
            transported=marks[:, 3] < self.to_hospital,
            scene=_pick(self.scene_s, picks[:, 0]), handover=_pick(self.handover_s, picks[:, 1]),
            tow_scene=_pick(self.tow_scene_s, picks[:, 2]),
        )  # fmt: skip
        return _jobs(table, nearest_hospital, nearest_yard)

    def _times(self, rng: np.random.Generator, days: float, growth: float) -> Float64s:
        """Accepted times of the master stream, whose points and marks do not depend on `growth`."""
        peak = float(self.per_hour.max()) / HOUR_S * _GREATEST_GROWTH
        end_s = days * 86_400.0
        count = int(rng.poisson(peak * end_s))
        at_s = np.sort(rng.random(count)) * end_s
        mark = rng.random(count)
        rate = self.per_hour[(at_s // HOUR_S).astype(np.int64) % HOURS_OF_WEEK] / HOUR_S * growth
        accepted: Float64s = at_s[mark * peak < rate]
        return accepted

    def record(self) -> dict[str, Any]:
        """The plain values; `arrays` has the others."""
        shares = {str(p): s for p, s in self.priority_share.items()}
        return {"priority_share": shares, "to_hospital": self.to_hospital, "ambulance": self.ambulance,
                "tow": self.tow}  # fmt: skip

    def arrays(self) -> dict[str, Floats]:
        return {f"demand_{name}": getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_record(cls, told: Mapping[str, Any], arrays: Mapping[str, Any]) -> Demand:
        values = dict(told)
        values["priority_share"] = {int(p): float(s) for p, s in told["priority_share"].items()}
        return cls(**values, **{name: arrays[f"demand_{name}"] for name in _ARRAYS})


_ARRAYS = ("per_hour", "place_weight", "scene_s", "handover_s", "tow_scene_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    at: Float64s
    place: Int64s
    priority: Int64s
    rescued: Any
    towed: Any
    transported: Any
    scene: Float64s
    handover: Float64s
    tow_scene: Float64s


def _most(count: int) -> int:
    """More draws than are used, in steps: what an accident gets hardly depends on how many there are."""
    return max(1024, 1 << int(np.ceil(np.log2(max(count, 1)))))


def _pick(durations: Float64s, share: Float64s) -> Float64s:
    picked: Float64s = durations[(share * len(durations)).astype(np.int64)]
    return picked


def _jobs(work: _Work, nearest_hospital: Int64s, nearest_yard: Int64s | None) -> Jobs:
    """An accident's ambulance, then its tow truck, which begins when the ambulance leaves the scene."""
    n = len(work.at)
    accident = np.repeat(np.arange(n), 2)
    kind = np.tile(np.array([AMBULANCE, TOW], np.int64), n)
    wanted = np.where(kind == AMBULANCE, work.rescued[accident], work.towed[accident]).astype(np.bool_)
    number = np.where(wanted, np.cumsum(wanted) - 1, NOBODY)
    before = np.where((kind == TOW) & np.roll(wanted, 1), np.roll(number, 1), NOBODY)
    hospital = np.where(work.transported, nearest_hospital[work.place], NOBODY)
    yard = np.full(n, NOBODY) if nearest_yard is None else nearest_yard[work.place]
    goes_to = np.where(kind == AMBULANCE, hospital[accident], yard[accident])
    scene = np.where(kind == AMBULANCE, work.scene[accident], work.tow_scene[accident])
    handover = np.where(kind == AMBULANCE, work.handover[accident], 300.0)
    return Jobs(
        at=work.at[accident][wanted], kind=kind[wanted], place=work.place[accident][wanted],
        goes_to=goes_to[wanted].astype(np.int64), priority=work.priority[accident][wanted],
        scene=scene[wanted], handover=handover[wanted], after=before[wanted].astype(np.int64),
    )  # fmt: skip

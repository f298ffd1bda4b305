"""When and where accidents happen, how grave they are, how long the work takes: Poisson by the hour.

Thinning after Lewis and Shedler, Simulation of nonhomogeneous Poisson processes by thinning, Naval Research
Logistics Quarterly 26 (1979): every draw comes from one master stream with a mark for each accident, so that
more or less demand leaves the accidents that both have unchanged (common random numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import AMBULANCE, NOBODY, TOW, Bools, Float64s, Floats, Int64s, Jobs

HOURS_OF_WEEK = 168
HOUR_S = 3600.0
_GREATEST_GROWTH = 4.0  # the master stream is drawn for so much more than the rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """So many times the usual accidents on `days` (counted from 0, the first Monday) between two hours.

    Everywhere where `at` is None, else at the places where bool[p] is set. 22 to 6 passes midnight.
    """

    name: str
    factor: float
    days: tuple[int, ...] | None = None
    from_h: float = 0.0
    to_h: float = 24.0
    at: Bools | None = None

    def holds(self, at_s: Float64s, place: Int64s) -> Bools:
        """bool[n]"""
        begun_h = (at_s / HOUR_S - self.from_h) % 24.0
        holds: Bools = begun_h < ((self.to_h - self.from_h) % 24.0 or 24.0)
        if self.days is not None:
            day = ((at_s - self.from_h * HOUR_S) // 86_400.0).astype(np.int64)
            holds &= np.isin(day, self.days)
        if self.at is not None:
            holds &= self.at[place]
        return holds


@dataclass(frozen=True, slots=True, kw_only=True)
class RealDays:
    """Days as they were: m accidents by day, second of the day and place; weekday int64[days], Monday 0."""

    day: Int64s
    second: Float64s
    place: Int64s
    weekday: Int64s

    def draw(
        self, random: np.random.Generator, days: float, growth: Callable[[Float64s, Int64s], Float64s]
    ) -> tuple[Float64s, Int64s]:
        """(at, place): for every day one of the same weekday, or any if none was recorded, whole.

        More or less than was is each accident's own chance to come again, or not. Efron, Annals of
        Statistics 7 (1979).
        """
        first = np.searchsorted(self.day, np.arange(len(self.weekday) + 1))
        at, place = [np.zeros(0)], [np.zeros(0, np.int64)]
        for today in range(int(np.ceil(days))):
            same = np.flatnonzero(self.weekday == today % 7)
            one = int(random.choice(same if len(same) else len(self.weekday)))
            rows = slice(first[one], first[one + 1])
            at.append(today * 86_400.0 + self.second[rows])
            place.append(self.place[rows])
        at_s, where = np.concatenate(at), np.concatenate(place)
        times = np.floor(growth(at_s, where) + random.random(len(at_s))).astype(np.int64)
        again = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        shifted = np.repeat(at_s, times) + np.where(again > 0, random.uniform(-900, 900, len(again)), 0.0)
        shifted = np.abs(shifted)
        order = np.argsort(shifted, kind="stable")
        order = order[shifted[order] < days * 86_400.0]
        return shifted[order], np.repeat(where, times)[order]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What an accident is like.

    per_hour         float64[168]  accidents by hour of the week, Monday first
    place_weight     float64[p]    any scale
    priority_share   {1…4: share}
    scene_s, handover_s, tow_scene_s  float64[k] each: durations that are drawn from, as observed
    to_hospital      share of accidents with an ambulance that goes on to a hospital
    ambulance, tow   share of accidents that need one
    surges           weather and events, which multiply one another
    real_days        drawn from instead of `per_hour`: days as they were, storms and football included
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
    surges: tuple[Surge, ...] = ()
    real_days: RealDays | None = None

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
        self.refuse_beyond(growth)
        streams = [np.random.default_rng(s) for s in seed.spawn(1 + 3 * int(_GREATEST_GROWTH))]
        if self.real_days is not None:
            at_s, place = self.real_days.draw(streams[0], days, partial(self._growth_at, growth))
            marks, picks = _marks(streams[2:4], len(at_s))
        else:
            at_s, mark, share_of_peak = self._times(streams[0], days, growth)
            place, marks, picks = self._like(streams[1:], (mark / share_of_peak).astype(np.int64))
            happens = mark < share_of_peak * self._growth_at(growth, at_s, place)
            at_s, place, marks, picks = at_s[happens], place[happens], marks[happens], picks[happens]
        share = np.array([self.priority_share.get(p, 0.0) for p in (1, 2, 3, 4)])
        priority = 1 + np.searchsorted(np.cumsum(share / share.sum()), marks[:, 0], side="right")
        table = _Work(
            at=at_s, place=place, priority=np.minimum(priority, 4).astype(np.int64),
            rescued=marks[:, 1] < self.ambulance, towed=marks[:, 2] < self.tow,
            transported=marks[:, 3] < self.to_hospital,
            scene=_pick(self.scene_s, picks[:, 0]), handover=_pick(self.handover_s, picks[:, 1]),
            tow_scene=_pick(self.tow_scene_s, picks[:, 2]),
        )  # fmt: skip
        return _jobs(table, nearest_hospital, nearest_yard)

    def refuse_beyond(self, growth: float) -> None:
        """InvalidInput where growth and the surges that meet ask for more than the master stream has."""
        if not 0 < growth * self._peak_surge <= _GREATEST_GROWTH:
            raise InvalidInput("growth", f"times the surges that meet must lie in 0…{_GREATEST_GROWTH:g}")

    def _like(
        self, streams: Sequence[np.random.Generator], layer: Int64s
    ) -> tuple[Int64s, Float64s, Float64s]:
        """(place, marks, picks) of each point: an accident stays itself when growth adds others beside it."""
        n = len(layer)
        place, marks, picks = np.zeros(n, np.int64), np.zeros((n, 4)), np.zeros((n, 3))
        weight = self.place_weight / self.place_weight.sum()
        for k in range(int(layer.max(initial=-1)) + 1):
            chosen, (where, *what) = layer == k, streams[3 * k : 3 * k + 3]
            count = int(chosen.sum())
            place[chosen] = where.choice(len(weight), size=_most(count), p=weight)[:count]
            marks[chosen], picks[chosen] = _marks(what, count)
        return place, marks, picks

    def _times(
        self, rng: np.random.Generator, days: float, growth: float
    ) -> tuple[Float64s, Float64s, Float64s]:
        """(times, marks, usual rate as a share of the master stream's) of its points that may happen.

        Mark by share is the growth from which on a point happens; its whole part is the point's layer.
        Points and marks do not depend on `growth`, and a layer comes whole.
        """
        peak = float(self.per_hour.max()) / HOUR_S * _GREATEST_GROWTH
        end_s = days * 86_400.0
        count = int(rng.poisson(peak * end_s))
        at_s = np.sort(rng.random(count)) * end_s
        mark = rng.random(count)
        hours = np.arange(int(np.ceil(end_s / HOUR_S)) + 2)  # the last one ends after all
        in_hour = np.diff(np.searchsorted(at_s, hours * HOUR_S))
        by_hour = self.per_hour[hours[:-1] % HOURS_OF_WEEK] / (self.per_hour.max() * _GREATEST_GROWTH)
        share = np.repeat(by_hour, in_hour)
        kept = np.flatnonzero(mark < share * np.ceil(max(growth * self._peak_surge, 1.0)))
        return at_s[kept], mark[kept], share[kept]

    @property
    def _peak_surge(self) -> float:
        """No moment and place has more: asked at every quarter of an hour, as if events were everywhere."""
        if not self.surges:
            return 1.0
        last = max((max(surge.days) for surge in self.surges if surge.days), default=0) + 2
        at_s = np.arange(0.0, last * 86_400.0, 900.0)
        factor = np.ones(len(at_s))
        for surge in self.surges:
            factor[replace(surge, at=None).holds(at_s, np.zeros(0, np.int64))] *= surge.factor
        return float(max(factor.max(), 1.0))

    def _growth_at(self, growth: float, at_s: Float64s, place: Int64s) -> Float64s:
        """How many times the usual number happens then and there."""
        factor = np.full(len(at_s), growth)
        for surge in self.surges:
            factor[surge.holds(at_s, place)] *= surge.factor
        return factor

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


def _marks(streams: Sequence[np.random.Generator], count: int) -> tuple[Float64s, Float64s]:
    return streams[0].random((_most(count), 4))[:count], streams[1].random((_most(count), 3))[:count]


def _most(count: int) -> int:
    """More draws than are used, in steps: what an accident gets hardly depends on how many there are."""
    return max(1024, 1 << int(np.ceil(np.log2(max(count, 1)))))


def _pick(durations: Float64s, share: Float64s) -> Float64s:
    picked: Float64s = durations[(share * len(durations)).astype(np.int64)]
    return picked


def _jobs(work: _Work, nearest_hospital: Int64s, nearest_yard: Int64s | None) -> Jobs:
    """An accident's ambulance, then its tow truck, which begins when the ambulance leaves the scene."""
    wanted = np.flatnonzero(np.stack([work.rescued, work.towed], axis=1))
    accident, kind = wanted // 2, np.array([AMBULANCE, TOW], np.int64)[wanted % 2]
    of_ambulance = kind == AMBULANCE
    place = work.place[accident]
    hospital = np.where(work.transported[accident], nearest_hospital[place], NOBODY)
    yard = NOBODY if nearest_yard is None else nearest_yard[place]
    before = np.full(len(wanted), NOBODY)
    second = 1 + np.flatnonzero(accident[1:] == accident[:-1])
    before[second] = second - 1
    return Jobs(
        at=work.at[accident], kind=kind, place=place,
        goes_to=np.where(of_ambulance, hospital, yard).astype(np.int64), priority=work.priority[accident],
        scene=np.where(of_ambulance, work.scene[accident], work.tow_scene[accident]),
        handover=np.where(of_ambulance, work.handover[accident], 300.0), after=before,
    )  # fmt: skip

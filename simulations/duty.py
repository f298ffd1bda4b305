"""Who is off duty when: shifts, breaks and breakdowns as one list of changes for the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulations.kernel.arrays import Bools, Float64s, Int64s

HOUR_S, DAY_S = 3600.0, 86_400.0
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """`units` of a kind, evenly from its stations, are at home from one hour to another, also past midnight.

    `weekdays` are those on which it begins, Monday 0.
    """

    kind: int
    units: int
    from_h: float
    to_h: float
    weekdays: tuple[int, ...] = EVERY_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyPlan:
    """Every unit pauses `break_s` once in `break_every_s`, one after the other; and breaks down by chance.

    `breakdown_every_s` is the mean time between breakdowns, 0 for none; a unit is then away for `repair_s`.
    """

    rests: tuple[Rest, ...] = ()
    break_s: float = 0.0
    break_every_s: float = 8 * HOUR_S
    breakdown_every_s: float = 0.0
    repair_s: float = DAY_S

    def changes(
        self, kind: Int64s, *, days: float, seed: np.random.SeedSequence
    ) -> tuple[Float64s, Int64s, Bools]:
        """(duty_at, duty_unit, duty_on) of `Units`, by time; who is away for two reasons returns once."""
        # Making a stream takes longer than all else here: only where chance has a say.
        streams = seed.spawn(len(kind)) if self.breakdown_every_s > 0 else [seed] * len(kind)
        at: list[float] = []
        unit: list[int] = []
        on: list[bool] = []
        for u in range(len(kind)):
            for start, end in _united(sorted(self._away(u, kind, days * DAY_S, streams[u]))):
                at += [start, end]
                unit += [u, u]
                on += [False, True]
        order = np.argsort(np.array(at), kind="stable")
        return np.array(at)[order], np.array(unit, np.int64)[order], np.array(on, np.bool_)[order]

    def _away(
        self, u: int, kind: Int64s, end_s: float, stream: np.random.SeedSequence
    ) -> Iterator[tuple[float, float]]:
        for rest in self.rests:
            if u in _taken(kind, rest):
                yield from _nights(rest, end_s)
        if self.break_s > 0:
            first = self.break_every_s * (u + 0.5) / len(kind)
            for start in np.arange(first, end_s, self.break_every_s):
                yield float(start), float(start) + self.break_s
        if self.breakdown_every_s > 0:
            random = np.random.default_rng(stream)
            at = random.exponential(self.breakdown_every_s)
            while at < end_s:
                yield at, at + self.repair_s
                at += self.repair_s + random.exponential(self.breakdown_every_s)


def _taken(kind: Int64s, rest: Rest) -> set[int]:
    """Evenly spread: units of a station stand side by side."""
    mine = np.flatnonzero(kind == rest.kind)
    count = min(rest.units, len(mine))
    return set(mine[(np.arange(count) * len(mine)) // max(count, 1)].tolist())


def _nights(rest: Rest, end_s: float) -> Iterator[tuple[float, float]]:
    lasts_s = ((rest.to_h - rest.from_h) % 24 or 24.0) * HOUR_S
    for day in range(-1, int(np.ceil(end_s / DAY_S))):
        start = day * DAY_S + rest.from_h * HOUR_S
        if day % 7 in rest.weekdays and start + lasts_s > 0 and start < end_s:
            yield max(start, 0.0), start + lasts_s


def _united(away: list[tuple[float, float]]) -> list[tuple[float, float]]:
    united: list[tuple[float, float]] = []
    for start, end in away:
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((start, end))
    return united

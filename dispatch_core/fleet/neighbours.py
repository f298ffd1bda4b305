"""Impossible speeds: against the believed fixes before and after, so that back-fill is judged too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch_core.fleet.fixes import Fixes
from dispatch_core.fleet.ground import Bools
from dispatch_core.fleet.telemetry import TelemetryParams
from dispatch_core.geo import EARTH_RADIUS_M
from dispatch_core.roads.graph import Float64s, Int32s, Int64s

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Row for row one believed fix; `known` bool[k] tells where there is one; elsewhere all is unread."""

    known: Bools
    at_us: Int64s
    lon: Float64s
    lat: Float64s
    accuracy_m: Float64s

    @classmethod
    def none(cls, k: int) -> Neighbours:
        zero = np.zeros(k)
        return cls(
            known=np.zeros(k, np.bool_), at_us=np.zeros(k, np.int64), lon=zero.copy(), lat=zero.copy(),
            accuracy_m=np.full(k, np.nan),
        )  # fmt: skip

    def __getitem__(self, rows: Rows | Int32s | slice) -> Neighbours:
        return Neighbours(
            known=self.known[rows], at_us=self.at_us[rows], lon=self.lon[rows], lat=self.lat[rows],
            accuracy_m=self.accuracy_m[rows],
        )  # fmt: skip

    def put(self, rows: Rows, other: Neighbours) -> None:
        """Sets these rows."""
        self.known[rows], self.at_us[rows] = other.known, other.at_us
        self.lon[rows], self.lat[rows], self.accuracy_m[rows] = other.lon, other.lat, other.accuracy_m

    @classmethod
    def among(cls, fixes: Fixes, rows: Rows) -> Neighbours:
        """These fixes themselves."""
        return cls(
            known=np.ones(len(rows), np.bool_), at_us=fixes.fixed_at_us[rows], lon=fixes.lon[rows],
            lat=fixes.lat[rows], accuracy_m=fixes.accuracy_m[rows].astype(np.float64),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """Sender for sender the fixes in a row that were refused as jumps and agree with each other.

    count  int64[s]  how many since the last one that was believed
    last   the latest of them; unknown where there is none
    """

    count: Int64s
    last: Neighbours

    @classmethod
    def none(cls, senders: int) -> Doubted:
        return cls(count=np.zeros(senders, np.int64), last=Neighbours.none(senders))

    def copy(self) -> Doubted:
        return Doubted(count=self.count.copy(), last=self.last[np.arange(len(self.count))])

    def before(self, here: Neighbours, sender: int, params: TelemetryParams) -> int:
        """How many of this sender agree with a fix, none of them later than it.

        The same moment told again is no further witness: terminals repeat one fix under several events.
        """
        last = self.last[sender : sender + 1]
        if not last.known[0] or last.at_us[0] > here.at_us[0] or _too_fast(last, here, params)[0]:
            return 0
        return int(self.count[sender]) - int(last.at_us[0] == here.at_us[0])

    def put(self, sender: int, count: int, here: Neighbours) -> None:
        """What this fix leaves behind, unless a later one spoke already; of count 0 if it was believed."""
        if self.last.known[sender] and self.last.at_us[sender] > here.at_us[0]:
            return
        self.count[sender] = count
        self.last.put(np.array([sender]), here if count else Neighbours.none(1))


def jumps(
    fixes: Fixes, alive: Bools, before: Neighbours, after: Neighbours, doubted: Doubted,
    params: TelemetryParams,
) -> tuple[Bools, Doubted]:  # fmt: skip
    """bool[k]: alive fixes, in fix order, that nobody can have driven to; and who is doubted after them.

    Each is judged against its neighbours in time among the stored and the fixes believed before it here; what
    is refused is no neighbour of the next. A receiver that wakes up may tell the place where it fell asleep:
    when `params.outvoted_by` fixes in a row agree with each other, the one before them was wrong.
    """
    bad, doubted = np.zeros(len(fixes), np.bool_), doubted.copy()
    rows = np.flatnonzero(alive)
    if not len(rows):
        return bad, doubted
    first = _at_once(fixes, rows, before[rows], after[rows], params)
    # Where one is refused its successors have another neighbour than the one assumed: these devices again.
    again = np.unique(fixes.sender[rows[first]])
    for sender in again.tolist():
        own = rows[fixes.sender[rows] == sender]
        bad[own] = _one_by_one(fixes, own, before, after, doubted, params)
    for sender in np.flatnonzero(doubted.count).tolist():
        own = rows[fixes.sender[rows] == sender]
        if len(own) and sender not in again:
            doubted.put(sender, 0, Neighbours.among(fixes, own[-1:]))
    return bad, doubted


def _at_once(
    fixes: Fixes, rows: Rows, before: Neighbours, after: Neighbours, params: TelemetryParams
) -> Bools:
    """As if all of them were believed."""
    here = Neighbours.among(fixes, rows)
    follows = np.zeros(len(rows), np.bool_)
    follows[1:] = fixes.sender[rows[1:]] == fixes.sender[rows[:-1]]
    follows[1:] &= ~before.known[1:] | (here.at_us[:-1] >= before.at_us[1:])
    later = np.flatnonzero(follows)
    before.put(later, here[later - 1])
    return _too_fast(before, here, params) | _too_fast(after, here, params)


def _one_by_one(
    fixes: Fixes, rows: Rows, before: Neighbours, after: Neighbours, doubted: Doubted,
    params: TelemetryParams,
) -> Bools:  # fmt: skip
    """The rows of one sender; leaves in `doubted` what it is after them."""
    refused = np.zeros(len(rows), np.bool_)
    sender = int(fixes.sender[rows[0]])
    last: int | None = None
    for i in range(len(rows)):
        one = rows[i : i + 1]
        here, prior = Neighbours.among(fixes, one), before[one]
        if last is not None and (not prior.known[0] or fixes.fixed_at_us[last] >= prior.at_us[0]):
            prior = Neighbours.among(fixes, np.array([last]))
        refused[i] = _too_fast(after[one], here, params)[0]
        if refused[i]:
            continue
        if _too_fast(prior, here, params)[0]:
            agree = doubted.before(here, sender, params) + 1
            refused[i] = agree < params.outvoted_by
            doubted.put(sender, agree if refused[i] else 0, here)
        else:
            doubted.put(sender, 0, here)
        if not refused[i]:
            last = int(one[0])
    return refused


def _too_fast(one: Neighbours, other: Neighbours, params: TelemetryParams) -> Bools:
    """The slowest speed that joins two fixes, their inaccuracy granted; two places at once are too fast."""
    told_m = np.nan_to_num(one.accuracy_m) + np.nan_to_num(other.accuracy_m)
    apart_m = _distance_m(one, other) - np.maximum(params.jitter_m, told_m)
    apart_h = np.abs(other.at_us - one.at_us) / 3.6e9
    return np.asarray(one.known & (apart_m > 0) & (apart_m > params.max_speed_kmh * 1000 * apart_h))


def _distance_m(one: Neighbours, other: Neighbours) -> Float64s:
    """Great circles (haversine), as `geo.distance_m` for one pair."""
    south, north = np.radians(one.lat), np.radians(other.lat)
    across = np.sin((north - south) / 2) ** 2
    across += np.cos(south) * np.cos(north) * np.sin(np.radians(other.lon - one.lon) / 2) ** 2
    distance: Float64s = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(across)))
    return distance

"""Map matching of a unit that is still driving: each fix is settled a fixed time after it came."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.matching import FixRole, Match, Matcher, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineParams:
    """A fix is settled `lag_s` after it, or up to `stride_s` later, with `context_s` of the past to help.

    A longer lag is surer and later; a longer stride is less work. At most `fixes_at_most` are kept; of a
    unit that reports faster the oldest are settled sooner.
    """

    lag_s: float = 30.0
    stride_s: float = 5.0
    context_s: float = 60.0
    fixes_at_most: int = 600

    def __post_init__(self) -> None:
        if min(self.lag_s, self.stride_s, self.context_s) < 0:
            raise InvalidInput("lag_s, stride_s, context_s", "must not be negative")
        if self.fixes_at_most < 2:
            raise InvalidInput("fixes_at_most", "must be 2 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledFix:
    """A fix and where it was, as `Match` tells it; `entered` are the edges driven into since the one before.

    `follows`: the way goes on from where the fix before was settled. Else later fixes have taught better,
    or there was a gap.
    """

    at_s: float
    role: FixRole
    edge: int
    fraction: float
    confidence: float
    entered: tuple[int, ...]
    follows: bool


@dataclass(frozen=True, slots=True)
class _Fix:
    lon: float
    lat: float
    at_s: float
    heading_deg: float
    speed_kmh: float


class OnlineMatcher:
    """One unit's trace as it comes; the batch model over a window that moves along (fixed-lag smoothing).

    Memory and time of a fix are bounded by the window. With a lag as long as the trace, `flush` answers what
    `Matcher.match` does.
    """

    def __init__(self, matcher: Matcher, *, params: OnlineParams | None = None) -> None:
        self._matcher = matcher
        self._params = params if params is not None else OnlineParams()
        self._window: list[_Fix] = []
        self._settled = 0  # of the window: these are context
        self._last_edge = -1

    def add(
        self, lon: float, lat: float, at_s: float, *, heading_deg: float = math.nan,
        speed_kmh: float = math.nan,
    ) -> list[SettledFix]:  # fmt: skip
        """Takes the next fix; returns those that are settled by it, the oldest first.

        InvalidInput if it is older than the one before: put fixes in order first.
        """
        if self._window and at_s < self._window[-1].at_s:
            raise InvalidInput("at_s", "is older than the fix before")
        self._window.append(_Fix(lon, lat, at_s, heading_deg, speed_kmh))
        due = self._due(at_s)
        return self._settle(due) if due > self._settled else []

    def flush(self) -> list[SettledFix]:
        """Settles what is left: the drive has ended."""
        found = self._settle(len(self._window)) if len(self._window) > self._settled else []
        self._window, self._settled, self._last_edge = [], 0, -1
        return found

    def _due(self, now_s: float) -> int:
        """How many fixes of the window are to be settled by now."""
        p, window = self._params, self._window
        crowded = len(window) - p.fixes_at_most // 2
        if window[self._settled].at_s > now_s - p.lag_s - p.stride_s:
            return crowded
        return max(sum(fix.at_s <= now_s - p.lag_s for fix in window), crowded)

    def _settle(self, due: int) -> list[SettledFix]:
        match = self._matcher.match(_trace(self._window))
        found = [self._told(match, row) for row in range(self._settled, due)]
        self._settled = due
        self._forget()
        return found

    def _told(self, match: Match, row: int) -> SettledFix:
        entered = match.path[int(match.entered[row]) : int(match.entered[row + 1])].tolist()
        edge = int(match.edge[row])
        before = int(match.edge[row - 1]) if row else -1
        follows = before >= 0 and before == self._last_edge and edge >= 0
        self._last_edge = edge
        return SettledFix(
            at_s=self._window[row].at_s, role=FixRole(int(match.role[row])), edge=edge,
            fraction=float(match.fraction[row]), confidence=float(match.confidence[row]),
            entered=tuple(entered), follows=follows,
        )  # fmt: skip

    def _forget(self) -> None:
        """Drops context that is too old, or too much of it."""
        oldest_s = self._window[self._settled - 1].at_s - self._params.context_s
        first = next(row for row, fix in enumerate(self._window) if fix.at_s >= oldest_s)
        first = max(first, self._settled - self._params.fixes_at_most // 2)
        self._window = self._window[first:]
        self._settled -= first


def _trace(fixes: list[_Fix]) -> Trace:
    columns = np.array([(f.lon, f.lat, f.at_s, f.heading_deg, f.speed_kmh) for f in fixes]).T
    lon, lat, at_s, heading, speed = (np.ascontiguousarray(column) for column in columns)
    return Trace(lon=lon, lat=lat, at_s=at_s, heading_deg=heading, speed_kmh=speed)

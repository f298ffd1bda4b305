"""One fix at a time against plain lists: slow, obvious, and what the pipeline must agree with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dispatch_core.fleet.fixes import Sender
from dispatch_core.fleet.telemetry import Fix, TelemetryParams
from dispatch_core.geo import Box, LonLat, distance_m


def reason_alone(fix: Fix, *, received_at: datetime, box: Box, params: TelemetryParams) -> str | None:
    """What can be said of a fix without any other."""
    told = [v for v in (fix.heading_deg, fix.speed_kmh, fix.accuracy_m) if v is not None]
    # A told NaN is taken for "not told".
    if not fix.is_positioned:
        return "no_fix"
    if any(math.isinf(v) for v in told) or not (math.isfinite(fix.lon) and math.isfinite(fix.lat)):
        return "not_finite"
    if not (-180 <= fix.lon <= 180 and -90 <= fix.lat <= 90):
        return "not_on_earth"
    if abs(fix.lon) < 0.01 and abs(fix.lat) < 0.01:
        return "null_island"
    if not box.contains(LonLat(fix.lon, fix.lat)):
        return "outside_region"
    ahead_s = (fix.fixed_at - received_at).total_seconds()
    if ahead_s > params.max_future_s:
        return "in_future"
    if -ahead_s > params.retention_s:
        return "too_old"
    if fix.is_mock:
        return "mock"
    if fix.accuracy_m is not None and (fix.accuracy_m < 0 or fix.accuracy_m > params.max_accuracy_m):
        return "inaccurate"
    if fix.speed_kmh is not None and (fix.speed_kmh < 0 or fix.speed_kmh > params.max_speed_kmh):
        return "impossible_speed"
    return None


def implied_speed_kmh(one: Fix, other: Fix, params: TelemetryParams) -> float:
    """The slowest speed that joins two fixes once their inaccuracy is granted; inf for two places at once."""
    slack_m = max(params.jitter_m, (one.accuracy_m or 0.0) + (other.accuracy_m or 0.0))
    apart_m = distance_m(LonLat(one.lon, one.lat), LonLat(other.lon, other.lat)) - slack_m
    if apart_m <= 0:
        return 0.0
    apart_s = abs((other.fixed_at - one.fixed_at).total_seconds())
    return math.inf if apart_s == 0 else apart_m / apart_s * 3.6


@dataclass
class Archive:
    """Everything stored so far, of all devices, and the marker of one unit."""

    box: Box
    params: TelemetryParams
    stored: dict[tuple[Sender, str, datetime], tuple[Fix, str | None]] = field(default_factory=dict)
    marker: tuple[Fix, Sender] | None = None
    doubted: dict[Sender, list[Fix]] = field(default_factory=dict)

    def receive(
        self, batch: Sequence[tuple[Sender, Fix]], received_at: datetime
    ) -> list[tuple[str | None, bool]]:
        """(reason, repeated) of each fix of one group commit, judged in the order of their times."""
        answers: dict[int, tuple[str | None, bool]] = {}
        believed = {key: fix for key, (fix, why) in self.stored.items() if why is None}
        moving: list[tuple[Fix, Sender]] = []
        fresh: dict[tuple[Sender, str, datetime], tuple[Fix, str | None]] = {}
        for i in sorted(range(len(batch)), key=lambda i: batch[i][1].fixed_at):
            sender, fix = batch[i]
            key = (sender, fix.event_id, fix.fixed_at)
            if key in self.stored or key in fresh:
                answers[i] = ((self.stored | fresh)[key][1], True)
                continue
            why = reason_alone(fix, received_at=received_at, box=self.box, params=self.params)
            if why is None:
                own = [f for (s, _, _), f in believed.items() if s == sender]
                before = max((f for f in reversed(own) if f.fixed_at <= fix.fixed_at),
                             key=lambda f: f.fixed_at, default=None)  # fmt: skip
                after = min(
                    (f for f in own if f.fixed_at > fix.fixed_at), key=lambda f: f.fixed_at, default=None
                )
                against_before = before is not None and self._apart(before, fix)
                against_after = after is not None and self._apart(after, fix)
                if against_after or (against_before and not self._outvoted(sender, fix)):
                    why = "impossible_speed"
                else:
                    if not any(f.fixed_at > fix.fixed_at for f in self.doubted.get(sender, [])):
                        self.doubted[sender] = []
                    believed[key] = fix
                    moving.append((fix, sender))
            answers[i], fresh[key] = (why, False), (fix, why)
        self.stored |= fresh
        for fix, sender in moving:
            self._move(fix, sender)
        return [answers[i] for i in range(len(batch))]

    def _apart(self, one: Fix, other: Fix) -> bool:
        return implied_speed_kmh(one, other, self.params) > self.params.max_speed_kmh

    def _outvoted(self, sender: Sender, fix: Fix) -> bool:
        """Whether those refused just before say the same as this one, and are enough with it."""
        row = self.doubted.get(sender, [])
        if row and row[-1].fixed_at > fix.fixed_at:
            return self.params.outvoted_by == 1
        row = [*row, fix] if row and not self._apart(row[-1], fix) else [fix]
        self.doubted[sender] = row
        return len(row) >= self.params.outvoted_by

    def _move(self, fix: Fix, sender: Sender) -> None:
        if self.marker is not None:
            marked, owner = self.marker
            ahead_s = (fix.fixed_at - marked.fixed_at).total_seconds()
            has_word = owner == sender or sender.priority <= owner.priority
            if ahead_s <= 0 or not (has_word or ahead_s > self.params.fresh_s):
                return
        self.marker = fix, sender

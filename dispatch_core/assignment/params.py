"""What a supervisor may set: every weight of the cost is a named number of seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dispatch_core.errors import InvalidInput
from dispatch_core.incidents import PRIORITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchParams:
    """The dispatch cost of sending a unit, term by term, and the hard limits.

    cost_s = (turnout + routed ETA + age of the position beyond `fresh_s`) × priority_weight
             + substitution + declined + fatigue + shift end + switch + coverage loss

    `priority_weight` says how many seconds of a priority-4 incident one second is worth. Whether anybody is
    held never depends on a weight: nobody is while a unit is free, and the gravest are served first.

    fresh_s, stale_s    a position older is weighed; older still, its unit is not sent
    substitution_s      sending als where bls would do, flatbed where wheel_lift would
    decline_rest_s      after a decline or an expired offer the incident is not offered to the unit again
    decline_memory_s    … and until then only if nobody else can go (`declined_s` is added)
    waiting_weight      seconds of advantage per second already waited, among equally grave held incidents
    fatigue_s_per_h     for every hour on missions beyond `fatigue_after_s` of a shift
    shift_end_s         at most, for a crew whose shift ends within `mission_s`
    switch_s            for taking a unit off the incident that it is on its way to
    freeze_s            a unit so near its arrival is not taken off
    strand_beyond_s     … nor off one whom nobody would take over, unless the next crew is expected to be
                        free later than this: `mission_s` shared among the crews at work
    may_bump            (from, to): a unit may be taken off priority `from` for priority `to`; acyclic
    tow_drive_weight    of the road time of a tow truck that would come before it can begin: the nearest wins
    rescue_guess_s      until an ambulance comes where none can be sent yet; towing after it is timed by that
    coverage_point_s    for each percentage point of demand uncovered, at most `coverage_cap_s`; never for
                        priority 1. Off until measured on one's own demand: it trades mean for late share.
    """

    priority_weight: Mapping[int, float] = field(default_factory=lambda: {1: 8.0, 2: 4.0, 3: 2.0, 4: 1.0})
    fresh_s: float = 60.0
    stale_s: float = 600.0
    age_weight: float = 1.0
    substitution_s: float = 120.0
    decline_rest_s: float = 120.0
    decline_memory_s: float = 900.0
    declined_s: float = 7200.0
    waiting_weight: float = 1.0
    fatigue_after_s: float = 28_800.0
    fatigue_s_per_h: float = 30.0
    shift_end_s: float = 300.0
    mission_s: float = 3600.0
    switch_s: float = 300.0
    freeze_s: float = 120.0
    strand_beyond_s: float = 300.0
    may_bump: frozenset[tuple[int, int]] = frozenset({(4, 1), (4, 2), (3, 1), (3, 2)})
    tow_drive_weight: float = 0.2
    rescue_guess_s: float = 1800.0
    coverage_point_s: float = 0.0
    coverage_cap_s: float = 240.0

    def __post_init__(self) -> None:
        if set(self.priority_weight) != set(PRIORITIES):
            raise InvalidInput("priority_weight", f"needs a weight for each of {PRIORITIES}")
        weights = [self.priority_weight[p] for p in PRIORITIES]
        if not all(0 < w <= 100 for w in weights) or weights != sorted(weights, reverse=True):
            raise InvalidInput("priority_weight", "must lie in 0…100 and never grow from grave to slight")
        for named in fields(self):
            value = getattr(self, named.name)
            if isinstance(value, float | int) and not (0 <= value <= 86_400 and math.isfinite(value)):
                raise InvalidInput(named.name, "must lie between 0 and 86,400")
        if self.stale_s < self.fresh_s:
            raise InvalidInput("stale_s", "must not be below fresh_s")
        if self.decline_memory_s < self.decline_rest_s:
            raise InvalidInput("decline_memory_s", "must not be below decline_rest_s")
        _refuse_cycles(self.may_bump)

    def record(self) -> dict[str, Any]:
        """Plain JSON values, for the decision's inputs; `from_record` reads them back."""
        plain: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        return plain | {
            "priority_weight": {str(p): w for p, w in self.priority_weight.items()},
            "may_bump": sorted([a, b] for a, b in self.may_bump),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> DispatchParams:
        """Unknown names are refused; a name left out takes today's default."""
        unknown = set(record) - {f.name for f in fields(cls)}
        if unknown:
            raise InvalidInput("params", f"has no {', '.join(sorted(unknown))}")
        values = dict(record)
        if "priority_weight" in values:
            values["priority_weight"] = {int(p): float(w) for p, w in values["priority_weight"].items()}
        if "may_bump" in values:
            values["may_bump"] = frozenset((int(a), int(b)) for a, b in values["may_bump"])
        return cls(**values)


def _refuse_cycles(may_bump: frozenset[tuple[int, int]]) -> None:
    """Where 3 may be left for 2, 2 for 3 must not be, however many steps lie between: units would circle."""
    if not {p for step in may_bump for p in step} <= set(PRIORITIES):
        raise InvalidInput("may_bump", f"speaks of priorities other than {PRIORITIES}")
    left = set(may_bump)
    while left:
        ends = {to for _, to in left} - {origin for origin, _ in left}
        if not ends:
            raise InvalidInput("may_bump", "has a cycle: a unit could be bumped round and round")
        left = {(origin, to) for origin, to in left if to not in ends}

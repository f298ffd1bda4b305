"""What a policy made of a past day, and the figures that it is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.ids import IncidentId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """From report to arrival of one unit, by whichever policy."""

    incident_id: IncidentId
    need: Capability
    priority: int
    response_s: float


@dataclass(slots=True)
class Replayed:
    """What a policy made of the day; `stood` is where free units were at each report, before the decision."""

    responses: list[Response] = field(default_factory=list)
    unserved: int = 0
    redispatches: int = 0
    drive_m: float = 0.0
    stood: list[dict[UnitId, tuple[float, float]]] = field(default_factory=list)


def figures(
    responses: Sequence[Response], *, late_after_s: Mapping[UnitKind, float], draws: int = 1000, seed: int = 0
) -> dict[str, object]:
    """Mean, median, P90 with 95 % bootstrap intervals over units' responses, late share by priority."""
    if not responses:
        return {"responses": 0}
    times = np.array([one.response_s for one in responses], np.float64)
    rng = np.random.default_rng(seed)
    drawn = times[rng.integers(len(times), size=(draws, len(times)))]
    late = np.array([one.response_s > late_after_s[one.need.kind] for one in responses], np.bool_)
    grave = np.array([one.priority for one in responses], np.int64)
    told: dict[str, object] = {"responses": len(times)}
    for name, value, spread in (
        ("mean_s", times.mean(), drawn.mean(axis=1)),
        ("median_s", np.median(times), np.median(drawn, axis=1)),
        ("p90_s", np.percentile(times, 90), np.percentile(drawn, 90, axis=1)),
    ):
        low, high = np.percentile(spread, [2.5, 97.5])
        told[name] = {"value": round(float(value), 1), "ci95": [round(float(low), 1), round(float(high), 1)]}
    told["late_share"] = {
        str(p): round(float(late[grave == p].mean()), 4) for p in sorted(set(grave.tolist()))
    }
    return told

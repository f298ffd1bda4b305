"""Small worlds for the kernel: fields that a test does not speak of have harmless values."""

from __future__ import annotations

from typing import Any

import numpy as np

from dispatch_core.assignment.params import DispatchParams
from simulations.kernel.arrays import City, Jobs, Rules, Units
from simulations.rules import SimulatedPolicy, rules_of


def city(minutes: Any, **more: Any) -> City:
    time = np.asarray(minutes, np.float64)
    p = len(time)
    fields: dict[str, Any] = {
        "time": np.ascontiguousarray(np.stack([time, time])[None]), "band": np.zeros(168, np.int64),
        "hour": 60.0, "place_x": np.zeros(p), "place_y": np.zeros(p), "reach": np.zeros((p, 1), np.bool_),
        "cell_weight": np.ones(1), "posts": np.zeros(1, np.int64),
    }  # fmt: skip
    return City(**fields | more)


def jobs(at: Any, place: Any, **more: Any) -> Jobs:
    n = len(at)
    fields: dict[str, Any] = {
        "kind": np.zeros(n, np.int64), "goes_to": np.full(n, -1), "priority": np.ones(n, np.int64),
        "scene": np.ones(n), "handover": np.zeros(n), "after": np.full(n, -1),
    } | more  # fmt: skip
    dtypes = {"scene": np.float64, "handover": np.float64}
    arrays = {name: np.asarray(value, dtypes.get(name, np.int64)) for name, value in fields.items()}
    return Jobs(at=np.asarray(at, np.float64), place=np.asarray(place, np.int64), **arrays)


def units(base: Any, **more: Any) -> Units:
    u = len(base)
    fields: dict[str, Any] = {
        "kind": np.zeros(u, np.int64), "turnout": np.zeros(u), "turnout_rolling": np.zeros(u),
        "duty_at": np.zeros(0), "duty_unit": np.zeros(0, np.int64), "duty_on": np.zeros(0, np.bool_),
    }  # fmt: skip
    return Units(base=np.asarray(base, np.int64), **fields | more)


def rules(policy: SimulatedPolicy | None = None, **more: Any) -> Rules:
    """First come first served, nearest idle, unless said otherwise."""
    made = rules_of(policy or SimulatedPolicy(), DispatchParams())
    return made._replace(**{"by_priority": False} | more)

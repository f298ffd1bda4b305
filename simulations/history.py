"""What ambulances really did: a CSV of responses, one line a unit sent.

Columns `incident, unit, priority, received_at, dispatched_at, en_route_at, on_scene_at, transporting_at,
at_hospital_at, available_at, lon, lat`; times ISO 8601, empty where it did not happen; others are ignored.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import Bools, Float64s, Int64s

_TIMES = (
    "received_at", "dispatched_at", "en_route_at", "on_scene_at", "transporting_at", "at_hospital_at",
    "available_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """n responses by time received; times float64[n] in seconds since the first one's Monday, nan: never."""

    monday: datetime
    incident: tuple[str, ...]
    unit: tuple[str, ...]
    priority: Int64s
    received_s: Float64s
    dispatched_s: Float64s
    en_route_s: Float64s
    on_scene_s: Float64s
    transporting_s: Float64s
    at_hospital_s: Float64s
    available_s: Float64s
    lon: Float64s
    lat: Float64s

    def __len__(self) -> int:
        return len(self.received_s)

    def where(self, chosen: Bools) -> History:
        rows = np.flatnonzero(chosen)
        arrays = {
            name: getattr(self, name)[rows]
            for name in ("priority", "lon", "lat", *(t.replace("_at", "_s") for t in _TIMES))
        }
        return History(
            monday=self.monday, incident=tuple(self.incident[r] for r in rows),
            unit=tuple(self.unit[r] for r in rows), **arrays,
        )  # fmt: skip

    @property
    def first_of_incident(self) -> Bools:
        """The response that arrived first, one for each incident that anybody reached."""
        best: dict[str, int] = {}
        for row, incident in enumerate(self.incident):
            at = self.on_scene_s[row]
            if np.isfinite(at) and (incident not in best or at < self.on_scene_s[best[incident]]):
                best[incident] = row
        chosen = np.zeros(len(self), np.bool_)
        chosen[list(best.values())] = True
        return chosen

    def first_days(self, count: int) -> Bools:
        """bool[n]: received on the first so many days of the record."""
        days = np.unique(self.day)[:count]
        return np.isin(self.day, days)

    @property
    def day(self) -> Int64s:
        """int64[n]: whole days since `monday`."""
        return (self.received_s // 86_400).astype(np.int64)


def read_history(path: Path) -> History:
    """InvalidInput names the line of a time, number or column that cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as broken:
        raise InvalidInput("history", f"{path} cannot be read: {broken.strerror}") from broken
    if not rows:
        raise InvalidInput("history", f"{path} has no responses")
    missing = {"received_at", "on_scene_at", "lon", "lat"} - set(rows[0])
    if missing:
        raise InvalidInput("history", f"{path} has no column {', '.join(sorted(missing))}")
    times = {name: [_time(row.get(name), name, line) for line, row in enumerate(rows, 2)] for name in _TIMES}
    for line, received in enumerate(times["received_at"], 2):
        if received is None:
            raise InvalidInput("history", f"line {line}: received_at is empty")
    first = min(t for t in times["received_at"] if t is not None)
    monday = datetime.fromordinal(first.date().toordinal() - first.weekday()).replace(tzinfo=first.tzinfo)
    since = {
        name.replace("_at", "_s"): np.array(
            [np.nan if at is None else (at - monday).total_seconds() for at in values]
        )
        for name, values in times.items()
    }
    order = np.argsort(since["received_s"], kind="stable")
    return History(
        monday=monday,
        incident=tuple(rows[k].get("incident") or str(k) for k in order),
        unit=tuple(rows[k].get("unit") or "" for k in order),
        priority=np.array([_priority(rows[k].get("priority"), int(k) + 2) for k in order], np.int64),
        lon=np.array([_number(rows[k]["lon"], "lon", int(k) + 2) for k in order]),
        lat=np.array([_number(rows[k]["lat"], "lat", int(k) + 2) for k in order]),
        **{name: values[order] for name, values in since.items()},
    )


def _time(text: str | None, name: str, line: int) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("history", f"line {line}: {name} {text!r} is no ISO 8601 time") from None


def _number(text: str, name: str, line: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput("history", f"line {line}: {name} {text!r} is no number") from None


def _priority(text: str | None, line: int) -> int:
    """As the centre wrote it; 3 where it wrote nothing."""
    return int(_number(text, "priority", line)) if text else 3

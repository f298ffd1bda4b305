"""What ambulances really did: a CSV of responses, one line a unit sent.

Columns `incident, unit, priority, received_at, dispatched_at, en_route_at, on_scene_at, transporting_at,
at_hospital_at, available_at, lon, lat`, in any order; times ISO 8601, empty where it did not happen; others
are ignored. What else is understood: `simulations.history_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from dispatch_core.errors import InvalidInput
from maps.dropped import Dropped
from simulations.history_rows import Row, number_of, priority_of, rows_of, seconds_between, time_of
from simulations.kernel.arrays import Bools, Float64s, Int64s

_LATER = (
    "dispatched_at", "en_route_at", "on_scene_at", "transporting_at", "at_hospital_at", "available_at",
)  # fmt: skip
_TIMES = ("received_at", *_LATER)
_NO_AMBULANCES = frozenset(
    {"engine", "truck", "chief", "rescue captain", "rescue squad", "support", "investigation", "airport"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """n responses by time received; times float64[n] in seconds since the first one's Monday, nan: never.

    `received_s` follows the clock on the wall, whatever offset the record tells, so that days and hours are
    those of the place; the other times are so much later as they really were.
    """

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
    left_out: Mapping[str, int] = field(default_factory=dict)

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
            unit=tuple(self.unit[r] for r in rows), left_out=self.left_out, **arrays,
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
    """Rows without a time received or a place, and rows that are there twice, are left out and counted.

    Engines and chiefs' cars of a fire department's record (by `unit_type`) are too. InvalidInput names the
    line of a time or number that cannot be read, or the columns missing.
    """
    dropped = Dropped()
    found = [
        response
        for line, row in rows_of(path, "received_at", "on_scene_at", "lon", "lat")
        if (response := _response(row, line, dropped)) is not None
    ]
    kept = list(dict.fromkeys(found))
    dropped.count("row that is there twice", len(found) - len(kept))
    if not kept:
        raise InvalidInput("history", f"{path} has no responses with a time received and a place")
    kept.sort(key=lambda response: response.clock)
    first = kept[0].clock
    monday = datetime.fromordinal(first.date().toordinal() - first.weekday())
    received_s = np.array([(response.clock - monday).total_seconds() for response in kept])
    later_s = np.array([response.later_s for response in kept], np.float64)  # None: nan
    return History(
        monday=monday,
        incident=tuple(response.incident or str(k) for k, response in enumerate(kept)),
        unit=tuple(response.unit for response in kept),
        priority=np.array([response.priority for response in kept], np.int64),
        received_s=received_s,
        lon=np.array([response.lon for response in kept]),
        lat=np.array([response.lat for response in kept]),
        left_out=dropped.by_reason(),
        **{name.replace("_at", "_s"): received_s + later_s[:, k] for k, name in enumerate(_LATER)},
    )


@dataclass(frozen=True, slots=True)
class _Response:
    """`clock`: when received, on the clock of the place; `later_s`: how much later the other times are."""

    incident: str
    unit: str
    priority: int
    clock: datetime
    later_s: tuple[float | None, ...]
    lon: float
    lat: float


def _response(row: Row, line: int, dropped: Dropped) -> _Response | None:
    received = time_of(row, "received_at", line)
    lon, lat = number_of(row, "lon", line), number_of(row, "lat", line)
    if row.get("unit_type", "").lower() in _NO_AMBULANCES:
        dropped.count("row of a unit that is no ambulance")
    elif received is None:
        dropped.count("row without received_at")
    elif lon is None or lat is None or not is_on_earth(lon, lat):
        dropped.count("row without a place")
    else:
        times = (time_of(row, name, line) for name in _LATER)
        return _Response(
            row.get("incident", ""), row.get("unit", ""), priority_of(row), received.replace(tzinfo=None),
            tuple(None if at is None else seconds_between(received, at) for at in times), lon, lat,
        )  # fmt: skip
    return None


def is_on_earth(lon: float, lat: float) -> bool:
    """Exports write 0, 0 for a place that they do not know."""
    return abs(lon) <= 180 and abs(lat) <= 90 and (lon, lat) != (0.0, 0.0)

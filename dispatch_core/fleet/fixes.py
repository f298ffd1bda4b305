"""Many fixes of many devices as columns: what travels from the gateways through the pipeline to the store."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.telemetry import Fix
from dispatch_core.ids import UnitId
from dispatch_core.roads.graph import Float32s, Float64s, Int32s, Int64s, UInt8s

MOCK, UNPOSITIONED = 1, 2  # bits of `flags`
Ids = NDArray[np.void]
_IDS = np.dtype([("unit", "V16"), ("device", "V16")])

# (event, fixed_at_us, lon, lat, heading_deg, speed_kmh, accuracy_m, flags, altitude_m, alarms), NaN where a
# device did not tell.
FixRow = tuple[int, int, float, float, float, float, float, int, float, int]
_ROW = np.dtype(
    [
        ("event", "i8"), ("fixed_at_us", "i8"), ("lon", "f8"), ("lat", "f8"),
        ("heading_deg", "f4"), ("speed_kmh", "f4"), ("accuracy_m", "f4"), ("flags", "u1"),
        ("altitude_m", "f4"), ("alarms", "i8"),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A device as far as its fixes are concerned; of two of one unit the lower `priority` goes first.

    `packed` are the bytes of unit and device, `unit_name` the unit as it is spelt: made once.
    """

    device_id: UUID
    unit_id: UnitId
    datum: Datum = Datum.WGS84
    priority: int = 50
    packed: bytes = field(init=False, repr=False, compare=False)
    unit_name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", self.unit_id.bytes + self.device_id.bytes)
        object.__setattr__(self, "unit_name", str(self.unit_id))


def event_number(device_id: UUID | str, event_id: str) -> int:
    """64 bits that stand for a device's own name of an event, the same wherever they are computed."""
    return number_of(f"{device_id}{event_id}".encode())


def number_of(said: bytes) -> int:
    """64 bits that stand for what was said."""
    return int.from_bytes(hashlib.sha256(said).digest()[:8], "big", signed=True)


def microseconds(at: datetime) -> int:
    """Since 1970 in UTC."""
    return round(at.timestamp() * 1e6)


def row_of(device_id: UUID, fix: Fix) -> FixRow:
    """A fix as a row."""
    flags = (MOCK if fix.is_mock else 0) | (0 if fix.is_positioned else UNPOSITIONED)
    told = (
        math.nan if v is None else v for v in (fix.heading_deg, fix.speed_kmh, fix.accuracy_m, fix.altitude_m)
    )
    heading, speed, accuracy, altitude = told
    event = event_number(device_id, fix.event_id)
    at_us = microseconds(fix.fixed_at)
    return event, at_us, fix.lon, fix.lat, heading, speed, accuracy, flags, altitude, fix.alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """k fixes; `sender` int32[k] indexes `senders`, the rest are as in FixRow, one column each.

    `unit_ids` and `device_ids` are the senders' as 16 bytes each: V16[s].
    """

    senders: tuple[Sender, ...]
    unit_ids: Ids
    device_ids: Ids
    sender: Int32s
    event: Int64s
    fixed_at_us: Int64s
    lon: Float64s
    lat: Float64s
    heading_deg: Float32s
    speed_kmh: Float32s
    accuracy_m: Float32s
    flags: UInt8s
    altitude_m: Float32s
    alarms: Int64s

    def __len__(self) -> int:
        return len(self.sender)

    @classmethod
    def gathered(cls, parcels: Iterable[tuple[Sender, Sequence[FixRow]]]) -> Fixes:
        """The rows of all parcels in the order given; a sender may send several."""
        numbers: dict[UUID, int] = {}
        senders: list[Sender] = []
        rows: list[FixRow] = []
        whose: list[int] = []
        for one, sent in parcels:
            number = numbers.setdefault(one.device_id, len(numbers))
            if number == len(senders):
                senders.append(one)
            rows += sent
            whose += [number] * len(sent)
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as that
            table = np.array(rows, _ROW)
        columns = {name: np.ascontiguousarray(table[name]) for name in _ROW.fields or ()}
        ids = np.frombuffer(b"".join(one.packed for one in senders), _IDS)
        return cls(
            senders=tuple(senders), unit_ids=np.ascontiguousarray(ids["unit"]),
            device_ids=np.ascontiguousarray(ids["device"]),
            sender=np.array(whose, np.int32), **columns,
        )  # fmt: skip

    @classmethod
    def of(cls, sender: Sender, fixes: Iterable[Fix]) -> Fixes:
        """One device's fixes."""
        return cls.gathered([(sender, [row_of(sender.device_id, fix) for fix in fixes])])

    def __getitem__(self, rows: NDArray[np.intp]) -> Fixes:
        return Fixes(
            senders=self.senders, unit_ids=self.unit_ids, device_ids=self.device_ids,
            sender=self.sender[rows], event=self.event[rows],
            fixed_at_us=self.fixed_at_us[rows], lon=self.lon[rows], lat=self.lat[rows],
            heading_deg=self.heading_deg[rows], speed_kmh=self.speed_kmh[rows],
            accuracy_m=self.accuracy_m[rows], flags=self.flags[rows],
            altitude_m=self.altitude_m[rows], alarms=self.alarms[rows],
        )  # fmt: skip

    def fix_order(self) -> NDArray[np.intp]:
        """The permutation by sender and time of fix: a group commit is the reorder buffer."""
        return np.lexsort((self.fixed_at_us, self.sender))

"""Rows of `dispatch.fix` as PostgreSQL's binary COPY wants them, made by the thousand with NumPy."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from dispatch_core.fleet.fixes import Fixes
from dispatch_core.fleet.pipeline import BELIEVED, REFUSALS
from dispatch_core.roads.graph import Int64s, UInt8s
from dispatch_core.store.arrays import EPOCH_US

COLUMNS = (
    "unit_id, device_id, event, fixed_at, received_at, lon, lat, heading_deg, speed_kmh, accuracy_m, "
    "altitude_m, alarms, refused"
)
_COUNT = 13
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_OPTIONAL = {
    "heading_deg": ">f4", "speed_kmh": ">f4", "accuracy_m": ">f4", "altitude_m": ">f4", "alarms": ">i8"
}  # fmt: skip


@lru_cache(maxsize=512)
def _layout(told: int, refused: bytes) -> tuple[np.dtype[np.void], np.void]:
    """(fields, a row of lengths) of rows that tell the same columns and share one reason.

    Each field is four bytes of length before its value; -1 and no value stand for null.
    """
    wanted: list[tuple[str, str]] = [
        ("unit_id", "V16"), ("device_id", "V16"), ("event", ">i8"), ("fixed_at", ">i8"),
        ("received_at", ">i8"), ("lon", ">f8"), ("lat", ">f8"),
        *((name, kind if told >> bit & 1 else "") for bit, (name, kind) in enumerate(_OPTIONAL.items())),
        ("refused", f"S{len(refused)}" if refused else ""),
    ]  # fmt: skip
    fields: list[tuple[str, str]] = [("count", ">i2")]
    for name, kind in wanted:
        fields += [(f"{name}_length", ">i4"), *([(name, kind)] if kind else [])]
    layout = np.dtype(fields)
    blank = np.zeros(1, layout)
    blank["count"] = _COUNT
    for name, kind in wanted:
        blank[f"{name}_length"] = np.dtype(kind).itemsize if kind else -1
    if refused:
        blank["refused"] = refused
    return layout, blank[0]


def copied_rows(fixes: Fixes, refusal: UInt8s, *, received_at_us: int) -> Iterator[bytes]:
    """The pieces of one COPY; rows of one shape together, since their order says nothing."""
    yield _HEADER
    shape = refusal.astype(np.int64) << len(_OPTIONAL)
    for bit, name in enumerate(_OPTIONAL):
        column = getattr(fixes, name)
        told = column != 0 if name == "alarms" else ~np.isnan(column)
        shape |= told.astype(np.int64) << bit
    for one in np.unique(shape).tolist():
        rows = np.flatnonzero(shape == one)
        yield _block(fixes, rows, one, received_at_us)
    yield _TRAILER


def _block(fixes: Fixes, rows: Int64s, shape: int, received_at_us: int) -> bytes:
    code, told = shape >> len(_OPTIONAL), shape & (1 << len(_OPTIONAL)) - 1
    layout, blank = _layout(told, b"" if code == BELIEVED else REFUSALS[code - 1].value.encode())
    block = np.full(len(rows), blank, layout)
    block["unit_id"] = fixes.unit_ids[fixes.sender[rows]]
    block["device_id"] = fixes.device_ids[fixes.sender[rows]]
    block["event"] = fixes.event[rows]
    block["fixed_at"] = fixes.fixed_at_us[rows] - EPOCH_US
    block["received_at"] = received_at_us - EPOCH_US
    block["lon"], block["lat"] = fixes.lon[rows], fixes.lat[rows]
    for bit, name in enumerate(_OPTIONAL):
        if shape >> bit & 1:
            block[name] = getattr(fixes, name)[rows]
    return block.tobytes()

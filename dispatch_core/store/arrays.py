"""NumPy columns as binary array parameters: psycopg would write each element as text."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

EPOCH_US = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000
NEVER_US = -(2**63) + EPOCH_US  # as an instant: -infinity


class _Packed:
    """An array's bytes on the wire; every class has the type of its own name."""

    __slots__ = ("raw",)
    element = 0

    def __init__(self, values: NDArray[Any], kind: str) -> None:
        table = np.empty(len(values), [("length", ">i4"), ("value", kind)])
        table["length"] = np.dtype(kind).itemsize
        table["value"] = values
        head = struct.pack(">iiiii", 1, 0, self.element, len(values), 1)
        self.raw = head + table.tobytes() if len(values) else struct.pack(">iii", 0, 0, self.element)


class Uuids(_Packed):
    element = 2950

    def __init__(self, ids: Sequence[UUID] | NDArray[Any]) -> None:
        packed = ids if isinstance(ids, np.ndarray) else np.array([one.bytes for one in ids], "V16")
        super().__init__(packed, "V16")


class Bigints(_Packed):
    element = 20

    def __init__(self, values: NDArray[Any]) -> None:
        super().__init__(values, ">i8")


class Floats(_Packed):
    element = 701

    def __init__(self, values: NDArray[Any]) -> None:
        super().__init__(values, ">f8")


class Instants(_Packed):
    """Microseconds since 1970; NEVER_US is -infinity."""

    element = 1184

    def __init__(self, values: NDArray[Any]) -> None:
        super().__init__(values - EPOCH_US, ">i8")


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: _Packed) -> bytes:
        return obj.raw


def _register(kind: type[_Packed], array_oid: int) -> None:
    dumper = type(f"{kind.__name__}Dumper", (_PackedDumper,), {"oid": array_oid})
    psycopg.adapters.register_dumper(kind, dumper)


for _kind, _oid in ((Uuids, 2951), (Bigints, 1016), (Floats, 1022), (Instants, 1185)):
    _register(_kind, _oid)

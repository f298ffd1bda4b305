"""The coordinate system that a device reports in, declared with the device and converted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any


class Datum(StrEnum):
    """Satellites say WGS-84; Chinese maps and the phones that follow them say GCJ-02 or BD-09."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


# (lon, lat) arrays of degrees in a datum → the same places in WGS-84.
ToWgs84 = Mapping[Datum, Callable[[Any, Any], tuple[Any, Any]]]

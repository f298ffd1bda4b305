"""A staffed base that units of one kind set out from."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_core.fleet.capability import UnitKind
from dispatch_core.geo import LonLat
from dispatch_core.ids import StationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    id: StationId
    name: str
    kind: UnitKind
    place: LonLat

"""Where a loaded unit may go: hospitals, repair shops, service points, yards."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dispatch_core.geo import LonLat
from dispatch_core.ids import PlaceId


class PlaceKind(StrEnum):
    HOSPITAL = "hospital"
    REPAIR_SHOP = "repair_shop"
    SERVICE_POINT = "service_point"
    YARD = "yard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`facts` holds what differs by kind: a hospital's capabilities, beds and diversion, a shop's hours."""

    id: PlaceId
    kind: PlaceKind
    name: str
    place: LonLat
    phone: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    is_retired: bool = False

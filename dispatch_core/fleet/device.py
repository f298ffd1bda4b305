"""What reports a unit's positions: a terminal in the vehicle, a phone app, a driver's page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.fixes import Sender
from dispatch_core.ids import UnitId


class Protocol(StrEnum):
    """How a device speaks; its number is unique within its protocol."""

    JSON = "json"
    OSMAND = "osmand"
    JT808 = "jt808"

    def normal(self, number: str) -> str:
        """A number as it is kept: a terminal's without the zeros that pad it to 12 or 20 digits, in small."""
        return (number.lower().lstrip("0") or "0") if self is Protocol.JT808 else number

    def registered(self, said: str) -> str:
        """A number as somebody wrote it, as it is kept; InvalidInput where no terminal can send it."""
        if self is not Protocol.JT808:
            return said.strip()
        digits = re.sub(r"[\s-]", "", said)
        if re.fullmatch(r"[0-9a-fA-F]{1,20}", digits) is None:
            raise InvalidInput("number", f"of a terminal has up to 20 digits, as it sends them, not {said}")
        return self.normal(digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A source of fixes, bound to one unit; of two fresh ones the lower `priority` moves the marker."""

    id: UUID
    unit_id: UnitId
    protocol: Protocol
    number: str
    datum: Datum
    priority: int
    label: str
    added_at: datetime
    retired_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.number) <= 64:
            raise InvalidInput("number", "has 1 to 64 characters")
        if not 0 <= self.priority <= 100:
            raise InvalidInput("priority", "lies between 0 and 100")

    @property
    def sender(self) -> Sender:
        return Sender(device_id=self.id, unit_id=self.unit_id, datum=self.datum, priority=self.priority)

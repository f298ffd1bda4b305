"""What a caller says, kept word for word, and what it asks by the book of response plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispatch_core.assignment.response_plans import Circumstances, ResponsePlanBook
from dispatch_core.duplicates import Asked
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.geo import LonLat
from dispatch_core.incidents import IncidentKind, default_priority


@dataclass(frozen=True, slots=True, kw_only=True)
class AccidentReport:
    """What a caller says; `needs` and `priority` only where the call-taker knows better than the defaults."""

    kind: IncidentKind
    place: LonLat
    casualties: int = 0
    vehicles: int = 0
    needs: tuple[Need, ...] = ()
    priority: int | None = None
    address: str = ""
    description: str = ""
    caller_phone: str = ""
    plates: tuple[str, ...] = ()
    idempotency_key: str | None = None

    def said(self) -> dict[str, Any]:
        """The report word for word, as it is kept."""
        return {
            "kind": self.kind.value,
            "casualties": self.casualties,
            "vehicles": self.vehicles,
            "needs": [[need.capability.value, need.count] for need in self.needs],
            "priority": self.priority,
            "address": self.address,
            "description": self.description,
            "plates": list(self.plates),
            "lon": self.place.lon,
            "lat": self.place.lat,
        }

    @classmethod
    def of_said(cls, said: Mapping[str, Any], *, caller_phone: str) -> AccidentReport:
        """The report as it was kept; without its key."""
        return cls(
            kind=IncidentKind(said["kind"]),
            place=LonLat(said["lon"], said["lat"]),
            casualties=said["casualties"],
            vehicles=said["vehicles"],
            needs=tuple(Need(capability=Capability(c), count=n) for c, n in said["needs"]),
            priority=said["priority"],
            address=said["address"],
            description=said["description"],
            caller_phone=caller_phone,
            plates=tuple(said["plates"]),
        )

    def asked(self, book: ResponsePlanBook) -> Asked:
        """What the caller asks, by the book where he does not say."""
        needs = self.needs
        if not needs:
            told = Circumstances.as_reported(self.kind, casualties=self.casualties, vehicles=self.vehicles)
            needs = tuple(planned.need for planned in book.needs(told))
        priority = self.priority
        if priority is None:
            priority = default_priority(self.kind, casualties=self.casualties)
        return Asked(needs=needs, priority=priority, casualties=self.casualties, vehicles=self.vehicles)


def plate_key(plate: str) -> str:
    """One plate however it is written: 苏J·12345 and 苏j 12345."""
    return "".join(filter(str.isalnum, plate)).upper()


def phone_key(phone: str) -> str:
    """The last eleven digits: with or without +86."""
    return "".join(filter(str.isdigit, phone))[-11:]

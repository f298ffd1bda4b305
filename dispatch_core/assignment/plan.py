"""A solver's answer: who goes where, and who is kept waiting."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import IncidentId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One unit paired with one need; `eta_s` is road time alone, `response_s` includes turnout."""

    incident_id: IncidentId
    unit_id: UnitId
    need: Capability
    turnout_s: float
    eta_s: float
    position_age_s: float
    is_substitute: bool
    cost_s: float

    @property
    def response_s(self) -> float:
        return self.turnout_s + self.eta_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """So many units of a capability that nobody can bring now; a value, not a failure."""

    incident_id: IncidentId
    need: Capability
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sorted by incident, need and unit; `gap` the share by which a better plan could still be cheaper."""

    policy: str
    assignments: tuple[Assignment, ...]
    held: tuple[Held, ...]
    cost_s: float
    gap: float = 0.0

"""A solver's answer: who goes where, who goes on as before, who is taken off, and who is kept waiting."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import IncidentId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One unit newly paired with one need; `eta_s` is road time alone, `response_s` includes turnout.

    `depart_in_s`: a crew that leaves so much later still arrives before it can begin.
    """

    incident_id: IncidentId
    unit_id: UnitId
    need: Capability
    turnout_s: float
    eta_s: float
    position_age_s: float
    is_substitute: bool
    cost_s: float
    depart_in_s: float = 0.0

    @property
    def response_s(self) -> float:
        return self.turnout_s + self.eta_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A unit on its way that goes on to where it was going."""

    incident_id: IncidentId
    unit_id: UnitId
    need: Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A unit taken off its mission: bumped to `to_incident_id`, where it is assigned, or set free (None)."""

    unit_id: UnitId
    from_incident_id: IncidentId
    need: Capability
    to_incident_id: IncidentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """So many units of a capability that nobody can bring now; a value, not a failure."""

    incident_id: IncidentId
    need: Capability
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Each part sorted by incident, need and unit; `gap` is the share by which another could be cheaper.

    `moves` must be carried out before `assignments`. `cost_s` sums the assignments, what the kept units still
    have to drive, and the switches.
    """

    policy: str
    assignments: tuple[Assignment, ...]
    held: tuple[Held, ...]
    cost_s: float
    kept: tuple[Kept, ...] = ()
    moves: tuple[Move, ...] = ()
    gap: float = 0.0

"""What a decision weighs: incidents with open needs, and units with all that speaks for or against them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import Capability, Need, UnitKind
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.incidents import PRIORITIES, Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class TowOrder:
    """When towing can begin at a scene: seconds from now.

    rescue_work_s  rescue and release of evidence take so long after the last ambulance of the plan arrived;
                   None if towing does not wait for it
    not_before_s   … nor before this, for what is under way already and not in the plan
    together       no tow truck or crane can begin before all of them are there
    """

    rescue_work_s: float | None = None
    not_before_s: float = 0.0
    together: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.not_before_s <= 86_400 or not 0 <= (self.rescue_work_s or 0.0) <= 86_400:
            raise InvalidInput("tow_order", "speaks of times below 0 or beyond a day")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An incident with what it still needs; `waited_s` since it was reported.

    `needs` leaves out what missions under way fill, whether they may be moved or not. `district` is the
    jurisdiction that it lies in, `tows_kg` the mass of the heaviest vehicle to be towed. Without `tow_order`
    tow trucks begin when they come.
    """

    id: IncidentId
    priority: int
    needs: tuple[Need, ...]
    waited_s: float = 0.0
    district: str | None = None
    tows_kg: float = 0.0
    tow_order: TowOrder | None = None

    def __post_init__(self) -> None:
        if self.priority not in PRIORITIES:
            raise InvalidInput("priority", "is 1 (gravest) to 4")
        if not 0 <= self.waited_s < math.inf:
            raise InvalidInput("waited_s", "must be at least 0")

    @classmethod
    def of(cls, incident: Incident, *, needs: tuple[Need, ...], waited_s: float) -> OpenIncident:
        return cls(id=incident.id, priority=incident.priority, needs=needs, waited_s=max(waited_s, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """The need that a unit is on its way to, not yet at the scene: redispatch may move it."""

    incident_id: IncidentId
    need: Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A unit to be weighed; an engaged one is a candidate only by its `commitment`.

    turnout_s       what is left of it: 0 once the wheels roll
    position_age_s  None if it was never seen
    worked_s        spent on missions in this shift
    shift_left_s    None if nobody knows when the crew goes home
    districts       jurisdictions it may be sent to; None for all
    tows_at_most_kg what a tow truck can take; None for no limit
    """

    id: UnitId
    call_sign: str
    kind: UnitKind
    capabilities: frozenset[Capability]
    status: UnitStatus
    turnout_s: float
    position_age_s: float | None
    commitment: Commitment | None = None
    worked_s: float = 0.0
    shift_left_s: float | None = None
    districts: frozenset[str] | None = None
    tows_at_most_kg: float | None = None

    @classmethod
    def of(
        cls, unit: Unit, *, position_age_s: float | None, commitment: Commitment | None = None
    ) -> Candidate:
        return cls(
            id=unit.id,
            call_sign=unit.call_sign,
            kind=unit.kind,
            capabilities=unit.capabilities,
            status=unit.status,
            turnout_s=unit.turnout_s,
            position_age_s=position_age_s,
            commitment=commitment,
        )

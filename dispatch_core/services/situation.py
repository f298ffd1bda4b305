"""One consistent view of open needs and units, and the problem that it poses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident, TowOrder
from dispatch_core.assignment.problem import Float64s, Problem, pose
from dispatch_core.assignment.response_plans import Circumstances, ResponsePlanBook, tow_order
from dispatch_core.fleet.capability import Capability, Need, UnitKind
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.incidents import Incident, outstanding
from dispatch_core.missions import FILLING, MOVABLE, Mission, MissionStatus
from dispatch_core.services.modes import Modes
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions, positions, units
from dispatch_core.store.positions import Position

SHIFT = timedelta(hours=12)  # how far back missions tire a crew
_AT_WORK = frozenset(
    {MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE, MissionStatus.ON_SCENE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What one consistent view of the database says about open needs and units.

    `commitments` are the missions that redispatch may move; `incidents` holds theirs too. `working` are the
    ambulances' missions at each scene or on the way there: towing waits for them. `worked_s` is what each
    crew spent on missions in the length of a shift.
    """

    at: datetime
    incidents: tuple[Incident, ...]
    needs: dict[IncidentId, tuple[Need, ...]]
    units: tuple[Unit, ...]
    positions: dict[UnitId, Position]
    declined_at: dict[tuple[IncidentId, UnitId], datetime]
    commitments: dict[UnitId, Mission] = field(default_factory=dict)
    working: dict[IncidentId, list[Mission]] = field(default_factory=dict)
    worked_s: dict[UnitId, float] = field(default_factory=dict)

    @property
    def has_needs(self) -> bool:
        return any(self.needs[incident.id] for incident in self.incidents)


def read_situation(
    connection: Connection,
    at: datetime,
    *,
    modes: Modes | None = None,
    asked: IncidentId | None = None,
    by_person: bool = False,
) -> Situation:
    """Open incidents with what they still need, every unit, where it is, and who declined what.

    Left out are incidents that `modes` leave to a person, with their missions, unless one is `asked` for.
    `by_person` counts the crews that a person sent among those that may be moved.
    """
    rules = modes or Modes()
    asking = [
        incident
        for incident in incidents.open_incidents(connection)
        if incident.id == asked or rules.decides(incident, at)
    ]
    filled: defaultdict[IncidentId, list[Capability]] = defaultdict(list)
    working: defaultdict[IncidentId, list[Mission]] = defaultdict(list)
    declined: dict[tuple[IncidentId, UnitId], datetime] = {}
    commitments: dict[UnitId, Mission] = {}
    for mission in missions.of_incidents(connection, [incident.id for incident in asking]):
        if mission.status in FILLING:
            filled[mission.incident_id].append(mission.need)
        elif mission.status in (MissionStatus.DECLINED, MissionStatus.EXPIRED) and mission.ended_at:
            declined[mission.incident_id, mission.unit_id] = mission.ended_at
        if mission.status in MOVABLE and (by_person or not mission.is_chosen_by_person):
            commitments[mission.unit_id] = mission
        if mission.status in _AT_WORK and mission.need.kind is UnitKind.AMBULANCE:
            working[mission.incident_id].append(mission)
    needs = {incident.id: outstanding(incident.needs, filled[incident.id]) for incident in asking}
    rolling_to = {mission.incident_id for mission in commitments.values()}
    return Situation(
        at=at,
        incidents=tuple(one for one in asking if needs[one.id] or one.id in rolling_to),
        needs=needs,
        units=tuple(units.all_units(connection)),
        positions=positions.newest(connection),
        declined_at=declined,
        commitments=commitments,
        working=dict(working),
        worked_s=missions.worked_s(connection, since=at - SHIFT, until=at),
    )


def posed(
    situation: Situation, world: World, *, book: ResponsePlanBook | None = None,
    limits: UnitLimits | None = None, coverage_loss: Mapping[UnitId, float] | None = None,
) -> Problem:  # fmt: skip
    """The situation as arrays, routed: an ambulance under siren, a tow truck as everybody else.

    With a `book` towing waits for rescue where its plan says so; `coverage_loss` is in percentage points.
    """
    limits = limits or UnitLimits()
    seen = _seen(situation)
    turns = None if book is None else Turns(book)
    return pose(
        [_open(incident, situation, world, turns, limits) for incident in situation.incidents],
        [
            _candidate(unit, position, situation, world, limits)
            for unit, position in zip(situation.units, seen, strict=True)
        ],
        eta_s=_routed_s(situation, seen, world),
        declined_ago_s={
            key: (situation.at - at).total_seconds() for key, at in situation.declined_at.items()
        },
        coverage_loss=coverage_loss,
    )


def _seen(situation: Situation) -> list[Position | None]:
    """Where each unit is, looked up once: a UUID takes longer to hash itself than the rest together."""
    return [situation.positions.get(unit.id) for unit in situation.units]


def _routed_s(situation: Situation, seen: Sequence[Position | None], world: World) -> Float64s:
    """float64[i, u]: road times of the units that may be sent; inf for all others."""
    eta_s = np.full((len(situation.incidents), len(situation.units)), np.inf)
    scenes = [incident.place for incident in situation.incidents]
    for kind in UnitKind:
        sendable = [
            (column, position)
            for column, (unit, position) in enumerate(zip(situation.units, seen, strict=True))
            if position is not None
            and unit.kind is kind
            and (unit.status is UnitStatus.AVAILABLE or unit.id in situation.commitments)
        ]
        columns = [column for column, _ in sendable]
        eta_s[:, columns] = world.eta_s([position for _, position in sendable], kind, scenes)
    return eta_s


def _open(
    incident: Incident, situation: Situation, world: World, turns: Turns | None, limits: UnitLimits
) -> OpenIncident:
    order = None if turns is None else _tow_order(incident, situation, world, turns)
    return OpenIncident(
        id=incident.id,
        priority=incident.priority,
        needs=situation.needs[incident.id],
        waited_s=max((situation.at - incident.reported_at).total_seconds(), 0.0),
        district=limits.district_of(incident),
        tows_kg=limits.weighs_kg.get(incident.kind, 0.0) if limits.weighs_kg else 0.0,
        tow_order=order,
    )


class Turns:
    """When towing may begin, by a book; what one accident of a kind was told holds for all like it."""

    def __init__(self, book: ResponsePlanBook) -> None:
        self._book = book
        self._known: dict[tuple[object, ...], TowOrder | None] = {}

    def order_at(self, incident: Incident) -> TowOrder | None:
        """None where nobody is hurt or nothing is towed: only an ambulance is waited for."""
        here = frozenset(need.capability for need in incident.needs)
        like = incident.kind, incident.casualties, incident.vehicles, incident.alarm_level, here
        if like not in self._known:
            self._known[like] = self._order(incident, here)
        return self._known[like]

    def _order(self, incident: Incident, here: frozenset[Capability]) -> TowOrder | None:
        if {capability.kind for capability in here} != set(UnitKind):
            return None
        planned = self._book.needs(circumstances(incident))
        return tow_order(self._book, [one for one in planned if one.need.capability in here])


def _tow_order(incident: Incident, situation: Situation, world: World, turns: Turns) -> TowOrder | None:
    order = turns.order_at(incident)
    if order is None or order.rescue_work_s is None:
        return order
    work_s = order.rescue_work_s / world.speed
    until = [
        ((mission.arrived_at or mission.eta_at) - situation.at).total_seconds() + work_s
        for mission in situation.working.get(incident.id, [])
        if mission.unit_id not in situation.commitments
    ]
    return TowOrder(
        rescue_work_s=work_s, not_before_s=min(max([0.0, *until]), 86_400.0), together=order.together
    )


def circumstances(incident: Incident) -> Circumstances:
    """What the book of response plans asks of an incident as it is known now."""
    told = Circumstances.as_reported(
        incident.kind, casualties=incident.casualties, vehicles=incident.vehicles
    )
    return replace(told, alarm_level=incident.alarm_level)


def _candidate(
    unit: Unit, position: Position | None, situation: Situation, world: World, limits: UnitLimits
) -> Candidate:
    mission = situation.commitments.get(unit.id) if situation.commitments else None
    turnout_s = unit.turnout_s / world.speed
    commitment = None
    if mission is not None:
        commitment = Commitment(incident_id=mission.incident_id, need=mission.need)
        if mission.status is MissionStatus.EN_ROUTE:
            turnout_s = 0.0
        elif mission.accepted_at is not None:
            turnout_s = max(turnout_s - (situation.at - mission.accepted_at).total_seconds(), 0.0)
    return Candidate(  # not by `Candidate.of(replace(…))`: of two thousand units that is half the posing
        id=unit.id,
        call_sign=unit.call_sign,
        kind=unit.kind,
        capabilities=unit.capabilities,
        status=unit.status,
        turnout_s=turnout_s,
        position_age_s=(
            None if position is None else max((situation.at - position.fixed_at).total_seconds(), 0.0)
        ),
        commitment=commitment,
        worked_s=situation.worked_s.get(unit.id, 0.0) if situation.worked_s else 0.0,
        districts=limits.served_by(unit) if limits.serves else None,
        tows_at_most_kg=limits.tows_at_most_kg.get(unit.call_sign) if limits.tows_at_most_kg else None,
    )

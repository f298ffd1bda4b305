"""All open needs decided together, and the decision carried out: units claimed, missions offered."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from dispatch_core.assignment.candidate import Candidate, OpenIncident
from dispatch_core.assignment.explanation import explain
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Assignment, Plan
from dispatch_core.assignment.policy import POLICIES, nearest_idle
from dispatch_core.assignment.problem import Problem, pose
from dispatch_core.assignment.record import explanation_record, inputs_record, plan_record
from dispatch_core.fleet.capability import Capability, Need, UnitKind
from dispatch_core.fleet.unit import Unit, UnitEvent, UnitStatus, unit_after
from dispatch_core.ids import DecisionId, IncidentId, MissionId, UnitId
from dispatch_core.incidents import Incident, IncidentStatus, outstanding
from dispatch_core.missions import FILLING, Mission, MissionStatus
from dispatch_core.services.closing import OFFER_CLOCK
from dispatch_core.services.unit_of_work import Transaction, UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import decisions, incidents, missions, outbox, positions, timers, units
from dispatch_core.store.positions import Position

# One decision at a time becomes true, whichever process made it.
_LOCK = 0x59435403
ATTEMPTS = 3  # after races lost to crews and other desks; what is still open waits for the next event


Routes = dict[tuple[IncidentId, UnitId], dict[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferParams:
    """How long a crew may think."""

    answer_within_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What one consistent view of the database says about open needs and units."""

    at: datetime
    incidents: tuple[Incident, ...]
    needs: dict[IncidentId, tuple[Need, ...]]
    units: tuple[Unit, ...]
    positions: dict[UnitId, Position]
    declined_at: dict[tuple[IncidentId, UnitId], datetime]


def read_situation(connection: Connection, at: datetime) -> Situation:
    """Open incidents with what they still need, every unit, where it is, and who declined what."""
    asking = incidents.open_incidents(connection)
    filled: defaultdict[IncidentId, list[Capability]] = defaultdict(list)
    declined: dict[tuple[IncidentId, UnitId], datetime] = {}
    for mission in missions.of_incidents(connection, [incident.id for incident in asking]):
        if mission.status in FILLING:
            filled[mission.incident_id].append(mission.need)
        elif mission.status in (MissionStatus.DECLINED, MissionStatus.EXPIRED) and mission.ended_at:
            declined[mission.incident_id, mission.unit_id] = mission.ended_at
    needs = {incident.id: outstanding(incident.needs, filled[incident.id]) for incident in asking}
    return Situation(
        at=at,
        incidents=tuple(incident for incident in asking if needs[incident.id]),
        needs=needs,
        units=tuple(units.all_units(connection)),
        positions=positions.newest(connection),
        declined_at=declined,
    )


def solve_open(
    uow: UnitOfWork, world: World, *, params: DispatchParams, offers: OfferParams, cause: str,
    policy: str = "joint",
) -> list[Mission]:  # fmt: skip
    """Decides every open need together and offers the missions; what nobody can do is told as held.

    Reading, routing and solving hold no lock; carrying out checks each claim again in the database.
    """
    offered: list[Mission] = []
    for _ in range(ATTEMPTS):
        started = time.perf_counter()
        with uow.reading() as connection:
            situation = read_situation(connection, uow.clock())
        if not situation.incidents:
            break
        problem = posed(situation, world)
        plan = POLICIES[policy](problem, params=params)
        routes = _routes(plan, situation, world)
        decided = _Decided(
            world=world, problem=problem, plan=plan, routes=routes, params=params, cause=cause,
            took_ms=(time.perf_counter() - started) * 1e3,
        )  # fmt: skip
        claimed, lost = _carry_out(uow, decided, offers)
        offered += claimed
        if not lost:
            break
    return offered


def posed(situation: Situation, world: World) -> Problem:
    """The situation as arrays, routed: an ambulance under siren, a tow truck as everybody else."""
    asking = situation.incidents
    eta_s = np.full((len(asking), len(situation.units)), np.inf)
    for kind in UnitKind:
        columns = [
            i
            for i, unit in enumerate(situation.units)
            if unit.kind is kind and unit.status is UnitStatus.AVAILABLE and unit.id in situation.positions
        ]
        where = [situation.positions[situation.units[i].id] for i in columns]
        eta_s[:, columns] = world.eta_s(where, kind, [incident.place for incident in asking])
    return pose(
        [
            OpenIncident.of(
                incident,
                needs=situation.needs[incident.id],
                waited_s=(situation.at - incident.reported_at).total_seconds(),
            )
            for incident in asking
        ],
        [_candidate(unit, situation, world) for unit in situation.units],
        eta_s=eta_s,
        declined_ago_s={
            key: (situation.at - at).total_seconds() for key, at in situation.declined_at.items()
        },
    )


def _candidate(unit: Unit, situation: Situation, world: World) -> Candidate:
    position = situation.positions.get(unit.id)
    age_s = None if position is None else max((situation.at - position.fixed_at).total_seconds(), 0.0)
    return Candidate.of(replace(unit, turnout_s=unit.turnout_s / world.speed), position_age_s=age_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    world: World
    problem: Problem
    plan: Plan
    routes: Routes
    params: DispatchParams
    cause: str
    took_ms: float


def _routes(plan: Plan, situation: Situation, world: World) -> Routes:
    scene = {incident.id: incident.place for incident in situation.incidents}
    kind = {unit.id: unit.kind for unit in situation.units}
    return {
        (a.incident_id, a.unit_id): world.drive(
            situation.positions[a.unit_id], scene[a.incident_id], kind[a.unit_id]
        )
        for a in plan.assignments
    }


def _carry_out(uow: UnitOfWork, decided: _Decided, offers: OfferParams) -> tuple[list[Mission], bool]:
    """(missions offered, whether any claim was lost to somebody faster)."""
    with uow.begin() as tx:
        tx.connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        decision_id = DecisionId(tx.new_id())
        left = _still_needed(tx, decided.plan)
        wanted = _still_wanted(decided.plan, left)
        told = _tell_held(tx, decided.plan, left)
        if not wanted and not told:
            return [], len(decided.plan.assignments) > 0
        _keep(tx, decision_id, decided)
        crews = units.by_ids(tx.connection, {a.unit_id for a in wanted}, for_update=True)
        free = {unit.id: unit for unit in crews if unit.status is UnitStatus.AVAILABLE}
        made = [
            _mission(tx, one, free[one.unit_id].kind, decision_id, decided.world, offers)
            for one in wanted
            if one.unit_id in free
        ]
        offered = _offer(tx, made, free, decided.routes)
        tx.commit()
    _explain(uow, decision_id, decided)
    return offered, len(offered) < len(decided.plan.assignments)


def _still_needed(tx: Transaction, plan: Plan) -> Counter[tuple[IncidentId, Capability]]:
    """What the plan's incidents ask now that they are locked; nothing of those that are no longer open."""
    ids = {a.incident_id for a in plan.assignments} | {held.incident_id for held in plan.held}
    found = incidents.by_ids(tx.connection, ids, for_update=True)
    filled: defaultdict[IncidentId, list[Capability]] = defaultdict(list)
    for mission in missions.of_incidents(tx.connection, ids):
        if mission.status in FILLING:
            filled[mission.incident_id].append(mission.need)
    return Counter(
        {
            (incident.id, need.capability): need.count
            for incident in found
            if incident.status is IncidentStatus.OPEN
            for need in outstanding(incident.needs, filled[incident.id])
        }
    )


def _still_wanted(plan: Plan, left: Counter[tuple[IncidentId, Capability]]) -> list[Assignment]:
    """Assignments that still answer a need; each is taken off `left`."""
    wanted = []
    for assignment in plan.assignments:
        key = (assignment.incident_id, assignment.need)
        if left[key] > 0:
            left[key] -= 1
            wanted.append(assignment)
    return wanted


def _mission(
    tx: Transaction, assignment: Assignment, kind: UnitKind, decision_id: DecisionId, world: World,
    offers: OfferParams,
) -> Mission:  # fmt: skip
    leaves_at = tx.now + timedelta(seconds=assignment.turnout_s)
    arrival = world.arrival(assignment.eta_s, kind, leaves_at=leaves_at)
    return Mission(
        id=MissionId(tx.new_id()),
        incident_id=assignment.incident_id,
        unit_id=assignment.unit_id,
        decision_id=decision_id,
        need=assignment.need,
        status=MissionStatus.OFFERED,
        offered_at=tx.now,
        offer_expires_at=tx.now + timedelta(seconds=offers.answer_within_s),
        predicted_eta_at=arrival.eta_at,
        eta_at=arrival.eta_at,
        earliest_eta_at=arrival.earliest_at,
        latest_eta_at=arrival.latest_at,
        drive_s=assignment.eta_s,
        world_speed=world.speed,
    )


def _offer(
    tx: Transaction, made: Sequence[Mission], free: Mapping[UnitId, Unit], routes: Routes
) -> list[Mission]:
    """Claims the locked units; returns the missions of those that the database knows no other of."""
    claimed = missions.claim(tx.connection, [(m, routes[m.incident_id, m.unit_id]) for m in made])
    offered = [mission for mission in made if mission.id in claimed]
    units.save_locked(tx.connection, [unit_after(free[m.unit_id], UnitEvent.ENGAGE) for m in offered])
    timers.wind(tx.connection, OFFER_CLOCK, {m.id: m.offer_expires_at for m in offered})
    for mission in offered:
        unit = free[mission.unit_id]
        tx.record(
            "mission", "offered", mission.id, incident_id=str(mission.incident_id), unit_id=str(unit.id),
            call_sign=unit.call_sign, need=mission.need.value, decision_id=str(mission.decision_id),
            eta_s=round((mission.eta_at - mission.offered_at).total_seconds(), 1),
        )  # fmt: skip
        tx.record("unit", UnitStatus.ENGAGED.value, unit.id, call_sign=unit.call_sign)
    return offered


def _tell_held(tx: Transaction, plan: Plan, left: Counter[tuple[IncidentId, Capability]]) -> bool:
    """Tells of each incident kept waiting, once until what it waits for changes; whether any was told."""
    held: defaultdict[IncidentId, dict[str, int]] = defaultdict(dict)
    for one in plan.held:
        count = min(one.count, left[one.incident_id, one.need])
        if count > 0:
            held[one.incident_id][one.need.value] = count
    told = False
    for incident_id, needs in held.items():
        if outbox.last_of(tx.connection, incident_id) != ("held", {"needs": needs}):
            tx.record("incident", "held", incident_id, needs=needs)
            told = True
    return told


def _keep(tx: Transaction, decision_id: DecisionId, decided: _Decided) -> None:
    decisions.add(
        tx.connection,
        decision_id=decision_id,
        made_at=tx.now,
        cause=decided.cause,
        policy=decided.plan.policy,
        inputs=inputs_record(decided.problem, decided.params),
        outputs=plan_record(decided.plan),
        took_ms=decided.took_ms,
    )


def _explain(uow: UnitOfWork, decision_id: DecisionId, decided: _Decided) -> None:
    """Why, for who asks later; written when the crews have been told, for none of it delays them."""
    baseline = nearest_idle(decided.problem, params=decided.params)
    explained = explain(decided.problem, decided.plan, params=decided.params, baseline=baseline)
    with uow.begin() as tx:
        decisions.add_outputs(tx.connection, decision_id, {"explanation": explanation_record(explained)})
        tx.commit()

"""All open needs decided together, and the decision carried out: units claimed, missions offered."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Assignment, Plan
from dispatch_core.assignment.policy import POLICIES
from dispatch_core.assignment.problem import Problem
from dispatch_core.assignment.record import inputs_record, plan_record
from dispatch_core.assignment.response_plans import ResponsePlanBook
from dispatch_core.assignment.stop import AT_THE_DESK
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.unit import Unit, UnitEvent, UnitStatus, unit_after
from dispatch_core.ids import DecisionId, IncidentId, MissionId, UnitId
from dispatch_core.incidents import Incident, IncidentStatus, outstanding
from dispatch_core.missions import FILLING, Mission, MissionStatus, OfferParams
from dispatch_core.services.closing import OFFER_CLOCK
from dispatch_core.services.modes import Modes
from dispatch_core.services.moving import bump, ready, set_free
from dispatch_core.services.pricing import LossOf
from dispatch_core.services.situation import Situation, posed, read_situation
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.unit_of_work import Transaction, UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import decisions, incidents, missions, outbox, timers, units

# One decision at a time becomes true, whichever process made it.
_LOCK = 0x59435403
WORTH_WAITING_S = 60.0  # a crew told to leave later than at once is told by at least so much
# After these a crew on its way may be relieved by a nearer one, though nobody waits.
RELIEVING = frozenset({"unit.available", "mission.eta_slipped"})
ATTEMPTS = 3  # after races lost to crews and other desks; what is still open waits for the next event


Routes = dict[tuple[IncidentId, UnitId], dict[str, Any] | None]


def solve_open(
    uow: UnitOfWork, world: World, *, params: DispatchParams, offers: OfferParams, cause: str,
    policy: str = "in_order", modes: Modes | None = None, book: ResponsePlanBook | None = None,
    limits: UnitLimits | None = None, loss_of: LossOf | None = None,
) -> list[Mission]:  # fmt: skip
    """Decides every open need together and offers the missions; what nobody can do is told as held.

    Crews on their way take part: they go on, are bumped to a graver incident, or are set free by a nearer
    unit. Reading, routing and solving hold no lock; carrying out checks each claim again in the database.
    """
    offered: list[Mission] = []
    for _ in range(ATTEMPTS):
        started = time.perf_counter()
        with uow.reading() as connection:
            if not incidents.are_open(connection):
                break  # ten thousand units need not be read to learn that nobody waits for any
            situation = read_situation(connection, uow.clock(), modes=modes)
        if not situation.has_needs and not (cause in RELIEVING and situation.commitments):
            break
        loss = None if loss_of is None else loss_of(situation)
        problem = posed(situation, world, book=book, limits=limits, coverage_loss=loss)
        plan = POLICIES[policy](problem, params=params, stop=AT_THE_DESK)
        decided = Decided(
            world=world, problem=problem, plan=plan, params=params, cause=cause, situation=situation,
            routes=routes_of(plan, situation, world), took_ms=(time.perf_counter() - started) * 1e3,
        )  # fmt: skip
        claimed, lost = carry_out(uow, decided, offers)
        offered += claimed
        if not lost:
            break
    return offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A plan with all that it was made from; `sent_by` is who chose, and why if the machine would not have.

    `forced` units begin their shift or are taken as repaired, because a person ordered it.
    """

    world: World
    situation: Situation
    problem: Problem
    plan: Plan
    routes: Routes
    params: DispatchParams
    cause: str
    took_ms: float
    sent_by: str = "dispatcher"
    told: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    forced: frozenset[UnitId] = frozenset()


def routes_of(plan: Plan, situation: Situation, world: World) -> Routes:
    """The way to drive for each assignment."""
    scene = {incident.id: incident.place for incident in situation.incidents}
    kind = {unit.id: unit.kind for unit in situation.units}
    return {
        (a.incident_id, a.unit_id): world.drive(
            situation.positions[a.unit_id], scene[a.incident_id], kind[a.unit_id]
        )
        for a in plan.assignments
    }


def carry_out(uow: UnitOfWork, decided: Decided, offers: OfferParams) -> tuple[list[Mission], bool]:
    """(missions offered, whether any claim was lost to somebody faster).

    A plan that moves crews is carried out whole or not at all: nobody is taken off for a need that another
    desk has filled meanwhile.
    """
    plan = decided.plan
    with uow.begin() as tx:
        tx.connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        decision_id = DecisionId(tx.new_id())
        found = _locked_incidents(tx, plan)
        bumped = bump(tx, plan, decided.situation.commitments)
        if bumped is None:
            return [], True
        left = _still_needed(tx, found)
        wanted = _still_wanted(plan, left)
        told = _tell_held(tx, plan, left)
        if not wanted and not told and not bumped:
            return [], len(plan.assignments) > 0
        if plan.moves and len(wanted) < len(plan.assignments):
            return [], True
        _keep(tx, decision_id, decided)
        crews = units.by_ids(tx.connection, {a.unit_id for a in wanted} | set(bumped), for_update=True)
        crews = [ready(tx, unit) if unit.id in decided.forced else unit for unit in crews]
        free = {unit.id: unit for unit in crews if unit.status is UnitStatus.AVAILABLE or unit.id in bumped}
        if plan.moves and any(a.unit_id not in free for a in wanted):
            return [], True
        made = [
            _mission(tx, one, free[one.unit_id].kind, decision_id, decided, offers, bumped)
            for one in wanted
            if one.unit_id in free
        ]
        offered = _offer(tx, made, free, decided)
        if plan.moves and len(offered) < len(wanted):
            return [], True
        set_free(tx, plan, free)
        tx.commit()
    return offered, len(offered) < len(plan.assignments)


def _locked_incidents(tx: Transaction, plan: Plan) -> list[Incident]:
    ids = {a.incident_id for a in plan.assignments} | {held.incident_id for held in plan.held}
    ids |= {move.from_incident_id for move in plan.moves}
    return incidents.by_ids(tx.connection, ids, for_update=True)


def _still_needed(tx: Transaction, found: Sequence[Incident]) -> Counter[tuple[IncidentId, Capability]]:
    """What these incidents ask now that they are locked; nothing of those that are no longer open."""
    filled: defaultdict[IncidentId, list[Capability]] = defaultdict(list)
    for mission in missions.of_incidents(tx.connection, [incident.id for incident in found]):
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
    tx: Transaction, assignment: Assignment, kind: UnitKind, decision_id: DecisionId, decided: Decided,
    offers: OfferParams, bumped: Mapping[UnitId, Mission],
) -> Mission:  # fmt: skip
    leaves_in_s = assignment.depart_in_s + assignment.turnout_s
    arrival = decided.world.arrival(assignment.eta_s, kind, leaves_at=tx.now + timedelta(seconds=leaves_in_s))
    waits = assignment.depart_in_s >= WORTH_WAITING_S
    before = bumped.get(assignment.unit_id)
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
        world_speed=decided.world.speed,
        depart_at=tx.now + timedelta(seconds=assignment.depart_in_s) if waits else None,
        replaces_id=None if before is None else before.id,
        sent_by=decided.sent_by,
        # Beyond that of the mission it replaces: an app asks for another version than the one it knows.
        version=0 if before is None else before.version + 1,
    )


def _offer(
    tx: Transaction, made: Sequence[Mission], free: Mapping[UnitId, Unit], decided: Decided
) -> list[Mission]:
    """Claims the locked units; returns the missions of those that the database knows no other of."""
    claimed = missions.claim(tx.connection, [(m, decided.routes[m.incident_id, m.unit_id]) for m in made])
    offered = [mission for mission in made if mission.id in claimed]
    engaged = [free[m.unit_id] for m in offered if free[m.unit_id].status is UnitStatus.AVAILABLE]
    units.save_locked(tx.connection, [unit_after(unit, UnitEvent.ENGAGE) for unit in engaged])
    timers.wind(tx.connection, OFFER_CLOCK, {m.id: m.offer_expires_at for m in offered})
    for mission in offered:
        unit = free[mission.unit_id]
        tx.record(
            "mission", "offered", mission.id, incident_id=str(mission.incident_id), unit_id=str(unit.id),
            call_sign=unit.call_sign, need=mission.need.value, decision_id=str(mission.decision_id),
            eta_s=round((mission.eta_at - mission.offered_at).total_seconds(), 1),
            **({"replaces": str(mission.replaces_id)} if mission.replaces_id else {}),
            **({"by": decided.sent_by, "reason": decided.reason} if mission.is_chosen_by_person else {}),
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


def _keep(tx: Transaction, decision_id: DecisionId, decided: Decided) -> None:
    """All that went in and came out; why, is worked out from it when somebody asks."""
    stood = {
        str(unit.id): [where.lon, where.lat]
        for unit in decided.situation.units
        if unit.status is UnitStatus.AVAILABLE and (where := decided.situation.positions.get(unit.id))
    }
    decisions.add(
        tx.connection,
        decision_id=decision_id,
        made_at=tx.now,
        cause=decided.cause,
        policy=decided.plan.policy,
        inputs=inputs_record(decided.problem, decided.params) | {"stood": stood},
        outputs=plan_record(decided.plan) | dict(decided.told),
        took_ms=decided.took_ms,
    )

"""What the desk orders: a recommendation seen and confirmed, or another unit sent, with the reason kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dispatch_core.assignment.limits import FREE, LIMITS, Limit, limit_of
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Assignment, Move, Plan
from dispatch_core.assignment.policy import POLICIES
from dispatch_core.assignment.problem import Problem
from dispatch_core.assignment.stop import AT_THE_DESK
from dispatch_core.errors import Conflict, InvalidInput, NotFound
from dispatch_core.fleet.capability import Capability, substitution
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.incidents import Incident, IncidentStatus
from dispatch_core.missions import MOVABLE, Mission, OfferParams
from dispatch_core.services.dispatching import Decided, carry_out, routes_of
from dispatch_core.services.pricing import LossOf
from dispatch_core.services.rules import DeskRules
from dispatch_core.services.situation import Situation, posed, read_situation
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions

OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """What the machine would do now; nothing of it is done."""

    situation: Situation
    problem: Problem
    plan: Plan
    took_ms: float


def recommend(
    uow: UnitOfWork,
    world: World,
    rules: DeskRules,
    *,
    asked: IncidentId | None,
    loss_of: LossOf | None = None,
) -> Recommended:  # fmt: skip
    """The best plan for what the machine decides and the one incident `asked` about."""
    started = time.perf_counter()
    with uow.reading() as connection:
        situation = read_situation(connection, uow.clock(), modes=rules.modes, asked=asked)
    loss = None if loss_of is None else loss_of(situation)
    problem = posed(situation, world, book=rules.book, limits=rules.limits, coverage_loss=loss)
    plan = POLICIES["in_order"](problem, params=rules.params, stop=AT_THE_DESK)
    return Recommended(
        situation=situation, problem=problem, plan=plan, took_ms=(time.perf_counter() - started) * 1e3
    )


def confirm(
    uow: UnitOfWork,
    world: World,
    rules: DeskRules,
    incident_id: IncidentId,
    loss_of: LossOf | None = None,
) -> list[Mission]:
    """Sends what is recommended for one incident; Conflict if that is nothing."""
    found = recommend(uow, world, rules, asked=incident_id, loss_of=loss_of)
    plan = _of_incident(found.plan, incident_id)
    if not plan.assignments:
        raise Conflict(
            "nothing is recommended: no need is open, or no unit is free", code="nothing-to-confirm"
        )
    decided = Decided(
        world=world, situation=found.situation, problem=found.problem, plan=plan,
        routes=routes_of(plan, found.situation, world), params=rules.params, cause="confirmed",
        took_ms=found.took_ms, sent_by=OPERATOR,
    )  # fmt: skip
    return _carried_out(uow, decided, rules.offers)


def _of_incident(plan: Plan, incident_id: IncidentId) -> Plan:
    mine = tuple(a for a in plan.assignments if a.incident_id == incident_id)
    sent = {a.unit_id for a in mine}
    return replace(
        plan,
        assignments=mine,
        held=tuple(held for held in plan.held if held.incident_id == incident_id),
        moves=tuple(move for move in plan.moves if move.unit_id in sent),
    )


def _carried_out(uow: UnitOfWork, decided: Decided, offers: OfferParams) -> list[Mission]:
    offered, lost = carry_out(uow, decided, offers)
    if lost:
        raise Conflict("somebody was faster; look again and repeat", code="claim-lost")
    return offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's own choice. `even_unavailable` sends a unit that the machine would not, and is told."""

    incident_id: IncidentId
    unit_id: UnitId
    need: Capability
    reason: str
    even_unavailable: bool = False

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InvalidInput("reason", "say why another unit is sent than the one recommended")


def override(
    uow: UnitOfWork,
    world: World,
    rules: DeskRules,
    order: Override,
    loss_of: LossOf | None = None,
) -> list[Mission]:
    """Sends the unit named; whom the machine had sent for the need is called back in the same transaction.

    Conflict for a unit that is not available, unless the order says so; always for one that has arrived
    somewhere: a second mission never breaks the first.
    """
    with uow.reading() as connection:
        situation = read_situation(connection, uow.clock(), asked=order.incident_id, by_person=True)
        incident = incidents.get(connection, order.incident_id)
        here = missions.of_incidents(connection, [order.incident_id])
    if incident.status is not IncidentStatus.OPEN:
        raise Conflict(f"the incident is {incident.status}", code="incident-status-conflict")
    unit = next((one for one in situation.units if one.id == order.unit_id), None)
    if unit is None:
        raise NotFound("unit", order.unit_id)
    situation = _with_incident(situation, incident)
    loss = None if loss_of is None else loss_of(situation)
    problem = posed(situation, world, book=rules.book, limits=rules.limits, coverage_loss=loss)
    refused = _why_not(problem, unit, order, rules.params, situation)
    plan = _ordered(situation, world, order, unit, incident, here)
    recommended = POLICIES["in_order"](problem, params=rules.params, stop=AT_THE_DESK)
    told: Mapping[str, Any] = {
        "override": {
            "incident_id": str(order.incident_id), "unit_id": str(order.unit_id), "need": order.need.value,
            "reason": order.reason, "by": OPERATOR, "despite": refused,
            "recommended": [
                str(a.unit_id)
                for a in recommended.assignments
                if (a.incident_id, a.need) == (order.incident_id, order.need)
            ],
        }
    }  # fmt: skip
    decided = Decided(
        world=world, situation=situation, problem=problem, plan=plan,
        routes=routes_of(plan, situation, world), params=rules.params, cause="override", took_ms=0.0,
        sent_by=OPERATOR, told=told, reason=order.reason,
        forced=frozenset({unit.id}) if refused else frozenset(),
    )  # fmt: skip
    return _carried_out(uow, decided, rules.offers)


def _with_incident(situation: Situation, incident: Incident) -> Situation:
    if any(one.id == incident.id for one in situation.incidents):
        return situation
    return replace(situation, incidents=(*situation.incidents, incident))


def _why_not(
    problem: Problem, unit: Unit, order: Override, params: DispatchParams, situation: Situation
) -> str | None:
    """The rule that the order sets aside; Conflict where it may not, or does not say that it does."""
    if unit.id not in situation.positions:
        raise Conflict(f"{unit.call_sign} has never reported a position", code="unit-unavailable")
    if unit.status is UnitStatus.ENGAGED and unit.id not in situation.commitments:
        raise Conflict(f"{unit.call_sign} has arrived on another mission", code="unit-has-mission")
    rule = _limit(problem, unit, order, params)
    if rule is not None and not order.even_unavailable:
        raise Conflict(
            f"{unit.call_sign} cannot be sent ({rule}); repeat with even_unavailable to send it all the same",
            code="unit-unavailable",
        )
    return rule


def _limit(problem: Problem, unit: Unit, order: Override, params: DispatchParams) -> str | None:
    if substitution(unit.capabilities, order.need) is None:
        return Limit.NOT_CAPABLE.value
    if unit.status is UnitStatus.ENGAGED:
        return Limit.ENGAGED.value
    column = next(u for u, one in enumerate(problem.units) if one.id == unit.id)
    rows = [
        row
        for row, need in enumerate(problem.row_need)
        if need.capability is order.need
        and problem.incidents[problem.row_incident[row]].id == order.incident_id
    ]
    if not rows:
        status = unit.status
        return None if status is UnitStatus.AVAILABLE else status.value
    code = int(limit_of(problem, params)[rows[0], column])
    # Who declined before may well be asked again by a person.
    return None if code == FREE or LIMITS[code] is Limit.DECLINED_RECENTLY else LIMITS[code].value


def _ordered(
    situation: Situation, world: World, order: Override, unit: Unit, incident: Incident, here: list[Mission]
) -> Plan:
    moves = []
    going = situation.commitments.get(unit.id)
    if going is not None:
        if going.incident_id == order.incident_id:
            raise Conflict(f"{unit.call_sign} is on its way there already", code="unit-has-mission")
        moves.append(
            Move(unit_id=unit.id, from_incident_id=going.incident_id, need=going.need,
                 to_incident_id=order.incident_id)
        )  # fmt: skip
    if not any(need.capability is order.need for need in situation.needs.get(incident.id, ())):
        replaced = [m for m in here if m.status in MOVABLE and m.need is order.need]
        if not replaced:
            raise Conflict(f"the incident asks no more {order.need}", code="need-filled")
        last = replaced[-1]
        moves.append(
            Move(unit_id=last.unit_id, from_incident_id=incident.id, need=last.need, to_incident_id=None)
        )
    eta_s = float(world.eta_s([situation.positions[unit.id]], unit.kind, [incident.place])[0, 0])
    if eta_s == float("inf"):
        raise Conflict(f"{unit.call_sign} has no road to the place", code="no-road")
    assignment = Assignment(
        incident_id=incident.id, unit_id=unit.id, need=order.need, turnout_s=unit.turnout_s / world.speed,
        eta_s=eta_s, position_age_s=0.0, is_substitute=order.need not in unit.capabilities, cost_s=eta_s,
    )  # fmt: skip
    return Plan(policy="override", assignments=(assignment,), held=(), cost_s=eta_s, moves=tuple(moves))

"""Why each decision was made, and the rules that decisions are made by."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.auth import InService, Operator
from api.schemas import Instant, Model
from api.service import Service
from dispatch_core.assignment.wording import Language
from dispatch_core.ids import DecisionId, IncidentId
from dispatch_core.services import rules, views
from dispatch_core.services.explaining import explained_decision
from dispatch_core.store import decisions, duplicates, incidents, missions, revisions

router = APIRouter(prefix="/v1", tags=["decisions"])
Json = dict[str, Any]
Lang = Annotated[Language, Query(description="of the sentences")]


@router.get("/decisions/{decision_id}")
def read_decision(decision_id: UUID, service: InService, _: Operator, lang: Lang = "zh-CN") -> Json:
    """One decision whole: inputs, plan, why each unit was or was not chosen, coverage before and after."""
    return _decision(service, DecisionId(decision_id), lang)


@router.get("/incidents/{incident_id}/decisions")
def decisions_of(incident_id: UUID, service: InService, _: Operator, lang: Lang = "zh-CN") -> Json:
    """Every decision that sent a unit to the incident, the newest first, as far as it is about it."""
    with service.engine.connect() as connection:
        incident = incidents.get(connection, IncidentId(incident_id))
        made = {m.decision_id for m in missions.of_incidents(connection, [incident.id])}
        about = {str(i) for i in [incident.id, *duplicates.merged_into(connection, incident.id)]}
    told = [_decision(service, decision_id, lang) for decision_id in sorted(made, reverse=True)]
    for one in told:
        del one["inputs"]
        one["told"] = [need for need in one["told"] if need["incident_id"] in about]
        explanation = one["outputs"]["explanation"]
        one["outputs"]["explanation"] = [n for n in explanation if n["incident_id"] in about]
    return {"decisions": told}


def _decision(service: Service, decision_id: DecisionId, language: Language) -> Json:
    with service.engine.connect() as connection:
        row = decisions.get(connection, decision_id)
    cover = service.demand.cover(row.made_at, params=service.coverage)
    why = explained_decision(row, language=language, world=service.world(), cover=cover)
    return {
        "id": str(row.id), "made_at": views.at(row.made_at), "cause": row.cause, "policy": row.policy,
        "took_ms": row.took_ms, "inputs": row.inputs,
        "outputs": row.outputs | {"explanation": why["explanation"]},
        "told": why["told"], "gap": why["gap"], "coverage": why["coverage"],
    }  # fmt: skip


class RulesIn(Model):
    """All of the new value, as GET shows it; without `valid_from` in force at once."""

    value: dict[str, Any]
    reason: str
    valid_from: Instant | None = None


@router.get("/dispatch/params")
def read_params(service: InService, _: Operator) -> Json:
    """Every weight in seconds, and who set it when."""
    return _rules(service, rules.PARAMS)


@router.put("/dispatch/params")
def set_params(body: RulesIn, service: InService, _: Operator) -> Json:
    """New weights; a priority matrix with a cycle is refused, since units would be bumped round and round."""
    return _set(service, rules.PARAMS, body)


@router.get("/dispatch/modes")
def read_modes(service: InService, _: Operator) -> Json:
    """For each kind of incident: automatic, confirm within so many seconds, or manual."""
    return _rules(service, rules.MODES)


@router.put("/dispatch/modes")
def set_modes(body: RulesIn, service: InService, _: Operator) -> Json:
    return _set(service, rules.MODES, body)


@router.get("/response-plans")
def read_plans(service: InService, _: Operator) -> Json:
    """The book of response plans in force, and those before and after it."""
    return _rules(service, rules.BOOK)


@router.put("/response-plans")
def set_plans(body: RulesIn, service: InService, _: Operator) -> Json:
    """A new book; the rules of a book add up, each alarm level to those below."""
    return _set(service, rules.BOOK, body)


@router.get("/dispatch/duplicates")
def read_duplicate_params(service: InService, _: Operator) -> Json:
    """From when on reports are proposed, or joined at once, as one accident."""
    return _rules(service, rules.DUPLICATES)


@router.put("/dispatch/duplicates")
def set_duplicate_params(body: RulesIn, service: InService, _: Operator) -> Json:
    return _set(service, rules.DUPLICATES, body)


@router.get("/dispatch/escalation")
def read_escalation(service: InService, _: Operator) -> Json:
    """Thresholds of the alarms, in seconds."""
    return _rules(service, rules.ESCALATION)


@router.put("/dispatch/escalation")
def set_escalation(body: RulesIn, service: InService, _: Operator) -> Json:
    """New thresholds; an upper one that is not above its lower is refused, since the alarm would flap."""
    return _set(service, rules.ESCALATION, body)


@router.get("/dispatch/move-up")
def read_move_up(service: InService, _: Operator) -> Json:
    """When a move is worth a crew's rest: gain, price of the drive, how far, how often in a shift."""
    return _rules(service, rules.MOVE_UP)


@router.put("/dispatch/move-up")
def set_move_up(body: RulesIn, service: InService, _: Operator) -> Json:
    return _set(service, rules.MOVE_UP, body)


@router.get("/dispatch/compliance")
def read_compliance(service: InService, _: Operator) -> Json:
    """`{kind: {free units: [station id, …]}}`; a kind without a table is moved by marginal coverage."""
    return _rules(service, rules.COMPLIANCE)


@router.put("/dispatch/compliance")
def set_compliance(body: RulesIn, service: InService, _: Operator) -> Json:
    return _set(service, rules.COMPLIANCE, body)


@router.get("/dispatch/limits")
def read_limits(service: InService, _: Operator) -> Json:
    """Districts as GeoJSON, who serves which, how much each truck tows, what an incident's vehicles weigh."""
    return _rules(service, rules.LIMITS)


@router.put("/dispatch/limits")
def set_limits(body: RulesIn, service: InService, _: Operator) -> Json:
    """New hard limits; a unit outside its districts, or too weak, is sent by a person's override alone."""
    return _set(service, rules.LIMITS, body)


@router.get("/traffic/profile", tags=["traffic"])
def read_profile(service: InService, _: Operator) -> Json:
    """`{road class: [168 shares of the free-flow speed, Monday 00:00 first]}`; not named: free flow."""
    return _rules(service, rules.PROFILE)


@router.put("/traffic/profile", tags=["traffic"])
def set_profile(body: RulesIn, service: InService, _: Operator) -> Json:
    """New usual speeds by hour of the week, or 24 shares for every day; what is observed goes before them."""
    told = _set(service, rules.PROFILE, body)
    service.traffic.told(frozenset({"traffic"}))
    return told


def _set(service: Service, name: str, body: RulesIn) -> Json:
    begins: datetime | None = body.valid_from
    with service.uow.begin() as tx:
        rules.set_rules(tx, name, body.value, reason=body.reason, by="operator", valid_from=begins)
        tx.commit()
    service.rules.forget()
    service.dispatcher.wake("rules")
    return _rules(service, name)


def _rules(service: Service, name: str) -> Json:
    with service.engine.connect() as connection:
        found = rules.read_rules(connection, service.uow.clock(), default=service.default_rules())
        past = revisions.history(connection, name)
    return {
        "value": found.record(name),
        "revisions": [
            {
                "id": row.id, "value": row.value, "valid_from": views.at(row.valid_from),
                "set_at": views.at(row.set_at), "set_by": row.set_by, "reason": row.reason,
            }
            for row in past
        ],
    }  # fmt: skip

"""Why each decision was made."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.auth import InService, Operator
from api.service import Service
from dispatch_core.assignment.wording import Language
from dispatch_core.ids import DecisionId, IncidentId
from dispatch_core.services import views
from dispatch_core.services.explaining import explained_decision
from dispatch_core.services.rules import read_rules
from dispatch_core.store import decisions, duplicates, incidents, missions

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
        rules = read_rules(connection, row.made_at)
    cover = service.demand.cover(row.made_at, params=rules.coverage)
    why = explained_decision(row, language=language, world=service.world(), cover=cover)
    return {
        "id": str(row.id), "made_at": views.at(row.made_at), "cause": row.cause, "policy": row.policy,
        "took_ms": row.took_ms, "inputs": row.inputs,
        "outputs": row.outputs | {"explanation": why["explanation"]},
        "told": why["told"], "gap": why["gap"], "coverage": why["coverage"],
    }  # fmt: skip
